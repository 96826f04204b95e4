/** Picture order counts of H.264 (ITU-T H.264, 7.3.3 and 8.2.1), out of its slice headers; types 0 and 2, which encoders write. */
import { MediaError } from "../errors.ts";
import { BitReader, h264Type, headerUnits, lengthBytesOf, nalUnits } from "./nal-units.ts";
import { type H264Sequence, h264Sequence } from "./parameter-sets.ts";
import { PictureOrderCount } from "./picture-order-count.ts";
import type { PictureOrders } from "./stream-order.ts";

export class H264Orders implements PictureOrders {
  readonly #lengthBytes: number | null;
  #sequence: H264Sequence | null = null;
  readonly #count = new PictureOrderCount();
  /** For type 2, where pictures are shown as they are decoded. */
  #place = 0;

  constructor(extradata: Uint8Array | undefined) {
    this.#lengthBytes = lengthBytesOf("h264", extradata);
    for (const nal of headerUnits("h264", extradata ?? new Uint8Array())) this.#take(nal);
  }

  read(packet: Uint8Array): number | null {
    for (const nal of nalUnits(packet, this.#lengthBytes)) {
      this.#take(nal);
      const type = h264Type(nal);
      if (type === 1 || type === 5) return this.#order(nal, type === 5);
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
        "The order of the H.264 pictures in this file cannot be told; put it into MP4, for example with ffmpeg -c copy.",
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
      this.#count.reset();
    }
    // Type 2 (8.2.1.3): shown as decoded.
    if (sequence.orderType === 2) return this.#count.next(0, 1, false) + ++this.#place;
    const isReference = ((slice[0] ?? 0) & 0x60) !== 0;
    return this.#count.next(bits.bits(sequence.orderBits), sequence.orderBits, isReference);
  }
}
