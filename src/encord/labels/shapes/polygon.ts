/**
 * Polygons are written twice: `polygon` holds the first ring of the first part, `polygons` everything (parts, rings, flat
 * numbers; the first ring of a part is its outline, the others are holes). When both are there and differ, `polygons`
 * wins.
 */

import { LabelRowError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import type { PolygonCoordinates, Ring } from "../coordinates.ts";
import { listOf } from "../label-json.ts";
import { checkPoints } from "./number-check.ts";
import { entriesInOrder, flatOfPoints, indexed, pointOf, pointsOfFlat } from "./point-list.ts";
import type { ShapeCodec } from "./shape-codec.ts";

export const polygon: ShapeCodec<"polygon"> = {
  keys: ["polygon", "polygons"],
  read(annotation) {
    const parts = annotation["polygons"] == null ? [] : listOf(annotation["polygons"], "polygons");
    if (parts.length > 0) {
      const polygons = parts.map((part) =>
        listOf(part, "a part of polygons").map((ring) => pointsOfFlat(ring, "a ring of polygons")),
      );
      return { values: polygons[0]?.[0] ?? [], polygons };
    }
    if (annotation["polygon"] == null)
      throw new LabelRowError("A polygon has neither `polygon` nor `polygons`.");
    const values = entriesInOrder(annotation["polygon"], "polygon").map(pointOf);
    if (values.length === 0)
      throw new LabelRowError("A polygon has neither points in `polygon` nor in `polygons`.");
    return { values, polygons: [[values]] };
  },
  check(coordinates) {
    const parts = partsOf(coordinates);
    if (!Array.isArray(parts) || parts.length === 0) {
      throw new LabelRowError(
        "A polygon is given as { values: points } or { polygons: parts of rings of points }.",
      );
    }
    for (const part of parts) {
      if (!Array.isArray(part) || part.length === 0)
        throw new LabelRowError("Each part of a polygon has at least one ring.");
      for (const ring of part) checkPoints("A ring of a polygon", ring, 1);
    }
  },
  write(coordinates) {
    const parts = partsOf(coordinates);
    return {
      polygon: indexed((parts[0]?.[0] ?? []).map(({ x, y }) => ({ x, y }))),
      polygons: parts.map((part) => part.map(flatOfPoints)),
    };
  },
  isCanonical(annotation) {
    const { polygon: map, polygons: parts } = annotation;
    if (!isObject(map) || !Array.isArray(parts)) return false;
    const ring: unknown = Array.isArray(parts[0]) ? parts[0][0] : undefined;
    if (!Array.isArray(ring)) return false;
    let count = 0;
    for (const key in map) {
      const point = map[key];
      if (
        !isObject(point) ||
        point["x"] !== ring[2 * Number(key)] ||
        point["y"] !== ring[2 * Number(key) + 1]
      )
        return false;
      count++;
    }
    return count * 2 === ring.length;
  },
};

function partsOf(coordinates: PolygonCoordinates): readonly (readonly Ring[])[] {
  if (coordinates.polygons !== undefined) return coordinates.polygons;
  return coordinates.values === undefined ? [] : [[coordinates.values]];
}
