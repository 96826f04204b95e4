import { expect, it } from "vitest";
import { backoffMs } from "../../src/queue/backoff.ts";

it("the longest wait doubles with each attempt, up to five minutes", () => {
  const longest = [1, 2, 3, 9, 10, 50].map((attempt) => backoffMs(attempt, () => 0.999999));
  expect(longest).toEqual([1000, 2000, 4000, 256_000, 300_000, 300_000]);
});

it("the wait is spread over the whole interval, so that retries do not come in waves", () => {
  expect(backoffMs(3, () => 0)).toBe(1);
  expect(backoffMs(3, () => 0.5)).toBe(2000);
});

it("what the other side asked for counts more", () => {
  expect(backoffMs(1, () => 0, 30_000)).toBe(30_000);
  expect(backoffMs(1, () => 0.5, 30_000)).toBe(30_500);
});
