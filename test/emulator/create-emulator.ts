/** An emulator inside the calling process, with a key of its own: its `fetch` is handed to whatever shall talk to Encord. */

import { makeThrowawayKey } from "./auth/throwaway-key.ts";
import { Emulator, type EmulatorOptions } from "./emulator.ts";
import type { EmulatorSeed } from "./seed.ts";
import { type MediaSource, MemoryStorage } from "./state/storage.ts";

export interface CreateEmulatorOptions extends Omit<EmulatorOptions, "storage"> {
  readonly seed?: EmulatorSeed;
  /** The files that the seed names, by name. */
  readonly media?: Readonly<Record<string, MediaSource>>;
}

/** An emulator, and what a client needs to reach it. */
export interface InProcessEmulator extends Emulator {
  /** For `ENCORD_DOMAIN`. */
  readonly domain: string;
  /** An OpenSSH private key that may use every project. */
  readonly sshKey: string;
  readonly publicKey: string;
}

/**
 * @example
 * const emulator = await createEmulator({ seed: { projects: [{ title: "Cars", data: [{ title: "a", media: "a.png" }] }] },
 *   media: { "a.png": bytes } });
 * await emulator.fetch(new Request(`${emulator.domain}/v2/public/projects`)); // 401: not signed
 */
export async function createEmulator(options: CreateEmulatorOptions = {}): Promise<InProcessEmulator> {
  const { seed, media, ...rest } = options;
  const { sshKey, publicKey } = await makeThrowawayKey();
  const emulator = new Emulator({ ...rest, storage: new MemoryStorage(media) });
  emulator.seed({ keys: [{ publicKey }, ...(seed?.keys ?? [])], projects: seed?.projects ?? [] });
  return Object.assign(emulator, { domain: "https://encord.emulator.test", sshKey, publicKey });
}
