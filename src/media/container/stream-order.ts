/**
 * The presentation order of H.264, HEVC and MPEG-4 part 2 where the container's times cannot be it: they are those of decoding (AVI, what
 * was made of it, MP4 whose writer left the composition offsets out), or contradict themselves. The pictures' own headers tell it, in one pass
 * over the file. Streams without reordering are known by their header or their first packets and cost next to nothing.
 */
import type { PacketSource } from "./packet-source.ts";
import { type PictureOrders, pictureOrders } from "./picture-orders.ts";
import { presentationOrder, reordered, type VideoIndex } from "./video-index.ts";

/** Packets that are looked at for reordering. */
const FIRST_LOOK = 64;

/**
 * The index with its frames in the order in which a decoder shows them.
 *
 * @param isDoubted the times were found to be wrong in some place
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
  // Files that were made of AVI often have its times; H.264 and HEVC announce that they are reordered.
  const isLacking =
    index.reorderDepth === 0 && (index.codec === "mpeg4" ? reordering !== 0 : (reordering ?? 0) > 0);
  if (index.lacksPresentationTimes ? reordering === 0 : !isLacking) return index;
  return readOrder(index, packets, orders, FIRST_LOOK);
}

/**
 * Whether no decoder shows packets in the order of their times: two have the same, or one is shown after a key packet that follows it in
 * the file. (Where all are called key packets, none of them need be one.)
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

/** @param firstLook packets after which a stream that is not reordered by then is taken to be in order */
async function readOrder(
  index: VideoIndex,
  packets: PacketSource,
  orders: PictureOrders,
  firstLook: number,
): Promise<VideoIndex> {
  const { count, sizes } = index.packets;
  const found = new Float64Array(count);
  let isReordered = false;
  // Streams with their headers in between may begin to reorder with a later one.
  const isBinding = firstLook < count || (index.extradata?.[0] === 1 && !index.hasSeveralHeaders);
  for (let packet = 0; packet < count; packet++) {
    if (!isReordered && orders.reordering === 0 && isBinding) return inDecodeOrder(index);
    if (!isReordered && packet === firstLook) return index;
    // Packets without a picture stay behind the one before them.
    const before = packet > 0 ? (found[packet - 1] as number) : 0;
    found[packet] = before;
    if (sizes[packet] === 0) continue;
    const until = packet < firstLook && !isReordered ? Math.min(firstLook, count - 1) : count - 1;
    const order = orders.read(await packets.read(packet, until));
    if (order === null) continue;
    found[packet] = order;
    isReordered ||= packet > 0 && order < before;
  }
  const places = new Float64Array(count);
  for (const [place, packet] of presentationOrder(found).entries()) places[packet] = place;
  return reordered(index, places);
}
