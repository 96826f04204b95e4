/**
 * Where a drawn shape lies on a picture, as a box of whole pixels. Shapes are in relative numbers (0 to 1 of the picture's
 * size). Rounding is Encord's: a half is added to start and length, each by itself, and the fraction dropped, so that the far edge
 * may be one pixel off from rounding it directly. Then the box is cut as Python slices an array: it ends at the far edge, is empty
 * where nothing is left, and a negative start counts from the far edge (which leaves it empty in nearly all cases).
 */
import { MediaError } from "./errors.ts";

/** A picture's size in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Whole pixels inside a picture: `left <= x < right`, `top <= y < bottom`; empty when nothing is between. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** An upright box in relative numbers: its top left corner and its size. */
export interface RelativeBox {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** The same, turned clockwise about its centre by `theta` degrees (as seen on the screen, so in pixels). */
export interface RotatableBox extends RelativeBox {
  readonly theta: number;
}

/** A point in relative numbers. */
export interface RelativePoint {
  readonly x: number;
  readonly y: number;
}

/** A mask of its own size, row by row; every byte but 0 belongs to the shape. */
export interface Mask extends Size {
  readonly data: Uint8Array;
}

/**
 * The pixels of an upright box.
 *
 * @throws MediaError `invalid-argument` for coordinates that are not finite numbers; so do the other crops
 */
export function boxCrop(box: RelativeBox, size: Size): PixelBox {
  const [left, right] = slice(box.x, box.w, size.width);
  const [top, bottom] = slice(box.y, box.h, size.height);
  return { left, top, right, bottom };
}

/** The pixels of the upright box around a turned one. */
export function rotatableBoxCrop(box: RotatableBox, size: Size): PixelBox {
  return pointsCrop(rotatedCorners(box, size), size);
}

/** The corners of a turned box in relative numbers, clockwise from the one that was top left; in 32-bit arithmetic, as Encord's. */
export function rotatedCorners(box: RotatableBox, size: Size): RelativePoint[] {
  const f = Math.fround;
  const angle = (box.theta * Math.PI) / 180;
  const [cos, sin] = [f(Math.cos(angle)), f(Math.sin(angle))];
  const centreX = f((box.x + box.w / 2) * size.width);
  const centreY = f((box.y + box.h / 2) * size.height);
  const halfWidth = f((box.w * size.width) / 2);
  const halfHeight = f((box.h * size.height) / 2);
  return [
    [-halfWidth, -halfHeight],
    [halfWidth, -halfHeight],
    [halfWidth, halfHeight],
    [-halfWidth, halfHeight],
  ].map(([x = 0, y = 0]) => ({
    x: f(centreX + f(f(x * cos) - f(y * sin))) / size.width,
    y: f(centreY + f(f(x * sin) + f(y * cos))) / size.height,
  }));
}

/** The pixels of the upright box around a ring of points; without points it throws `invalid-argument`. */
export function polygonCrop(ring: readonly RelativePoint[], size: Size): PixelBox {
  if (ring.length === 0)
    throw new MediaError("invalid-argument", "A polygon without points has no place on a picture.");
  return pointsCrop(ring, size);
}

/** The pixels around the set part of a mask, which may have another size than the picture; an empty one throws `invalid-argument`. */
export function bitmaskCrop(mask: Mask, size: Size): PixelBox {
  const { width, height, data } = mask;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!data[y * width + x]) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  if (right === 0)
    throw new MediaError(
      "invalid-argument",
      "An empty bitmask has no place on a picture: no pixel of it is set.",
    );
  const box = { x: left / width, y: top / height, w: (right - left) / width, h: (bottom - top) / height };
  return boxCrop(box, size);
}

function pointsCrop(points: readonly RelativePoint[], size: Size): PixelBox {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return boxCrop({ x: left, y: top, w: right - left, h: bottom - top }, size);
}

/** `[from, to)` of a Python slice `from : from + length` over `size` elements, after Encord's rounding. */
function slice(start: number, length: number, size: number): [number, number] {
  if (!Number.isFinite(start) || !Number.isFinite(length)) {
    throw new MediaError(
      "invalid-argument",
      `A shape's coordinates must be finite numbers, got ${start} and ${length}.`,
    );
  }
  const from = Math.trunc(size * start + 0.5);
  const to = from + Math.trunc(size * length + 0.5);
  const first = bound(from, size);
  return [first, Math.max(first, bound(to, size))];
}

function bound(index: number, size: number): number {
  return index < 0 ? Math.max(0, size + index) : Math.min(index, size);
}
