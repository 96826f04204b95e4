/** Answers as a broken server, a newer one, or a bad line would give them. */

import { isRecord, type Json, type JsonRecord } from "../conformance/trace.ts";
import type { Random } from "./random.ts";

/** Values that stand where another kind was expected. */
const STRANGERS: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -2147483649,
  9007199254740992,
  "",
  " ",
  "null",
  "NaN",
  "__proto__",
  "2025-13-45T99:99:99Z",
  "\u0000\ud800",
  "x".repeat(5000),
  [],
  {},
  [[]],
  [null],
  { "": {} },
  { constructor: { prototype: null } },
  // No primitive can be made of it: `String` throws.
  { toString: null, valueOf: 0 },
];

interface Place {
  readonly holder: JsonRecord | Json[];
  readonly key: string | number;
}

/** One to three changes at random places. The value given is not touched. */
export function mutated(value: Json, random: Random): Json {
  const copy = { root: structuredClone(value) };
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const places: Place[] = [];
    collect(copy, places);
    change(random.pick(places), random);
  }
  return copy.root;
}

function collect(holder: JsonRecord | Json[], places: Place[]): void {
  const entries = Array.isArray(holder) ? holder.entries() : Object.entries(holder);
  for (const [key, value] of entries) {
    places.push({ holder, key });
    if (Array.isArray(value) || isRecord(value)) collect(value, places);
  }
}

function change({ holder, key }: Place, random: Random): void {
  const fields = holder as Record<string | number, Json>;
  const value = fields[key] as Json;
  switch (random.below(7)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else if (key !== "root") delete holder[key];
      return;
    case 1:
      fields[key] = null;
      return;
    case 2:
      if (Array.isArray(value) && value.length > 0) {
        value.push(structuredClone(random.pick(value)));
        return;
      }
      break;
    case 3:
      if (typeof value === "number") {
        fields[key] = random.pick([-value, value + 1, value * 1e9, value / 3]);
        return;
      }
      if (typeof value === "string" && value.length > 0) {
        const at = random.below(value.length);
        fields[key] = value.slice(0, at) + String.fromCharCode(random.below(0x3000)) + value.slice(at + 1);
        return;
      }
      break;
    case 4:
      if (isRecord(holder) && key !== "root") {
        holder[random.pick(["__proto__x", "toString", "extra", String(key).toUpperCase()])] = value;
        if (random.chance(0.5)) delete holder[key];
        return;
      }
      break;
    case 5:
      if (Array.isArray(value)) {
        value.reverse();
        return;
      }
      break;
  }
  fields[key] = structuredClone(random.pick(STRANGERS));
}

/** A whole answer: mostly status 200 with the value, sometimes what a proxy or a bad line makes of it. */
export function unreliable(value: Json, random: Random): Response {
  const text = JSON.stringify(value);
  if (random.chance(0.8)) return new Response(text);
  const headers = random.chance(0.5)
    ? {
        "Retry-After": random.pick([
          "0",
          "7",
          "1.5",
          "soon",
          "-1",
          "99999999999",
          "Sun, 01 Jun 2025 12:00:20 GMT",
        ]),
      }
    : {};
  const status = random.pick([
    200, 201, 204, 302, 400, 401, 403, 404, 405, 409, 413, 418, 422, 429, 500, 502, 503, 504,
  ]);
  const body = random.pick([
    text,
    text.slice(0, random.below(text.length)),
    "",
    "<html><body>502 Bad Gateway</body></html>",
    "\ufeff{}",
    "[".repeat(2000),
    '{"message": {"nested": [1]}}',
    '{"detail": [{"loc": ["body"], "msg": "field required"}]}',
    '{"status": 400, "response": ["SOMETHING_NEW"], "payload": {"x": 1}}',
    '{"status": "200", "response": []}',
    '{"response": null}',
    "null",
    '"text"',
  ]);
  return new Response(status === 204 ? null : body, { status, headers });
}

/** The first place where a value holds `undefined`, or a number that is none; null when it is sound. */
export function unsound(value: unknown, at = "$", seen = new Set<unknown>()): string | null {
  if (value === undefined) return `${at} is undefined`;
  if (typeof value === "number") return Number.isNaN(value) ? `${at} is not a number` : null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? `${at} is an invalid time` : null;
  if (typeof value !== "object" || value === null || seen.has(value)) return null;
  seen.add(value);
  for (const [key, each] of Object.entries(value)) {
    const found = unsound(each, `${at}.${key}`, seen);
    if (found !== null) return found;
  }
  return null;
}
