/** A frame with the objects of a label row drawn on it, each in the color that the ontology gives it. */

import {
  type BitmaskCoordinates,
  type BoundingBoxCoordinates,
  decodeBitmask,
  type LabelRow,
  type ObjectAnnotation,
  type PointCoordinates,
  type PolygonCoordinates,
  type RotatableBoundingBoxCoordinates,
} from "../encord/index.ts";
import { type Frame, rotatedCorners } from "../media/index.ts";
import { Canvas, type Color, type Place } from "./canvas.ts";

/** Lines are as thick as this part of the shorter side, at least one pixel. */
const THICKNESS = 1 / 150;

/**
 * Draws boxes, polygons, lines, points and skeletons as lines, and tints bitmasks. Shapes that are not on pictures (sound,
 * text, cuboids in space) are left out.
 *
 * @param row with its labels
 * @param emphasised hashes of objects whose lines are twice as thick
 */
export function drawLabels(frame: Frame, row: LabelRow, emphasised: ReadonlySet<string> = new Set()): Frame {
  const canvas = new Canvas(frame);
  const thickness = Math.max(1, Math.round(Math.min(frame.width, frame.height) * THICKNESS));
  for (const object of row.getObjectInstances({ filterFrames: frame.frame })) {
    const own = emphasised.has(object.objectHash) ? 2 * thickness : thickness;
    drawAnnotation(canvas, object.getAnnotation(frame.frame), own);
  }
  return canvas.toFrame();
}

/** The shape of an annotation tells its coordinates. */
function drawAnnotation(canvas: Canvas, annotation: ObjectAnnotation, thickness: number): void {
  const { ontologyItem, coordinates } = annotation;
  const color = colorOf(ontologyItem.color);
  const place = ({ x, y }: PointCoordinates): Place => ({ x: x * canvas.width, y: y * canvas.height });
  const ring = (points: readonly PointCoordinates[], closed = true) =>
    canvas.path(points.map(place), closed, thickness, color);
  switch (ontologyItem.shape) {
    case "bounding_box":
      ring(corners({ ...(coordinates as BoundingBoxCoordinates), theta: 0 }, canvas));
      break;
    case "rotatable_bounding_box":
      ring(corners(coordinates as RotatableBoundingBoxCoordinates, canvas));
      break;
    case "polygon": {
      const { polygons, values } = coordinates as PolygonCoordinates;
      for (const part of polygons ?? [[values ?? []]]) for (const points of part) ring(points);
      break;
    }
    case "polyline":
      ring((coordinates as { readonly values: readonly PointCoordinates[] }).values, false);
      break;
    case "point":
      canvas.dot(place(coordinates as PointCoordinates), 5 * thickness, color);
      break;
    case "skeleton": {
      const { values } = coordinates as { readonly values: readonly PointCoordinates[] };
      for (const point of values) canvas.dot(place(point), 4 * thickness, color);
      break;
    }
    case "bitmask":
      tintMask(canvas, coordinates as BitmaskCoordinates, color);
      break;
  }
}

function corners(box: RotatableBoundingBoxCoordinates, size: Canvas): readonly PointCoordinates[] {
  const { topLeftX: x, topLeftY: y, width: w, height: h, theta } = box;
  return rotatedCorners({ x, y, w, h, theta }, size);
}

/** A mask may have another size than the picture. */
function tintMask(canvas: Canvas, mask: BitmaskCoordinates, color: Color): void {
  const pixels = decodeBitmask(mask);
  const [across, down] = [mask.width / canvas.width, mask.height / canvas.height];
  canvas.tint((x, y) => pixels[Math.floor(y * down) * mask.width + Math.floor(x * across)] === 1, color);
}

/** `#D33115`; anything else is drawn in red. */
function colorOf(text: string): Color {
  const [, red, green, blue] = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text) ?? [];
  if (red === undefined || green === undefined || blue === undefined) return [255, 0, 0];
  return [red, green, blue].map((part) => Number.parseInt(part, 16)) as unknown as Color;
}
