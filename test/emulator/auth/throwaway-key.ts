/**
 * An Ed25519 key pair for one run of the emulator, with the private key in the format of `ssh-keygen`. Only this emulator
 * accepts it, so it is not a secret.
 */

import { toBase64, toHex } from "./byte-text.ts";

export interface ThrowawayKey {
  /** An OpenSSH private key, ready for `ENCORD_SSH_KEY`. */
  readonly sshKey: string;
  /** The raw public key, 64 lower case hex digits: what a seed's `keys` names. */
  readonly publicKey: string;
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

interface KeyPair {
  readonly publicKey: Key;
  readonly privateKey: Key;
}

/** PKCS#8 of an Ed25519 key is this much DER, then the 32 bytes of the seed. */
const PKCS8_PREFIX_BYTES = 16;

export async function makeThrowawayKey(): Promise<ThrowawayKey> {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as KeyPair;
  const publicKey = new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer);
  const pkcs8 = new Uint8Array((await crypto.subtle.exportKey("pkcs8", pair.privateKey)) as ArrayBuffer);
  const seed = pkcs8.subarray(PKCS8_PREFIX_BYTES);
  return { sshKey: openSshPrivateKey(seed, publicKey), publicKey: toHex(publicKey) };
}

function openSshPrivateKey(seed: Uint8Array, publicKey: Uint8Array): string {
  const text = (value: string) => new TextEncoder().encode(value);
  const publicBlob = join(sized(text("ssh-ed25519")), sized(publicKey));
  const check = crypto.getRandomValues(new Uint8Array(4));
  const unpadded = join(
    check,
    check,
    publicBlob,
    sized(join(seed, publicKey)),
    sized(text("throwaway key of the Encord emulator")),
  );
  const padding = Uint8Array.from({ length: (8 - (unpadded.length % 8)) % 8 }, (_, index) => index + 1);
  const file = join(
    text("openssh-key-v1\0"),
    sized(text("none")),
    sized(text("none")),
    sized(new Uint8Array()),
    uint32(1),
    sized(publicBlob),
    sized(join(unpadded, padding)),
  );
  const lines = toBase64(file).match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** With its length in front, as SSH writes strings. */
function sized(bytes: Uint8Array): Uint8Array {
  return join(uint32(bytes.length), bytes);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
