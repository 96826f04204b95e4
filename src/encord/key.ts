/**
 * Reads an Ed25519 private key in OpenSSH's own format (`openssh-key-v1`), the only kind that Encord takes. Text around the
 * armour and odd line breaks do no harm, as in the Python SDK. Literal `\n` pairs and a wholly base64-encoded file are
 * read too, because people paste those into dashboards and CI settings.
 *
 * Every failure is an `SshKeyError` that says what was found and what to do; none quotes the key.
 */

import { SshKeyError } from "./errors.ts";

/** A key that signs and never shows itself. */
export interface SigningKey {
  /** The raw public key, 32 bytes as 64 hex digits in lower case: Encord knows the key by this. */
  readonly publicKeyHex: string;
  /** Ed25519 signature, 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

const MAGIC = "openssh-key-v1\0";
/** DER of a PKCS#8 Ed25519 key up to the seed (RFC 8410). */
const PKCS8_PREFIX = hexToBytes("302e020100300506032b657004220420");

const MAKE_ONE = "Make one with `ssh-keygen -t ed25519` and use the private file, the one without .pub.";

/**
 * @param password of an encrypted key; empty counts as none, anything else is refused for a key that is not encrypted
 * @throws SshKeyError
 */
export async function readSshKey(text: string, password?: string | null): Promise<SigningKey> {
  const { publicKey, seed } = await readKeyPair(decodeArmour(text), password ?? "");
  const pkcs8 = new Uint8Array([...PKCS8_PREFIX, ...seed]);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  const sign = async (message: Uint8Array) =>
    new Uint8Array(await crypto.subtle.sign("Ed25519", key, message));

  const check = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  const probe = new Uint8Array(1);
  if (!(await crypto.subtle.verify("Ed25519", check, await sign(probe), probe))) {
    throw new SshKeyError(
      "The private and the public part of the SSH key do not match; copy the whole file again.",
    );
  }
  return { publicKeyHex: bytesToHex(publicKey), sign };
}

/** Lower case hex digits. */
export function bytesToHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function hexToBytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** The binary content of the key, wherever its armour stands in the text. */
function decodeArmour(text: string): Uint8Array {
  const body = armourBody(text) ?? armourBody(decodeBase64Text(text) ?? "");
  if (body !== null) {
    const bytes = decodeBase64(body);
    if (!bytes)
      throw new SshKeyError(
        "The text between the BEGIN and END lines of the SSH key is not base64; copy it again.",
      );
    return bytes;
  }
  if (text.trim() === "") throw new SshKeyError(`The SSH key is empty. ${MAKE_ONE}`);
  if (/^\s*(ssh|ecdsa)-\S+ /.test(text))
    throw new SshKeyError(`This is a public SSH key; the private one is needed. ${MAKE_ONE}`);
  const pem = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1];
  if (pem === "OPENSSH PRIVATE KEY")
    throw new SshKeyError("The SSH key has no END line: it was cut off. Copy the whole file again.");
  throw new SshKeyError(
    `The SSH key is not in OpenSSH's private key format${pem ? ` but in PEM ("${pem}")` : ""}. It begins with ` +
      `"-----BEGIN OPENSSH PRIVATE KEY-----". ${MAKE_ONE}`,
  );
}

function armourBody(text: string): string | null {
  const lines = text.replace(/(?:\\r)?\\n/g, "\n");
  return (
    /-----BEGIN OPENSSH PRIVATE KEY-----(.*?)-----END OPENSSH PRIVATE KEY-----/s.exec(lines)?.[1] ?? null
  );
}

function decodeBase64Text(text: string): string | null {
  const bytes = decodeBase64(text.replace(/\\n/g, ""));
  return bytes && new TextDecoder().decode(bytes);
}

function decodeBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text.replace(/\s/g, "")), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}

/**
 * Layout: magic; cipher, key derivation and its options; a count of keys; public blob; private blob. The private blob,
 * decrypted: a check number twice, type, public key (32 bytes), seed and public key again (64), comment, padding 1, 2, 3...
 */
