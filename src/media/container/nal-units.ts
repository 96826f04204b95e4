/**
 * The units of H.264 and HEVC packets (ITU-T H.264 7.3, H.265 7.3), as far as the start of decoding and a picture's size and order
 * depend on them. What is cut off reads as zeros; nothing here throws.
 */

/** The units of a packet: after lengths of `lengthBytes`, or (null) between start codes (Annex B). */
export function* nalUnits(packet: Uint8Array, lengthBytes: number | null): Generator<Uint8Array> {
  if (lengthBytes === null) {
    let start = startCodeAfter(packet, 0);
    while (start < packet.length) {
      const next = startCodeAfter(packet, start);
      yield packet.subarray(start, next);
      start = next;
    }
    return;
  }
  let at = 0;
  while (at + lengthBytes <= packet.length) {
    let length = 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + (packet[at++] as number);
    yield packet.subarray(at, at + length);
    at += length;
  }
}

/** The position behind the next 00 00 01. */
function startCodeAfter(bytes: Uint8Array, from: number): number {
  for (let i = from; i + 3 <= bytes.length; i++) {
    if (bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1) return i + 3;
  }
  return bytes.length;
}

/** How many bytes the lengths in packets have, by the `avcC` or `hvcC` header; null for start codes. */
export function lengthBytesOf(codec: "h264" | "hevc", extradata: Uint8Array | undefined): number | null {
  if (extradata?.[0] !== 1) return null;
  return ((extradata[codec === "h264" ? 4 : 21] ?? 3) & 3) + 1;
}

/** The units (parameter sets) in a header: in the boxes `avcC` and `hvcC` (ISO/IEC 14496-15, 5.3.3 and 8.3.3), or between start codes. */
export function* headerUnits(codec: "h264" | "hevc", extradata: Uint8Array): Generator<Uint8Array> {
  if (extradata[0] !== 1) {
    yield* nalUnits(extradata, null);
    return;
  }
  // `avcC`: sequence sets, then picture sets; `hvcC`: any number of arrays, each with its type in front.
  const isAvc = codec === "h264";
  let at = isAvc ? 5 : 23;
  for (let arrays = isAvc ? 2 : (extradata[22] ?? 0); arrays > 0; arrays--) {
    let count = isAvc ? (extradata[at] ?? 0) & 31 : number16(extradata, at + 1);
    // In `avcC` the count of sequence sets has five bits, that of picture sets eight.
    if (isAvc && arrays === 1) count = extradata[at] ?? 0;
    at += isAvc ? 1 : 3;
    for (; count > 0 && at + 2 <= extradata.length; count--) {
      const length = number16(extradata, at);
      yield extradata.subarray(at + 2, at + 2 + length);
      at += 2 + length;
    }
  }
}

function number16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** `nal_unit_type`. */
export function h264Type(nal: Uint8Array): number {
  return (nal[0] ?? 0) & 31;
}

/** `nal_unit_type`; below 32: part of a picture. */
export function hevcType(nal: Uint8Array): number {
  return ((nal[0] ?? 0) >> 1) & 63;
}

/** `slice_type` of an H.264 slice, 0 to 4: P, B, I, SP, SI (7.4.3). */
export function h264SliceType(nal: Uint8Array): number {
  const bits = new BitReader(nal.subarray(1, 16));
  bits.exponentialGolomb(); // first_mb_in_slice
  return bits.exponentialGolomb() % 5;
}

/** `recovery_frame_cnt` of an H.264 recovery point SEI message (D.2.8); undefined when there is none in the unit. */
export function recoveryFrames(sei: Uint8Array): number | undefined {
  let at = 1;
  const number = (): number => {
    let value = 0;
    while (sei[at] === 255) {
      value += 255;
      at++;
    }
    return value + (sei[at++] ?? 0);
  };
  while (at + 2 < sei.length) {
    const type = number();
    const size = number();
    if (type === 6) return new BitReader(sei.subarray(at, at + size)).exponentialGolomb();
    at += size;
  }
  return undefined;
}

/** Reads the bits of a unit, without its emulation prevention bytes. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = unescaped(bytes);
  }

  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + this.bit();
    return value;
  }

  bit(): number {
    const byte = this.#bytes[this.#at >> 3] ?? 0;
    const bit = (byte >> (7 - (this.#at & 7))) & 1;
    this.#at++;
    return bit;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** An unsigned Exp-Golomb number (9.1). */
  exponentialGolomb(): number {
    let zeros = 0;
    while (zeros < 32 && this.#at < this.#bytes.length * 8 && this.bit() === 0) zeros++;
    return (2 ** zeros - 1 + this.bits(zeros)) % 0x1_0000_0000;
  }

  /** A signed one. */
  signedExponentialGolomb(): number {
    const code = this.exponentialGolomb();
    return code & 1 ? (code + 1) / 2 : -code / 2;
  }
}

/** Without the 03 of each 00 00 03 (emulation prevention). */
function unescaped(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    out[length++] = byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return out.subarray(0, length);
}
