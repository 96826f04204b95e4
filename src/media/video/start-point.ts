/**
 * Where decoding has to start so that a frame comes out as it does in a pass from the beginning. Two traps: a frame shown before the
 * key packet it follows in the file (open GOP) refers to what lies before that key packet; and some files call a packet a key
 * packet from which the picture only becomes right gradually, or never.
 */
import type { VideoIndex } from "../container/video-index.ts";

/** The key packet to start from for `packet`, as far as the index tells. */
export function startFor({ packets }: VideoIndex, packet: number): number {
  const key = keyAtOrBefore(packets.keys, packet);
  const isLeading = (packets.times[packet] as number) < (packets.times[key] as number);
  return isLeading && key > 0 ? keyAtOrBefore(packets.keys, key - 1) : key;
}

/** The last key packet that is not after `packet`; the first packet when there is none. */
export function keyAtOrBefore(keys: Uint8Array, packet: number): number {
  let key = packet;
  while (key > 0 && keys[key] !== 1) key--;
  return key;
}

/**
 * What a stream's own bytes say of a packet that its container calls a key packet: everything starts anew ("reset"), decoding can
 * start but pictures from before are still referred to ("open"), or it cannot start here ("none").
 */
export type StartKind = "reset" | "open" | "none";

/** The kind of a key packet; codecs other than H.264 and HEVC are taken at the container's word. */
export function startKind(index: Pick<VideoIndex, "codec" | "extradata">, packet: Uint8Array): StartKind {
  if (index.codec === "h264") return startKindOfH264(packet, index.extradata);
  if (index.codec === "hevc") return startKindOfHevc(packet, index.extradata);
  return "reset";
}

/** An IDR picture, or an I picture whose recovery point (ITU-T H.264, D.2.8) is at once. */
function startKindOfH264(packet: Uint8Array, extradata: Uint8Array | undefined): StartKind {
  const lengthBytes = extradata?.[0] === 1 ? ((extradata[4] ?? 3) & 3) + 1 : null;
  for (const nal of nalUnits(packet, lengthBytes)) {
    const type = (nal[0] ?? 0) & 31;
    if (type === 5) return "reset";
    if (type === 6 && (recoveryFrames(nal) ?? 0) > 0) return "none";
    if (type === 1 || type === 2) return [2, 4].includes(sliceType(nal)) ? "open" : "none";
  }
  return "open";
}

/** Whether the packet's picture is coded from both sides (B), so that it may be shown before one that stands before it. */
export function isBidirectionalH264(packet: Uint8Array, extradata: Uint8Array | undefined): boolean {
  const lengthBytes = extradata?.[0] === 1 ? ((extradata[4] ?? 3) & 3) + 1 : null;
  for (const nal of nalUnits(packet, lengthBytes)) {
    const type = (nal[0] ?? 0) & 31;
    if (type === 5) return false;
    if (type === 1 || type === 2) return sliceType(nal) === 1;
  }
  return false;
}

/** `slice_type` of a slice, 0 to 4: P, B, I, SP, SI (ITU-T H.264, 7.4.3). */
function sliceType(nal: Uint8Array): number {
  const bits = new BitReader(nal.subarray(1, 16));
  bits.exponentialGolomb(); // first_mb_in_slice
  return bits.exponentialGolomb() % 5;
}

/** A random access picture: NAL unit types 16 to 23 (ITU-T H.265, table 7-1); 19 and 20 are IDR. */
function startKindOfHevc(packet: Uint8Array, extradata: Uint8Array | undefined): StartKind {
  const type = hevcPictureType(packet, extradata);
  if (type === null) return "open";
  if (type < 16) return "none";
  return type === 19 || type === 20 ? "reset" : "open";
}

/** Whether a HEVC packet is a picture that decoders leave out when they started at the key packet before it (RASL). */
export function isSkippedHevc(packet: Uint8Array, extradata: Uint8Array | undefined): boolean {
  const type = hevcPictureType(packet, extradata);
  return type === 8 || type === 9;
}

/** The NAL unit type of a packet's picture. */
function hevcPictureType(packet: Uint8Array, extradata: Uint8Array | undefined): number | null {
  const lengthBytes = extradata?.[0] === 1 ? ((extradata[21] ?? 3) & 3) + 1 : null;
  for (const nal of nalUnits(packet, lengthBytes)) {
    const type = ((nal[0] ?? 0) >> 1) & 63;
    if (type < 32) return type;
  }
  return null;
}

/** The units of a packet: after lengths of `lengthBytes`, or (null) between start codes (Annex B). */
function* nalUnits(packet: Uint8Array, lengthBytes: number | null): Generator<Uint8Array> {
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

/** `recovery_frame_cnt` of a recovery point SEI message; undefined when there is none in the unit. */
function recoveryFrames(sei: Uint8Array): number | undefined {
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

/** Bits of a NAL unit's beginning; emulation prevention is not undone, which short headers do without. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  exponentialGolomb(): number {
    let zeros = 0;
    while (zeros < 32 && this.#at < this.#bytes.length * 8 && this.#bit() === 0) zeros++;
    let value = 1;
    for (let i = 0; i < zeros; i++) value = value * 2 + this.#bit();
    return value - 1;
  }

  #bit(): number {
    const byte = this.#bytes[this.#at >> 3] ?? 0;
    const bit = (byte >> (7 - (this.#at & 7))) & 1;
    this.#at++;
    return bit;
  }
}
