/**
 * The border where answers come in: text becomes JSON, JSON becomes a value of known shape, or an error that names the
 * endpoint and the field. Nothing undefined travels on from here.
 */

import * as z from "zod/mini";
import { UnexpectedAnswerError } from "./errors.ts";
import { toUuid } from "./uuid.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
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

/**
 * @param what the endpoint, for the message, such as `GET projects/<uuid>`
 * @throws UnexpectedAnswerError naming the first field that does not fit; its value is not quoted
 */
export function readAnswer<Schema extends z.core.$ZodType>(
  schema: Schema,
  answer: unknown,
  what: string,
): z.output<Schema> {
  const result = z.safeParse(schema, answer);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.map(String).join(".") || "the body";
  const more = result.error.issues.length > 1 ? ` (and ${result.error.issues.length - 1} more fields)` : "";
  throw new UnexpectedAnswerError(
    `Encord's answer to ${what} does not have the expected shape: ${path}: ${issue?.message ?? "unknown"}${more}.`,
    { endpoint: what },
  );
}

// --- Shapes that many answers share -------------------------------------------------------------------------------------

/** Absent and null are both null. */
export function orNull<Schema extends z.core.$ZodType>(schema: Schema) {
  return z.pipe(
    z.nullish(schema),
    z.transform((value): z.output<Schema> | null => value ?? null),
  );
}

/** A time as ISO 8601 text. */
export const time = z.pipe(
  z.string(),
  z.transform((text, context) => {
    const date = new Date(text);
    if (!Number.isNaN(date.getTime())) return date;
    context.issues.push({ code: "custom", message: "must be a time in ISO 8601", input: text });
    return z.NEVER;
  }),
);

/** A UUID, in lower case with dashes. */
export const uuid = z.pipe(
  z.string(),
  z.transform((text, context) => {
    try {
      return toUuid(text, "value");
    } catch {
      context.issues.push({ code: "custom", message: "must be a UUID", input: text });
      return z.NEVER;
    }
  }),
);
