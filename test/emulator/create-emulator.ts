/** An emulator in the calling process, with its own key; pass its `fetch` to whatever should talk to Encord. */

import { makeThrowawayKey, type ThrowawayKey } from "./auth/throwaway-key.ts";
import { Emulator, type EmulatorOptions } from "./emulator.ts";
import type { EmulatorSeed } from "./seed.ts";
import { type MediaSource, MemoryStorage } from "./state/storage.ts";

export interface CreateEmulatorOptions extends Omit<EmulatorOptions, "storage"> {
  readonly seed?: EmulatorSeed;
  /** The files that the seed names, by name. */
  readonly media?: Readonly<Record<string, MediaSource>>;
}

/** What a client needs to reach an emulator: the options of `EncordClient.withSshKey`. */
export interface EmulatorConnection {
  readonly domain: string;
  readonly sshKey: string;
  readonly fetch: typeof fetch;
}

/** An emulator, and how to reach it. */
export class InProcessEmulator extends Emulator {
  /** For `ENCORD_DOMAIN`; no such host exists. */
  readonly domain: string = "https://encord.emulator.test";
  /** An OpenSSH private key that may use every project; for `ENCORD_SSH_KEY`. */
  readonly sshKey: string;
  readonly publicKey: string;

  constructor(options: EmulatorOptions, key: ThrowawayKey) {
    super(options);
    this.sshKey = key.sshKey;
    this.publicKey = key.publicKey;
  }

  /** `await EncordClient.withSshKey(emulator.connection)` */
  get connection(): EmulatorConnection {
    const send = (input: RequestInfo | URL, init?: RequestInit) => this.fetch(new Request(input, init));
    return { domain: this.domain, sshKey: this.sshKey, fetch: send as typeof fetch };
  }
}

/**
 * @example
 * const emulator = await createEmulator({ seed: { projects: [{ title: "Cars", data: [{ title: "a", media: "a.png" }] }] },
 *   media: { "a.png": bytes } });
 * const client = await EncordClient.withSshKey(emulator.connection);
 */
export async function createEmulator(options: CreateEmulatorOptions = {}): Promise<InProcessEmulator> {
  const { seed, media, ...rest } = options;
  const key = await makeThrowawayKey();
  const emulator = new InProcessEmulator({ ...rest, storage: new MemoryStorage(media) }, key);
  const measured = await emulator.measured(seed ?? { projects: [] });
  emulator.seed({ ...measured, keys: [{ publicKey: key.publicKey }, ...(seed?.keys ?? [])] });
  return emulator;
}
