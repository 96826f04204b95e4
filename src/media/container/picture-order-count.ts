/** The counting that H.264 (8.2.1.1) and HEVC (8.3.1) share: low bits are coded, high ones follow from the last reference picture. */

/** A picture that resets the count begins a new period; the orders of periods lie this far apart. */
const PERIOD = 2 ** 33;

export class PictureOrderCount {
  #period = 0;
  #high = 0;
  #low = 0;

  /** Begins a period. */
  reset(): void {
    this.#period++;
    this.#high = 0;
    this.#low = 0;
  }

  /** The order of a picture whose `bits` low bits are `low`; if `isReference`, the following ones count from it. */
  next(low: number, bits: number, isReference: boolean): number {
    const range = 2 ** bits;
    let high = this.#high;
    if (low < this.#low && this.#low - low >= range / 2) high += range;
    else if (low > this.#low && low - this.#low > range / 2) high -= range;
    if (isReference) {
      this.#high = high;
      this.#low = low;
    }
    return this.#period * PERIOD + high + low;
  }
}
