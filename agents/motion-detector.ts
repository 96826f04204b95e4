/**
 * A detector that needs no service: finds what moves in front of a fixed camera. The median of a few frames is the background;
 * on each frame, what differs from the background is moving.
 */

import type { Frame, FrameSource } from "encord-edge-agents/media";
import { boundsOf, connectedRegions } from "./connected-regions.ts";

/** A box in relative coordinates (0 to 1), and how sure the detector is. */
export interface Detection {
  readonly topLeftX: number;
  readonly topLeftY: number;
  readonly width: number;
  readonly height: number;
  readonly confidence: number;
}

/** Finds objects on a frame. Any model will do. */
export type Detector = (frame: Frame) => readonly Detection[] | Promise<readonly Detection[]>;

/** How many frames the background is made from; an object must not stay in one place in half of them. */
const SAMPLES = 9;
/** How much a color must differ from the background's: the largest difference in red, green or blue, of 255. */
const LEAST_DIFFERENCE = 48;
/** Smaller regions are noise: a share of all pixels. */
const LEAST_AREA = 0.002;

/** @param size the width of the frames in pixels; the detector must be given frames of this width */
export async function motionDetector(
  video: FrameSource,
  size: { readonly width: number },
): Promise<Detector> {
  const { frameCount } = video.info;
  const count = Math.min(SAMPLES, frameCount);
  const numbers = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * frameCount) / count));
  const samples: Uint8Array[] = [];
  for await (const { data } of video.sample(numbers, size)) samples.push(data);
  const background = median(samples);
  return (frame) => {
    const marks = new Uint8Array(frame.width * frame.height);
    for (let i = 0; i < marks.length; i++) {
      const difference = differenceAt(frame.data, background, i * 3);
      if (difference >= LEAST_DIFFERENCE) marks[i] = difference;
    }
    return connectedRegions(marks, frame.width, LEAST_AREA * marks.length).map((region) => {
      const box = boundsOf(region, frame.width);
      const mean = region.reduce((sum, pixel) => sum + (marks[pixel] ?? 0), 0) / region.length;
      return {
        topLeftX: box.left / frame.width,
        topLeftY: box.top / frame.height,
        width: box.width / frame.width,
        height: box.height / frame.height,
        // Full marks for a region that fills its box with colors far from the background's.
        confidence: Math.min(1, (mean / 128) * (region.length / (box.width * box.height))),
      };
    });
  };
}

function differenceAt(one: Uint8Array, other: Uint8Array, at: number): number {
  const apart = (i: number) => Math.abs((one[at + i] ?? 0) - (other[at + i] ?? 0));
  return Math.max(apart(0), apart(1), apart(2));
}

/** Byte by byte. */
function median(samples: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(samples[0]?.length ?? 0);
  const values = new Uint8Array(samples.length);
  for (let i = 0; i < result.length; i++) {
    for (const [k, sample] of samples.entries()) values[k] = sample[i] ?? 0;
    result[i] = values.sort()[samples.length >> 1] ?? 0;
  }
  return result;
}
