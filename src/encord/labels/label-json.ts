/**
 * Reads the JSON of a label row field by field. A field that is not as documented is a LabelRowError that says which, and
 * what was expected; `located` adds the place in the row, so that the place costs nothing while all is well.
 */

import { LabelRowError } from "../errors.ts";
import { isObject, type JsonObject } from "../json.ts";
import { parseLabelTime } from "./label-time.ts";

/** The fields of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** @throws LabelRowError unless it is a JSON object */
export function objectOf(value: unknown, what: string): Fields {
  if (isObject(value)) return value;
  throw wrong(what, value, "an object");
}

/** @throws LabelRowError unless it is a list */
export function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong(what, value, "a list");
}

export function textIn(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value === "string") return value;
  throw wrong(key, value, "a text");
}

/** Absent and null are null. */
export function optionalTextIn(fields: Fields, key: string): string | null {
  const value = fields[key];
  return value === undefined || value === null ? null : textIn(fields, key);
}

/** Absent and null are null. */
export function optionalTimeIn(fields: Fields, key: string): Date | null {
  const text = optionalTextIn(fields, key);
  if (text === null) return null;
  const time = parseLabelTime(text);
  if (time) return time;
  throw wrong(key, text, "a time");
}

export function numberIn(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw wrong(key, value, "a number");
}

/** Absent and null are null. */
export function optionalNumberIn(fields: Fields, key: string): number | null {
  const value = fields[key];
  return value === undefined || value === null ? null : numberIn(fields, key);
}

/** Absent and null are the fallback. */
export function flagIn(fields: Fields, key: string, fallback: boolean): boolean {
  const value = fields[key];
  if (value === undefined || value === null) return fallback;
  if (typeof value === "boolean") return value;
  throw wrong(key, value, "true or false");
}

/** Absent and null are an empty object. */
export function optionalObjectIn(fields: Fields, key: string): Fields {
  const value = fields[key];
  return value === undefined || value === null ? {} : objectOf(value, key);
}

/** Absent and null are an empty list. */
export function optionalListIn(fields: Fields, key: string): readonly unknown[] {
  const value = fields[key];
  return value === undefined || value === null ? [] : listOf(value, key);
}

/** All fields but the known ones; null when there are none. */
export function fieldsBeside(fields: Fields, known: ReadonlySet<string>): JsonObject | null {
  let rest: Record<string, unknown> | null = null;
  for (const key in fields) {
    if (known.has(key)) continue;
    rest ??= {};
    // Not by assignment: `__proto__` would not become a field.
    Object.defineProperty(rest, key, {
      value: fields[key],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  // What came out of JSON.parse is JSON.
  return rest as JsonObject | null;
}

/** The entry of a hash, which may be any text: `toString` has one only if Encord sent it. */
export function entryOf(entries: Fields, hash: string): unknown {
  return Object.hasOwn(entries, hash) ? entries[hash] : undefined;
}

export function wrong(what: string, value: unknown, expected: string): LabelRowError {
  const shown = value === undefined ? "missing" : (JSON.stringify(value) ?? String(value)).slice(0, 80);
  return new LabelRowError(`${what} is ${shown}; expected ${expected}.`);
}

/** A LabelRowError with the place put before its text; other errors as they are. */
export function located(error: unknown, place: string): unknown {
  return error instanceof LabelRowError
    ? new LabelRowError(`${place}: ${error.reason}`, { cause: error.cause })
    : error;
}
