/**
 * Reads the labels out of a row's JSON: first the classifications whose answer carries their author and ranges, then what
 * is on the frames, then the answers. An unknown kind of object or classification, an object twice on a frame, and a field
 * that is not as documented are errors that name the place: a row that is not understood must not be saved.
 *
 * As in the Python SDK, leftovers are skipped: a classification on a frame without an answer entry, and an answer entry
 * whose object or classification is nowhere.
 */

import { LabelRowError } from "../errors.ts";
import { isObject } from "../json.ts";
import { readActions, readEntry } from "./answer-json.ts";
import type { InstanceSet } from "./instance-set.ts";
import {
  entryOf,
  type Fields,
  located,
  objectOf,
  optionalListIn,
  optionalObjectIn,
  textIn,
} from "./label-json.ts";
import { Ranges } from "./ranges.ts";
import { pairsOf } from "./shapes/spans.ts";

/** The parts of a row's JSON that hold answers. */
export interface AnswerParts {
  readonly objectAnswers: Fields;
  readonly classificationAnswers: Fields;
  readonly objectActions: Fields;
}

/**
 * @param hasRoot whether the row has a root space
 * @throws LabelRowError naming the part that is not an object
 */
export function answerPartsOf(row: Fields, hasRoot: boolean): AnswerParts {
  const answersIn = (key: string) => {
    const answers = optionalObjectIn(row, key);
    return hasRoot ? answers : withoutRoot(answers);
  };
  return {
    objectAnswers: answersIn("object_answers"),
    classificationAnswers: answersIn("classification_answers"),
    objectActions: optionalObjectIn(row, "object_actions"),
  };
}

/** A row without a root space may still have a `root` among its spaces: it means the same as `range` beside them. */
function withoutRoot(answers: Fields): Fields {
  const entries = Object.entries(answers);
  if (!entries.some(([, entry]) => rootOf(entry))) return answers;
  return Object.fromEntries(
    entries.map(([hash, entry]) => {
      const root = rootOf(entry);
      if (!root || !isObject(entry)) return [hash, entry];
      const { [ROOT]: _, ...spaces } = optionalObjectIn(entry, "spaces");
      const range = rangesIn(entry).isEmpty ? rangesIn(root).pairs() : entry["range"];
      return [hash, { ...entry, spaces, range }];
    }),
  );
}

function rootOf(entry: unknown): Fields | undefined {
  const spaces = isObject(entry) ? entry["spaces"] : undefined;
  const root = isObject(spaces) ? spaces[ROOT] : undefined;
  return isObject(root) ? root : undefined;
}

const ROOT = "root";

/**
 * Classifications that are about ranges, or global, or whose answer holds their ranges. Newer clients of Encord write all
 * classifications here alone; older ones write those on frames to the frames too.
 * @param root the root space, if there is one: what is not global is on it
 */
export function readRangedClassifications(set: InstanceSet, parts: AnswerParts, root?: InstanceSet): void {
  for (const [hash, json] of Object.entries(parts.classificationAnswers)) {
    try {
      const entry = objectOf(json, "The entry");
      const ranges = rangesIn(entry);
      const isElsewhere = entry["createdBy"] === undefined || !isEmpty(entry["spaces"]);
      if (ranges.isEmpty && isElsewhere) continue;
      (ranges.isEmpty || !root ? set : root)
        .readClassification(hash, textIn(entry, "featureHash"), entry["createdBy"] !== undefined)
        .readMetadata(entry, ranges);
    } catch (error) {
      throw located(error, `classification_answers, ${hash}`);
    }
  }
}

/** The `range` of an entry; absent and null are empty. @throws LabelRowError when it does not hold ranges */
export function rangesIn(entry: Fields): Ranges {
  return new Ranges(entry["range"] == null ? [] : pairsOf(entry["range"], "range"));
}

/** What is on one frame: `{"objects": [...], "classifications": [...]}`. */
export function readFrame(set: InstanceSet, parts: AnswerParts, frame: number, labels: unknown): void {
  const fields = objectOf(labels, `The labels of frame ${frame}`);
  for (const json of optionalListIn(fields, "objects")) readObject(set, frame, json);
  for (const json of optionalListIn(fields, "classifications")) readClassification(set, parts, frame, json);
}

/** Labels by frame. @throws LabelRowError when a key is not a frame number */
export function readFrames(set: InstanceSet, parts: AnswerParts, labels: Fields): void {
  for (const key in labels) {
    const frame = Number(key);
    // Only the usual notation: `Number` also takes "" and "0x10", which would be written back under another key.
    if (String(frame) !== key || !Number.isSafeInteger(frame) || frame < 0)
      throw new LabelRowError(`The labels have the key "${key}", which is not a frame number.`);
    readFrame(set, parts, frame, labels[key]);
  }
}

function readObject(set: InstanceSet, frame: number, json: unknown): void {
  try {
    const entry = objectOf(json, "The object");
    set.readObject(textIn(entry, "objectHash"), textIn(entry, "featureHash")).readFrame(frame, entry);
  } catch (error) {
    throw located(error, `Object ${nameOf(json, "objectHash")} on frame ${frame}`);
  }
}

function readClassification(set: InstanceSet, parts: AnswerParts, frame: number, json: unknown): void {
  try {
    const entry = objectOf(json, "The classification");
    const hash = textIn(entry, "classificationHash");
    let instance = set.getClassification(hash);
    if (!instance && entryOf(parts.classificationAnswers, hash) === undefined) return;
    instance ??= set.readClassification(hash, textIn(entry, "featureHash"), false);
    instance.readFrame(frame, entry);
  } catch (error) {
    throw located(error, `Classification ${nameOf(json, "classificationHash")} on frame ${frame}`);
  }
}

/** Objects in audio and text, which are kept among the answers. */
export function readStretches(set: InstanceSet, parts: AnswerParts): void {
  for (const [hash, json] of Object.entries(parts.objectAnswers)) {
    try {
      const entry = objectOf(json, "The entry");
      if (!isEmpty(entry["spaces"])) continue;
      set.readObject(hash, textIn(entry, "featureHash")).readFrame(0, entry);
    } catch (error) {
      throw located(error, `object_answers, ${hash}`);
    }
  }
}

/** The answers of everything that was read. */
export function readAllAnswers(set: InstanceSet, parts: AnswerParts, spaceId: string | null = null): void {
  for (const object of set.objects) {
    const hash = object.objectHash;
    const answers = entryOf(parts.objectAnswers, hash);
    const actions = entryOf(parts.objectActions, hash);
    try {
      if (answers !== undefined) readEntry(answers, () => object.answers);
      if (actions !== undefined) {
        const list = optionalListIn(objectOf(actions, "The entry"), "actions");
        if (list.length > 0) readActions(object.answers, list, spaceId);
      }
    } catch (error) {
      throw located(error, `The answers of the ${object.description}`);
    }
  }
  for (const classification of set.classifications) {
    const answers = entryOf(parts.classificationAnswers, classification.classificationHash);
    try {
      if (answers !== undefined) readEntry(answers, () => classification.answers);
    } catch (error) {
      throw located(error, `The answers of the ${classification.description}`);
    }
  }
  set.claimAll();
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0);
}

function nameOf(json: unknown, key: string): string {
  const name = isObject(json) ? json[key] : undefined;
  return typeof name === "string" ? name : "without a hash";
}
