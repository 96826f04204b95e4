/** Checks what an agent returned, before anything acts on it. An unknown field is refused: what it holds would be lost. */

import { InvalidOutcomeError } from "./errors.ts";

/**
 * The fields of the object that an agent returned.
 *
 * @param form what it should have returned, for the message
 * @throws InvalidOutcomeError when it is not an object, or has a field that is not among `fields`
 */
export function fieldsOf<Field extends string>(
  agentName: string,
  returned: unknown,
  fields: readonly Field[],
  form: string,
): { readonly [Name in Field]?: unknown } {
  if (!isStruct(returned, fields)) {
    const kind = returned === undefined ? "nothing" : kindOf(returned);
    throw new InvalidOutcomeError(`Agent "${agentName}" returned ${kind}; return ${form}.`);
  }
  const stray = Object.keys(returned).find((name) => !(fields as readonly string[]).includes(name));
  if (stray === undefined) return returned;
  throw new InvalidOutcomeError(
    `Agent "${agentName}" returned an object with the unknown field "${stray}"; return ${form}.`,
  );
}

/** The kind of a value, for messages: "undefined", "a number", "a list", "a Map". */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value !== "object") return `a ${typeof value}`;
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return kind === "Object" ? "an object of another kind" : `a ${kind}`;
}

/** A plain object, or one of a class that has one of the fields. */
function isStruct(value: unknown, fields: readonly string[]): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(value));
  return isPlain || fields.some((field) => field in value);
}
