/**
 * The body of a call to an editor agent. As lenient as Encord's own Python library (a frame as `"7"`, a UUID without
 * dashes), with one difference: a missing frame reads as 0, as older documents of the contract allow.
 * What does not fit is refused with every fault and its place.
 */

import * as z from "zod/mini";

export interface FrameData {
  readonly projectHash: string;
  readonly dataHash: string;
  /** Counted from 0; 0 for a single image. */
  readonly frame: number;
  /** The objects that the annotator had selected; null when none were sent. */
  readonly objectHashes: readonly string[] | null;
}

export interface FrameDataFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const HEX_DIGITS = /^[0-9a-f]{32}$/;

/** Plain, without dashes, in braces, as `urn:uuid:`, in capitals: all become the usual 8-4-4-4-12 form. */
function normaliseUuid(text: string): string | null {
  const digits = text
    .toLowerCase()
    .replace(/^urn:uuid:/, "")
    .replace(/^\{(.*)\}$/, "$1")
    .replaceAll("-", "");
  if (!HEX_DIGITS.test(digits)) return null;
  return [8, 12, 16, 20, 32].map((end, i, ends) => digits.slice(ends[i - 1] ?? 0, end)).join("-");
}

const uuid = z.pipe(
  z.string("must be a UUID, as text"),
  z.transform((text, context) => {
    const value = normaliseUuid(text);
    if (value === null) context.issues.push({ code: "custom", message: "must be a UUID", input: text });
    return value ?? z.NEVER;
  }),
);

const frame = z.pipe(
  z.unknown(),
  z.transform((input, context) => {
    const value =
      input === undefined ? 0 : typeof input === "boolean" || isDigits(input) ? Number(input) : input;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
    context.issues.push({ code: "custom", message: "must be a whole number, 0 or more", input });
    return z.NEVER;
  }),
);

function isDigits(input: unknown): boolean {
  return typeof input === "string" && /^\s*\+?\d+\s*$/.test(input);
}

const schema = z.object(
  {
    projectHash: uuid,
    dataHash: uuid,
    frame: z.optional(frame),
    objectHashes: z.nullish(z.array(z.string("must be text"), "must be a list of object hashes")),
  },
  "must be a JSON object with projectHash, dataHash, frame and, optionally, objectHashes",
);

/** Reads the body of a call; unknown keys are ignored. */
export function parseFrameData(
  input: unknown,
):
  | { readonly ok: true; readonly value: FrameData }
  | { readonly ok: false; readonly faults: FrameDataFault[] } {
  const result = schema.safeParse(input);
  if (!result.success) {
    return {
      ok: false,
      faults: result.error.issues.map((issue) => ({
        path: issue.path.map((step) => (typeof step === "symbol" ? String(step) : step)),
        message: issue.message,
      })),
    };
  }
  const { projectHash, dataHash, objectHashes } = result.data;
  return {
    ok: true,
    value: { projectHash, dataHash, frame: result.data.frame ?? 0, objectHashes: objectHashes ?? null },
  };
}
