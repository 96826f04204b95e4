/**
 * The questions an annotator answers about an object or classification: one of several options (radio), any of several
 * (checklist), a text, or a number. The attributes of a radio's option are nested: they are asked while that option is
 * chosen.
 */

import { OntologyElement } from "./ontology-element.ts";
import type { FlatOption, NestableOption, Option } from "./option.ts";

/** What every attribute has. */
export interface AttributeFields {
  readonly uid: readonly number[];
  readonly featureNodeHash: string;
  readonly name: string;
  /** Whether the editor insists on an answer. */
  readonly required: boolean;
  readonly archived: boolean;
  /** Whether it is answered per range of frames; only top-level attributes of objects can be. */
  readonly dynamic: boolean;
  /** The option that must be chosen for this attribute to be asked; null at the top level. */
  readonly parentOption: NestableOption | null;
}

abstract class BaseAttribute extends OntologyElement {
  readonly uid: readonly number[];
  readonly featureNodeHash: string;
  readonly name: string;
  readonly required: boolean;
  readonly archived: boolean;
  readonly dynamic: boolean;
  readonly parentOption: NestableOption | null;
  /** The name as labels store it: lower case, spaces as `_`. */
  readonly value: string;

  constructor(fields: AttributeFields) {
    super();
    this.uid = fields.uid;
    this.featureNodeHash = fields.featureNodeHash;
    this.name = fields.name;
    this.required = fields.required;
    this.archived = fields.archived;
    this.dynamic = fields.dynamic;
    this.parentOption = fields.parentOption;
    this.value = valueOfName(fields.name);
  }

  get title(): string {
    return this.name;
  }

  abstract readonly type: "radio" | "checklist" | "text" | "numeric";

  get description(): string {
    return `${this.type} attribute "${this.name}"`;
  }
}

/** Answered with exactly one of its options. */
export class RadioAttribute extends BaseAttribute {
  readonly kind = "radioAttribute";
  readonly type = "radio";
  readonly options: readonly NestableOption[];

  /** @param options makes the options, told their attribute */
  constructor(fields: AttributeFields, options: (attribute: RadioAttribute) => readonly NestableOption[]) {
    super(fields);
    this.options = options(this);
  }

  get children(): readonly NestableOption[] {
    return this.options;
  }
}

/** Answered with any number of its options. */
export class ChecklistAttribute extends BaseAttribute {
  readonly kind = "checklistAttribute";
  readonly type = "checklist";
  readonly options: readonly FlatOption[];

  /** @param options makes the options, told their attribute */
  constructor(fields: AttributeFields, options: (attribute: ChecklistAttribute) => readonly FlatOption[]) {
    super(fields);
    this.options = options(this);
  }

  get children(): readonly FlatOption[] {
    return this.options;
  }
}

/** Answered with a text, perhaps an empty one. */
export class TextAttribute extends BaseAttribute {
  readonly kind = "textAttribute";
  readonly type = "text";
  readonly children: readonly never[] = [];
}

/** Answered with a number. */
export class NumericAttribute extends BaseAttribute {
  readonly kind = "numericAttribute";
  readonly type = "numeric";
  readonly children: readonly never[] = [];
}

/** Any attribute. */
export type Attribute = RadioAttribute | ChecklistAttribute | TextAttribute | NumericAttribute;

/** Lower case, spaces as `_`: how labels write the name of an object or attribute a second time. */
export function valueOfName(name: string): string {
  return name.toLowerCase().replaceAll(" ", "_");
}

/** These attributes and all nested in their options, depth first: the order in which answers are kept. */
export function attributesDepthFirst(attributes: readonly Attribute[]): Attribute[] {
  const all: Attribute[] = [];
  const walk = (list: readonly Attribute[]) => {
    for (const attribute of list) {
      all.push(attribute);
      if (attribute.kind !== "radioAttribute") continue;
      for (const option of attribute.options) walk(option.nestedAttributes);
    }
  };
  walk(attributes);
  return all;
}

/** The chosen options in the order of the ontology. */
export function inOntologyOrder(attribute: ChecklistAttribute, chosen: ReadonlySet<Option>): FlatOption[] {
  return attribute.options.filter((option) => chosen.has(option));
}
