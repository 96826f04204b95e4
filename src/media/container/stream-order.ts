/**
 * The presentation order of H.264, HEVC and MPEG-4 part 2 for files whose times do not give it: they are decode times (AVI, files made
 * from AVI, MP4 without composition offsets), or contradict themselves. One pass over the file reads the order from the pictures' own
 * headers. A stream without reordering shows that in its header or its first packets, and costs next to nothing.
 */
import type { PacketSource } from "./packet-source.ts";
import { type PictureOrders, pictureOrders } from "./picture-orders.ts";
import { presentationOrder, reordered, type VideoIndex } from "./video-index.ts";

/** If none of the first packets is reordered, none is. */
const FIRST_PACKETS = 64;

/**
 * The index with its frames in the order in which a decoder shows them.
 *
 * @param isDoubted whether a time was already found to be wrong
 */
export async function withStreamOrder(
  index: VideoIndex,
  packets: PacketSource,
  isDoubted = false,
): Promise<VideoIndex> {
  const orders = pictureOrders(index);
  if (!orders) return index;
  const reordering = index.hasSeveralHeaders ? null : orders.reordering;
  const isWrong =
    isDoubted || areTimesWrong(index.packets) || (reordering !== null && index.reorderDepth > reordering);
  if (isWrong) return readOrder(index, packets, orders, index.packets.count);
  // Files made from AVI often have its times; H.264 and HEVC announce that they are reordered.
  const isLacking =
    index.reorderDepth === 0 && (index.codec === "mpeg4" ? reordering !== 0 : (reordering ?? 0) > 0);
  if (index.lacksPresentationTimes ? reordering === 0 : !isLacking) return index;
  return readOrder(index, packets, orders, FIRST_PACKETS);
}

/**
 * Whether times cannot be right: two packets have the same, or one is shown after a key packet that follows it in the file. (If all
 * packets are called key packets, that means nothing.)
 */
function areTimesWrong({ count, sizes, times, keys }: VideoIndex["packets"]): boolean {
  const hasOthers = keys.includes(0);
  let latest = Number.NEGATIVE_INFINITY;
  for (let packet = 0; packet < count; packet++) {
    if (sizes[packet] === 0) continue;
    const time = times[packet] as number;
    if (hasOthers && keys[packet] === 1 && time <= latest) return true;
    if (time > latest) latest = time;
  }
  let before = Number.NEGATIVE_INFINITY;
  for (const packet of presentationOrder(times)) {
    if (sizes[packet] === 0) continue;
    if (times[packet] === before) return true;
    before = times[packet] as number;
  }
  return false;
}

function inDecodeOrder(index: VideoIndex): VideoIndex {
  return reordered(
    index,
    new Float64Array(index.packets.count).map((_, packet) => packet),
  );
}

/** @param firstPackets if none of them is reordered, the stream is taken to be in order */
async function readOrder(
  index: VideoIndex,
  packets: PacketSource,
  orders: PictureOrders,
  firstPackets: number,
): Promise<VideoIndex> {
  const { count, sizes } = index.packets;
  const found = new Float64Array(count);
  let isReordered = false;
  // If headers also come within the stream, a later one may begin to reorder.
  const isBinding = firstPackets < count || (index.extradata?.[0] === 1 && !index.hasSeveralHeaders);
  for (let packet = 0; packet < count; packet++) {
    if (!isReordered && orders.reordering === 0 && isBinding) return inDecodeOrder(index);
    if (!isReordered && packet === firstPackets) return index;
    // Packets without a picture stay behind the one before them.
    const before = packet > 0 ? (found[packet - 1] as number) : 0;
    found[packet] = before;
    if (sizes[packet] === 0) continue;
    const until = packet < firstPackets && !isReordered ? Math.min(firstPackets, count - 1) : count - 1;
    const order = orders.read(await packets.read(packet, until));
    if (order === null) continue;
    found[packet] = order;
    isReordered ||= packet > 0 && order < before;
  }
  const places = new Float64Array(count);
  for (const [place, packet] of presentationOrder(found).entries()) places[packet] = place;
  return reordered(index, places);
}
