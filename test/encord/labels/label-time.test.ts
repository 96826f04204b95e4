import { describe, expect, it } from "vitest";
import { formatLabelTime, isLongForm, parseLabelTime } from "../../../src/encord/labels/label-time.ts";
import vectors from "../../fixtures/vectors/datetimes.json";

describe("times in labels", () => {
  it.each(vectors.cases)("$input is read, and written as $longString", ({ input, iso, longString }) => {
    const time = parseLabelTime(input);
    expect(time?.getTime()).toBe(Math.floor(Date.parse(iso)));
    expect(formatLabelTime(time as Date)).toBe(longString);
    expect(isLongForm(longString)).toBe(true);
  });

  it("a text without a zone is UTC, wherever the machine is", () => {
    expect(parseLabelTime("2025-05-01 13:53:59")?.toISOString()).toBe("2025-05-01T13:53:59.000Z");
    expect(parseLabelTime("1 May 2025 13:53:59")?.toISOString()).toBe("2025-05-01T13:53:59.000Z");
  });

  it("what names no time is told so", () => {
    expect(parseLabelTime("yesterday")).toBeNull();
    expect(parseLabelTime("")).toBeNull();
  });

  it("GMT and lower precision are not the long form", () => {
    expect(isLongForm("Thu, 01 May 2025 13:53:59 GMT")).toBe(false);
    expect(isLongForm("2025-05-01T13:53:59Z")).toBe(false);
  });
});
