/** Numbers from users must be finite: NaN and Infinity would silently become null in JSON. */

import { LabelRowError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import type { PointCoordinates } from "../coordinates.ts";

/** @throws LabelRowError unless all these fields hold finite numbers */
export function checkNumbers(what: string, coordinates: unknown, fields: readonly string[]): void {
  for (const field of fields) {
    const value = isObject(coordinates) ? coordinates[field] : undefined;
    if (typeof value !== "number" || !Number.isFinite(value)) {
      const isShort = typeof value === "number" || typeof value === "string" || value === null;
      const shown = value === undefined ? "missing" : isShort ? String(value) : `of the type ${typeof value}`;
      throw new LabelRowError(`${what} has the numbers ${fields.join(", ")}; "${field}" is ${shown}.`);
    }
  }
}

/** @throws LabelRowError unless it is a list of at least `atLeast` points with finite numbers */
export function checkPoints(
  what: string,
  points: unknown,
  atLeast: number,
): asserts points is PointCoordinates[] {
  if (!Array.isArray(points) || points.length < atLeast) {
    throw new LabelRowError(
      `${what} is a list of at least ${atLeast} ${atLeast === 1 ? "point" : "points"} { x, y }; ` +
        `${Array.isArray(points) ? `${points.length} were given` : "no list was given"}.`,
    );
  }
  for (const point of points) checkNumbers(`Each point of ${what.toLowerCase()}`, point, ["x", "y"]);
}
