/** Lists of points in JSON: a map from index to `{"x", "y"}` (sorted by number, not by text) or a plain list. */

import { isObject } from "../../json.ts";
import type { PointCoordinates } from "../coordinates.ts";
import type { Fields } from "../label-json.ts";
import { listOf, numberIn, objectOf, wrong } from "../label-json.ts";

/** The entries in order. */
export function entriesInOrder(value: unknown, what: string): Fields[] {
  if (Array.isArray(value)) return value.map((entry) => objectOf(entry, what));
  if (!isObject(value)) throw wrong(what, value, "a map or list of points");
  // Integer keys of a JavaScript object come in ascending order; any other key is not an index.
  return Object.entries(value).map(([key, entry]) => {
    if (!/^\d+$/.test(key)) throw wrong(`a key of ${what}`, key, "a number");
    return objectOf(entry, what);
  });
}

export function pointOf(entry: Fields): PointCoordinates {
  return { x: numberIn(entry, "x"), y: numberIn(entry, "y") };
}

/** Points as a map from index. */
export function indexed<Entry>(entries: readonly Entry[]): Record<string, Entry> {
  return Object.fromEntries(entries.entries());
}

/** `[x0, y0, x1, y1, ...]` as points. */
export function pointsOfFlat(value: unknown, what: string): PointCoordinates[] {
  const numbers = listOf(value, what);
  if (numbers.length % 2 !== 0) throw wrong(what, numbers.length, "an even count of numbers");
  const points: PointCoordinates[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    const x = numbers[i];
    const y = numbers[i + 1];
    if (typeof x !== "number" || typeof y !== "number") throw wrong(what, [x, y], "numbers");
    points.push({ x, y });
  }
  return points;
}

export function flatOfPoints(points: readonly PointCoordinates[]): number[] {
  return points.flatMap(({ x, y }) => [x, y]);
}
