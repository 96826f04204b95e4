/** Picture order counts of HEVC (ITU-T H.265, 7.3.6.1 and 8.3.1), out of its slice headers. */
import { BitReader, headerUnits, hevcType, lengthBytesOf, nalUnits } from "./nal-units.ts";
import { type HevcSequence, hevcSequence } from "./parameter-sets.ts";
import { PictureOrderCount } from "./picture-order-count.ts";
import type { PictureOrders } from "./stream-order.ts";

const SEQUENCE_SET = 33;
const PICTURE_SET = 34;
const FIRST_IRAP = 16;
const LAST_IRAP = 23;
const CRA = 21;

export class HevcOrders implements PictureOrders {
  readonly #lengthBytes: number | null;
  readonly #count = new PictureOrderCount();
  #sequence: HevcSequence | null = null;
  /** Of the picture parameter set: bits in the slice header before what is wanted. */
  #extraBits = 0;
  #hasOutputFlag = false;
  #hasBegun = false;

  constructor(extradata: Uint8Array | undefined) {
    this.#lengthBytes = lengthBytesOf("hevc", extradata);
    for (const nal of headerUnits("hevc", extradata ?? new Uint8Array())) this.#take(nal);
  }

  read(packet: Uint8Array): number | null {
    for (const nal of nalUnits(packet, this.#lengthBytes)) {
      this.#take(nal);
      if (hevcType(nal) < 32) return this.#order(nal);
    }
    return null;
  }

  #take(nal: Uint8Array): void {
    if (hevcType(nal) === SEQUENCE_SET) this.#sequence = hevcSequence(nal);
    if (hevcType(nal) !== PICTURE_SET) return;
    const bits = new BitReader(nal.subarray(2, 32));
    bits.exponentialGolomb(); // its number
    bits.exponentialGolomb(); // the sequence's
    bits.skip(1); // dependent slices
    this.#hasOutputFlag = bits.bit() === 1;
    this.#extraBits = bits.bits(3);
  }

  #order(slice: Uint8Array): number | null {
    const sequence = this.#sequence;
    if (!sequence) return null;
    const type = hevcType(slice);
    const isIrap = type >= FIRST_IRAP && type <= LAST_IRAP;
    const isIdr = type === 19 || type === 20;
    if ((isIrap && type !== CRA) || !this.#hasBegun) this.#count.reset();
    this.#hasBegun = true;
    const bits = new BitReader(slice.subarray(2, 32));
    bits.skip(isIrap ? 2 : 1); // first slice, no output of prior pictures
    bits.exponentialGolomb(); // picture parameter set
    bits.skip(this.#extraBits);
    bits.exponentialGolomb(); // slice_type
    if (this.#hasOutputFlag) bits.skip(1);
    if (sequence.hasSeparatePlanes) bits.skip(2);
    const low = isIdr ? 0 : bits.bits(sequence.orderBits);
    // Pictures of the lowest layer, but those that nothing refers to (even types up to 14) or that lead (6 to 9).
    const isReference =
      ((slice[1] ?? 0) & 7) === 1 && !(type <= 14 && type % 2 === 0) && !(type >= 6 && type <= 9);
    return this.#count.next(low, sequence.orderBits, isReference);
  }
}
