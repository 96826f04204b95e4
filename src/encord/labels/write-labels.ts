/** Writes the labels of a row as Encord's JSON. What it returns does not change when the row is edited afterwards. */

import type { JsonObject } from "../json.ts";
import { writeActions, writeAnswers } from "./answer-json.ts";
import type { Authored } from "./authored.ts";
import type { ClassificationInstance } from "./classification-instance.ts";
import type { InstanceSet } from "./instance-set.ts";
import type { ObjectInstance } from "./object-instance.ts";
import { codecOf } from "./shapes/codecs.ts";

/** What is on one frame. */
export interface FrameLabels extends JsonObject {
  readonly objects: JsonObject[];
  readonly classifications: JsonObject[];
}

export function emptyFrame(): FrameLabels {
  return { objects: [], classifications: [] };
}

/** The labels of each frame that has some, or had some since it was read. */
export function writeFrames(set: InstanceSet, now: Date): Map<number, FrameLabels> {
  const frames = new Map<number, FrameLabels>();
  const on = (frame: number) => {
    const known = frames.get(frame);
    if (known) return known;
    const labels = emptyFrame();
    frames.set(frame, labels);
    return labels;
  };
  for (const frame of set.framesLeft.values()) on(frame);
  for (const object of set.objects) {
    for (const [frame, annotation] of object.writeFrames(now)) on(frame).objects.push(annotation);
  }
  for (const classification of set.classifications) {
    for (const [frame, annotation] of classification.writeFrames(now))
      on(frame).classifications.push(annotation);
  }
  return frames;
}

/** `object_answers`: an entry for each object, even one without answers. */
export function writeObjectAnswers(set: InstanceSet, now: Date): JsonObject {
  return byHash(set.objects, (object) => [
    object.objectHash,
    {
      ...writeAnswers(object.answers),
      objectHash: object.objectHash,
      ...(set.data.kind === "frames" ? {} : stretchJson(object, now)),
    },
  ]);
}

/** `object_actions`: an entry for each object with dynamic answers. */
export function writeObjectActions(set: InstanceSet): JsonObject {
  const dynamic = set.objects.filter((object) => object.hasDynamicAnswers);
  return byHash(dynamic, ({ objectHash, answers }) => [
    objectHash,
    { actions: writeActions(answers), objectHash },
  ]);
}

/** `classification_answers`. */
export function writeClassificationAnswers(set: InstanceSet, now: Date): JsonObject {
  return byHash(set.classifications, (classification) => {
    const { classificationHash, featureHash } = classification;
    const entry = {
      ...writeAnswers(classification.answers),
      classificationHash,
      featureHash,
      spaces: {},
      ...(classification.carriesMetadata ? writeMetadata(classification, now) : {}),
      ...(classification.carriesRange ? { range: classification.ranges.pairs() } : {}),
    };
    return [classificationHash, entry];
  });
}

/** Entries by hash. Not by assignment: a hash may be any text, even `__proto__`. */
function byHash<Item>(
  items: Iterable<Item>,
  entryOf: (item: Item) => readonly [hash: string, entry: JsonObject],
): JsonObject {
  return Object.fromEntries(Array.from(items, entryOf));
}

function writeMetadata(classification: ClassificationInstance, now: Date): JsonObject {
  const { confidence = 1, ...authorship } = authorshipJson(classification, now);
  return {
    range: classification.ranges.pairs(),
    ...authorship,
    ...(confidence === 1 || classification.isWrittenOnFrames ? {} : { confidence }),
  };
}

/** What an object in audio or text has beside its answers. */
export function stretchJson(object: ObjectInstance, now: Date): JsonObject {
  const { ontologyItem: item } = object;
  const annotation = object.getAnnotation(0);
  return {
    ...authorshipJson(annotation, now),
    featureHash: item.featureNodeHash,
    name: item.name,
    color: item.color,
    shape: item.shape,
    value: item.value,
    ...codecOf(item.shape).write(annotation.coordinates),
  };
}

/**
 * Author and time as they are written beside an answer. The Python SDK reads a confidence there too, but lost it when
 * saving until 0.1.204; here it is written unless it is 1.
 */
export function authorshipJson(authored: Authored, now: Date): JsonObject {
  const { createdAt, lastEditedAt } = authored.times(now);
  return {
    createdBy: authored.createdBy,
    createdAt,
    lastEditedBy: authored.lastEditedBy,
    lastEditedAt,
    manualAnnotation: authored.manualAnnotation,
    ...(authored.confidence === 1 ? {} : { confidence: authored.confidence }),
  };
}
