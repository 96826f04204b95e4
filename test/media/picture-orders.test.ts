import { expect, it } from "vitest";
import { H264Orders } from "../../src/media/container/h264-order.ts";

/** Bits as a test writes them: numbers of so many bits, or Exp-Golomb codes. */
class Bits {
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

it("H.264 pictures that write their order as a difference to a pattern (type 1) are put in order", () => {
  const sequence = new Bits().fixed(77, 8).fixed(30, 16).codes(0, 0, 1);
  // Differences are written; pictures nothing refers to come 2 before what is expected, references 4 apart.
  sequence.fixed(0, 1).signed(-2, 0).codes(1).signed(4);
  sequence.codes(1).fixed(0, 1).codes(9, 7).fixed(1, 1).fixed(1, 1).fixed(0, 2);
  const pictureSet = new Bits().codes(0, 0).fixed(0, 8);
  const slice = (head: number, type: number, frame: number, difference = 0) => {
    const bits = new Bits().codes(0, type, 0).fixed(frame, 4);
    if (head === 0x65) bits.codes(0);
    return Uint8Array.from(bits.signed(difference).unit(head));
  };
  const header = Uint8Array.from([...sequence.unit(0x67), ...pictureSet.unit(0x68)]);
  const orders = new H264Orders(header);
  const [key, reference, other] = [0x65, 0x41, 0x01];
  const read = [
    slice(key, 7, 0),
    slice(reference, 5, 1),
    slice(other, 6, 2),
    slice(reference, 5, 2, 4),
    slice(other, 6, 3),
    slice(other, 6, 3, 4),
  ].map((picture) => orders.read(picture) ?? Number.NaN);
  expect(read.map((order) => order - (read[0] as number))).toEqual([0, 4, 2, 12, 6, 10]);
  const next = orders.read(slice(key, 7, 0)) ?? Number.NaN;
  expect(next).toBeGreaterThan(Math.max(...read));
});
