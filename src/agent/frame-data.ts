/**
 * The body of a call to an editor agent. As lenient as Encord's own Python library (a frame as `"7"`, a UUID without
 * dashes), with one difference: a missing frame reads as 0, as older documents of the contract allow.
 * A body that does not fit is refused with its faults and their places, at most 20 of them.
 */

import { isObject, tryToRead, uuid as uuidReader } from "../encord/json.ts";

/** What an editor agent is called on. */
export interface FrameData {
  readonly projectHash: string;
  readonly dataHash: string;
  /** Counted from 0; 0 for a single image. */
  readonly frame: number;
  /** Hashes of the objects that the annotator had selected; null when none were sent. */
  readonly objectHashes: readonly string[] | null;
}

export interface FrameDataFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A list of a million wrong hashes must not become an answer of a million lines. */
const MOST_FAULTS = 20;

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
  /** Notes a fault; the stand-in for the value is never used. */
  const wrong = <T>(message: string, standIn: T, ...path: (string | number)[]): T => {
    if (faults.length < MOST_FAULTS) faults.push({ path, message });
    return standIn;
  };
  const uuid = (key: "projectHash" | "dataHash"): string => {
    const text = input[key];
    if (typeof text !== "string") return wrong("must be a UUID, as text", "", key);
    const reading = tryToRead(uuidReader, text);
    return reading.ok ? reading.value : wrong(reading.message, "", key);
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
