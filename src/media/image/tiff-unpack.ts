/**
 * Unpacks the bytes of a strip or tile (TIFF 6.0, sections 9 and 13; Deflate by its supplement 2), a piece at a time, because one strip
 * may hold the whole picture. Damage throws `corrupt`; data that ends early gives fewer bytes.
 */
import { MediaError } from "../errors.ts";

/** The bytes of a strip or tile, from the first on. */
export interface Unpacker {
  /** Fills `into` with the next bytes and returns how many there were; fewer than its length at the end. */
  read(into: Uint8Array): number | Promise<number>;
  /** Ends unpacking early. */
  close?(): Promise<void>;
}

/** Bytes that are not packed. */
export class PlainUnpacker implements Unpacker {
  #rest: Uint8Array;

  constructor(data: Uint8Array) {
    this.#rest = data;
  }

  read(into: Uint8Array): number {
    const part = this.#rest.subarray(0, into.length);
    into.set(part);
    this.#rest = this.#rest.subarray(part.length);
    return part.length;
  }
}

/** The largest number of LZW's codes, and so the longest string that one stands for. */
const LZW_CODES = 4096;

/** TIFF's LZW (section 13): codes of 9 to 12 bits, most significant bit first, widened one code early. */
export class LzwUnpacker implements Unpacker {
  readonly #data: Uint8Array;
  readonly #prefix = new Uint16Array(LZW_CODES);
  readonly #suffix = new Uint8Array(LZW_CODES);
  readonly #length = new Uint16Array(LZW_CODES);
  /** The string of the last code, if it did not fit. */
  readonly #string = new Uint8Array(LZW_CODES);
  #left: Uint8Array = new Uint8Array();
  #bits = 9;
  #next = 258;
  #previous = -1;
  #held = 0;
  #heldBits = 0;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
    for (let i = 0; i < 256; i++) {
      this.#suffix[i] = i;
      this.#length[i] = 1;
    }
  }

  read(into: Uint8Array): number {
    let written = this.#giveRest(into);
    while (written < into.length) {
      const code = this.#code();
      if (code < 0 || code === 257) break;
      if (code === 256) {
        [this.#bits, this.#next, this.#previous] = [9, 258, -1];
        continue;
      }
      const previous = this.#previous;
      if (code > this.#next || (code === this.#next && previous < 0))
        throw damagedTiff("its LZW data makes no sense");
      const isKnown = code < this.#next;
      const known = isKnown ? code : previous;
      const knownLength = this.#length[known] as number;
      const length = knownLength + (isKnown ? 0 : 1);
      const fits = length <= into.length - written;
      const to = fits ? into : this.#string;
      const start = fits ? written : 0;
      let first = 0;
      for (let walk = known, place = start + knownLength - 1; place >= start; place--) {
        first = this.#suffix[walk] as number;
        to[place] = first;
        walk = this.#prefix[walk] as number;
      }
      if (!isKnown) to[start + knownLength] = first;
      if (fits) {
        written += length;
      } else {
        this.#left = this.#string.subarray(0, length);
        written += this.#giveRest(into.subarray(written));
      }
      this.#learn(previous, first);
      this.#previous = code;
    }
    return written;
  }

  #learn(previous: number, first: number): void {
    const next = this.#next;
    if (previous >= 0 && next < LZW_CODES) {
      this.#prefix[next] = previous;
      this.#suffix[next] = first;
      this.#length[next] = (this.#length[previous] as number) + 1;
      this.#next++;
    }
    this.#bits = this.#next >= 2047 ? 12 : this.#next >= 1023 ? 11 : this.#next >= 511 ? 10 : 9;
  }

  #giveRest(into: Uint8Array): number {
    const part = this.#left.subarray(0, into.length);
    into.set(part);
    this.#left = this.#left.subarray(part.length);
    return part.length;
  }

  /** The next code; -1 behind the last. */
  #code(): number {
    while (this.#heldBits < this.#bits && this.#at < this.#data.length) {
      this.#held = ((this.#held << 8) | (this.#data[this.#at++] as number)) & 0xff_ffff;
      this.#heldBits += 8;
    }
    if (this.#heldBits < this.#bits) return -1;
    this.#heldBits -= this.#bits;
    return (this.#held >> this.#heldBits) & ((1 << this.#bits) - 1);
  }
}

/** PackBits (section 9). */
export class PackBitsUnpacker implements Unpacker {
  readonly #data: Uint8Array;
  #at = 0;
  /** How much is left of a run: of plain bytes, or of one byte that is repeated. */
  #plain = 0;
  #again = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  read(into: Uint8Array): number {
    const data = this.#data;
    let written = 0;
    while (written < into.length) {
      if (this.#plain > 0) {
        const part = data.subarray(this.#at, this.#at + Math.min(this.#plain, into.length - written));
        if (part.length === 0) break;
        into.set(part, written);
        this.#at += part.length;
        this.#plain -= part.length;
        written += part.length;
      } else if (this.#again > 0) {
        const count = Math.min(this.#again, into.length - written);
        into.fill(data[this.#at] ?? 0, written, written + count);
        this.#again -= count;
        written += count;
        if (this.#again === 0) this.#at++;
      } else {
        if (this.#at >= data.length) break;
        const count = data[this.#at++] as number;
        if (count < 128) this.#plain = count + 1;
        else if (count > 128) this.#again = 257 - count;
      }
    }
    return written;
  }
}

/** A zlib stream; what follows it is ignored. */
export class DeflateUnpacker implements Unpacker {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #left: Uint8Array = new Uint8Array();

  constructor(data: Uint8Array) {
    const source = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(data);
        controller.close();
      },
    });
    this.#reader = source.pipeThrough(new DecompressionStream("deflate")).getReader();
  }

  async read(into: Uint8Array): Promise<number> {
    let written = 0;
    while (written < into.length) {
      if (this.#left.length === 0) {
        const { done, value } = await this.#more();
        if (done) break;
        this.#left = value;
      }
      const part = this.#left.subarray(0, into.length - written);
      into.set(part, written);
      this.#left = this.#left.subarray(part.length);
      written += part.length;
    }
    return written;
  }

  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }

  async #more(): Promise<ReadableStreamReadResult<Uint8Array>> {
    try {
      return await this.#reader.read();
    } catch (cause) {
      throw damagedTiff("its data cannot be decompressed", cause);
    }
  }
}

/** The error for a TIFF that contradicts itself. */
export function damagedTiff(why: string, cause?: unknown): MediaError {
  return new MediaError("corrupt", `The TIFF cannot be decoded: ${why}.`, { cause });
}
