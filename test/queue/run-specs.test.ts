/** What somebody else's queue hands over, read. */

import { expect, it } from "vitest";
import { readSpecs } from "../../src/queue/run-specs.ts";

const spec = (n: number) => ({
  uuid: `7a5c0000-0000-4000-8000-${String(n).padStart(12, "0")}`,
  data_hash: "da7a0000-0000-4000-8000-000000000000",
  data_title: "a",
  label_branch_name: "main",
  updated_at: null,
});
const specs = (count: number) => Array.from({ length: count }, (_, i) => spec(i));

it("one spec or a list of them is read, as objects or as JSON text", () => {
  expect(readSpecs(spec(1))).toEqual({ specs: [spec(1)], single: true });
  expect(readSpecs(JSON.stringify(spec(1)))).toEqual({ specs: [spec(1)], single: true });
  expect(readSpecs([JSON.stringify(spec(1))])).toEqual({ specs: [spec(1)], single: false });
  expect(readSpecs(specs(300)).specs).toHaveLength(300);
});

it("specs that cannot be run are refused, naming which and why", () => {
  expect(() => readSpecs(specs(301))).toThrow("These are 301 task specs; send at most 300 in one call.");
  expect(() => readSpecs([spec(1), { ...spec(2), data_hash: "x" }])).toThrow(/^Task spec 1: data_hash /);
  expect(() => readSpecs([spec(1), 7])).toThrow(/^Task spec 1: it /);
  expect(() => readSpecs("{")).toThrow("Task spec 0 is not JSON.");
  expect(() => readSpecs([spec(1), spec(2), spec(1)])).toThrow(`The task ${spec(1).uuid} is named twice.`);
});
