import { describe, expect, it } from "vitest";
import { InvalidArgumentsError } from "../../../src/encord/errors.ts";
import {
  decodeBitmask,
  encodeBitmask,
  packRuns,
  runLengths,
  unpackRuns,
} from "../../../src/encord/labels/bitmask.ts";

describe("bitmasks are packed and unpacked without loss", () => {
  it("random masks survive, whatever their size", () => {
    let state = 3;
    const next = () => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state / 0x7fffffff;
    };
    for (let round = 0; round < 200; round++) {
      const width = 1 + Math.floor(next() * 40);
      const height = 1 + Math.floor(next() * 40);
      const density = next();
      const pixels = Uint8Array.from({ length: width * height }, () => (next() < density ? 1 : 0));
      expect(decodeBitmask(encodeBitmask(pixels, { width, height }))).toEqual(pixels);
    }
  });

  it("long runs need more than one character", () => {
    const runs = [0, 1_000_000, 2, 3, 2_000_000, 1];
    expect(unpackRuns(packRuns(runs))).toEqual(runs);
  });

  it("booleans and bytes are the same mask", () => {
    expect(runLengths([true, false, true])).toEqual(runLengths([1, 0, 255]));
  });
});

describe("a bitmask that cannot be", () => {
  it("the wrong number of pixels is refused", () => {
    expect(() => encodeBitmask([1, 0, 1], { width: 2, height: 2 })).toThrow(
      /2 × 2 has 4 pixels; 3 were given/,
    );
  });

  it.each(["P", "\u0001", "0`", "ooooooooo"])("the text %j is refused", (rleString) => {
    expect(() => decodeBitmask({ width: 4, height: 2, rleString })).toThrow(InvalidArgumentsError);
  });
});
