/** A question about a frame, a range, or the data as a whole, rather than about an object on it. */

import { OntologyError } from "../errors.ts";
import {
  ClassificationInstance,
  type ClassificationInstanceOptions,
} from "../labels/classification-instance.ts";
import { type Attribute, attributesDepthFirst } from "./attribute.ts";
import { OntologyElement } from "./ontology-element.ts";

export interface ClassificationFields {
  readonly uid: readonly number[];
  readonly featureNodeHash: string;
  /** `global`: about the data as a whole, without frames. Null: on frames or ranges. */
  readonly level: "global" | null;
  readonly attributes: readonly Attribute[];
}

/** A classification of the ontology; its instances are the answers on label rows. */
export class Classification extends OntologyElement {
  readonly kind = "classification";
  readonly uid: readonly number[];
  readonly featureNodeHash: string;
  readonly level: "global" | null;
  /** Exactly one: the question itself. */
  readonly attributes: readonly [Attribute];
  /** All attributes, nested ones included, in the order of the ontology. */
  readonly allAttributes: readonly Attribute[];

  /** @throws OntologyError unless there is exactly one attribute */
  constructor(fields: ClassificationFields) {
    super();
    const [root, ...more] = fields.attributes;
    if (!root || more.length > 0) {
      throw new OntologyError(
        `Classification ${fields.featureNodeHash} has ${fields.attributes.length} attributes; expected one.`,
      );
    }
    this.uid = fields.uid;
    this.featureNodeHash = fields.featureNodeHash;
    this.level = fields.level;
    this.attributes = [root];
    this.allAttributes = attributesDepthFirst(this.attributes);
  }

  /** A classification has no name of its own; it goes by that of its question. */
  get title(): string {
    return this.attributes[0].name;
  }

  get archived(): boolean {
    return this.attributes[0].archived;
  }

  get isGlobal(): boolean {
    return this.level === "global";
  }

  get description(): string {
    return `classification "${this.title}"`;
  }

  get children(): readonly [Attribute] {
    return this.attributes;
  }

  /**
   * A new classification of this kind, on no frame yet.
   *
   * @example
   * const weather = labelRow.ontologyStructure.getChildByTitle("Weather", "classification").createInstance();
   * weather.setAnswer(labelRow.ontologyStructure.getChildByTitle("Sunny", "option"));
   * weather.setForFrames({ frames: { start: 0, end: 9 } });
   * labelRow.addClassificationInstance(weather);
   */
  createInstance(
    options: Omit<ClassificationInstanceOptions, "carriesMetadata"> = {},
  ): ClassificationInstance {
    return new ClassificationInstance(this, { ...options, carriesMetadata: true });
  }
}
