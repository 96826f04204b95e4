/** Headers of MPEG-4 part 2 (ISO/IEC 14496-2, 6.2): what a packet holds, and the size of its pictures. Nothing here throws. */
import type { PictureSize } from "./parameter-sets.ts";

/** A picture's coding: alone, from the past, from both sides, or from a sprite. */
type VopType = "I" | "P" | "B" | "S";

const VOP_TYPES: readonly VopType[] = ["I", "P", "B", "S"];
const VOP_START = 0xb6;
const GROUP_START = 0xb3;
const USER_DATA_START = 0xb2;
const FIRST_LAYER_START = 0x20;
const LAST_LAYER_START = 0x2f;
/** `video_object_layer_shape`; other shapes have no size in this header. */
const RECTANGULAR = 0;

/** The types of all pictures that begin in a packet. */
export function vopTypes(packet: Uint8Array): VopType[] {
  const types: VopType[] = [];
  for (const { code, at } of startCodes(packet)) {
    if (code === VOP_START && at < packet.length)
      types.push(VOP_TYPES[(packet[at] as number) >> 6] as VopType);
  }
  return types;
}

/** The part of a packet before its first picture. */
export function headerBefore(packet: Uint8Array): Uint8Array {
  for (const { code, at } of startCodes(packet))
    if (code === VOP_START || code === GROUP_START) return packet.subarray(0, at - 4);
  return packet;
}

/** Whether the encoder's name in the user data ends in "p", as DivX wrote it: "DivX503b1393p". */
export function saysPacked(packet: Uint8Array): boolean {
  for (const { code, at } of startCodes(packet)) {
    if (code !== USER_DATA_START) continue;
    const text = String.fromCharCode(...packet.subarray(at, at + 32));
    if (/^DivX\d+(b|Build)\d+p/.test(text)) return true;
  }
  return false;
}

/** What a layer's header says. */
interface Layer {
  /** There are no B pictures. */
  readonly hasLowDelay: boolean;
  readonly size: PictureSize | null;
}

/** The layer header (6.2.3) in a packet; null when there is none. */
export function layerOf(packet: Uint8Array): Layer | null {
  for (const { code, at } of startCodes(packet)) {
    if (code < FIRST_LAYER_START || code > LAST_LAYER_START) continue;
    let bit = at * 8;
    const read = (count: number): number => {
      let value = 0;
      for (let i = 0; i < count; i++, bit++) {
        value = value * 2 + (((packet[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
      }
      return value;
    };
    read(9); // random_accessible_vol, video_object_type_indication
    if (read(1)) read(7); // is_object_layer_identifier: version and priority
    if (read(4) === 15) read(16); // extended aspect ratio
    let hasLowDelay = false;
    if (read(1)) {
      read(2); // chroma_format
      hasLowDelay = read(1) === 1;
      if (read(1)) read(79); // vbv_parameters
    }
    const shape = read(2);
    read(1);
    const resolution = read(16);
    read(1);
    if (read(1)) read(Math.max(1, 32 - Math.clz32(resolution - 1))); // fixed_vop_time_increment
    read(1);
    const width = read(13);
    read(1);
    return { hasLowDelay, size: shape === RECTANGULAR ? { width, height: read(13) } : null };
  }
  return null;
}

function* startCodes(bytes: Uint8Array): Generator<{ readonly code: number; readonly at: number }> {
  for (let i = 0; i + 3 < bytes.length; i++) {
    if (bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1)
      yield { code: bytes[i + 3] as number, at: i + 4 };
  }
}
