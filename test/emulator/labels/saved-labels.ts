/**
 * What a client may change by saving: only the labels. What Encord knows about the files (links, sizes, DICOM slices, places in
 * a data group) stays as it was, whatever the client sent or left out.
 */

import type { JsonObject } from "../state/documents.ts";

/** @param stored the blob until now @param saved what the client sent */
export function savedLabels(stored: JsonObject, saved: JsonObject): JsonObject {
  return {
    ...saved,
    data_units: withKnownFacts(objectIn(stored, "data_units"), objectIn(saved, "data_units")),
    spaces: withKnownFacts(objectIn(stored, "spaces"), objectIn(saved, "spaces")),
  };
}

function withKnownFacts(stored: JsonObject, saved: JsonObject): JsonObject {
  const known = Object.keys(stored).map((id) => {
    const holder = objectIn(stored, id);
    const labels = objectIn(objectIn(saved, id), "labels");
    return [id, { ...holder, labels: withSlices(objectIn(holder, "labels"), labels) }] as const;
  });
  return { ...saved, ...Object.fromEntries(known) };
}

/** A slice that lost its labels is still a slice. */
function withSlices(stored: JsonObject, saved: JsonObject): JsonObject {
  const slices = Object.keys(stored).flatMap((frame) => {
    const { metadata } = objectIn(stored, frame);
    if (metadata === undefined) return [];
    return [[frame, { objects: [], classifications: [], ...objectIn(saved, frame), metadata }] as const];
  });
  return { ...saved, ...Object.fromEntries(slices) };
}

function objectIn(holder: JsonObject, key: string): JsonObject {
  const value = holder[key];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
