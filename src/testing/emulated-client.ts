/** The real Encord client, talking to an emulator in the same process. */

import { EncordClient } from "../encord/index.ts";

/** What a client needs from an emulator; `createEmulator` makes one. */
export interface EmulatedEncord {
  readonly domain: string;
  readonly sshKey: string;
  readonly projects: readonly { readonly projectHash: string }[];
  fetch(request: Request): Promise<Response>;
}

/** A `fetch` that sends everything to the emulator: the client's requests, and downloads. */
export function sendTo(
  encord: EmulatedEncord,
): (input: RequestInfo | URL, init?: RequestInit) => Promise<Response> {
  return (input, init) => encord.fetch(new Request(input, init));
}

export function clientOf(encord: EmulatedEncord): Promise<EncordClient> {
  return EncordClient.withSshKey({
    sshKey: encord.sshKey,
    domain: encord.domain,
    fetch: sendTo(encord) as typeof fetch,
  });
}
