/**
 * How spaces share the answers of a row. Each entry of `object_answers` and `classification_answers` says under `spaces`
 * where it holds: `{"<space id>": {"range": [...], "type": "frame"}}`, in HTML with pairs of places and the type `html`. A
 * root space is addressed like the row itself: by `range`, with `spaces` empty.
 */

import { LabelRowError } from "../errors.ts";
import { isObject, type JsonObject } from "../json.ts";
import { writeAnswers } from "./answer-json.ts";
import type { ClassificationInstance } from "./classification-instance.ts";
import { type Fields, listOf, located, objectOf, optionalObjectIn, textIn } from "./label-json.ts";
import type { ObjectInstance } from "./object-instance.ts";
import { Ranges } from "./ranges.ts";
import type { AnswerParts } from "./read-labels.ts";
import { pairsOf } from "./shapes/spans.ts";
import type { Space } from "./space.ts";
import { authorshipJson, stretchJson } from "./write-labels.ts";

/** Classifications on the space that tell author and ranges in their answer. */
export function readSpacedClassifications(space: Space, parts: AnswerParts): void {
  for (const [hash, entry, place] of entriesOn(space, parts.classificationAnswers)) {
    try {
      if (entry["createdBy"] === undefined) continue;
      const instance = space.instances.readClassification(hash, textIn(entry, "featureHash"), true);
      const ranges =
        place["type"] === "html" || place["range"] == null ? [] : pairsOf(place["range"], "range");
      instance.readMetadata(entry, new Ranges(ranges));
    } catch (error) {
      throw located(error, `classification_answers, ${hash}, ${space.description}`);
    }
  }
}

/** Objects in sound and text. */
export function readSpacedStretches(space: Space, parts: AnswerParts): void {
  for (const [hash, entry, place] of entriesOn(space, parts.objectAnswers)) {
    try {
      const ranges =
        place["type"] === "html"
          ? { range: [], range_html: htmlRanges(place["range"]) }
          : { range: place["range"] };
      space.instances.readObject(hash, textIn(entry, "featureHash")).readFrame(0, { ...entry, ...ranges });
    } catch (error) {
      throw located(error, `object_answers, ${hash}, ${space.description}`);
    }
  }
}

/** @throws LabelRowError when an entry is about a space that there is not */
export function refuseUnknownSpaces(parts: AnswerParts, known: ReadonlySet<string>): void {
  for (const answers of [parts.objectAnswers, parts.classificationAnswers]) {
    for (const [hash, entry] of Object.entries(answers)) {
      const spaces = isObject(entry) ? entry["spaces"] : undefined;
      const unknown = isObject(spaces) ? Object.keys(spaces).find((id) => !known.has(id)) : undefined;
      if (unknown === undefined) continue;
      throw new LabelRowError(
        `The answers of ${hash} are about the space ${unknown}, which the row does not have.`,
      );
    }
  }
}

/** An object's entry in `object_answers`. */
export function spacedObjectAnswer(space: Space, object: ObjectInstance, now: Date): JsonObject {
  const { objectHash } = object;
  const entry = { classifications: writeAnswers(object.answers), objectHash };
  if (space.instances.data.kind === "frames") return entry;
  const stretch = stretchJson(object, now);
  if (space.isRoot) return { ...entry, ...stretch };
  const { range_html: html, ...rest } = stretch;
  const place = Array.isArray(html)
    ? {
        range: html.map((range) => (isObject(range) ? [range["start"] ?? null, range["end"] ?? null] : null)),
        type: "html",
      }
    : { range: stretch["range"] ?? [], type: "frame" };
  return { ...entry, ...rest, range: [], spaces: { [space.id]: place as JsonObject } };
}

/** A classification's entry in `classification_answers`. */
export function spacedClassificationAnswer(
  space: Space,
  classification: ClassificationInstance,
  now: Date,
): JsonObject {
  const { classificationHash, featureHash, carriesMetadata } = classification;
  const { kind } = space.instances.data;
  const range = classification.ranges.pairs();
  return {
    classifications: writeAnswers(classification.answers, kind === "frames" ? "ontology" : "reversed"),
    classificationHash,
    featureHash,
    ...(carriesMetadata
      ? { ...authorshipJson(classification, now), confidence: classification.confidence, range: [] }
      : {}),
    ...(space.isRoot
      ? { range, spaces: {} }
      : {
          spaces: {
            [space.id]: { range: kind === "html" ? [] : range, type: kind === "html" ? "html" : "frame" },
          },
        }),
  };
}

/** Two entries of one hash, from two spaces: the answers of the first, the spaces of both. */
export function mergedAnswer(first: JsonObject | undefined, second: JsonObject): JsonObject {
  if (!first) return second;
  const spaces = [first, second].flatMap((entry) =>
    isObject(entry["spaces"]) ? Object.entries(entry["spaces"]) : [],
  );
  return spaces.length === 0 ? first : { ...first, spaces: Object.fromEntries(spaces) as JsonObject };
}

/** The entries that are about a space, with what they say of it. */
function* entriesOn(
  space: Space,
  answers: Fields,
): Generator<readonly [hash: string, entry: Fields, place: Fields]> {
  for (const [hash, json] of Object.entries(answers)) {
    const entry = objectOf(json, `The entry ${hash}`);
    const place = optionalObjectIn(entry, "spaces")[space.id];
    if (place !== undefined) yield [hash, entry, objectOf(place, `The space ${space.id} of ${hash}`)];
  }
}

function htmlRanges(value: unknown): unknown {
  return listOf(value, "range").map((pair) => {
    const [start, end] = listOf(pair, "A part of range");
    return { start, end };
  });
}
