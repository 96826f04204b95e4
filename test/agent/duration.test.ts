import { expect, it } from "vitest";
import { type Duration, toMilliseconds } from "../../src/agent/duration.ts";

it("durations read as they are written", () => {
  expect(toMilliseconds("90 seconds", "timeout")).toBe(90_000);
  expect(toMilliseconds("1 minute", "timeout")).toBe(60_000);
  expect(toMilliseconds("1.5 hours", "timeout")).toBe(5_400_000);
});

it("a duration that is none is refused with the name of the option", () => {
  for (const wrong of ["5", "5 days", "0 seconds", "-1 seconds", "five minutes"]) {
    expect(() => toMilliseconds(wrong as Duration, 'Agent "a": timeout'), wrong).toThrow(
      /Agent "a": timeout must be/,
    );
  }
});
