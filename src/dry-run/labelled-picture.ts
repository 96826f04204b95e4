/** A frame with its labels drawn on it, as PNG. It is scaled down before drawing, so that names stay legible. */

import type { PictureWish } from "../agent/dependency.ts";
import type { FrameSource } from "../media/index.ts";
import { drawLabels } from "./draw-labels.ts";

/** @throws MediaError when there is no such frame, or it cannot be read or decoded */
export async function labelledPicture(
  source: FrameSource,
  { frame, row, emphasised, maxSide }: PictureWish,
): Promise<Uint8Array> {
  try {
    const read = await source.frame(frame);
    const side = maxSide ?? Number.POSITIVE_INFINITY;
    const fits = read.width <= side && read.height <= side;
    const shown = fits ? read : read.resize({ width: side, height: side, fit: "contain" });
    return await drawLabels(shown, row, emphasised).encode("png");
  } finally {
    await source.release();
  }
}
