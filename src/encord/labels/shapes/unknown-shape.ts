/**
 * Objects of a shape that this client does not know; an ontology with such a shape can be used all the same. All fields but
 * those that every annotation has are kept under `json`, go back as they came, and can be copied.
 */

import { LabelRowError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import { ANNOTATION_KEYS } from "../annotation-fields.ts";
import { fieldsBeside } from "../label-json.ts";
import type { ShapeCodec } from "./shape-codec.ts";

const COMMON_KEYS: ReadonlySet<string> = new Set([...ANNOTATION_KEYS, "classifications", "spaces"]);

/** Typed as a segmentation, the one known shape with coordinates of this form. */
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
