/**
 * Segmentations of point clouds: `segmentation` is the run-length text of bitmasks, over the numbers of the points, without
 * the last run of points outside. Any other form is kept as it is, in both directions.
 */

import { LabelRowError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import { ANNOTATION_KEYS } from "../annotation-fields.ts";
import { packRuns, unpackRuns } from "../bitmask.ts";
import { fieldsBeside } from "../label-json.ts";
import { type RangePair, Ranges } from "../ranges.ts";
import type { ShapeCodec } from "./shape-codec.ts";
import { pairsOf } from "./spans.ts";

export const segmentation: ShapeCodec<"segmentation"> = {
  keys: ["segmentation"],
  read(annotation) {
    const text = annotation["segmentation"];
    return typeof text === "string"
      ? { points: pointsOf(text) }
      : { json: fieldsBeside(annotation, ANNOTATION_KEYS) ?? {} };
  },
  check(coordinates) {
    if (isObject(coordinates) && isObject(coordinates["json"])) return;
    const points = isObject(coordinates) ? coordinates["points"] : undefined;
    if (!Array.isArray(points) || points.length === 0) {
      throw new LabelRowError(
        "A segmentation is given as { points: [[first, last], ...] }, numbers of points.",
      );
    }
    pairsOf(points, "points");
  },
  write(coordinates) {
    if (coordinates.points === undefined) return coordinates.json;
    const runs: number[] = [];
    let next = 0;
    for (const [first, last] of new Ranges(coordinates.points).pairs()) {
      runs.push(first - next, last - first + 1);
      next = last + 1;
    }
    return { segmentation: packRuns(runs) };
  },
  isCanonical: () => true,
};

function pointsOf(text: string): RangePair[] {
  const pairs: RangePair[] = [];
  let next = 0;
  for (const [i, run] of readRuns(text).entries()) {
    if (run < 0) throw new LabelRowError("segmentation holds a run of negative length.");
    if (i % 2 === 1 && run > 0) pairs.push([next, next + run - 1]);
    next += run;
  }
  return pairs;
}

function readRuns(text: string): number[] {
  try {
    return unpackRuns(text);
  } catch (cause) {
    throw new LabelRowError("segmentation is not a run-length text.", { cause });
  }
}
