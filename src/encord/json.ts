/**
 * Where JSON comes in: text becomes JSON, and JSON becomes a value of known shape, or an error that names the endpoint and
 * the field. No other code has to expect a missing field.
 *
 * A `Reader` reads one shape; larger readers are composed of smaller ones. They stand in for a validation library because
 * they are a tenth of its size and know Encord's habits: fields may be written in `snake_case`, absent and null mean the
 * same, unknown fields are ignored.
 */

import { UnexpectedAnswerError } from "./errors.ts";
import { toUuid } from "./uuid.ts";

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

export type ParsedJson = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

export function parseJson(text: string): ParsedJson {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

/** Whether it is a JSON object: not null, not a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the value if it has the expected shape. @throws Mismatch if not */
export type Reader<T> = (value: unknown) => T;

/** The type that a reader returns. */
export type Read<R> = R extends Reader<infer T> ? T : never;

/** What was expected, and where: each enclosing reader adds its part of the path as the error passes through. */
class Mismatch extends Error {
  readonly path: (string | number)[] = [];

  constructor(expected: string) {
    super(`must be ${expected}`);
  }
}

/** A value of the expected shape, or the first place that does not fit. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly path: readonly (string | number)[]; readonly message: string };

/** Reads without throwing. The message says what was expected, such as `must be a text`; it never quotes the value. */
export function tryToRead<T>(read: Reader<T>, value: unknown): Reading<T> {
  try {
    return { ok: true, value: read(value) };
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    return { ok: false, path: error.path, message: error.message };
  }
}

/**
 * @param what the endpoint, for the message, such as `GET projects/<uuid>`
 * @throws UnexpectedAnswerError naming the first field that does not fit; its value is not quoted
 */
export function readAnswer<T>(read: Reader<T>, answer: unknown, what: string): T {
  const reading = tryToRead(read, answer);
  if (reading.ok) return reading.value;
  const place = reading.path.join(".") || "the body";
  throw new UnexpectedAnswerError(
    `Encord's answer to ${what} does not have the expected shape: ${place} ${reading.message}.`,
    { endpoint: what },
  );
}

// --- Readers of single values --------------------------------------------------------------------------------------------

export const text: Reader<string> = (value) => (typeof value === "string" ? value : mismatch("a text"));

export const number: Reader<number> = (value) =>
  typeof value === "number" && Number.isFinite(value) ? value : mismatch("a number");

export const integer: Reader<number> = (value) =>
  Number.isSafeInteger(value) ? (value as number) : mismatch("a whole number");

export const flag: Reader<boolean> = (value) =>
  typeof value === "boolean" ? value : mismatch("true or false");

/** Any object, as it came. */
export const anyObject: Reader<Readonly<Record<string, unknown>>> = (value) =>
  isObject(value) ? value : mismatch("an object");

const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/i;

/** A time as ISO 8601 text; without an offset it is UTC, wherever this runs. */
export const time: Reader<Date> = (value) => {
  const [, day, clock = "00:00", offset = "Z"] = ISO_TIME.exec(typeof value === "string" ? value : "") ?? [];
  const date = new Date(`${day}T${clock}${offset}`);
  return Number.isNaN(date.getTime()) ? mismatch("a time in ISO 8601") : date;
};

/** A UUID, in lower case with dashes. */
export const uuid: Reader<string> = (value) => {
  try {
    return toUuid(text(value), "value");
  } catch {
    return mismatch("a UUID");
  }
};

// --- Readers made of readers ---------------------------------------------------------------------------------------------

/** Absent and null are both null. */
export function orNull<T>(read: Reader<T>): Reader<T | null> {
  return (value) => (value === undefined || value === null ? null : read(value));
}

/** Absent and null are the fallback. */
export function orElse<T>(read: Reader<T>, fallback: T): Reader<T> {
  return (value) => (value === undefined || value === null ? fallback : read(value));
}

export function listOf<T>(read: Reader<T>): Reader<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return mismatch("a list");
    return value.map((each, index) => at(index, read, each));
  };
}

/** An object with at least these fields. */
export function object<Fields extends Readonly<Record<string, Reader<unknown>>>>(
  fields: Fields,
): Reader<{ readonly [Key in keyof Fields]: Read<Fields[Key]> }> {
  const entries = Object.entries(fields).map(([key, read]) => ({ key, snakeKey: snakeCase(key), read }));
  return (value) => {
    const json = anyObject(value);
    const result: Record<string, unknown> = {};
    for (const { key, snakeKey, read } of entries) {
      result[key] = at(key, read, json[key] === undefined ? json[snakeKey] : json[key]);
    }
    return result as { readonly [Key in keyof Fields]: Read<Fields[Key]> };
  };
}

/** Reads with `read`, then converts. @param make returns undefined when it cannot; @param expected for the message */
export function made<From, To>(
  read: Reader<From>,
  make: (value: From) => To | undefined,
  expected: string,
): Reader<To> {
  return (value) => make(read(value)) ?? mismatch(expected);
}

function mismatch(expected: string): never {
  throw new Mismatch(expected);
}

function at<T>(place: string | number, read: Reader<T>, value: unknown): T {
  try {
    return read(value);
  } catch (error) {
    if (error instanceof Mismatch) error.path.unshift(place);
    throw error;
  }
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (char) => `_${char.toLowerCase()}`);
}
