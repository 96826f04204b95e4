/** What saving would change on a label row: objects and classifications that are added, changed or removed. */

import {
  type Answer,
  type Attribute,
  type ClassificationInstance,
  framesToRanges,
  type JsonObject,
  type LabelRow,
  type ObjectInstance,
  type RangePair,
} from "../encord/index.ts";

/** One object or classification that differs. */
export interface LabelChange {
  readonly change: "added" | "changed" | "removed";
  readonly kind: "object" | "classification";
  /** Its hash; provisional for something new. */
  readonly hash: string;
  /** Its name in the ontology. */
  readonly name: string;
  /** Both ends included; empty for a global classification. */
  readonly frames: readonly RangePair[];
  /** By question: labels of options, texts, numbers. Dynamic answers, which differ from frame to frame, are left out. */
  readonly answers: Readonly<Record<string, string | number | readonly string[]>>;
  /** Of an object, on its first frame; null for a classification. */
  readonly confidence: number | null;
}

type Instance = ObjectInstance | ClassificationInstance;

/** The changes from one state of a row to another: first what is added, last what is removed. Both must be initialised. */
export function labelChanges(before: LabelRow, after: LabelRow): LabelChange[] {
  const [was, is] = [labelsOf(before), labelsOf(after)];
  const changes: LabelChange[] = [];
  for (const [hash, { instance, json }] of is) {
    const old = was.get(hash);
    if (!old) changes.push(described("added", hash, instance));
    else if (old.json !== json) changes.push(described("changed", hash, instance));
  }
  for (const [hash, { instance }] of was) {
    if (!is.has(hash)) changes.push(described("removed", hash, instance));
  }
  const order = ["added", "changed", "removed"];
  return changes.sort((a, b) => order.indexOf(a.change) - order.indexOf(b.change));
}

/** Every instance by its hash, with everything that the row's JSON says about it. */
function labelsOf(row: LabelRow): Map<string, { readonly instance: Instance; readonly json: string }> {
  const parts = partsOf(row.toEncordDict());
  const labels = new Map<string, { readonly instance: Instance; readonly json: string }>();
  const put = (hash: string, instance: Instance) =>
    labels.set(hash, { instance, json: JSON.stringify(parts.get(hash) ?? []) });
  for (const object of row.getObjectInstances()) put(object.objectHash, object);
  for (const each of row.getClassificationInstances()) put(each.classificationHash, each);
  return labels;
}

/** The parts of the JSON that belong to each hash, wherever they are: on frames, among answers, among actions. */
function partsOf(blob: JsonObject): Map<string, unknown[]> {
  const parts = new Map<string, unknown[]>();
  const walk = (value: unknown, place: string): void => {
    if (typeof value !== "object" || value === null) return;
    const hash =
      (value as { objectHash?: unknown }).objectHash ??
      (value as { classificationHash?: unknown }).classificationHash;
    if (typeof hash === "string") {
      parts.set(hash, [...(parts.get(hash) ?? []), [place, value]]);
      return;
    }
    // A part's position in a list does not matter: its neighbours come and go.
    for (const [key, inner] of Object.entries(value))
      walk(inner, Array.isArray(value) ? place : `${place}/${key}`);
  };
  walk(blob, "");
  return parts;
}

function described(change: LabelChange["change"], hash: string, instance: Instance): LabelChange {
  const answers: Record<string, string | number | readonly string[]> = {};
  const attributes: readonly Attribute[] = instance.ontologyItem.allAttributes;
  for (const attribute of attributes) {
    if (attribute.dynamic) continue;
    const answer = instance.getAnswer(attribute);
    if (answer !== null) answers[attribute.name] = shown(answer);
  }
  if ("classificationHash" in instance) {
    const { classificationName: name, rangeList: frames } = instance;
    return { change, kind: "classification", hash, name, frames, answers, confidence: null };
  }
  return {
    change,
    kind: "object",
    hash,
    name: instance.objectName,
    frames: framesToRanges(instance.getAnnotationFrames()),
    answers,
    confidence: instance.getAnnotations()[0]?.confidence ?? null,
  };
}

function shown(answer: Answer): string | number | readonly string[] {
  if (typeof answer !== "object") return answer;
  return "label" in answer ? answer.label : answer.map((option) => option.label);
}
