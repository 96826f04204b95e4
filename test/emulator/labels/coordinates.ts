/** Checks that an object on a frame has the coordinates of its shape. */

import type { JsonObject } from "../state/documents.ts";

export interface FrameSize {
  readonly width: number | null;
  readonly height: number | null;
}

/** @returns what is wrong, or null */
export function checkCoordinates(object: JsonObject, shape: string, size: FrameSize): string | null {
  if (STRETCHES.has(shape)) return `the shape ${shape} has no place on a frame`;
  const [key, check] = CHECKS[shape] ?? [];
  // A shape that the emulator does not know; Encord would know its coordinates.
  if (key === undefined || check === undefined) return null;
  const value = object[key];
  return value === undefined || value === null ? `${key} is missing` : check(value, size);
}

/** Shapes for data without frames; their ranges are kept among the answers. */
const STRETCHES: ReadonlySet<string> = new Set(["audio", "text", "time_range"]);

type Check = (value: unknown, size: FrameSize) => string | null;

const POINTS: Check = (value) => {
  const points = Array.isArray(value) ? value : Object.values(isObject(value) ? value : {});
  if (points.length === 0) return "there are no points";
  return points.every((point) => hasNumbers(point, ["x", "y"])) ? null : "a point is not a pair of numbers";
};

const CHECKS: Readonly<Record<string, readonly [key: string, check: Check]>> = {
  bounding_box: ["boundingBox", (value) => wantNumbers(value, ["h", "w", "x", "y"])],
  rotatable_bounding_box: [
    "rotatableBoundingBox",
    (value) => wantNumbers(value, ["h", "w", "x", "y", "theta"]),
  ],
  circle: ["circle", (value) => wantNumbers(value, ["x", "y", "r"])],
  ellipse: ["ellipse", (value) => wantNumbers(value, ["x", "y", "rx", "ry"])],
  polygon: ["polygon", POINTS],
  polyline: ["polyline", POINTS],
  point: ["point", POINTS],
  skeleton: ["skeleton", POINTS],
  bitmask: ["bitmask", bitmask],
  cuboid: ["cuboid", (value) => wantLists(value, ["position", "orientation", "size"])],
  cuboid_2d: ["cuboid_2d", (value) => wantLists(value, ["front"])],
  segmentation: ["segmentation", () => null],
};

function bitmask(value: unknown, size: FrameSize): string | null {
  if (!isObject(value) || typeof value.rleString !== "string") return "the bitmask has no rleString";
  const { width, height } = value;
  if (size.width === null || size.height === null || size.width === 0) return null;
  if (width === size.width && height === size.height) return null;
  return `the bitmask is ${width} x ${height}, the frame ${size.width} x ${size.height}`;
}

function wantNumbers(value: unknown, names: readonly string[]): string | null {
  return hasNumbers(value, names) ? null : `it needs the numbers ${names.join(", ")}`;
}

function hasNumbers(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => Number.isFinite(value[name]));
}

function wantLists(value: unknown, names: readonly string[]): string | null {
  const isNumbers = (list: unknown) => Array.isArray(list) && list.every((each) => Number.isFinite(each));
  return isObject(value) && names.every((name) => isNumbers(value[name]))
    ? null
    : `it needs lists of numbers: ${names.join(", ")}`;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
