/** Makes the Encord client of one invocation from the settings; its requests carry the caller's trace id. */

import type { Log } from "./agent/log.ts";
import { EncordClient, type RequestReport } from "./encord/index.ts";
import type { Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

export interface ConnectionOptions {
  readonly log: Log;
  /** `<trace id>/<span>;o=1` from the request that is being answered, if there is one. */
  readonly traceContext?: string | null;
  /** Called for each attempt of each request. */
  readonly onRequest?: (report: RequestReport) => void;
  /** Sends the requests; the runtime's own by default. */
  readonly fetch?: typeof fetch;
}

/** @throws SshKeyError saying what is wrong with the key */
export function connect(settings: Settings, options: ConnectionOptions): Promise<EncordClient> {
  const traceId = traceIdOf(options.traceContext ?? null);
  return EncordClient.withSshKey({
    sshKey: settings.sshKey,
    ...(settings.sshKeyPassword === null ? {} : { password: settings.sshKeyPassword }),
    domain: settings.domain,
    userAgentSuffix: `encord-edge-agents/v${VERSION}`,
    onRequest: options.onRequest,
    fetch: options.fetch,
    ...(traceId === undefined ? {} : { traceId: () => `${traceId}/${randomSpan()};o=1` }),
  });
}

/** The 32 hex digits of `<trace id>/<span>;o=1`; undefined when there are none. */
export function traceIdOf(traceContext: string | null): string | undefined {
  return /^([0-9a-f]{32})\//.exec(traceContext ?? "")?.[1];
}

/** 64 random bits, in decimal. */
function randomSpan(): string {
  return crypto.getRandomValues(new BigUint64Array(1)).toString();
}
