/**
 * Answers in the JSON of a label row. Names come from the ontology, whatever was read. Static answers are listed in reverse
 * order of the ontology (nested ones before the option they hang on), dynamic ones newest first.
 *
 * Reading is lenient: a radio entry without exactly one option counts as unanswered, and so does null; several entries of
 * one checklist are one answer (the web editor writes an entry per option). An attribute or option that the ontology does
 * not have is an error, because saving would lose it.
 */

import { LabelRowError } from "../errors.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { Attribute, ChecklistAttribute } from "../ontology/attribute.ts";
import { inOntologyOrder } from "../ontology/attribute.ts";
import type { FlatOption } from "../ontology/option.ts";
import { ANNOTATION_KEYS } from "./annotation-fields.ts";
import type { Answer } from "./answer.ts";
import type { AnswerSheet, DynamicEntry } from "./answer-sheet.ts";
import {
  type Fields,
  fieldsBeside,
  flagIn,
  listOf,
  objectOf,
  optionalListIn,
  optionalTextIn,
  textIn,
  wrong,
} from "./label-json.ts";
import { Ranges } from "./ranges.ts";
import { pairsOf } from "./shapes/spans.ts";

/**
 * Reads an entry of `object_answers` or `classification_answers`.
 * @param sheetOf called only when there is something to keep
 * @throws LabelRowError naming the attribute
 */
export function readEntry(json: unknown, sheetOf: () => AnswerSheet): void {
  const entry = objectOf(json, "The entry");
  const answers = optionalListIn(entry, "classifications");
  const extra = fieldsBeside(entry, ENTRY_KEYS);
  if (extra) sheetOf().extra = extra;
  if (answers.length > 0) readAnswers(sheetOf(), answers);
}

const ENTRY_KEYS: ReadonlySet<string> = new Set([
  ...ANNOTATION_KEYS,
  "classifications",
  "range",
  "range_html",
  "spaces",
]);

function readAnswers(sheet: AnswerSheet, entries: readonly unknown[]): void {
  for (const json of entries) {
    const entry = objectOf(json, "An answer");
    const attribute = attributeOf(sheet, entry);
    let answer = readAnswer(attribute, entry["answers"]);
    if (answer === null) continue;
    if (attribute.kind === "checklistAttribute") {
      const before = sheet.answered().find((each) => each.attribute === attribute)?.answer;
      answer = inOntologyOrder(attribute, new Set([...optionsOf(before), ...optionsOf(answer)]));
    }
    sheet.put({
      attribute,
      answer,
      manualAnnotation: flagIn(entry, "manualAnnotation", true),
      extra: fieldsBeside(entry, STATIC_KEYS),
    });
  }
}

/** The answers as `classifications` holds them, with the unknown fields that were read beside them. */
export function writeAnswers(sheet: AnswerSheet, order: "reversed" | "ontology" = "reversed"): JsonObject {
  const entries = sheet.answered().map(({ attribute, answer, manualAnnotation, extra }) => ({
    ...extra,
    name: attribute.name,
    value: attribute.value,
    answers: writeAnswer(answer),
    featureHash: attribute.featureNodeHash,
    manualAnnotation,
  }));
  return { ...sheet.extra, classifications: order === "reversed" ? entries.reverse() : entries };
}

/**
 * @param spaceId the space that the object is on: only answers of that space, or of none in particular, are read
 * @throws LabelRowError naming the attribute
 */
export function readActions(
  sheet: AnswerSheet,
  entries: readonly unknown[],
  spaceId: string | null = null,
): void {
  const read: DynamicEntry[] = [];
  for (const json of entries) {
    const entry = objectOf(json, "An action");
    if (entry["spaceId"] != null && entry["spaceId"] !== spaceId) continue;
    const attribute = attributeOf(sheet, entry);
    const answer = readAnswer(attribute, entry["answers"]);
    if (answer === null) continue;
    read.push({
      attribute,
      answer,
      ranges: new Ranges(pairsOf(entry["range"], `range of "${attribute.name}"`)),
      trackHash: optionalTextIn(entry, "trackHash"),
      manualAnnotation: flagIn(entry, "manualAnnotation", true),
      extra: fieldsBeside(entry, DYNAMIC_KEYS),
    });
  }
  sheet.putDynamic(withoutOverlaps(read));
}

/** The dynamic answers as `actions` holds them. */
export function writeActions(sheet: AnswerSheet, spaceId: string | null = null): JsonObject[] {
  return sheet.dynamic.map(({ attribute, answer, ranges, trackHash, manualAnnotation, extra }) => ({
    shouldPropagate: false,
    ...extra,
    name: attribute.name,
    value: attribute.value,
    featureHash: attribute.featureNodeHash,
    answers: writeAnswer(answer),
    manualAnnotation,
    dynamic: true,
    range: ranges.pairs(),
    trackHash,
    ...(spaceId === null ? {} : { spaceId }),
  }));
}

