/** Picture order counts of H.264 (ITU-T H.264, 7.3.3 and 8.2.1), from its slice headers. */
import { BitReader, h264Type, headerUnits, lengthBytesOf, nalUnits } from "./nal-units.ts";
import { type H264Sequence, H264Sets } from "./parameter-sets.ts";
import { PictureOrderCount } from "./picture-order-count.ts";
import type { PictureOrders } from "./picture-orders.ts";

export class H264Orders implements PictureOrders {
  readonly #lengthBytes: number | null;
  readonly #sets = new H264Sets();
  readonly #count = new PictureOrderCount();
  /** For type 2, where pictures are shown as they are decoded. */
  #place = 0;
  /** For type 1: `frame_num` of the picture before, and what to add to it because it wraps around. */
  #frame = 0;
  #frameOffset = 0;

  constructor(extradata: Uint8Array | undefined) {
    this.#lengthBytes = lengthBytesOf("h264", extradata);
    for (const nal of headerUnits("h264", extradata ?? new Uint8Array())) this.#sets.take(nal);
  }

  get reordering(): number | null {
    let most: number | null = null;
    for (const { reorderedPictures } of this.#sets.sequences) {
      if (reorderedPictures === null) return null;
      most = Math.max(most ?? 0, reorderedPictures);
    }
    return most;
  }

  read(packet: Uint8Array): number | null {
    for (const nal of nalUnits(packet, this.#lengthBytes)) {
      this.#sets.take(nal);
      const type = h264Type(nal);
      if (type === 1 || type === 5) return this.#order(nal, type === 5);
    }
    return null;
  }

  #order(slice: Uint8Array, isReset: boolean): number | null {
    const bits = new BitReader(slice.subarray(1, 32));
    bits.exponentialGolomb(); // first_mb_in_slice
    bits.exponentialGolomb(); // slice_type
    const sequence = this.#sets.sequenceOf(bits.exponentialGolomb());
    if (!sequence) return null; // FFmpeg decodes nothing either.
    if (sequence.hasSeparatePlanes) bits.skip(2);
    const frame = bits.bits(sequence.frameBits);
    if (!sequence.isProgressive && bits.bit()) bits.skip(1);
    if (isReset) {
      bits.exponentialGolomb(); // idr_pic_id
      this.#count.reset();
    }
    const isReference = ((slice[0] ?? 0) & 0x60) !== 0;
    const start = this.#count.next(0, 1, false);
    // Type 2 (8.2.1.3): shown as decoded.
    if (sequence.orderType === 2) return start + ++this.#place;
    if (sequence.orderType === 1) {
      const delta = sequence.cycle.hasDeltas ? bits.signedExponentialGolomb() : 0;
      return start + this.#expected(sequence, frame, isReset, isReference) + delta;
    }
    return this.#count.next(bits.bits(sequence.orderBits), sequence.orderBits, isReference);
  }

  /** Type 1 (8.2.1.2): from the picture's number in decode order, by a pattern that repeats. */
  #expected(
    { cycle, frameBits }: H264Sequence,
    frame: number,
    isReset: boolean,
    isReference: boolean,
  ): number {
    if (isReset) this.#frameOffset = 0;
    else if (frame < this.#frame) this.#frameOffset += 2 ** frameBits;
    this.#frame = frame;
    const { forReferences, forOthers } = cycle;
    let place = forReferences.length > 0 ? this.#frameOffset + frame : 0;
    if (!isReference && place > 0) place--;
    const whole = forReferences.reduce((sum, offset) => sum + offset, 0);
    const rounds = place > 0 ? Math.floor((place - 1) / forReferences.length) : 0;
    const rest = forReferences.slice(0, place - rounds * forReferences.length);
    return rounds * whole + rest.reduce((sum, offset) => sum + offset, 0) + (isReference ? 0 : forOthers);
  }
}
