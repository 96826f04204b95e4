/** The codec of every shape. */

import { isShape, type Shape } from "../../ontology/shape.ts";
import { boundingBox, rotatableBoundingBox } from "./box.ts";
import { circle, ellipse } from "./circle.ts";
import { cuboid, cuboid2D } from "./cuboid.ts";
import { bitmask } from "./mask.ts";
import { segmentation } from "./point-cloud.ts";
import { point, polyline, skeleton } from "./points.ts";
import { polygon } from "./polygon.ts";
import type { ShapeCodec } from "./shape-codec.ts";
import { audio, text, timeRange } from "./spans.ts";
import { unknownShape } from "./unknown-shape.ts";

const CODECS: { readonly [S in Shape]: ShapeCodec<S> } = {
  bounding_box: boundingBox,
  rotatable_bounding_box: rotatableBoundingBox,
  circle,
  ellipse,
  polygon,
  polyline,
  point,
  skeleton,
  bitmask,
  cuboid,
  cuboid_2d: cuboid2D,
  segmentation,
  audio,
  time_range: timeRange,
  text,
};

/** The codec of a shape; an unknown shape has one too, which keeps the coordinates as they came. */
export function codecOf<S extends Shape>(shape: S): ShapeCodec<S> {
  return isShape(shape) ? CODECS[shape] : (unknownShape as unknown as ShapeCodec<S>);
}