const STATIC_KEYS: ReadonlySet<string> = new Set([
  "name",
  "value",
  "answers",
  "featureHash",
  "manualAnnotation",
]);

/** `shouldPropagate` is not among them: it belongs to the editor, and goes back as it came. */
const DYNAMIC_KEYS: ReadonlySet<string> = new Set([
  ...STATIC_KEYS,
  "dynamic",
  "range",
  "trackHash",
  "spaceId",
]);

function attributeOf(sheet: AnswerSheet, entry: Fields): Attribute {
  const hash = textIn(entry, "featureHash");
  const attribute = sheet.find(hash);
  if (attribute) return attribute;
  throw new LabelRowError(
    `An answer belongs to the attribute ${hash} (${JSON.stringify(entry["name"])}), which the ontology does not have here. ` +
      "Saving would lose it.",
  );
}

function readAnswer(attribute: Attribute, answers: unknown): Answer | null {
  switch (attribute.kind) {
    case "textAttribute":
      if (typeof answers === "string") return answers;
      if (answers === null) return null;
      throw wrong(`The answer to "${attribute.name}"`, answers, "a text");
    case "numericAttribute":
      if (typeof answers === "number") return answers;
      if (answers === null) return null;
      throw wrong(`The answer to "${attribute.name}"`, answers, "a number");
    case "radioAttribute": {
      const [only, ...more] = listOf(answers, `The answer to "${attribute.name}"`);
      if (only === undefined || more.length > 0) return null;
      return optionNamed(attribute, attribute.options, only);
    }
    case "checklistAttribute": {
      const chosen = listOf(answers, `The answer to "${attribute.name}"`).map((entry) =>
        optionNamed(attribute, attribute.options, entry),
      );
      return inOntologyOrder(attribute, new Set(chosen));
    }
  }
}

function optionNamed<O extends { readonly featureNodeHash: string }>(
  attribute: Attribute,
  options: readonly O[],
  entry: unknown,
): O {
  const hash = isObject(entry) ? entry["featureHash"] : undefined;
  const option = options.find((each) => each.featureNodeHash === hash);
  if (option) return option;
  throw wrong(`An option chosen for "${attribute.name}"`, entry, "an option that the ontology has there");
}

function writeAnswer(answer: Answer): JsonObject[] | string | number {
  if (typeof answer === "string" || typeof answer === "number") return answer;
  const options = "kind" in answer ? [answer] : answer;
  return options.map((option) => ({
    name: option.label,
    value: option.value,
    featureHash: option.featureNodeHash,
  }));
}

function optionsOf(answer: Answer | undefined): readonly FlatOption[] {
  return Array.isArray(answer) ? answer : [];
}

/**
 * Entries of one checklist whose ranges overlap become one entry per set of options, by union on each frame. They share
 * the last one's track hash. (The Python SDK loses an option where one range ends on the frame on which another begins.)
 */
function withoutOverlaps(entries: readonly DynamicEntry[]): DynamicEntry[] {
  const result: DynamicEntry[] = [];
  for (const [attribute, group] of Map.groupBy(entries, (entry) => entry.attribute)) {
    if (!overlap(group)) result.push(...group);
    else if (attribute.kind === "checklistAttribute") result.push(...unionPerFrame(attribute, group));
    else result.push(...lastPerFrame(group));
  }
  return result;
}

/** Where a frame has several answers, the last one in the list stays, as in the Python SDK. */
function lastPerFrame(entries: readonly DynamicEntry[]): DynamicEntry[] {
  const taken = new Ranges();
  for (const { ranges } of entries.toReversed()) {
    ranges.removeAll(taken);
    taken.addAll(ranges);
  }
  return entries.filter((entry) => !entry.ranges.isEmpty);
}

function overlap(entries: readonly DynamicEntry[]): boolean {
  const seen = new Ranges();
  for (const { ranges } of entries) {
    if (!seen.intersect(ranges).isEmpty) return true;
    seen.addAll(ranges);
  }
  return false;
}

function unionPerFrame(attribute: ChecklistAttribute, entries: readonly DynamicEntry[]): DynamicEntry[] {
  const borders = new Set<number>();
  for (const { ranges } of entries) {
    for (const [start, end] of ranges.pairs()) borders.add(start).add(end + 1);
  }
  const sorted = [...borders].sort((a, b) => a - b);
  const byOptions = new Map<string, DynamicEntry>();
  const shared = entries.at(-1);
  for (const [i, start] of sorted.entries()) {
    const next = sorted[i + 1];
    const covering = entries.filter((entry) => entry.ranges.has(start));
    if (next === undefined || covering.length === 0 || !shared) continue;
    const answer = inOntologyOrder(attribute, new Set(covering.flatMap((entry) => optionsOf(entry.answer))));
    const key = answer.map((option) => option.featureNodeHash).join(" ");
    const entry = byOptions.get(key) ?? { ...shared, answer, ranges: new Ranges() };
    entry.ranges.add(start, next - 1);
    byOptions.set(key, entry);
  }
  return [...byOptions.values()];
}
