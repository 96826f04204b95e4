import { expect, it } from "vitest";
import { H264Orders } from "../../src/media/container/h264-order.ts";
import { PictureFinder } from "../../src/media/container/picture-finder.ts";
import { Bits } from "./bit-writer.ts";

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

it("two fields that make a frame are one picture, also when each comes in a unit of its own", () => {
  // Interlaced (frame_mbs_only_flag 0), order counts of type 2.
  const sequence = new Bits()
    .fixed(77, 8)
    .fixed(30, 16)
    .codes(0, 0, 2, 1)
    .fixed(0, 1)
    .codes(9, 7)
    .fixed(0, 4);
  const header = [...sequence.unit(0x67), ...new Bits().codes(0, 0).fixed(0, 8).unit(0x68)];
  const delimiter = new Bits().fixed(7, 3).unit(0x09);
  const field = (frame: number, isBottom: boolean) => [
    ...delimiter,
    ...new Bits()
      .codes(0, 5, 0)
      .fixed(frame, 4)
      .fixed(1, 1)
      .fixed(isBottom ? 1 : 0, 1)
      .codes(9)
      .unit(0x41),
  ];
  const frame = (number: number) => [
    ...delimiter,
    ...new Bits().codes(0, 5, 0).fixed(number, 4).fixed(0, 1).codes(9).unit(0x41),
  ];
  const find = (...units: readonly number[][]) => {
    const finder = new PictureFinder("h264", Uint8Array.from(header));
    return units.map((unit) => finder.find(Uint8Array.from(unit)));
  };
  expect(find([...field(0, false), ...field(0, true)])).toEqual([[0]]);
  expect(find(field(0, false), field(0, true), field(1, false), field(1, true))).toEqual([[0], [], [0], []]);
  expect(find(field(0, true), field(1, false), frame(2), frame(3))).toEqual([[0], [0], [0], [0]]);
  // A third field begins the next frame, whatever its number.
  expect(find([...field(0, false), ...field(0, true), ...field(0, false)])[0]?.length).toBe(2);
});
