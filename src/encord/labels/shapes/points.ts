/** Shapes made of single points: polyline, point and skeleton, each a map from index to point. */

import { LabelRowError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import type { SkeletonCoordinate, SpatialPointCoordinates, Visibility } from "../coordinates.ts";
import { type Fields, numberIn, optionalTextIn, textIn, wrong } from "../label-json.ts";
import { checkNumbers, checkPoints } from "./number-check.ts";
import { entriesInOrder, indexed, pointOf } from "./point-list.ts";
import type { ShapeCodec } from "./shape-codec.ts";

export const polyline: ShapeCodec<"polyline"> = {
  keys: ["polyline"],
  read: (annotation) => ({ values: entriesInOrder(annotation["polyline"], "polyline").map(spatialPointOf) }),
  check({ values }) {
    checkPoints("A polyline", values, 1);
    const withZ = values.filter((point) => "z" in point).length;
    if (withZ !== 0 && withZ !== values.length) {
      throw new LabelRowError(
        `A polyline has a z on all its points or on none; ${withZ} of ${values.length} have one.`,
      );
    }
    if (withZ > 0) for (const point of values) checkNumbers("A point of a polyline in space", point, ["z"]);
  },
  write: ({ values }) => ({ polyline: indexed(values.map(writePoint)) }),
  isCanonical: () => false,
};

export const point: ShapeCodec<"point"> = {
  keys: ["point"],
  read(annotation) {
    const [only, ...more] = entriesInOrder(annotation["point"], "point");
    if (!only || more.length > 0) throw wrong("point", annotation["point"], "exactly one point");
    return spatialPointOf(only);
  },
  check(coordinates) {
    checkNumbers("A point", coordinates, "z" in coordinates ? ["x", "y", "z"] : ["x", "y"]);
  },
  write: (coordinates) => ({ point: { "0": writePoint(coordinates) } }),
  isCanonical: () => false,
};

export const skeleton: ShapeCodec<"skeleton"> = {
  keys: ["skeleton"],
  read: (annotation) => ({
    values: entriesInOrder(annotation["skeleton"], "skeleton").map(readSkeletonPoint),
  }),
  check(coordinates) {
    checkPoints("A skeleton", isObject(coordinates) ? coordinates["values"] : undefined, 1);
    for (const each of coordinates.values) {
      if (typeof each.name !== "string") throw new LabelRowError("Each point of a skeleton has a name.");
      if (each.visibility !== undefined && !isVisibility(each.visibility)) {
        throw wrong(`The visibility of "${each.name}"`, each.visibility, `one of ${VISIBILITIES.join(", ")}`);
      }
    }
  },
  write: ({ values }) => ({ skeleton: indexed(values.map(writeSkeletonPoint)) }),
  isCanonical: () => false,
};

/** In the order in which older labels' flags are looked up. */
const VISIBILITIES: readonly Visibility[] = ["invisible", "occluded", "selfOccluded", "visible"];

function isVisibility(value: unknown): value is Visibility {
  return (VISIBILITIES as readonly unknown[]).includes(value);
}

function spatialPointOf(entry: Fields): SpatialPointCoordinates {
  return entry["z"] == null ? pointOf(entry) : { ...pointOf(entry), z: numberIn(entry, "z") };
}

function writePoint({ x, y, z }: SpatialPointCoordinates) {
  return z === undefined ? { x, y } : { x, y, z };
}

function readSkeletonPoint(entry: Fields): SkeletonCoordinate {
  const color = optionalTextIn(entry, "color");
  const featureHash = optionalTextIn(entry, "featureHash") ?? optionalTextIn(entry, "feature_hash");
  const value = optionalTextIn(entry, "value");
  const visibility = visibilityOf(entry);
  return {
    ...pointOf(entry),
    name: textIn(entry, "name"),
    ...(color === null ? {} : { color }),
    ...(featureHash === null ? {} : { featureHash }),
    ...(value === null ? {} : { value }),
    ...(visibility === null ? {} : { visibility }),
  };
}

/** `visibility`, or the flag of that name in older labels, which wins. */
function visibilityOf(entry: Fields): Visibility | null {
  const named = entry["visibility"];
  if (named != null && !isVisibility(named)) {
    throw wrong("visibility", named, `one of ${VISIBILITIES.join(", ")}`);
  }
  return VISIBILITIES.find((flag) => entry[flag] === true) ?? named ?? null;
}

function writeSkeletonPoint({ x, y, name, color, featureHash, value, visibility }: SkeletonCoordinate) {
  return {
    x,
    y,
    name,
    ...(color === undefined ? {} : { color }),
    ...(featureHash === undefined ? {} : { featureHash }),
    ...(value === undefined ? {} : { value }),
    ...(visibility === undefined ? {} : { visibility }),
  };
}
