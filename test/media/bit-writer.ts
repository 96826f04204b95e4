/** Bits as a test writes them: numbers of so many bits, or Exp-Golomb codes. */
export class Bits {
  #text = "";

  fixed(value: number, count: number): this {
    this.#text += value.toString(2).padStart(count, "0");
    return this;
  }

  /** Unsigned Exp-Golomb codes. */
  codes(...values: readonly number[]): this {
    for (const value of values) {
      const digits = (value + 1).toString(2);
      this.#text += "0".repeat(digits.length - 1) + digits;
    }
    return this;
  }

  /** Signed ones. */
  signed(...values: readonly number[]): this {
    return this.codes(...values.map((value) => (value > 0 ? value * 2 - 1 : -value * 2)));
  }

  /** A unit with a start code in front. */
  unit(head: number): number[] {
    const text = `${this.#text}1`.padEnd(Math.ceil((this.#text.length + 1) / 8) * 8, "0");
    const body = text.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [];
    return [0, 0, 1, head, ...body];
  }
}
