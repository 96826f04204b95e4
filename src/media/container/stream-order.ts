/**
 * The presentation order of H.264 and HEVC where the container has only times of decoding (AVI, Matroska made of it, and MP4 whose
 * writer left the composition offsets out): by the picture order counts in the slice headers, in one pass over the file. Streams
 * without reordering are known by their first packets and cost next to nothing.
 */
import { H264Orders } from "./h264-order.ts";
import { HevcOrders } from "./hevc-order.ts";
import type { PacketSource } from "./packet-source.ts";
import { saysReordered } from "./parameter-sets.ts";
import { presentationOrder, reorderDepth, type VideoIndex } from "./video-index.ts";

/** Follows the order counts of a stream from packet to packet. */
export interface PictureOrders {
  /** Where the packet's picture stands among all; null when it has none. */
  read(packet: Uint8Array): number | null;
}

/** Whether the times may be those of decoding: none is out of order, though the stream announces it. */
function hasDoubtfulTimes({ lacksPresentationTimes, codec, extradata, reorderDepth }: VideoIndex): boolean {
  if (lacksPresentationTimes) return true;
  return codec === "h264" && reorderDepth === 0 && extradata !== undefined && saysReordered(extradata);
}

/** Packets that are looked at for reordering. */
const FIRST_LOOK = 64;

/** The index with its frames in the order in which a decoder shows them. */
export async function withStreamOrder(index: VideoIndex, packets: PacketSource): Promise<VideoIndex> {
  const { codec, extradata } = index;
  if ((codec !== "h264" && codec !== "hevc") || !hasDoubtfulTimes(index)) return index;
  const { count, sizes, times } = index.packets;
  const counter: PictureOrders = codec === "h264" ? new H264Orders(extradata) : new HevcOrders(extradata);
  const orders = new Float64Array(count);
  let isReordered = false;
  for (let packet = 0; packet < count; packet++) {
    if (packet === FIRST_LOOK && !isReordered) return index;
    // Packets without a picture stay behind the one before them.
    const before = packet > 0 ? (orders[packet - 1] as number) : 0;
    orders[packet] = before;
    if (sizes[packet] === 0) continue;
    const until = packet < FIRST_LOOK && !isReordered ? Math.min(FIRST_LOOK, count - 1) : count - 1;
    const order = counter.read(await packets.read(packet, until));
    if (order === null) continue;
    orders[packet] = order;
    isReordered ||= packet > 0 && order < before;
  }
  if (!isReordered) return index;
  const shown = presentationOrder(orders);
  const moved = times.slice();
  for (const [place, packet] of shown.entries()) moved[packet] = times[place] as number;
  const isShown = new Set(index.frames);
  const frames = shown.filter((packet) => isShown.has(packet));
  return { ...index, packets: { ...index.packets, times: moved }, frames, reorderDepth: reorderDepth(moved) };
}
