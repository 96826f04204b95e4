/**
 * A small model that needs no service: finds the largest region of a picture that does not look like its border. Good enough
 * for an object on a plain background, and a place to put a detector of your own.
 */

import type { Frame } from "encord-edge-agents/media";
import { boundsOf, connectedRegions } from "./connected-regions.ts";

export interface Region {
  /** Pixels; both ends of a side lie in the picture. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** One byte per pixel of the picture, row by row: 1 in the region. */
  readonly mask: Uint8Array;
  /** From 0 to 1: how unlike the border it is. */
  readonly confidence: number;
}

/** Smaller regions are noise: a part of all pixels. */
const LEAST_AREA = 0.002;
/** How far a color is from the border's to be another: the largest difference of red, green and blue. */
const LEAST_DIFFERENCE = 40;

/** Null when nothing stands out. */
export function salientRegion(frame: Frame): Region | null {
  const { width, height } = frame;
  const border = borderColor(frame);
  const differences = new Uint8Array(width * height);
  for (let i = 0; i < differences.length; i++) {
    const from = (red: number) => Math.abs((frame.data[i * 3 + red] ?? 0) - (border[red] ?? 0));
    differences[i] = Math.max(from(0), from(1), from(2));
  }
  const marks = differences.map((each) => (each < LEAST_DIFFERENCE ? 0 : each));
  const regions = connectedRegions(marks, width, LEAST_AREA * width * height);
  const largest = regions.reduce((a, b) => (b.length > a.length ? b : a), []);
  if (largest.length === 0) return null;
  const mask = new Uint8Array(width * height);
  let sum = 0;
  for (const pixel of largest) {
    sum += differences[pixel] ?? 0;
    mask[pixel] = 1;
  }
  const confidence = Math.min(1, sum / largest.length / 255);
  return { ...boundsOf(largest, width), mask, confidence };
}

/** The mean color of the outermost pixels. */
function borderColor({ width, height, data }: Frame): readonly number[] {
  const sums = [0, 0, 0];
  let count = 0;
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1);
    for (let x = 0; x < width; x += step) {
      for (let i = 0; i < 3; i++) sums[i] = (sums[i] ?? 0) + (data[(y * width + x) * 3 + i] ?? 0);
      count++;
    }
  }
  return sums.map((sum) => sum / count);
}
