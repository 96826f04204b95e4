import type { FrameData } from "../agent/frame-data.ts";
import type { Log } from "../agent/log.ts";
import type { Settings, WorkerEnvironment } from "../settings.ts";

/** What every HTTP handler finds in its context. */
export interface HttpEnvironment {
  readonly Bindings: WorkerEnvironment;
  readonly Variables: {
    readonly log: Log;
    /** The checked settings; throws `SettingsError` if the deployment is not set up. */
    readonly settings: () => Settings;
    /** The data unit on which an editor agent was called, once that is known. */
    readonly calledOn?: Pick<FrameData, "projectHash" | "dataHash" | "frame">;
    /** What the agent has fetched and decoded so far, outside Encord's API. */
    readonly media?: { readonly fetchedBytes: number; readonly decodedFrames: number };
  };
}
