/**
 * The order of MPEG-4 part 2 pictures (stream-order.ts). A reference picture is shown when the next one comes, a B picture at once. Streams "packed" by DivX and Xvid carry a B picture behind the picture it
 * refers to, in the same packet; decoders give it with the next packet.
 */
import type { PictureOrders } from "./picture-orders.ts";

/** A picture's coding: alone, from the past, from both sides, or from a sprite. */
type VopType = "I" | "P" | "B" | "S";

const VOP_TYPES: readonly VopType[] = ["I", "P", "B", "S"];
const VOP_START = 0xb6;
const USER_DATA_START = 0xb2;
const FIRST_LAYER_START = 0x20;
const LAST_LAYER_START = 0x2f;
/** Room for the B pictures between two others. */
const STEP = 2 ** 20;

export class Mpeg4Orders implements PictureOrders {
  /** 0: nothing is reordered. */
  reordering: 0 | null = null;
  #references = 0;
  #between = 0;
  #isPacked = false;
  #isCarrying = false;

  constructor(extradata: Uint8Array | undefined) {
    if (extradata && !mayReorder(extradata)) this.reordering = 0;
  }

  read(packet: Uint8Array): number {
    if (!mayReorder(packet)) this.reordering = 0;
    this.#isPacked ||= saysPacked(packet);
    const types = vopTypes(packet);
    // What an earlier packet carried is decoded in place of this packet's own picture, which waits in turn if it is a B picture.
    const isB = this.#isCarrying || types[0] === "B";
    this.#isCarrying = this.#isPacked && (this.#isCarrying ? types[0] === "B" : types.length > 1);
    if (isB) return this.#references * STEP + ++this.#between;
    this.#between = 0;
    return ++this.#references * STEP + STEP - 1;
  }
}

/** The types of all pictures that begin in a packet. */
function vopTypes(packet: Uint8Array): VopType[] {
  const types: VopType[] = [];
  for (const { code, at } of startCodes(packet)) {
    if (code === VOP_START && at < packet.length)
      types.push(VOP_TYPES[(packet[at] as number) >> 6] as VopType);
  }
  return types;
}

/** Whether a packet is a picture that stands alone; for files without an index. */
export function isIntraVop(packet: Uint8Array): boolean {
  return vopTypes(packet)[0] === "I";
}

/** Whether the encoder's name in the user data ends in "p", as DivX wrote it: "DivX503b1393p". */
function saysPacked(packet: Uint8Array): boolean {
  for (const { code, at } of startCodes(packet)) {
    if (code !== USER_DATA_START) continue;
    const text = String.fromCharCode(...packet.subarray(at, at + 32));
    if (/^DivX\d+(b|Build)\d+p/.test(text)) return true;
  }
  return false;
}

/** Whether the stream may hold B pictures: unless its layer header (ISO/IEC 14496-2, 6.2.3) says `low_delay`. */
function mayReorder(header: Uint8Array): boolean {
  for (const { code, at } of startCodes(header)) {
    if (code < FIRST_LAYER_START || code > LAST_LAYER_START) continue;
    let bit = at * 8;
    const read = (count: number): number => {
      let value = 0;
      for (let i = 0; i < count; i++, bit++) {
        value = value * 2 + (((header[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
      }
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
