/**
 * The presentation order of H.264 in AVI, which has no times for it: by the picture order counts in the slice headers (ITU-T H.264,
 * 8.2.1), in one pass over the file. Streams without B pictures are known by their first packets and cost nothing.
 */
import { MediaError } from "../errors.ts";
import { BitReader, h264SliceType, h264Type, lengthBytesOf, nalUnits } from "./nal-units.ts";
import type { PacketSource } from "./packet-source.ts";
import { type H264Sequence, h264Sequence } from "./parameter-sets.ts";
import { presentationOrder, reorderDepth, type VideoIndex } from "./video-index.ts";

/** Packets that are looked at for B pictures. */
const FIRST_LOOK = 64;
const B_SLICE = 1;

/** The index with its frames in the order in which a decoder shows them. */
export async function withH264Order(index: VideoIndex, packets: PacketSource): Promise<VideoIndex> {
  if (index.container !== "avi" || index.codec !== "h264") return index;
  const { count, sizes, times } = index.packets;
  const counter = new PictureOrderCounter(index.extradata);
  const orders = new Float64Array(count);
  let hasB = false;
  for (let packet = 0; packet < count; packet++) {
    if (packet === FIRST_LOOK && !hasB) return index;
    // Packets without a picture stay behind the one before them.
    orders[packet] = packet > 0 ? (orders[packet - 1] as number) : 0;
    if (sizes[packet] === 0) continue;
    const until = packet < FIRST_LOOK && !hasB ? Math.min(FIRST_LOOK, count - 1) : count - 1;
    const picture = counter.read(await packets.read(packet, until));
    if (!picture) continue;
    orders[packet] = picture.order;
    hasB ||= picture.isB;
  }
  if (!hasB) return index;
  const shown = presentationOrder(orders);
  const moved = times.slice();
  for (const [place, packet] of shown.entries()) moved[packet] = times[place] as number;
  const isShown = new Set(index.frames);
  const frames = shown.filter((packet) => isShown.has(packet));
  return { ...index, packets: { ...index.packets, times: moved }, frames, reorderDepth: reorderDepth(moved) };
}

/** Orders of different IDR periods lie this far apart. */
const PERIOD = 2 ** 33;

/** Follows the picture order count from picture to picture. */
class PictureOrderCounter {
  readonly #lengthBytes: number | null;
  #sequence: H264Sequence | null = null;
  #period = 0;
  /** Of the last picture that others refer to. */
  #high = 0;
  #low = 0;

  constructor(extradata: Uint8Array | undefined) {
    this.#lengthBytes = lengthBytesOf("h264", extradata);
    // Parameter sets of an Annex B header; those of `avcC` are also sent with the first picture, or the stream has none.
    for (const nal of nalUnits(extradata ?? new Uint8Array(), null)) this.#take(nal);
  }

  /** Where the packet's picture stands among all; null when it has none. */
  read(packet: Uint8Array): { readonly order: number; readonly isB: boolean } | null {
    for (const nal of nalUnits(packet, this.#lengthBytes)) {
      this.#take(nal);
      const type = h264Type(nal);
      if (type === 1 || type === 5)
        return { order: this.#order(nal, type === 5), isB: h264SliceType(nal) === B_SLICE };
    }
    return null;
  }

  #take(nal: Uint8Array): void {
    if (h264Type(nal) === 7) this.#sequence = h264Sequence(nal);
  }

  #order(slice: Uint8Array, isReset: boolean): number {
    const sequence = this.#sequence;
    if (!sequence || sequence.orderType === 1) {
      throw new MediaError(
        "unsupported-format",
        "The order of the H.264 pictures in this AVI file cannot be told; put it into MP4, for example with ffmpeg -c copy.",
      );
    }
    const bits = new BitReader(slice.subarray(1, 32));
    bits.exponentialGolomb(); // first_mb_in_slice
    bits.exponentialGolomb(); // slice_type
    bits.exponentialGolomb(); // picture parameter set
    if (sequence.hasSeparatePlanes) bits.skip(2);
    bits.skip(sequence.frameBits);
    if (!sequence.isProgressive && bits.bit()) bits.skip(1);
    if (isReset) {
      bits.exponentialGolomb(); // idr_pic_id
      this.#period++;
      this.#high = 0;
      this.#low = 0;
    }
    // Type 2 (8.2.1.3): shown as decoded.
    if (sequence.orderType === 2) return this.#period * PERIOD + ++this.#high;
    const low = bits.bits(sequence.orderBits);
    const range = 2 ** sequence.orderBits;
    let high = this.#high;
    if (low < this.#low && this.#low - low >= range / 2) high += range;
    else if (low > this.#low && low - this.#low > range / 2) high -= range;
    const isReferredTo = ((slice[0] ?? 0) & 0x60) !== 0;
    if (isReferredTo) {
      this.#high = high;
      this.#low = low;
    }
    return this.#period * PERIOD + high + low;
  }
}
