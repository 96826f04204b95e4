/**
 * The body of a call to an editor agent. As lenient as Encord's own Python library (a frame as `"7"`, a UUID without
 * dashes), with one difference: a missing frame reads as 0, as older documents of the contract allow.
 * What does not fit is refused with its faults and their places, the first ones of very many.
 */

import { isObject } from "../encord/json.ts";

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

/** A list of a million wrong hashes must not become an answer of a million lines. */
const MOST_FAULTS = 20;

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

/** Reads the body of a call; unknown keys are ignored. */
export function parseFrameData(
  input: unknown,
):
  | { readonly ok: true; readonly value: FrameData }
  | { readonly ok: false; readonly faults: FrameDataFault[] } {
  if (!isObject(input)) {
    const message = "must be a JSON object with projectHash, dataHash, frame and, optionally, objectHashes";
    return { ok: false, faults: [{ path: [], message }] };
  }
  const faults: FrameDataFault[] = [];
  /** Notes a fault; what stands in for the value is never used. */
  const wrong = <T>(message: string, standIn: T, ...path: (string | number)[]): T => {
    if (faults.length < MOST_FAULTS) faults.push({ path, message });
    return standIn;
  };
  const uuid = (key: "projectHash" | "dataHash"): string => {
    const text = input[key];
    if (typeof text !== "string") return wrong("must be a UUID, as text", "", key);
    return normaliseUuid(text) ?? wrong("must be a UUID", "", key);
  };
  const value = {
    projectHash: uuid("projectHash"),
    dataHash: uuid("dataHash"),
    frame: readFrame(input.frame) ?? wrong("must be a whole number, 0 or more", 0, "frame"),
    objectHashes: null as readonly string[] | null,
  };
  const hashes = input.objectHashes ?? null;
  if (Array.isArray(hashes)) {
    for (const [i, hash] of hashes.entries())
      if (typeof hash !== "string") wrong("must be text", null, "objectHashes", i);
    value.objectHashes = hashes;
  } else if (hashes !== null) wrong("must be a list of object hashes", null, "objectHashes");
  return faults.length === 0 ? { ok: true, value } : { ok: false, faults };
}

function readFrame(input: unknown): number | null {
  if (input === undefined) return 0;
  const value = typeof input === "boolean" || isDigits(input) ? Number(input) : input;
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : null;
}

function isDigits(input: unknown): boolean {
  return typeof input === "string" && /^\s*\+?\d+\s*$/.test(input);
}
