/**
 * The presentation order of MPEG-4 part 2 where the container does not tell it: AVI has no presentation times, and files that were
 * made of AVI often have wrong ones. A reference picture is shown when the next one comes, a B picture at once; so the types of all
 * pictures have to be looked at, in one pass over the file. Streams "packed" by DivX and Xvid carry a B picture behind the picture it
 * refers to, in the same packet; decoders give it with the next packet.
 */
import type { PacketSource } from "./packet-source.ts";
import { reorderDepth, type VideoIndex } from "./video-index.ts";

/** A picture's coding: alone, from the past, from both sides, or from a sprite. */
type VopType = "I" | "P" | "B" | "S";

const VOP_TYPES: readonly VopType[] = ["I", "P", "B", "S"];
const VOP_START = 0xb6;
const USER_DATA_START = 0xb2;
const FIRST_LAYER_START = 0x20;
const LAST_LAYER_START = 0x2f;
/** Packets that are looked at before a file's times are doubted. */
const FIRST_LOOK = 50;

/** The index with its frames in the order in which a decoder shows them. */
export async function withMpeg4Order(index: VideoIndex, packets: PacketSource): Promise<VideoIndex> {
  if (index.codec !== "mpeg4" || index.reorderDepth > 0) return index;
  const { count, sizes, times } = index.packets;
  const present = Array.from({ length: count }, (_, i) => i).filter(
    (packet) => (sizes[packet] as number) > 0,
  );
  if (index.extradata && !mayReorder(index.extradata)) return index;
  const shown: number[] = [];
  let held: number | null = null;
  let isPacked = false;
  let isCarrying = false;
  let hasB = false;
  for (const [i, packet] of present.entries()) {
    const bytes = await packets.read(
      packet,
      i < FIRST_LOOK && !hasB ? (present[FIRST_LOOK] ?? count - 1) : count - 1,
    );
    if (i === 0 && !mayReorder(bytes)) return index;
    isPacked ||= saysPacked(bytes);
    const types = vopTypes(bytes);
    // What an earlier packet carried is decoded in place of this packet's own picture, which waits in turn if it is a B picture.
    const isB = isCarrying || types[0] === "B";
    isCarrying = isPacked && (isCarrying ? types[0] === "B" : types.length > 1);
    hasB ||= isB;
    if (i === FIRST_LOOK && !hasB) return index;
    if (isB) shown.push(packet);
    else {
      if (held !== null) shown.push(held);
      held = packet;
    }
  }
  if (held !== null) shown.push(held);
  if (!hasB) return index;
  const place = new Map(present.map((packet, i) => [packet, i]));
  const moved = times.slice();
  for (const [i, packet] of shown.entries()) moved[packet] = times[present[i] as number] as number;
  return {
    ...index,
    packets: { ...index.packets, times: moved },
    frames: index.frames.map((packet) => shown[place.get(packet) as number] as number),
    reorderDepth: reorderDepth(moved),
  };
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
