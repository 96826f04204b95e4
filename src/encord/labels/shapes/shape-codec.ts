/** How the coordinates of one shape are read from an annotation's JSON, checked when a user gives them, and written. */

import type { JsonObject } from "../../json.ts";
import type { Shape } from "../../ontology/shape.ts";
import type { CoordinatesOf } from "../coordinates.ts";
import type { Fields } from "../label-json.ts";

export interface ShapeCodec<S extends Shape> {
  /** The keys of the annotation that hold the coordinates. */
  readonly keys: readonly string[];
  /**
   * @param annotation the object on a frame, with its other fields
   * @throws LabelRowError naming the field that is not as documented
   */
  read(annotation: Fields): CoordinatesOf<S>;
  /**
   * Checks that coordinates, wherever they come from, fit the shape.
   * @throws LabelRowError saying what is missing
   */
  check(coordinates: CoordinatesOf<S>): void;
  /** The fields to put on the annotation. */
  write(coordinates: CoordinatesOf<S>): JsonObject;
  /** Whether reading and writing would give exactly these fields, so that they can be kept. False when in doubt. */
  isCanonical(annotation: Fields): boolean;
}
