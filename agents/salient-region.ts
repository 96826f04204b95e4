/**
 * A small model that needs no service: what cannot be reached from the border of an image without crossing an edge stands out,
 * and the largest such region is taken. Good enough for things on a plain background, and a place for a detector of your own.
 */

import type { Frame } from "encord-edge-agents/media";
import { boundsOf, connectedRegions } from "./connected-regions.ts";

/** Something that stands out; its box is in pixels. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** One byte per pixel of the image, row by row: 1 in the region. */
  readonly mask: Uint8Array;
  /** From 0 to 1: how much of its box the region fills. */
  readonly confidence: number;
}

/** Smaller regions are noise: a share of all pixels. */
const LEAST_AREA = 0.002;
/** Between neighbouring pixels, a larger difference in red, green or blue is an edge. */
const LARGEST_STEP = 16;

/** Null when nothing stands out. */
export function salientRegion(frame: Frame): Region | null {
  const { width, height } = frame;
  const background = reachedFromBorder(frame);
  const marks = background.map((reached) => 1 - reached);
  const regions = connectedRegions(marks, width, LEAST_AREA * width * height);
  const largest = regions.reduce((a, b) => (b.length > a.length ? b : a), []);
  if (largest.length === 0) return null;
  const mask = new Uint8Array(width * height);
  for (const pixel of largest) mask[pixel] = 1;
  const bounds = boundsOf(largest, width);
  return { ...bounds, mask, confidence: largest.length / (bounds.width * bounds.height) };
}

/** One byte per pixel: 1 for those that can be reached from the border without crossing an edge. */
function reachedFromBorder({ width, height, data }: Frame): Uint8Array {
  const reached = new Uint8Array(width * height);
  const queue: number[] = [];
  const reach = (pixel: number) => {
    if (reached[pixel]) return;
    reached[pixel] = 1;
    queue.push(pixel);
  };
  for (let x = 0; x < width; x++) for (const y of [0, height - 1]) reach(y * width + x);
  for (let y = 0; y < height; y++) for (const x of [0, width - 1]) reach(y * width + x);
  const step = (a: number, b: number) => {
    const apart = (i: number) => Math.abs((data[a * 3 + i] ?? 0) - (data[b * 3 + i] ?? 0));
    return Math.max(apart(0), apart(1), apart(2));
  };
  for (let next = 0; next < queue.length; next++) {
    const pixel = queue[next] ?? 0;
    const x = pixel % width;
    if (x > 0 && step(pixel, pixel - 1) <= LARGEST_STEP) reach(pixel - 1);
    if (x < width - 1 && step(pixel, pixel + 1) <= LARGEST_STEP) reach(pixel + 1);
    if (pixel >= width && step(pixel, pixel - width) <= LARGEST_STEP) reach(pixel - width);
    if (pixel + width < reached.length && step(pixel, pixel + width) <= LARGEST_STEP) reach(pixel + width);
  }
  return reached;
}
