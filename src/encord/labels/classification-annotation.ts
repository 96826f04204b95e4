/**
 * A classification on one frame: who put it there. The answer is the instance's. As with objects, what Encord sent is parsed
 * when it is first asked for, and goes back as it came unless it was changed.
 */

import type { JsonObject } from "../json.ts";
import type { Classification } from "../ontology/classification.ts";
import { ANNOTATION_KEYS } from "./annotation-fields.ts";
import { Authored, hasNormalAuthorship } from "./authored.ts";
import { type Fields, fieldsBeside } from "./label-json.ts";

/** A classification on one frame; what is set on it goes out with the row's next save. */
export class ClassificationAnnotation extends Authored {
  readonly ontologyItem: Classification;
  readonly frame: number;
  readonly #json: Fields | null;

  /** @throws LabelRowError when a field of what was read is not as documented */
  constructor(item: Classification, frame: number, json: Fields | null) {
    super();
    this.ontologyItem = item;
    this.frame = frame;
    this.#json = json;
    if (json) this.readAuthorship(json);
  }

  /** For an instance that was read with its ranges only: has the authorship of the instance. */
  static inherited(item: Classification, frame: number, instance: Authored): ClassificationAnnotation {
    const annotation = new ClassificationAnnotation(item, frame, null);
    annotation.inherit(instance);
    return annotation;
  }

  /** @internal Whether its authorship is that of the instance, which is written beside the answer. */
  get isInherited(): boolean {
    return this.inherits && !this.changed;
  }

  /** The reviews of the annotation, in Encord's form; empty unless the labels were fetched with them. Never written. */
  get reviews(): readonly unknown[] {
    const reviews = this.#json?.["reviews"];
    return Array.isArray(reviews) ? reviews : [];
  }

  /** As the JSON of a label row holds it. */
  toJson(classificationHash: string, now: Date): JsonObject {
    const root = this.ontologyItem.attributes[0];
    const { createdAt, lastEditedAt } = this.times(now);
    return {
      ...(this.#json ? fieldsBeside(this.#json, ANNOTATION_KEYS) : null),
      name: root.name,
      value: root.value,
      createdAt,
      createdBy: this.createdBy,
      confidence: this.confidence,
      featureHash: this.ontologyItem.featureNodeHash,
      classificationHash,
      manualAnnotation: this.manualAnnotation,
      lastEditedAt,
      ...(this.lastEditedBy === null ? {} : { lastEditedBy: this.lastEditedBy }),
      ...(typeof this.#json?.["isDeleted"] === "boolean" ? { isDeleted: this.#json["isDeleted"] } : {}),
    };
  }
}

/**
 * An annotation that was read, in the form that the SDK writes; the same object when it has that form already.
 * @throws LabelRowError naming the field that is not as documented
 */
export function normalisedClassification(item: Classification, json: Fields, now: Date): JsonObject {
  // What came out of JSON.parse is JSON.
  if (isNormal(item, json)) return json as JsonObject;
  return new ClassificationAnnotation(item, 0, json).toJson(String(json["classificationHash"]), now);
}

function isNormal(item: Classification, json: Fields): boolean {
  const root = item.attributes[0];
  return json["name"] === root.name && json["value"] === root.value && hasNormalAuthorship(json);
}
