/** The beginnings of MPEG-4 part 2 pictures (ISO/IEC 14496-2, 6.2.3 and 6.2.5), as far as the order of pictures depends on them. */

/** A picture's coding: alone, from the past, from both sides, or from a sprite. */
export type VopType = "I" | "P" | "B" | "S";

const VOP_TYPES: readonly VopType[] = ["I", "P", "B", "S"];
const VOP_START = 0xb6;
const FIRST_LAYER_START = 0x20;
const LAST_LAYER_START = 0x2f;

/** The type of the first picture in a packet; null when none begins in the bytes at hand. */
export function vopType(packet: Uint8Array): VopType | null {
  for (const { code, at } of startCodes(packet)) {
    if (code === VOP_START && at < packet.length) return VOP_TYPES[(packet[at] as number) >> 6] ?? null;
  }
  return null;
}

/** Whether the stream may hold B pictures: unless its layer header says `low_delay`. */
export function mayReorder(header: Uint8Array): boolean {
  for (const { code, at } of startCodes(header)) {
    if (code < FIRST_LAYER_START || code > LAST_LAYER_START) continue;
    let bit = at * 8;
    const read = (count: number): number => {
      let value = 0;
      for (let i = 0; i < count; i++, bit++)
        value = value * 2 + (((header[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
      return value;
    };
    read(9); // random_accessible_vol, video_object_type_indication
    if (read(1)) read(7); // is_object_layer_identifier: version and priority
    if (read(4) === 15) read(16); // extended aspect ratio
    if (!read(1)) return true; // no vol_control_parameters
    read(2); // chroma_format
    return read(1) === 0;
  }
  return true;
}

function* startCodes(bytes: Uint8Array): Generator<{ readonly code: number; readonly at: number }> {
  for (let i = 0; i + 3 < bytes.length; i++) {
    if (bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1)
      yield { code: bytes[i + 3] as number, at: i + 4 };
  }
}
