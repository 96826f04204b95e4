/** Checks frame numbers, and works out which frames a sample rate or a list stands for. */
import { MediaError } from "../errors.ts";

/** How many frames there are. */
export interface FrameCounts {
  /** Frames that can be read. */
  readonly frameCount: number;
  /** Frames that the file's index lists: more than `frameCount` in a file that was cut short. */
  readonly promisedFrames?: number;
}

/** @throws MediaError `out-of-range`, or `truncated` for a frame that the index lists and the file does not hold */
export function checkFrameNumber(
  number: number,
  { frameCount, promisedFrames = frameCount }: FrameCounts,
): void {
  if (Number.isInteger(number) && number >= 0 && number < frameCount) return;
  const there =
    frameCount === 1 ? "one frame, number 0" : `${frameCount} frames, numbers 0 to ${frameCount - 1}`;
  if (Number.isInteger(number) && number >= 0 && number < promisedFrames) {
    throw new MediaError(
      "truncated",
      `Frame ${number} is missing: the file was cut short. Its index lists ${promisedFrames} frames; it holds ${there}.`,
    );
  }
  throw new MediaError(
    "out-of-range",
    `There is no frame ${number}: there ${frameCount === 1 ? "is" : "are"} ${there}.`,
  );
}

/**
 * The frame numbers that `sample` yields. A rate stands for the frames `trunc(k / rate)`, k = 0, 1, 2 ..., as in the Python library.
 *
 * @throws MediaError `invalid-argument`, `out-of-range`, `truncated`
 */
export function sampledFrames(which: number | readonly number[], counts: FrameCounts): number[] {
  if (typeof which !== "number") {
    for (const number of which) checkFrameNumber(number, counts);
    return [...which];
  }
  if (!(which > 0 && which <= 1)) {
    throw new MediaError(
      "invalid-argument",
      `A sample rate is greater than 0 and at most 1 (1/5: every fifth frame), got ${which}.`,
    );
  }
  const frames: number[] = [];
  for (let k = 0; ; k++) {
    const frame = Math.trunc(k / which);
    if (frame >= counts.frameCount) return frames;
    frames.push(frame);
  }
}
