/**
 * How spaces share the answers of a row. Each entry of `object_answers` and `classification_answers` says under `spaces`
 * where it holds: `{"<space id>": {"range": [...], "type": "frame"}}`, in HTML with pairs of positions and the type `html`
 * (positions as `{"start", "end"}` and entries without a type are read too). A root space is addressed like the row itself:
 * by `range`, with `spaces` empty.
 */

import { LabelRowError } from "../errors.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";
import { writeActions, writeAnswers } from "./answer-json.ts";
import type { ClassificationInstance } from "./classification-instance.ts";
import { type Fields, listOf, located, objectOf, optionalObjectIn, textIn } from "./label-json.ts";
import type { ObjectInstance } from "./object-instance.ts";
import { Ranges } from "./ranges.ts";
import { type AnswerParts, rangesIn } from "./read-labels.ts";
import type { Space } from "./space.ts";
import { authorshipJson, stretchJson } from "./write-labels.ts";

/** Classifications on the space whose answer holds author and ranges. */
export function readSpacedClassifications(space: Space, parts: AnswerParts): void {
  for (const [hash, entry, place] of entriesOn(space, parts.classificationAnswers)) {
    try {
      const ranges = isHtml(space, place) ? new Ranges() : rangesIn(place);
      if (entry["createdBy"] === undefined && ranges.isEmpty) continue;
      space.instances
        .readClassification(hash, textIn(entry, "featureHash"), entry["createdBy"] !== undefined)
        .readMetadata(entry, ranges);
    } catch (error) {
      throw located(error, `classification_answers, ${hash}, ${space.description}`);
    }
  }
}

/** Objects in audio and text. */
export function readSpacedStretches(space: Space, parts: AnswerParts): void {
  for (const [hash, entry, place] of entriesOn(space, parts.objectAnswers)) {
    try {
      const ranges = isHtml(space, place)
        ? { range: [], range_html: htmlRanges(place["range"]) }
        : { range: place["range"] };
      space.instances.readObject(hash, textIn(entry, "featureHash")).readFrame(0, { ...entry, ...ranges });
    } catch (error) {
      throw located(error, `object_answers, ${hash}, ${space.description}`);
    }
  }
}

/** @throws LabelRowError when an entry is about a space that the row does not have */
export function refuseUnknownSpaces(parts: AnswerParts, known: ReadonlySet<string>): void {
  for (const answers of [parts.objectAnswers, parts.classificationAnswers]) {
    for (const [hash, entry] of Object.entries(answers)) {
      const spaces = isObject(entry) ? entry["spaces"] : undefined;
      for (const id of isObject(spaces) ? Object.keys(spaces) : []) refuseUnknown(hash, id, known);
    }
  }
  for (const [hash, entry] of Object.entries(parts.objectActions)) {
    const actions = isObject(entry) ? entry["actions"] : undefined;
    for (const action of Array.isArray(actions) ? actions : []) {
      const id: unknown = isObject(action) ? action["spaceId"] : undefined;
      if (typeof id === "string") refuseUnknown(hash, id, known);
    }
  }
}

function refuseUnknown(hash: string, spaceId: string, known: ReadonlySet<string>): void {
  if (known.has(spaceId)) return;
  throw new LabelRowError(
    `The answers of ${hash} are about the space ${spaceId}, which the row does not have.`,
  );
}

/** An object's entry in `object_answers`. */
export function spacedObjectAnswer(space: Space, object: ObjectInstance, now: Date): JsonObject {
  const { objectHash } = object;
  const entry = { ...writeAnswers(object.answers), objectHash };
  const isCloud = space.spaceType === "point_cloud";
  if (space.instances.data.kind === "frames" && !isCloud) return entry;
  const { range_html: html, range = [], segmentation: _, ...rest } = stretchJson(object, now);
  if (space.isRoot) return { ...entry, ...rest, range, ...(html === undefined ? {} : { range_html: html }) };
  if (isCloud) {
    // Authors that Encord is to fill in are left out, as in the Python SDK.
    const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
    return { ...entry, ...known, range: [], spaces: { [space.id]: { range: [], type: "frame" } } };
  }
  const place = html === undefined ? { range, type: "frame" } : { range: htmlPairs(html), type: "html" };
  return { ...entry, ...rest, range: [], spaces: { [space.id]: place } };
}

/**
 * A classification's entry in `classification_answers`. It holds the author where the frames do not: of a classification
 * read without frames, of a global one, and of one in audio and text, which is about the whole.
 */
export function spacedClassificationAnswer(
  space: Space,
  classification: ClassificationInstance,
  now: Date,
): JsonObject {
  const { classificationHash, featureHash } = classification;
  const { kind } = space.instances.data;
  const hasAuthor = classification.carriesMetadata && !classification.isWrittenOnFrames;
  const isOnFrames = kind === "frames" && !classification.isGlobal && !hasAuthor;
  const range = classification.ranges.pairs();
  return {
    ...writeAnswers(classification.answers, kind === "frames" ? "ontology" : "reversed"),
    classificationHash,
    featureHash,
    ...(isOnFrames
      ? {}
      : { ...authorshipJson(classification, now), confidence: classification.confidence, range: [] }),
    ...(space.isRoot
      ? { range, spaces: {} }
      : { spaces: { [space.id]: { range, type: kind === "html" ? "html" : "frame" } } }),
  };
}

/** An object's entry in `object_actions`; undefined without dynamic answers. */
export function spacedObjectActions(
  space: Space,
  { objectHash, answers, hasDynamicAnswers }: ObjectInstance,
) {
  if (!hasDynamicAnswers) return undefined;
  return { actions: writeActions(answers, space.isRoot ? null : space.id), objectHash };
}

/** Merges two entries of `object_actions` with one hash: the answers of both. */
export function mergedActions(first: JsonObject | undefined, second: JsonObject): JsonObject {
  const actions = [first?.["actions"], second["actions"]].flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  return { ...second, actions };
}

/** Merges two entries with one hash, from two spaces: the answers of the first, the spaces of both. */
export function mergedAnswer(first: JsonObject | undefined, second: JsonObject): JsonObject {
  if (!first) return second;
  const spaces = [first, second].flatMap((entry) =>
    isObject(entry["spaces"]) ? Object.entries(entry["spaces"]) : [],
  );
  return spaces.length === 0 ? first : { ...first, spaces: Object.fromEntries(spaces) as JsonObject };
}

/** The entries that are about a space, each with its part about that space. */
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

function isHtml(space: Space, place: Fields): boolean {
  return place["type"] === "html" || space.instances.data.kind === "html";
}

function htmlRanges(value: unknown): unknown {
  return listOf(value, "range").map((pair) => {
    if (isObject(pair)) return pair;
    const [start, end] = listOf(pair, "A part of range");
    return { start, end };
  });
}

function htmlPairs(ranges: Json): Json {
  return Array.isArray(ranges)
    ? ranges.map((range: Json) => (isObject(range) ? [range["start"] ?? null, range["end"] ?? null] : null))
    : [];
}
