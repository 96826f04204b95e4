import type { FrameData } from "../agent/frame-data.ts";
import type { Log } from "../agent/log.ts";
import type { Environment, Settings } from "../settings.ts";

/** What every HTTP handler finds in its context. */
export interface HttpEnvironment {
  readonly Bindings: Environment;
  readonly Variables: {
    readonly log: Log;
    /** The checked settings; throws `SettingsError` when the deployment is not set up. */
    readonly settings: () => Settings;
    /** What an editor agent was called on, once that is known. */
    readonly calledOn?: Pick<FrameData, "projectHash" | "dataHash" | "frame">;
  };
}
