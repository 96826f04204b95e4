/** Cuboids in space (`cuboid`) and drawn on an image (`cuboid_2d`, the only snake-case key in annotations). */

import { LabelRowError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import type { Fields } from "../label-json.ts";
import { listOf, numberIn, objectOf, wrong } from "../label-json.ts";
import { checkNumbers, checkPoints } from "./number-check.ts";
import { flatOfPoints, pointOf, pointsOfFlat } from "./point-list.ts";
import type { ShapeCodec } from "./shape-codec.ts";

export const cuboid: ShapeCodec<"cuboid"> = {
  keys: ["cuboid"],
  read(annotation) {
    const fields = objectOf(annotation["cuboid"], "cuboid");
    return {
      position: numbersIn(fields, "position"),
      orientation: numbersIn(fields, "orientation"),
      size: numbersIn(fields, "size"),
    };
  },
  check(coordinates) {
    for (const key of ["position", "orientation", "size"] as const) {
      const value: unknown = coordinates[key];
      if (!Array.isArray(value) || value.length < 3 || !value.every(Number.isFinite)) {
        throw new LabelRowError(`A cuboid has three numbers under "${key}".`);
      }
    }
  },
  write: ({ position, orientation, size }) => ({
    cuboid: { position: [...position], orientation: [...orientation], size: [...size] },
  }),
  isCanonical: () => false,
};

export const cuboid2D: ShapeCodec<"cuboid_2d"> = {
  keys: ["cuboid_2d"],
  read(annotation) {
    const fields = objectOf(annotation["cuboid_2d"], "cuboid_2d");
    const front = pointsOfFlat(fields["front"], "front");
    if (fields["vanishingPoint"] == null && fields["offset"] != null)
      return { front, offset: pointOf(objectOf(fields["offset"], "offset")) };
    return {
      front,
      vanishingPoint: pointOf(objectOf(fields["vanishingPoint"], "vanishingPoint")),
      scaleRatio: numberIn(fields, "scaleRatio"),
    };
  },
  check(coordinates) {
    checkPoints("The front of a 2D cuboid", isObject(coordinates) ? coordinates["front"] : undefined, 3);
    if (coordinates.offset !== undefined) {
      checkNumbers("The offset of a 2D cuboid", coordinates.offset, ["x", "y"]);
      return;
    }
    checkNumbers("The vanishing point of a 2D cuboid", coordinates.vanishingPoint, ["x", "y"]);
    checkNumbers("A 2D cuboid with a vanishing point", coordinates, ["scaleRatio"]);
  },
  write(coordinates) {
    const front = flatOfPoints(coordinates.front);
    if (coordinates.offset !== undefined) {
      return { cuboid_2d: { front, offset: { x: coordinates.offset.x, y: coordinates.offset.y } } };
    }
    const { vanishingPoint, scaleRatio } = coordinates;
    return { cuboid_2d: { front, vanishingPoint: { x: vanishingPoint.x, y: vanishingPoint.y }, scaleRatio } };
  },
  isCanonical: () => false,
};

function numbersIn(fields: Fields, key: string): number[] {
  return listOf(fields[key], key).map((value) => {
    if (typeof value === "number") return value;
    throw wrong(key, value, "a number");
  });
}
