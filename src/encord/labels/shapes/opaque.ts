/** Segmentations of point clouds: their JSON is kept as it is, in both directions. */

import { LabelRowError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import { ANNOTATION_KEYS } from "../annotation-fields.ts";
import { fieldsBeside } from "../label-json.ts";
import type { ShapeCodec } from "./shape-codec.ts";

export const segmentation: ShapeCodec<"segmentation"> = {
  keys: [],
  read: (annotation) => ({ json: fieldsBeside(annotation, ANNOTATION_KEYS) ?? {} }),
  check(coordinates) {
    if (!isObject(coordinates) || !isObject(coordinates["json"])) {
      throw new LabelRowError("A segmentation is given as { json: the fields of Encord's JSON }.");
    }
  },
  write: ({ json }) => json,
  isCanonical: () => true,
};
