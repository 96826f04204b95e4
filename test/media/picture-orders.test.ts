import { expect, it } from "vitest";
import { H264Orders } from "../../src/media/container/h264-order.ts";
import { PictureFinder } from "../../src/media/container/picture-finder.ts";
import type { VideoIndex } from "../../src/media/container/video-index.ts";
import { OrderCheck, TimesAreWrong } from "../../src/media/video/order-check.ts";
import { Bits } from "./bit-writer.ts";

/** A stream whose pictures write their order as a difference to a pattern (type 1). */
function patternStream() {
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
  const [key, reference, other] = [0x65, 0x41, 0x01];
  return {
    header: Uint8Array.from([...sequence.unit(0x67), ...pictureSet.unit(0x68)]),
    keyPicture: slice(key, 7, 0),
    /** Shown as the first, third, second, sixth, fourth and fifth. */
    pictures: [
      slice(key, 7, 0),
      slice(reference, 5, 1),
      slice(other, 6, 2),
      slice(reference, 5, 2, 4),
      slice(other, 6, 3),
      slice(other, 6, 3, 4),
    ],
  };
}

it("H.264 pictures that write their order as a difference to a pattern (type 1) are put in order", () => {
  const { header, pictures, keyPicture } = patternStream();
  const orders = new H264Orders(header);
  const read = pictures.map((picture) => orders.read(picture) ?? Number.NaN);
  expect(read.map((order) => order - (read[0] as number))).toEqual([0, 4, 2, 12, 6, 10]);
  const next = orders.read(keyPicture) ?? Number.NaN;
  expect(next).toBeGreaterThan(Math.max(...read));
});

it("times that contradict the order of pictures are noticed; a packet without a picture says nothing", () => {
  const { header, pictures } = patternStream();
  const check = (times: readonly number[], packets: readonly Uint8Array[], start = 0) => {
    const index = { codec: "h264", extradata: header, packets: { times } };
    const order = new OrderCheck(index as unknown as VideoIndex);
    order.begin(start);
    for (const packet of packets.slice(start)) order.check(packet);
  };
  const right = [0, 2, 1, 5, 3, 4];
  expect(() => check(right, pictures)).not.toThrow();
  expect(() => check([0, 2, 1, 4, 3, 5], pictures)).toThrow(TimesAreWrong);
  expect(() => check([0, 2, 1, 3, 4, 5], pictures, 3), "behind where decoding starts").toThrow(TimesAreWrong);
  expect(() => check([9, 2, 1, 5, 3, 4], pictures, 3), "before it").not.toThrow();
  const delimiter = Uint8Array.from(new Bits().fixed(7, 3).unit(0x09));
  const [first, ...others] = pictures as [Uint8Array, ...Uint8Array[]];
  for (const none of [delimiter, new Uint8Array()]) {
    expect(() => check([0, 99, ...right.slice(1)], [first, none, ...others])).not.toThrow();
  }
});

it("before a picture is shown, those behind it that may belong before it are looked at, up to the next key picture", () => {
  const { header } = patternStream();
  const last = (keys: readonly number[], target: number, needed: number, more: Partial<VideoIndex> = {}) => {
    const index = { codec: "h264", extradata: header, packets: { count: keys.length, keys }, ...more };
    return new OrderCheck(index as unknown as VideoIndex).lastBefore(target, needed);
  };
  expect(last([1, 0, 0, 0, 0, 0], 0, 0)).toBe(2);
  expect(last([1, 0, 0, 0, 0, 0], 1, 4)).toBe(4);
  expect(last([1, 0, 0, 0, 0, 0], 4, 4), "the last there is").toBe(5);
  expect(last([1, 0, 1, 0, 0, 0], 0, 4)).toBe(1);
  expect(last([1, 0, 0], 0, 2, { hasStreamOrder: true }), "nothing is left to compare").toBe(0);
  expect(last([1, 0, 0], 0, 2, { codec: "vp9" })).toBe(0);
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
