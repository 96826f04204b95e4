/**
 * The JSON Schema of a model's answers, in the same form as the Python library's pydantic models: one definition per question,
 * fixed texts as `const`, alternatives distinguished by `feature_node_hash`.
 */

import type { JsonObject } from "../encord/index.ts";
import { modelName, safeName, titleCase, UniqueNames } from "./answer-names.ts";
import type { Choice, ClassificationField, Field, ObjectQuestion } from "./answer-plan.ts";

/** The longest text that an attribute is answered with. */
export const LONGEST_TEXT = 1000;

const CHOOSE = "Choose exactly one of the options.";

export function classificationJsonSchema(fields: readonly ClassificationField[]): JsonObject {
  return new SchemaWriter().write("ClassificationModel", (writer) =>
    Object.fromEntries(fields.map(({ field }) => [field.key, writer.field(field)])),
  );
}

export function objectJsonSchema(question: ObjectQuestion): JsonObject {
  return new SchemaWriter().write("ObjectsRadioModel", (writer) => ({
    choice:
      question.kind === "names"
        ? writer.enumeration("ObjectEnumOptions", unique(question.objects.map((object) => object.name)))
        : writer.alternatives(question.choices, "NestedModel", false),
  }));
}

export function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

class SchemaWriter {
  readonly #definitions: Record<string, JsonObject> = {};
  readonly #names = new UniqueNames();

  write(title: string, properties: (writer: SchemaWriter) => JsonObject): JsonObject {
    return { ...objectOf(title, properties(this)), $defs: this.#definitions };
  }

  field(field: Field): JsonObject {
    const { attribute } = field;
    const name = modelName(attribute.name);
    const hash = fixed(attribute.featureNodeHash);
    switch (field.kind) {
      case "text":
        return this.#define(`${name}TextModel`, `A text about "${attribute.name}".`, {
          feature_node_hash: hash,
          value: {
            title: "Value",
            type: "string",
            minLength: 0,
            maxLength: LONGEST_TEXT,
            description: `What is to be said about "${attribute.name}", as exactly as the data shows it.`,
          },
        });
      case "checklist":
        return this.#define(`${name}ChecklistModel`, "For each option, whether it applies.", {
          feature_node_hash: hash,
          ...Object.fromEntries(
            field.options.map(({ key, option }) => [
              key,
              {
                title: titleCase(key.replaceAll("_", " ")),
                type: "boolean",
                description: `Whether "${option.label}" applies.`,
              },
            ]),
          ),
        });
      case "radio": {
        const labels = unique(field.attribute.options.map((option) => option.label));
        return this.#define(`${name}RadioModel`, "The one option that fits best.", {
          feature_node_hash: hash,
          choice: this.enumeration(`${name}RadioEnum`, labels),
        });
      }
      case "nested-radio":
        return this.#define(`${name}RadioModel`, "The one option that fits best, with its details.", {
          feature_node_hash: hash,
          choice: this.alternatives(field.choices, "NestedRadioModel", true),
        });
    }
  }

  enumeration(name: string, values: readonly string[]): JsonObject {
    const own = this.#names.take(name, "");
    this.#definitions[own] = { enum: [...values], title: name, type: "string" };
    return { $ref: `#/$defs/${own}`, description: CHOOSE };
  }

  /** @param titled whether an alternative without questions has its name as its title */
  alternatives(choices: readonly Choice<unknown>[], suffix: string, titled: boolean): JsonObject {
    const mapping: Record<string, string> = {};
    const oneOf = choices.map((choice) => {
      const { $ref } = this.#define(
        `${modelName(choice.title)}${suffix}`,
        "",
        {
          feature_node_hash: fixed(choice.hash),
          ...Object.fromEntries(choice.fields.map((field) => [field.key, this.field(field)])),
          ...(titled && choice.fields.length === 0
            ? { title: { const: safeName(choice.title), title: "Title", type: "string" } }
            : {}),
        },
        choice.fields.length === 0 ? ["feature_node_hash"] : undefined,
      );
      mapping[choice.hash] = $ref as string;
      return { $ref: $ref as string };
    });
    return {
      title: "Choice",
      description: CHOOSE,
      discriminator: { propertyName: "feature_node_hash", mapping },
      oneOf,
    };
  }

  #define(name: string, description: string, properties: JsonObject, required?: string[]): JsonObject {
    const own = this.#names.take(name, "");
    this.#definitions[own] = objectOf(name, properties, required);
    return { $ref: `#/$defs/${own}`, description };
  }
}

function objectOf(title: string, properties: JsonObject, required = Object.keys(properties)): JsonObject {
  return { title, type: "object", properties, required };
}

function fixed(hash: string): JsonObject {
  return {
    const: hash,
    title: "Feature Node Hash",
    type: "string",
    description: "Copy this text as it is; it tells the alternatives apart.",
  };
}
