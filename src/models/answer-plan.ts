/**
 * What a language model is asked, as a tree: the questions of an ontology, and the keys of their answers in JSON. The zod
 * schema, the JSON Schema and the reading of an answer each walk over this tree.
 */

import type {
  Attribute,
  ChecklistAttribute,
  Classification,
  FlatOption,
  NestableOption,
  OntologyObject,
  RadioAttribute,
  Shape,
  TextAttribute,
} from "../encord/index.ts";
import { fieldName, optionKey, safeName, UniqueNames } from "./answer-names.ts";
import { OntologyModelError } from "./ontology-model-error.ts";

/** A question. `key` is the key of its answer in the enclosing object. */
export type Field =
  | { readonly kind: "text"; readonly key: string; readonly attribute: TextAttribute }
  | {
      readonly kind: "checklist";
      readonly key: string;
      readonly attribute: ChecklistAttribute;
      readonly options: readonly { readonly key: string; readonly option: FlatOption }[];
    }
  /** Answered with the label of an option. */
  | { readonly kind: "radio"; readonly key: string; readonly attribute: RadioAttribute }
  /** Some option has questions of its own: answered with the option's hash and their answers. */
  | {
      readonly kind: "nested-radio";
      readonly key: string;
      readonly attribute: RadioAttribute;
      readonly choices: readonly Choice<NestableOption>[];
    };

/** An alternative, with the further questions that choosing it brings. */
export interface Choice<Of> {
  readonly of: Of;
  readonly hash: string;
  /** The safe form of its name. */
  readonly title: string;
  readonly fields: readonly Field[];
}

export type ObjectQuestion =
  /** No object has attributes: answered with the name of one. */
  | { readonly kind: "names"; readonly objects: readonly OntologyObject[] }
  | { readonly kind: "choices"; readonly choices: readonly Choice<OntologyObject>[] };

export interface ClassificationField {
  readonly classification: Classification;
  readonly field: Field;
}

/** The shapes that cover an area, so that the object can be cropped and looked at by itself. */
const AREAS: ReadonlySet<Shape> = new Set(["bounding_box", "rotatable_bounding_box", "polygon", "bitmask"]);

/** @throws OntologyModelError when there is nothing to ask, or an attribute is a number */
export function planClassifications(classifications: readonly Classification[]): ClassificationField[] {
  if (classifications.length === 0) throw nothingAsked("classification");
  const names = new UniqueNames();
  return classifications.map((classification) => ({
    classification,
    field: planField(classification.attributes[0], names),
  }));
}

/** @throws OntologyModelError when there is nothing to ask, a shape is not an area, or an attribute is a number */
export function planObjects(objects: readonly OntologyObject[]): ObjectQuestion {
  if (objects.length === 0) throw nothingAsked("object");
  const line = objects.find((object) => !AREAS.has(object.shape));
  if (line) {
    throw new OntologyModelError(
      "unsupported-shape",
      `The object "${line.name}" is a ${line.shape}; a language model can only be asked about ${[...AREAS].join(", ")}.`,
    );
  }
  if (objects.every((object) => object.attributes.length === 0)) return { kind: "names", objects };
  return {
    kind: "choices",
    choices: objects.map((object) => planChoice(object, object.name, object.attributes)),
  };
}

function planChoice<Of extends { readonly featureNodeHash: string }>(
  of: Of,
  name: string,
  attributes: readonly Attribute[],
): Choice<Of> {
  const names = new UniqueNames();
  names.take("feature_node_hash");
  return {
    of,
    hash: of.featureNodeHash,
    title: safeName(name),
    fields: attributes.map((attribute) => planField(attribute, names)),
  };
}

function planField(attribute: Attribute, names: UniqueNames): Field {
  const key = names.take(fieldName(attribute.name));
  switch (attribute.kind) {
    case "textAttribute":
      return { kind: "text", key, attribute };
    case "checklistAttribute": {
      const keys = new UniqueNames();
      keys.take("feature_node_hash");
      const options = attribute.options.map((option) => ({
        key: keys.take(optionKey(option.value)),
        option,
      }));
      return { kind: "checklist", key, attribute, options };
    }
    case "radioAttribute":
      if (attribute.options.every((option) => option.nestedAttributes.length === 0)) {
        return { kind: "radio", key, attribute };
      }
      return {
        kind: "nested-radio",
        key,
        attribute,
        choices: attribute.options.map((option) => planChoice(option, option.label, option.nestedAttributes)),
      };
    case "numericAttribute":
      throw new OntologyModelError(
        "unsupported-attribute",
        `The attribute "${attribute.name}" (${attribute.featureNodeHash}) is a number, which a language model cannot be asked ` +
          "for. Leave its object or classification out, and ask for the number yourself.",
      );
  }
}

function nothingAsked(what: string): OntologyModelError {
  return new OntologyModelError("nothing-asked", `Name at least one ${what} to ask about.`);
}
