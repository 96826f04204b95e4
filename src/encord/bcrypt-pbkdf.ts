/**
 * The key derivation of password-protected OpenSSH keys: OpenBSD's `bcrypt_pbkdf`, in which the hash of PBKDF2 is bcrypt
 * with SHA-512 around it and a fixed text of 32 bytes. It is slow on purpose: about a fifth of a second for the 16 rounds
 * that ssh-keygen asks for.
 *
 * Blowfish starts from the digits of pi. They are 4 KB that do not compress, so they are calculated here (some hundredths
 * of a second, once) rather than stored.
 */

const P_WORDS = 18;
const S_WORDS = 4 * 256;
const MAGIC = new TextEncoder().encode("OxychromaticBlowfishSwatDynamite");
const HASH_BYTES = MAGIC.length;

/**
 * @param rounds at least 1
 * @param length of the key in bytes
 */
export async function bcryptPbkdf(
  password: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  length: number,
): Promise<Uint8Array> {
  const key = new Uint8Array(length);
  const stride = Math.ceil(length / HASH_BYTES);
  const hashedPassword = await sha512(password);
  for (let block = 0; block < stride; block++) {
    let hash = bcryptHash(hashedPassword, await sha512(new Uint8Array([...salt, 0, 0, 0, block + 1])));
    const sum = hash.slice();
    for (let round = 1; round < rounds; round++) {
      hash = bcryptHash(hashedPassword, await sha512(hash));
      for (let i = 0; i < HASH_BYTES; i++) sum[i] = at(sum, i) ^ at(hash, i);
    }
    // The blocks are dealt out like cards, not laid end to end.
    for (let i = 0; i * stride + block < length; i++) key[i * stride + block] = at(sum, i);
  }
  return key;
}

async function sha512(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-512", bytes));
}

function bcryptHash(password: Uint8Array, salt: Uint8Array): Uint8Array {
  const cipher = new Blowfish();
  cipher.expand(salt, password);
  for (let i = 0; i < 64; i++) {
    cipher.expand(null, salt);
    cipher.expand(null, password);
  }
  const words = Uint32Array.from({ length: HASH_BYTES / 4 }, (_, i) => word(MAGIC, 4 * i));
  for (let i = 0; i < 64; i++) {
    for (let pair = 0; pair < words.length; pair += 2) cipher.encrypt(words, pair);
  }
  const hash = new DataView(new ArrayBuffer(HASH_BYTES));
  for (const [i, value] of words.entries()) hash.setUint32(4 * i, value, true);
  return new Uint8Array(hash.buffer);
}

class Blowfish {
  /** The P array, and the four S boxes one after the other. */
  readonly #p: Uint32Array;
  readonly #s: Uint32Array;

  constructor() {
    const pi = digitsOfPi();
    this.#p = pi.slice(0, P_WORDS);
    this.#s = pi.slice(P_WORDS);
  }

  /** Mixes the key into the state; with data, as bcrypt does with its salt. */
  expand(data: Uint8Array | null, key: Uint8Array): void {
    for (let i = 0; i < P_WORDS; i++) this.#p[i] = at(this.#p, i) ^ word(key, 4 * i);
    const block = new Uint32Array(2);
    let position = 0;
    for (const part of [this.#p, this.#s]) {
      for (let i = 0; i < part.length; i += 2) {
        if (data) {
          block[0] = at(block, 0) ^ word(data, position);
          block[1] = at(block, 1) ^ word(data, position + 4);
          position += 8;
        }
        this.encrypt(block, 0);
        part.set(block, i);
      }
    }
  }

  /** Encrypts two words in place. */
  encrypt(words: Uint32Array, index: number): void {
    const p = this.#p;
    const s = this.#s;
    let left = at(words, index) ^ at(p, 0);
    let right = at(words, index + 1);
    for (let i = 1; i < P_WORDS - 1; i += 2) {
      right ^= feistel(s, left) ^ at(p, i);
      left ^= feistel(s, right) ^ at(p, i + 1);
    }
    words[index] = right ^ at(p, P_WORDS - 1);
    words[index + 1] = left;
  }
}

function feistel(s: Uint32Array, x: number): number {
  const sum = (at(s, x >>> 24) + at(s, 256 + ((x >>> 16) & 255))) ^ at(s, 512 + ((x >>> 8) & 255));
  return (sum + at(s, 768 + (x & 255))) | 0;
}

/** Four bytes, the most significant first; past the end it continues from the start. */
function word(bytes: Uint8Array, position: number): number {
  let value = 0;
  for (let i = 0; i < 4; i++) value = (value << 8) | at(bytes, (position + i) % bytes.length);
  return value;
}

/** All indexes here are within their arrays. */
function at(array: Uint8Array | Uint32Array, index: number): number {
  return array[index] as number;
}

let pi: Uint32Array | null = null;

/** The first 1042 words of the fraction of pi, by Machin's formula: pi = 16 arctan(1/5) - 4 arctan(1/239). */
function digitsOfPi(): Uint32Array {
  if (pi) return pi;
  const wanted = 32n * BigInt(P_WORDS + S_WORDS);
  const spare = 64n;
  const one = 1n << (wanted + spare);
  const fraction = ((16n * arctanOfInverse(5n, one) - 4n * arctanOfInverse(239n, one)) % one) >> spare;
  const hex = fraction.toString(16).padStart(Number(wanted) / 4, "0");
  pi = Uint32Array.from(hex.match(/.{8}/g) ?? [], (digits) => Number.parseInt(digits, 16));
  return pi;
}

/** arctan(1/x) times `one`, by its series. */
function arctanOfInverse(x: bigint, one: bigint): bigint {
  const square = x * x;
  let power = one / x;
  let sum = power;
  for (let n = 3n, sign = -1n; power !== 0n; n += 2n, sign = -sign) {
    power /= square;
    sum += (sign * power) / n;
  }
  return sum;
}
