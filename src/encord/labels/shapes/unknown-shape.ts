/**
 * Objects of a shape that is newer than this client: an ontology that has one can be used all the same. Whatever stands
 * beside the fields that every annotation has is kept under `json`, goes back as it came, and can be copied.
 */

import { LabelRowError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import { ANNOTATION_KEYS } from "../annotation-fields.ts";
import { fieldsBeside } from "../label-json.ts";
import type { ShapeCodec } from "./shape-codec.ts";

const COMMON_KEYS: ReadonlySet<string> = new Set([...ANNOTATION_KEYS, "classifications", "spaces"]);

/** Segmentations are the shape that may have such coordinates by right. */
export const unknownShape: ShapeCodec<"segmentation"> = {
  keys: [],
  read: (annotation) => ({ json: fieldsBeside(annotation, COMMON_KEYS) ?? {} }),
  check(coordinates) {
    if (isObject(coordinates) && isObject(coordinates["json"])) return;
    throw new LabelRowError(
      "This client does not know the object's shape; its coordinates are given as { json }, in the form of Encord's labels.",
    );
  },
  write: ({ json = {} }) => json,
  isCanonical: () => true,
};
