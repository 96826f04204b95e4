/** Circles and ellipses: `circle`, `{"x", "y", "r", "stretch", "theta"}`, and `ellipse`, `{"x", "y", "rx", "ry", "theta"}`. */

import { numberIn, objectOf, optionalNumberIn } from "../label-json.ts";
import { checkNumbers } from "./number-check.ts";
import type { ShapeCodec } from "./shape-codec.ts";

export const circle: ShapeCodec<"circle"> = {
  keys: ["circle"],
  read(annotation) {
    const fields = objectOf(annotation["circle"], "circle");
    return {
      centerX: numberIn(fields, "x"),
      centerY: numberIn(fields, "y"),
      radius: numberIn(fields, "r"),
      stretch: optionalNumberIn(fields, "stretch") ?? 1,
      theta: optionalNumberIn(fields, "theta") ?? 0,
    };
  },
  check: (given) =>
    checkNumbers("A circle", { stretch: 1, theta: 0, ...given }, [
      "centerX",
      "centerY",
      "radius",
      "stretch",
      "theta",
    ]),
  write: ({ centerX, centerY, radius, stretch = 1, theta = 0 }) => ({
    circle: { x: centerX, y: centerY, r: radius, stretch, theta },
  }),
  isCanonical: () => false,
};

export const ellipse: ShapeCodec<"ellipse"> = {
  keys: ["ellipse"],
  read(annotation) {
    const fields = objectOf(annotation["ellipse"], "ellipse");
    return {
      centerX: numberIn(fields, "x"),
      centerY: numberIn(fields, "y"),
      radiusX: numberIn(fields, "rx"),
      radiusY: numberIn(fields, "ry"),
      theta: optionalNumberIn(fields, "theta") ?? 0,
    };
  },
  check: (given) =>
    checkNumbers("An ellipse", { theta: 0, ...given }, ["centerX", "centerY", "radiusX", "radiusY", "theta"]),
  write: ({ centerX, centerY, radiusX, radiusY, theta = 0 }) => ({
    ellipse: { x: centerX, y: centerY, rx: radiusX, ry: radiusY, theta },
  }),
  isCanonical: () => false,
};