async function readKeyPair(
  bytes: Uint8Array,
  password: string,
): Promise<{ publicKey: Uint8Array; seed: Uint8Array }> {
  const outer = new Reader(bytes);
  if (latin1(outer.take(MAGIC.length)) !== MAGIC)
    throw new SshKeyError(`The SSH key has no OpenSSH content. ${MAKE_ONE}`);
  const cipher = latin1(outer.string());
  const derivation = latin1(outer.string());
  const derivationOptions = outer.string();
  if (outer.uint32() !== 1) throw new SshKeyError("The SSH key file must hold exactly one key.");
  const type = latin1(new Reader(outer.string()).string());
  const stored = outer.string();

  if (type !== "ssh-ed25519") {
    throw new SshKeyError(`The SSH key is of the type ${type}; Encord takes Ed25519 only. ${MAKE_ONE}`);
  }
  if (cipher === "none" && password !== "") {
    throw new SshKeyError("A password was given, but the SSH key is not encrypted. Leave the password out.");
  }
  const inner = new Reader(
    cipher === "none" ? stored : await decrypt(stored, { cipher, derivation, derivationOptions, password }),
  );
  const checkNumber = inner.uint32();
  if (inner.uint32() !== checkNumber) {
    throw new SshKeyError(
      cipher === "none" ? "The SSH key is damaged; copy it again." : "The password of the SSH key is wrong.",
    );
  }
  inner.string();
  const publicKey = inner.string();
  const pair = inner.string();
  if (publicKey.length !== 32 || pair.length !== 64)
    throw new SshKeyError("The SSH key is damaged; copy it again.");
  return { publicKey, seed: pair.subarray(0, 32) };
}

const MAX_ROUNDS = 2000;

interface Encryption {
  readonly cipher: string;
  readonly derivation: string;
  readonly derivationOptions: Uint8Array;
  readonly password: string;
}

/**
 * `aes256-ctr` with bcrypt, as ssh-keygen writes it. The key derivation is slow on purpose (a fifth of a second of CPU at
 * ssh-keygen's default), more than a Worker on the Free plan may use: prefer a key without a password there, kept in a
 * secret. Its code is loaded only here.
 */
async function decrypt(stored: Uint8Array, encryption: Encryption): Promise<Uint8Array> {
  const { cipher, derivation, password } = encryption;
  if (password === "") throw new SshKeyError("The SSH key is protected by a password, but none was given.");
  if (cipher !== "aes256-ctr" || derivation !== "bcrypt") {
    throw new SshKeyError(
      `The SSH key is encrypted with ${cipher} and ${derivation}; only aes256-ctr with bcrypt can be read. ` +
        "Rewrite it with `ssh-keygen -p -f <file>`.",
    );
  }
  const options = new Reader(encryption.derivationOptions);
  const salt = options.string();
  const rounds = options.uint32();
  // A round takes about a hundredth of a second: a key that asks for more rounds is damaged, and would hold the Worker up.
  if (rounds < 1 || rounds > MAX_ROUNDS || salt.length === 0) {
    throw new SshKeyError(
      "The encryption of the SSH key has unusable parameters. Rewrite it with `ssh-keygen -p -f <file>`.",
    );
  }
  const { bcryptPbkdf } = await import("./bcrypt-pbkdf.ts");
  const derived = await bcryptPbkdf(new TextEncoder().encode(password), salt, rounds, 48);
  const key = await crypto.subtle.importKey("raw", derived.subarray(0, 32), "AES-CTR", false, ["decrypt"]);
  const counter = derived.subarray(32);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CTR", counter, length: 128 }, key, stored));
}

/** Reads length-prefixed strings and big-endian numbers. @throws SshKeyError past the end: the key is damaged */
class Reader {
  #position = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.length)
      throw new SshKeyError("The SSH key is damaged or cut off; copy the whole file again.");
    const taken = this.#bytes.slice(this.#position, end);
    this.#position = end;
    return taken;
  }

  uint32(): number {
    return new DataView(this.take(4).buffer).getUint32(0);
  }

  string(): Uint8Array {
    return this.take(this.uint32());
  }
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
