import { describe, expect, it } from "vitest";
import { InvalidArgumentsError } from "../../../src/encord/errors.ts";
import { framesToRanges, Ranges, rangesOf } from "../../../src/encord/labels/ranges.ts";
import vectors from "../../fixtures/vectors/ranges.json";
import { BOX, labelledRow } from "./labelled-row.ts";

describe("ranges are sorted, merged and inclusive, as in the Python SDK", () => {
  it.each(vectors.framesToRanges)("the frames $frames are $ranges", ({ frames, ranges }) => {
    expect(framesToRanges(frames)).toEqual(ranges);
  });

  it.each(vectors.framesClassToList)("$input names the frames $frames", ({ input, frames }) => {
    const pair = ([start = 0, end = 0]: number[]) => ({ start, end });
    const given =
      typeof input === "number" || Array.isArray(input)
        ? input
        : "ranges" in input && input.ranges
          ? input.ranges.map(pair)
          : pair(input.range ?? []);
    expect([...rangesOf(given).values()]).toEqual(frames);
  });

  it.each(vectors.rangeManager)("$ops leaves $ranges", ({ ops, ranges, intersectWith, intersection }) => {
    const set = new Ranges();
    for (const [op, start, end] of ops as [string, number, number][]) {
      if (op === "add") set.add(start, end);
      else set.remove(start, end);
    }
    expect(set.pairs()).toEqual(ranges);
    const other = new Ranges([intersectWith as [number, number]]);
    expect(set.intersect(other).pairs()).toEqual(intersection);
    expect(other.intersect(set).pairs()).toEqual(intersection);
  });

  it("random adds and removes agree with a plain set of numbers", () => {
    let state = 7;
    const next = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state % below;
    };
    const set = new Ranges();
    const plain = new Set<number>();
    for (let round = 0; round < 500; round++) {
      const start = next(60);
      const end = start + next(8);
      const adds = next(3) > 0;
      if (adds) set.add(start, end);
      else set.remove(start, end);
      for (let value = start; value <= end; value++) adds ? plain.add(value) : plain.delete(value);
      const sorted = [...plain].sort((a, b) => a - b);
      expect([...set.values()]).toEqual(sorted);
      expect(set.pairs()).toEqual(framesToRanges(sorted));
      expect(set.has(start)).toBe(plain.has(start));
      expect([set.first, set.last, set.size]).toEqual([sorted[0], sorted.at(-1), sorted.length]);
    }
  });
});

describe("frames that cannot be", () => {
  it.each([
    [-1, "-1"],
    [1.5, "1.5"],
    [Number.NaN, "NaN"],
    [{ start: 5, end: 4 }, "5 to 4"],
    [[2, -3], "-3"],
  ])("%j is refused", (frames, shown) => {
    expect(() => rangesOf(frames)).toThrow(InvalidArgumentsError);
    expect(() => rangesOf(frames)).toThrow(`; ${shown} was given.`);
  });
});

it("a range that no data has room for is refused at once, not filled into the memory", () => {
  const { ontologyStructure } = labelledRow("video");
  const frames = { start: 0, end: 100_000_000 };
  const car = ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
  expect(() => car.setForFrames(BOX, { frames })).toThrow(/100000001 frames were given/);
  const weather = ontologyStructure.getChildByTitle("Weather", "classification");
  expect(() => weather.createInstance().setForFrames({ frames })).toThrow(InvalidArgumentsError);
  const ofSound = weather.createInstance({ rangeOnly: true });
  ofSound.setForFrames({ frames });
  expect(ofSound.rangeList).toEqual([[0, 100_000_000]]);
});
