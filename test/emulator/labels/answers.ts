/** Checks that answers fit their attributes. */

import type { JsonObject } from "../state/documents.ts";
import { words } from "../words.ts";
import type { AttributeFeature } from "./ontology-index.ts";

/**
 * @param entries as under `classifications` or `actions`
 * @returns what is wrong, or null
 */
export function checkAnswers(
  entries: unknown,
  attributes: ReadonlyMap<string, AttributeFeature>,
  dynamic: boolean,
): string | null {
  if (!Array.isArray(entries)) return "its answers are not a list";
  for (const entry of entries) {
    const problem = checkAnswer(entry, attributes, dynamic);
    if (problem) return problem;
  }
  return null;
}

function checkAnswer(
  entry: unknown,
  attributes: ReadonlyMap<string, AttributeFeature>,
  dynamic: boolean,
): string | null {
  if (typeof entry !== "object" || entry === null) return "an answer is not an object";
  const { featureHash, answers, range } = entry as JsonObject;
  const attribute = attributes.get(words(featureHash));
  if (!attribute) return `it has no attribute ${words(featureHash)}`;
  const name = `attribute "${attribute.name}"`;
  if (dynamic) {
    if (!attribute.dynamic) return `${name} is not dynamic`;
    if (!isRange(range)) return `${name} has no ranges of frames`;
  }
  switch (attribute.type) {
    case "text":
      return typeof answers === "string" ? null : `${name} takes a text`;
    case "numeric":
      return typeof answers === "number" ? null : `${name} takes a number`;
    default: {
      const options = Array.isArray(answers) ? (answers as JsonObject[]) : null;
      if (!options) return `${name} takes a list of options`;
      if (attribute.type === "radio" && options.length !== 1) return `${name} takes exactly one option`;
      const foreign = options.find((option) => !attribute.options.has(words(option?.featureHash)));
      return foreign === undefined ? null : `${name} has no option ${words(foreign?.featureHash)}`;
    }
  }
}

/** Whether the value is a list of inclusive pairs of whole numbers. */
export function isRange(value: unknown): value is [number, number][] {
  return (
    Array.isArray(value) &&
    value.every(
      (pair) =>
        Array.isArray(pair) &&
        pair.length === 2 &&
        pair.every((end) => Number.isInteger(end) && end >= 0) &&
        pair[0] <= pair[1],
    )
  );
}
