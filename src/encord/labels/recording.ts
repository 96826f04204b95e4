/**
 * Continuous recordings in a scene (MCAP) come without a list of their files: the data unit holds the labels of a point
 * cloud under `stream@nanoseconds`, the answers hold those of a channel under its id. This client cannot change them. It
 * takes them out before reading, and puts them back as they came.
 */

import { isObject, type JsonObject } from "../json.ts";
import type { Fields } from "./label-json.ts";
import type { AnswerParts } from "./read-labels.ts";

/** What was taken out of a row. */
export interface FileLabels extends AnswerParts {
  /** By the name of the file. */
  readonly labels: Fields;
}

/**
 * Separates the labels of unlisted files from the others.
 *
 * @param labels those of the data unit
 * @param isKnown whether the row lists a space of this id, or an image of this name
 */
export function takeOutFiles(
  labels: Fields,
  parts: AnswerParts,
  isKnown: (name: string) => boolean,
): { readonly files: FileLabels; readonly rest: FileLabels } {
  const [fileLabels, frames] = divided(labels, (key) => !/^\d+$/.test(key) && !isKnown(key));
  const hashes = new Set(Object.values(fileLabels).flatMap(objectHashesOf));
  const isElsewhere = (entry: unknown) => {
    const spaces = isObject(entry) ? entry["spaces"] : undefined;
    return isObject(spaces) && Object.keys(spaces).some((id) => !isKnown(id));
  };
  const [objects, ownObjects] = divided(
    parts.objectAnswers,
    (hash, entry) => hashes.has(hash) || isElsewhere(entry),
  );
  const [classifications, ownClassifications] = divided(parts.classificationAnswers, (_, entry) =>
    isElsewhere(entry),
  );
  const [actions, ownActions] = divided(parts.objectActions, (hash) => Object.hasOwn(objects, hash));
  return {
    files: {
      labels: fileLabels,
      objectAnswers: objects,
      classificationAnswers: classifications,
      objectActions: actions,
    },
    rest: {
      labels: frames,
      objectAnswers: ownObjects,
      classificationAnswers: ownClassifications,
      objectActions: ownActions,
    },
  };
}

/** The row with the labels of its files beside the others. */
export function putBackFiles(row: JsonObject, files: FileLabels): JsonObject {
  const units = Object.entries(row["data_units"] as JsonObject).map(([hash, unit]) => {
    const fields = unit as JsonObject;
    return [hash, { ...fields, labels: together(fields["labels"], files.labels) }];
  });
  return {
    ...row,
    object_answers: together(row["object_answers"], files.objectAnswers),
    classification_answers: together(row["classification_answers"], files.classificationAnswers),
    object_actions: together(row["object_actions"], files.objectActions),
    data_units: Object.fromEntries(units),
  };
}

function together(own: unknown, files: Fields): JsonObject {
  // What came out of JSON.parse is JSON.
  return { ...(own as JsonObject), ...(files as JsonObject) };
}

function objectHashesOf(labels: unknown): unknown[] {
  const objects = isObject(labels) ? labels["objects"] : undefined;
  return Array.isArray(objects)
    ? objects.map((each: unknown) => (isObject(each) ? each["objectHash"] : null))
    : [];
}

function divided(
  fields: Fields,
  isFirst: (key: string, value: unknown) => boolean,
): readonly [first: Fields, rest: Fields] {
  const first: [string, unknown][] = [];
  const rest: [string, unknown][] = [];
  for (const entry of Object.entries(fields)) (isFirst(...entry) ? first : rest).push(entry);
  return [Object.fromEntries(first), Object.fromEntries(rest)];
}
