/** Draws the objects of a label row on a frame, each with its name and in its color from the ontology. */

import {
  type BitmaskCoordinates,
  type BoundingBoxCoordinates,
  type CircleCoordinates,
  type Cuboid2DCoordinates,
  decodeBitmask,
  type EllipseCoordinates,
  type LabelRow,
  type ObjectAnnotation,
  type PointCoordinates,
  type PolygonCoordinates,
  type RotatableBoundingBoxCoordinates,
} from "../encord/index.ts";
import { type Frame, rotatedCorners } from "../media/index.ts";
import { Canvas, type Color, type Place } from "./canvas.ts";
import { GLYPH_HEIGHT, textDots, textWidth } from "./pixel-font.ts";

/** The thickness of lines as a share of the shorter side; at least one pixel. */
const THICKNESS = 1 / 150;
/** The size of a letter's dots as a share of the shorter side; at least one pixel. */
const DOT = 1 / 120;
/** Letters; longer names are cut off. */
const LONGEST_NAME = 16;
/** Straight lines that an ellipse is drawn with. */
const ELLIPSE_CORNERS = 64;

/**
 * Draws every shape that lies on a picture: bitmasks as a tint, all others as lines. What is newer than this client is left out.
 *
 * @param row initialised
 * @param emphasised hashes of objects to draw with lines twice as thick
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

/** The casts hold because the shape determines the coordinates. */
function drawAnnotation(canvas: Canvas, annotation: ObjectAnnotation, thickness: number): void {
  const { ontologyItem, coordinates } = annotation;
  const color = colorOf(ontologyItem.color);
  const place = ({ x, y }: PointCoordinates): Place => ({ x: x * canvas.width, y: y * canvas.height });
  const ring = (points: readonly PointCoordinates[], closed = true) => {
    const places = points.map(place);
    canvas.path(places, closed, thickness, color);
    const highest = places.reduce<Place | null>((a, b) => (a && a.y <= b.y ? a : b), null);
    if (highest) drawName(canvas, ontologyItem.name, highest, color);
  };
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
    case "circle": {
      const { radius, stretch = 1, ...circle } = coordinates as CircleCoordinates;
      const radiusY = (radius * stretch * canvas.width) / canvas.height;
      ring(ellipsePoints({ ...circle, radiusX: radius, radiusY }, canvas));
      break;
    }
    case "ellipse":
      ring(ellipsePoints(coordinates as EllipseCoordinates, canvas));
      break;
    case "cuboid_2d": {
      const { front } = coordinates as Cuboid2DCoordinates;
      const back = backFace(coordinates as Cuboid2DCoordinates);
      canvas.path(back.map(place), true, thickness, color);
      for (const [i, corner] of front.entries())
        canvas.path([corner, back[i] ?? corner].map(place), false, thickness, color);
      ring(front);
      break;
    }
    case "point":
      canvas.dot(place(coordinates as PointCoordinates), 5 * thickness, color);
      drawName(canvas, ontologyItem.name, place(coordinates as PointCoordinates), color);
      break;
    case "skeleton": {
      const { values } = coordinates as { readonly values: readonly PointCoordinates[] };
      for (const point of values) canvas.dot(place(point), 4 * thickness, color);
      break;
    }
    case "bitmask":
      tintMask(canvas, coordinates as BitmaskCoordinates, color, ontologyItem.name);
      break;
  }
}

/** The name on a background of the object's color: above the point, or below it if there is no room. */
function drawName(canvas: Canvas, name: string, { x, y }: Place, color: Color): void {
  const text = name.slice(0, LONGEST_NAME);
  const dot = Math.max(1, Math.round(Math.min(canvas.width, canvas.height) * DOT));
  const [width, height] = [(textWidth(text) + 2) * dot, (GLYPH_HEIGHT + 2) * dot];
  const left = Math.max(0, Math.min(Math.round(x), canvas.width - width));
  const top = Math.round(y) >= height ? Math.round(y) - height : Math.round(y);
  canvas.fill({ left, top, right: left + width, bottom: top + height }, color);
  const [red, green, blue] = color;
  // Black on light colors, white on dark ones.
  const ink: Color = 0.3 * red + 0.6 * green + 0.1 * blue > 140 ? [0, 0, 0] : [255, 255, 255];
  for (const at of textDots(text)) {
    const [dotLeft, dotTop] = [left + (at.x + 1) * dot, top + (at.y + 1) * dot];
    canvas.fill({ left: dotLeft, top: dotTop, right: dotLeft + dot, bottom: dotTop + dot }, ink);
  }
}

function corners(box: RotatableBoundingBoxCoordinates, size: Canvas): readonly PointCoordinates[] {
  const { topLeftX: x, topLeftY: y, width: w, height: h, theta } = box;
  return rotatedCorners({ x, y, w, h, theta }, size);
}

function ellipsePoints(ellipse: EllipseCoordinates, { width, height }: Canvas): readonly PointCoordinates[] {
  const { centerX, centerY, radiusX, radiusY, theta = 0 } = ellipse;
  const turn = (theta * Math.PI) / 180;
  return Array.from({ length: ELLIPSE_CORNERS }, (_, i) => {
    const angle = (2 * Math.PI * i) / ELLIPSE_CORNERS;
    // Turned in pixels: relative numbers are not square.
    const [x, y] = [Math.cos(angle) * radiusX * width, Math.sin(angle) * radiusY * height];
    return {
      x: centerX + (x * Math.cos(turn) - y * Math.sin(turn)) / width,
      y: centerY + (x * Math.sin(turn) + y * Math.cos(turn)) / height,
    };
  });
}

/** The corners of the face behind the front, in the order of the front's. */
function backFace(cuboid: Cuboid2DCoordinates): readonly PointCoordinates[] {
  if (cuboid.offset !== undefined) {
    const { x, y } = cuboid.offset;
    return cuboid.front.map((corner) => ({ x: corner.x + x, y: corner.y + y }));
  }
  const {
    vanishingPoint: { x, y },
    scaleRatio,
  } = cuboid;
  return cuboid.front.map((corner) => ({
    x: x + (corner.x - x) * scaleRatio,
    y: y + (corner.y - y) * scaleRatio,
  }));
}

/** The mask may differ from the image in size. */
function tintMask(canvas: Canvas, mask: BitmaskCoordinates, color: Color, name: string): void {
  const pixels = decodeBitmask(mask);
  const [across, down] = [mask.width / canvas.width, mask.height / canvas.height];
  canvas.tint((x, y) => pixels[Math.floor(y * down) * mask.width + Math.floor(x * across)] === 1, color);
  const first = pixels.indexOf(1);
  if (first < 0) return;
  const highest = { x: (first % mask.width) / across, y: Math.floor(first / mask.width) / down };
  drawName(canvas, name, highest, color);
}

/** `#D33115`; anything else is drawn in red. */
function colorOf(text: string): Color {
  const [, red, green, blue] = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text) ?? [];
  if (red === undefined || green === undefined || blue === undefined) return [255, 0, 0];
  return [red, green, blue].map((part) => Number.parseInt(part, 16)) as unknown as Color;
}
