import { describe, expect, it } from "vitest";
import { UnexpectedAnswerError } from "../../src/encord/errors.ts";
import {
  flag,
  integer,
  listOf,
  number,
  object,
  orElse,
  orNull,
  type Reader,
  readAnswer,
  text,
  time,
  uuid,
} from "../../src/encord/json.ts";
import { toUuid } from "../../src/encord/uuid.ts";

function failure(read: Reader<unknown>, value: unknown): string {
  try {
    readAnswer(read, value, "GET x");
  } catch (error) {
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    return (error as UnexpectedAnswerError).reason;
  }
  throw new Error("It was read.");
}

describe("an answer is read, or refused with the place that does not fit", () => {
  const task = object({ dataHash: uuid, createdAt: time, weight: orNull(number), tags: listOf(text) });

  it("takes fields in camelCase and snake_case, and passes over the others", () => {
    const hash = "DA7A0000-0000-4000-8000-000000000001";
    expect(
      readAnswer(task, { data_hash: hash, created_at: "2025-05-01T00:00:00Z", tags: [], extra: 1 }, "GET x"),
    ).toEqual({
      dataHash: hash.toLowerCase(),
      createdAt: new Date("2025-05-01T00:00:00Z"),
      weight: null,
      tags: [],
    });
  });

  it("names the path to the field, and never quotes its value", () => {
    const good = {
      dataHash: "da7a0000-0000-4000-8000-000000000001",
      createdAt: "2025-05-01T00:00:00Z",
      tags: [],
    };
    const list = object({ results: listOf(task) });
    expect(failure(list, { results: [good, { ...good, tags: ["a", 5] }] })).toBe(
      "Encord's answer to GET x does not have the expected shape: results.1.tags.1 must be a text.",
    );
    expect(failure(list, { results: [{ ...good, createdAt: "secret" }] })).not.toContain("secret");
    expect(failure(list, null)).toContain("the body must be an object");
    expect(failure(list, { results: {} })).toContain("results must be a list");
  });

  it.each<[string, Reader<unknown>, readonly unknown[]]>([
    ["a text", text, [1, null, undefined, {}]],
    ["a number", number, ["1", Number.NaN, Number.POSITIVE_INFINITY, null]],
    ["a whole number", integer, [1.5, "1", 2 ** 60]],
    ["true or false", flag, [0, "true", null]],
    ["a time in ISO 8601", time, ["soon", 5, null]],
    ["a UUID", uuid, ["x", 5, null, "da7a0000-0000-4000-8000-00000000000"]],
  ])("what is not %s is refused", (expected, read, values) => {
    for (const value of values) expect(failure(read, value)).toContain(`must be ${expected}.`);
  });

  it("absent and null are the same", () => {
    for (const value of [undefined, null]) {
      expect(readAnswer(orNull(text), value, "GET x")).toBeNull();
      expect(readAnswer(orElse(text, "none"), value, "GET x")).toBe("none");
    }
  });

  it("a field of the object's prototype is no field", () => {
    expect(failure(object({ toString: text }), {})).toContain("toString must be a text");
  });
});

describe("a UUID is read in every form that Python reads", () => {
  const usual = "aaaa0001-0000-4000-8000-000000000001";

  it.each([usual, usual.toUpperCase(), usual.replaceAll("-", ""), `{${usual}}`, `urn:uuid:${usual}`])(
    "%s",
    (form) => {
      expect(toUuid(form, "value")).toBe(usual);
    },
  );
});
