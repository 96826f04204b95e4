/** A classification on one frame: who gave it there. The answer is the instance's. */

import type { JsonObject } from "../json.ts";
import type { Classification } from "../ontology/classification.ts";
import { ANNOTATION_KEYS } from "./annotation-fields.ts";
import { Authored } from "./authored.ts";
import { type Fields, fieldsBeside } from "./label-json.ts";

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

  /** The reviews of the annotation, if they were asked for; never written. */
  get reviews(): readonly unknown[] {
    const reviews = this.#json?.["reviews"];
    return Array.isArray(reviews) ? reviews : [];
  }

  /** As a label row has it. */
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
    };
  }
}
