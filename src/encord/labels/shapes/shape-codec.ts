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
   * Whether coordinates that came from anywhere fit the shape.
   * @throws LabelRowError saying what is missing
   */
  check(coordinates: CoordinatesOf<S>): void;
  /** The fields to put on the annotation. */
  write(coordinates: CoordinatesOf<S>): JsonObject;
  /** Whether writing what was read would give these very fields, so that they can be kept. May say no when in doubt. */
  isCanonical(annotation: Fields): boolean;
}
