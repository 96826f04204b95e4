/** Picture order counts of HEVC (ITU-T H.265, 7.3.6.1 and 8.3.1), from its slice headers. */
import { BitReader, headerUnits, hevcType, lengthBytesOf, nalUnits } from "./nal-units.ts";
import { type HevcSequence, hevcSequence } from "./parameter-sets.ts";
import { PictureOrderCount } from "./picture-order-count.ts";
import type { PictureOrders } from "./picture-orders.ts";

const SEQUENCE_SET = 33;
const PICTURE_SET = 34;
const FIRST_IRAP = 16;
const LAST_IRAP = 23;
const CRA = 21;

/** What a picture parameter set says about slice headers. */
interface PictureSet {
  readonly sequence: number;
  /** Bits to skip before the fields that are read here. */
  readonly extraBits: number;
  readonly hasOutputFlag: boolean;
}

export class HevcOrders implements PictureOrders {
  readonly #lengthBytes: number | null;
  readonly #count = new PictureOrderCount();
  readonly #sequences = new Map<number, HevcSequence>();
  readonly #pictureSets = new Map<number, PictureSet>();
  #hasBegun = false;

  constructor(extradata: Uint8Array | undefined) {
    this.#lengthBytes = lengthBytesOf("hevc", extradata);
    for (const nal of headerUnits("hevc", extradata ?? new Uint8Array())) this.#take(nal);
  }

  get reordering(): number | null {
    const told = [...this.#sequences.values()].map(({ reorderedPictures }) => reorderedPictures);
    return told.length === 0 ? null : Math.max(...told);
  }

  read(packet: Uint8Array): number | null {
    for (const nal of nalUnits(packet, this.#lengthBytes)) {
      this.#take(nal);
      if (hevcType(nal) < 32) return this.#order(nal);
    }
    return null;
  }

  #take(nal: Uint8Array): void {
    if (hevcType(nal) === SEQUENCE_SET) {
      const sequence = hevcSequence(nal);
      this.#sequences.set(sequence.number, sequence);
    }
    if (hevcType(nal) !== PICTURE_SET) return;
    const bits = new BitReader(nal.subarray(2, 32));
    const number = bits.exponentialGolomb();
    const sequence = bits.exponentialGolomb();
    bits.skip(1); // dependent slices
    this.#pictureSets.set(number, { sequence, hasOutputFlag: bits.bit() === 1, extraBits: bits.bits(3) });
  }

  #order(slice: Uint8Array): number | null {
    const type = hevcType(slice);
    const isIrap = type >= FIRST_IRAP && type <= LAST_IRAP;
    const isIdr = type === 19 || type === 20;
    const bits = new BitReader(slice.subarray(2, 32));
    bits.skip(isIrap ? 2 : 1); // first slice, no output of prior pictures
    const set = this.#pictureSets.get(bits.exponentialGolomb());
    const sequence = set && this.#sequences.get(set.sequence);
    if (!sequence) return null; // FFmpeg decodes nothing either.
    if ((isIrap && type !== CRA) || !this.#hasBegun) this.#count.reset();
    this.#hasBegun = true;
    bits.skip(set.extraBits);
    bits.exponentialGolomb(); // slice_type
    if (set.hasOutputFlag) bits.skip(1);
    if (sequence.hasSeparatePlanes) bits.skip(2);
    const low = isIdr ? 0 : bits.bits(sequence.orderBits);
    // Pictures of the lowest layer, except those that nothing refers to (even types up to 14) and leading ones (6 to 9).
    const isReference =
      ((slice[1] ?? 0) & 7) === 1 && !(type <= 14 && type % 2 === 0) && !(type >= 6 && type <= 9);
    return this.#count.next(low, sequence.orderBits, isReference);
  }
}
