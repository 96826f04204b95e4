/** Boxes: `{"h", "w", "x", "y"}`, and `theta` for those that can be turned. */

import type { BoundingBoxCoordinates } from "../coordinates.ts";
import { type Fields, numberIn, objectOf } from "../label-json.ts";
import { checkNumbers } from "./number-check.ts";
import type { ShapeCodec } from "./shape-codec.ts";

export const boundingBox: ShapeCodec<"bounding_box"> = {
  keys: ["boundingBox"],
  read: (annotation) => readBox(objectOf(annotation["boundingBox"], "boundingBox")),
  check: (box) => checkNumbers("A bounding box", box, BOX_FIELDS),
  write: (box) => ({ boundingBox: writeBox(box) }),
  isCanonical: () => true,
};

export const rotatableBoundingBox: ShapeCodec<"rotatable_bounding_box"> = {
  keys: ["rotatableBoundingBox"],
  read(annotation) {
    const box = objectOf(annotation["rotatableBoundingBox"], "rotatableBoundingBox");
    return { ...readBox(box), theta: numberIn(box, "theta") };
  },
  check: (box) => checkNumbers("A rotatable bounding box", box, [...BOX_FIELDS, "theta"]),
  write: (box) => ({ rotatableBoundingBox: { ...writeBox(box), theta: box.theta } }),
  isCanonical: () => true,
};

const BOX_FIELDS = ["height", "width", "topLeftX", "topLeftY"];

function readBox(box: Fields): BoundingBoxCoordinates {
  return {
    height: numberIn(box, "h"),
    width: numberIn(box, "w"),
    topLeftX: numberIn(box, "x"),
    topLeftY: numberIn(box, "y"),
  };
}

function writeBox(box: BoundingBoxCoordinates) {
  return { h: box.height, w: box.width, x: box.topLeftX, y: box.topLeftY };
}
