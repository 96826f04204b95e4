/** What an attribute can be answered with, by kind of attribute. */

import { InvalidArgumentsError } from "../errors.ts";
import type {
  Attribute,
  ChecklistAttribute,
  NumericAttribute,
  RadioAttribute,
  TextAttribute,
} from "../ontology/attribute.ts";
import { inOntologyOrder } from "../ontology/attribute.ts";
import type { FlatOption, NestableOption, Option } from "../ontology/option.ts";

/** An answer as it is kept: checklists in the order of the ontology. */
export type Answer = NestableOption | readonly FlatOption[] | string | number;

/** What can be given as an answer; several options only for a checklist. */
export type GivenAnswer = Option | Iterable<FlatOption> | string | number;

/** The type of the answer to a kind of attribute. */
export type AnswerOf<A extends Attribute = Attribute> = A extends RadioAttribute
  ? NestableOption
  : A extends ChecklistAttribute
    ? readonly FlatOption[]
    : A extends TextAttribute
      ? string
      : A extends NumericAttribute
        ? number
        : never;

/** An answer to a dynamic attribute, and the frames that it holds for. */
export interface DynamicAnswer<A extends Attribute = Attribute> {
  readonly answer: AnswerOf<A>;
  /** Both ends included. */
  readonly ranges: readonly (readonly [start: number, end: number])[];
}

/**
 * The answer as it is kept.
 * @throws InvalidArgumentsError when the attribute does not take this answer
 */
export function checkedAnswer(attribute: Attribute, given: GivenAnswer): Answer {
  switch (attribute.kind) {
    case "textAttribute":
      if (typeof given === "string") return given;
      throw refused(attribute, given, "a text");
    case "numericAttribute":
      if (typeof given === "number" && Number.isFinite(given)) return given;
      throw refused(attribute, given, "a finite number");
    case "radioAttribute": {
      const hash = isOption(given) ? given.featureNodeHash : undefined;
      const option = attribute.options.find((each) => each.featureNodeHash === hash);
      if (option) return option;
      throw refused(attribute, given, `one of its options: ${titles(attribute)}`);
    }
    case "checklistAttribute": {
      if (typeof given === "object" && Symbol.iterator in given) {
        const hashes = new Set([...given].map((option) => option.featureNodeHash));
        const chosen = attribute.options.filter((option) => hashes.has(option.featureNodeHash));
        if (chosen.length === hashes.size) return inOntologyOrder(attribute, new Set(chosen));
      }
      throw refused(attribute, given, `a list of its options (also for a single one): ${titles(attribute)}`);
    }
  }
}

/** Whether two answers of one attribute are the same. */
export function sameAnswer(a: Answer, b: Answer): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((option, i) => option === b[i]);
}

export function isOption(value: unknown): value is Option {
  return typeof value === "object" && value !== null && "featureNodeHash" in value && "attribute" in value;
}

function titles(attribute: RadioAttribute | ChecklistAttribute): string {
  return attribute.options.map((option) => `"${option.label}"`).join(", ");
}

function refused(attribute: Attribute, given: unknown, expected: string): InvalidArgumentsError {
  const shown = isOption(given)
    ? given.description
    : typeof given === "object"
      ? "something else"
      : typeof given === "string"
        ? JSON.stringify(given)
        : String(given);
  return new InvalidArgumentsError(
    `The ${attribute.description} is answered with ${expected}; ${shown} was given.`,
  );
}
