/** How much two boxes overlap. */

interface Box {
  readonly topLeftX: number;
  readonly topLeftY: number;
  readonly width: number;
  readonly height: number;
}

/** Intersection over union: 0 for boxes that do not touch, 1 for equal ones. */
export function overlapOf(a: Box, b: Box): number {
  const width = Math.min(a.topLeftX + a.width, b.topLeftX + b.width) - Math.max(a.topLeftX, b.topLeftX);
  const height = Math.min(a.topLeftY + a.height, b.topLeftY + b.height) - Math.max(a.topLeftY, b.topLeftY);
  const shared = Math.max(0, width) * Math.max(0, height);
  return shared / (a.width * a.height + b.width * b.height - shared);
}
