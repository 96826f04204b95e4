/**
 * The measurement behind `image-quality-gate` and `frame-quality`: how sharp, how well exposed and how large an image is.
 * Change the limits with the Worker's variables (`vars` in wrangler.jsonc), or put a measurement of your own here.
 */

import { dependency, type Resolved, singleFrame, variable } from "encord-edge-agents";
import type { Frame } from "encord-edge-agents/media";

export type Verdict = "Good" | "Needs attention" | "Reject";

/** What was measured, and what follows from it. */
export interface Quality {
  readonly verdict: Verdict;
  /** Variance of the Laplacian of the gray image (4-neighbour kernel, levels squared): low means blurred. */
  readonly sharpness: number;
  /** Mean gray level, 0 (black) to 255 (white). */
  readonly brightness: number;
  /** Share of pixels that are nearly black or nearly white, 0 to 1. */
  readonly clipped: number;
  /** What is wrong, for people; empty when nothing is. */
  readonly notes: readonly string[];
}

const LIMITS = {
  minSharpness: variable("QUALITY_MIN_SHARPNESS", 40, {
    description: "Below this an image needs attention; below a quarter of it, it is rejected",
  }),
  minBrightness: variable("QUALITY_MIN_BRIGHTNESS", 30, { description: "Mean gray level, 0 to 255" }),
  maxBrightness: variable("QUALITY_MAX_BRIGHTNESS", 225, { description: "Mean gray level, 0 to 255" }),
  maxClipped: variable("QUALITY_MAX_CLIPPED", 0.6, {
    description: "Share of black and white pixels, 0 to 1",
  }),
  minSide: variable("QUALITY_MIN_SIDE", 96, { description: "Pixels, on the shorter side" }),
};

/** The quality of the current frame. */
export const imageQuality = dependency({ frame: singleFrame, ...LIMITS }, ({ frame, ...limits }) =>
  measureQuality(frame, limits),
);

function measureQuality(frame: Frame, limits: Resolved<typeof LIMITS>): Quality {
  const gray = frame.toGray();
  const sharpness = laplacianVariance(gray, frame.width, frame.height);
  let sum = 0;
  let extreme = 0;
  for (const level of gray) {
    sum += level;
    if (level <= 4 || level >= 251) extreme++;
  }
  const brightness = sum / gray.length;
  const clipped = extreme / gray.length;
  const side = Math.min(frame.width, frame.height);

  const notes: string[] = [];
  if (sharpness < limits.minSharpness) notes.push(`blurred (sharpness ${sharpness.toFixed(0)})`);
  if (brightness < limits.minBrightness) notes.push(`too dark (brightness ${brightness.toFixed(0)})`);
  if (brightness > limits.maxBrightness) notes.push(`too bright (brightness ${brightness.toFixed(0)})`);
  if (clipped > limits.maxClipped)
    notes.push(`${(clipped * 100).toFixed(0)} % of the pixels are black or white`);
  if (side < limits.minSide) notes.push(`small (${frame.width} x ${frame.height})`);

  const hopeless = sharpness < limits.minSharpness / 4 || notes.length > 2;
  return {
    verdict: hopeless ? "Reject" : notes.length > 0 ? "Needs attention" : "Good",
    sharpness,
    brightness,
    clipped,
    notes,
  };
}

function laplacianVariance(gray: Uint8Array, width: number, height: number): number {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const value =
        level(gray, at - width) +
        level(gray, at + width) +
        level(gray, at - 1) +
        level(gray, at + 1) -
        4 * level(gray, at);
      count++;
      sum += value;
      squares += value * value;
    }
  }
  return count === 0 ? 0 : squares / count - (sum / count) ** 2;
}

function level(gray: Uint8Array, at: number): number {
  return gray[at] ?? 0;
}
