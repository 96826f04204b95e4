/** The options of radio and checklist attributes. A radio option may have attributes of its own, asked while it is chosen. */

import type { Attribute, ChecklistAttribute, RadioAttribute } from "./attribute.ts";
import { OntologyElement } from "./ontology-element.ts";

/** What every option has. */
export interface OptionFields {
  readonly uid: readonly number[];
  readonly featureNodeHash: string;
  /** What people see. */
  readonly label: string;
  /** The label as labels store it, usually lower case with `_` for spaces. */
  readonly value: string;
  readonly archived: boolean;
}

abstract class BaseOption extends OntologyElement {
  readonly uid: readonly number[];
  readonly featureNodeHash: string;
  readonly label: string;
  readonly value: string;
  readonly archived: boolean;

  constructor(fields: OptionFields) {
    super();
    this.uid = fields.uid;
    this.featureNodeHash = fields.featureNodeHash;
    this.label = fields.label;
    this.value = fields.value;
    this.archived = fields.archived;
  }

  get title(): string {
    return this.label;
  }

  get description(): string {
    return `option "${this.label}"`;
  }
}

/** An option of a radio attribute. */
export class NestableOption extends BaseOption {
  readonly kind = "nestableOption";
  /** The attribute that this option answers. */
  readonly attribute: RadioAttribute;
  /** Attributes that are asked when this option is chosen. */
  readonly nestedAttributes: readonly Attribute[];

  /** @param nested makes the nested attributes, told their parent */
  constructor(
    fields: OptionFields,
    attribute: RadioAttribute,
    nested: (parent: NestableOption) => readonly Attribute[] = () => [],
  ) {
    super(fields);
    this.attribute = attribute;
    this.nestedAttributes = nested(this);
  }

  get children(): readonly Attribute[] {
    return this.nestedAttributes;
  }
}

/** An option of a checklist attribute. */
export class FlatOption extends BaseOption {
  readonly kind = "flatOption";
  /** The attribute that this option is part of an answer to. */
  readonly attribute: ChecklistAttribute;
  readonly children: readonly never[] = [];

  constructor(fields: OptionFields, attribute: ChecklistAttribute) {
    super(fields);
    this.attribute = attribute;
  }
}

/** Any option. */
export type Option = NestableOption | FlatOption;
