import { expect, it } from "vitest";
import { parseFrameData } from "../../src/agent/frame-data.ts";
import vectors from "../fixtures/vectors/frame-data.json";

interface Case {
  input: unknown;
  value?: unknown;
  errors?: { type: string; loc: (string | number)[] }[];
}

it("what the Python library accepts is accepted, and read as the same value", () => {
  const accepted = (vectors.cases as Case[]).filter((each) => each.value !== undefined);
  expect(accepted.length).toBeGreaterThan(8);
  for (const { input, value } of accepted) {
    expect(parseFrameData(input), JSON.stringify(input)).toEqual({ ok: true, value });
  }
});

it("of very many faults the first are told", () => {
  const objectHashes = Array<number>(500_000).fill(1);
  const result = parseFrameData({ objectHashes });
  expect(result.ok || result.faults.map(({ path }) => path[0])).toEqual([
    "projectHash",
    "dataHash",
    ...Array<string>(18).fill("objectHashes"),
  ]);
});

it("what the Python library refuses is refused at the same place, but for a missing frame, which reads as 0", () => {
  const refused = (vectors.cases as Case[]).filter((each) => each.errors !== undefined);
  expect(refused.length).toBeGreaterThan(8);
  for (const { input, errors } of refused) {
    const result = parseFrameData(input);
    if (errors?.every((error) => error.loc[0] === "frame" && error.type === "missing")) {
      expect(result).toMatchObject({ ok: true, value: { frame: 0 } });
      continue;
    }
    expect(result.ok, JSON.stringify(input)).toBe(false);
    if (!result.ok)
      expect(result.faults.map((fault) => fault.path)).toEqual(errors?.map((error) => error.loc));
  }
});
