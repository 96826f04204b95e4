/**
 * The run-length text of bitmasks. Pixels go row by row (in COCO, column by column); run lengths start with the false
 * pixels; from the fourth run on, each is written as the difference to the one two before it. Each number is packed in
 * groups of five bits, least significant first, into characters from `0` on: the packing of COCO's `rleToString`.
 */

import { InvalidArgumentsError } from "../errors.ts";
import type { BitmaskCoordinates } from "./coordinates.ts";

/**
 * @param pixels row by row from the top left, anything but 0 and false belongs to the mask
 * @throws InvalidArgumentsError unless there are width × height pixels
 *
 * @example
 * mask.setForFrames(encodeBitmask(pixels, { width: 640, height: 480 }), { frames: 0 });
 */
export function encodeBitmask(
  pixels: ArrayLike<number | boolean>,
  size: { readonly width: number; readonly height: number },
): BitmaskCoordinates {
  const { width, height } = size;
  if (pixels.length !== width * height) {
    throw new InvalidArgumentsError(
      `A bitmask of ${width} × ${height} has ${width * height} pixels; ${pixels.length} were given.`,
    );
  }
  return { width, height, rleString: packRuns(runLengths(pixels)) };
}

/**
 * The pixels of a mask: 1 inside, 0 outside, row by row.
 * @throws InvalidArgumentsError when the text does not describe exactly width × height pixels
 */
export function decodeBitmask(coordinates: BitmaskCoordinates): Uint8Array {
  const { width, height, rleString } = coordinates;
  const pixels = new Uint8Array(width * height);
  let position = 0;
  let inside = false;
  for (const run of unpackRuns(rleString)) {
    if (run < 0 || position + run > pixels.length) throw notTheSize(coordinates);
    if (inside) pixels.fill(1, position, position + run);
    position += run;
    inside = !inside;
  }
  if (position !== pixels.length) throw notTheSize(coordinates);
  return pixels;
}

/** Lengths of the runs of equal pixels, the first of false ones (0 when the first pixel is true). */
export function runLengths(pixels: ArrayLike<number | boolean>): number[] {
  const runs: number[] = [];
  let inside = false;
  let length = 0;
  for (let i = 0; i < pixels.length; i++) {
    if (Boolean(pixels[i]) === inside) {
      length++;
      continue;
    }
    runs.push(length);
    inside = !inside;
    length = 1;
  }
  runs.push(length);
  return runs;
}

/** Run lengths as text. */
export function packRuns(runs: readonly number[]): string {
  const characters: string[] = [];
  for (const [i, run] of runs.entries()) {
    let rest = i > 2 ? run - (runs[i - 2] ?? 0) : run;
    for (let more = true; more; ) {
      let bits = rest & 31;
      rest >>= 5;
      more = bits & 16 ? rest !== -1 : rest !== 0;
      if (more) bits |= 32;
      characters.push(String.fromCharCode(bits + 48));
    }
  }
  return characters.join("");
}

/**
 * Text as run lengths.
 * @throws InvalidArgumentsError when it is cut short or holds a character that cannot be in one
 */
export function unpackRuns(text: string): number[] {
  const runs: number[] = [];
  for (let i = 0; i < text.length; ) {
    let value = 0;
    let shift = 0;
    for (let more = true; more; shift += 5) {
      const bits = text.charCodeAt(i) - 48;
      if (!(bits >= 0 && bits < 64) || shift > 30) {
        throw new InvalidArgumentsError(`The run-length text of a bitmask cannot be read at character ${i}.`);
      }
      i++;
      value |= (bits & 31) << shift;
      more = (bits & 32) !== 0;
      if (!more && bits & 16 && shift < 27) value |= -1 << (shift + 5);
    }
    runs.push(runs.length > 2 ? value + (runs[runs.length - 2] ?? 0) : value);
  }
  return runs;
}

function notTheSize({ width, height }: BitmaskCoordinates): InvalidArgumentsError {
  return new InvalidArgumentsError(
    `The run-length text of a bitmask does not describe ${width} × ${height} pixels.`,
  );
}
