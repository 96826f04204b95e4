/** A kind of thing that is drawn (or marked, in audio and text): its name, its shape and its attributes. */

import { ObjectInstance, type ObjectInstanceOptions } from "../labels/object-instance.ts";
import { type Attribute, attributesDepthFirst, valueOfName } from "./attribute.ts";
import { OntologyElement } from "./ontology-element.ts";
import type { Shape } from "./shape.ts";

export interface OntologyObjectFields<S extends Shape> {
  readonly uid: readonly number[];
  readonly featureNodeHash: string;
  readonly name: string;
  /** `#RRGGBB` */
  readonly color: string;
  readonly shape: S;
  readonly required: boolean;
  readonly archived: boolean;
  readonly attributes: readonly Attribute[];
}

/** An object of the ontology; its instances are the objects on label rows. (`Object` in the Python SDK.) */
export class OntologyObject<S extends Shape = Shape> extends OntologyElement {
  readonly kind = "object";
  readonly uid: readonly number[];
  readonly featureNodeHash: string;
  readonly name: string;
  readonly color: string;
  /** One of `SHAPES`, or Encord's name for a shape that this client does not know. */
  readonly shape: S;
  readonly required: boolean;
  readonly archived: boolean;
  /** The top-level attributes; nested ones hang on their options. */
  readonly attributes: readonly Attribute[];
  /** All attributes, nested ones included, in the order of the ontology. */
  readonly allAttributes: readonly Attribute[];
  /** The name as labels store it: lower case, spaces as `_`. */
  readonly value: string;

  constructor(fields: OntologyObjectFields<S>) {
    super();
    this.uid = fields.uid;
    this.featureNodeHash = fields.featureNodeHash;
    this.name = fields.name;
    this.color = fields.color;
    this.shape = fields.shape;
    this.required = fields.required;
    this.archived = fields.archived;
    this.attributes = fields.attributes;
    this.allAttributes = attributesDepthFirst(fields.attributes);
    this.value = valueOfName(fields.name);
  }

  get title(): string {
    return this.name;
  }

  get description(): string {
    return `object "${this.name}"`;
  }

  get children(): readonly Attribute[] {
    return this.attributes;
  }

  /**
   * A new object of this kind, on no frame yet.
   *
   * @example
   * const car = labelRow.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
   * car.setForFrames({ height: 0.2, width: 0.3, topLeftX: 0.1, topLeftY: 0.5 }, { frames: 0 });
   * labelRow.addObjectInstance(car);
   */
  createInstance(options: ObjectInstanceOptions = {}): ObjectInstance<S> {
    return new ObjectInstance<S>(this, options);
  }
}
