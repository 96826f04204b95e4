import { expect, it } from "vitest";
import { ExtentCache } from "../../src/media/net/extent-cache.ts";

const extent = (start: number, size: number) => ({ start, bytes: new Uint8Array(size) });

/** A cache of 30 bytes with the pieces 0 to 9, 10 to 19 and 50 to 59. */
function full(): ExtentCache {
  const cache = new ExtentCache(30);
  for (const start of [0, 10, 50]) cache.add(extent(start, 10));
  return cache;
}

const starts = (cache: ExtentCache) => [0, 10, 50, 90].filter((at) => cache.find(at)?.start === at);

it("a byte is found in the piece that holds it, and nowhere else", () => {
  const cache = full();
  expect([0, 9, 10, 19, 20, 49, 50, 59, 60].map((at) => cache.find(at)?.start)).toEqual([
    0,
    0,
    10,
    10,
    undefined,
    undefined,
    50,
    50,
    undefined,
  ]);
});

it("the next piece is the first that starts later, up to an end", () => {
  const cache = full();
  expect([0, 9, 10, 49, 50].map((at) => cache.nextStart(at, 99))).toEqual([10, 10, 50, 50, 99]);
  expect(cache.nextStart(20, 40)).toBe(40);
});

it("as much is kept as the limit says; then what was used longest ago goes", () => {
  const cache = full();
  expect(cache.bytes).toBe(30);
  cache.find(0);
  cache.add(extent(90, 1));
  expect(starts(cache)).toEqual([0, 50, 90]);
  expect(cache.bytes).toBe(21);
});

it("a piece over the limit stays alone until the next comes, and an empty one is none", () => {
  const cache = full();
  cache.add(extent(90, 31));
  expect([cache.bytes, starts(cache)]).toEqual([31, [90]]);
  cache.add(extent(0, 0));
  expect([cache.bytes, starts(cache)]).toEqual([31, [90]]);
  cache.add(extent(10, 5));
  expect([cache.bytes, starts(cache)]).toEqual([5, [10]]);
});
