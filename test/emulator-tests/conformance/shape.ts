/** Whether an answer has the shape of the recorded one: the same keys, the same kinds of values, lists as long. */

import type { Json } from "../../encord/conformance/trace.ts";

/** @returns where they differ, in order; empty if they do not */
export function shapeDifferences(recorded: Json, given: Json, path = "answer"): string[] {
  if (kind(recorded) !== kind(given)) {
    return [`${path} is ${kind(given)}, recorded was ${kind(recorded)}`];
  }
  if (Array.isArray(recorded) && Array.isArray(given)) {
    if (recorded.length !== given.length) {
      return [`${path} has ${given.length} elements, recorded were ${recorded.length}`];
    }
    return recorded.flatMap((each, index) =>
      shapeDifferences(each, given[index] ?? null, `${path}[${index}]`),
    );
  }
  if (isRecord(recorded) && isRecord(given)) {
    const missing = Object.keys(recorded).filter((key) => !(key in given));
    const surplus = Object.keys(given).filter((key) => !(key in recorded));
    return [
      ...missing.map((key) => `${path} lacks ${key}`),
      ...surplus.map((key) => `${path} has ${key}, which was not recorded`),
      ...Object.keys(recorded)
        .filter((key) => key in given)
        .flatMap((key) => shapeDifferences(recorded[key] ?? null, given[key] ?? null, `${path}.${key}`)),
    ];
  }
  return [];
}

function kind(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value;
}

function isRecord(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
