/**
 * Pixels to an image file. An empty picture (a crop that lies outside) cannot be a file and throws `invalid-argument`.
 */
import { MediaError } from "../errors.ts";
import type { Pixels } from "../pixels.ts";
import { encodeWithPhoton } from "./photon.ts";

/** The formats that can be written. */
export type EncodedImageFormat = "jpeg" | "png" | "webp";

/** How to encode. */
export interface EncodeImageOptions {
  /** JPEG and WebP quality, 1 to 100; default 95, as OpenCV's. */
  readonly quality?: number;
}

/** The file's bytes for `pixels`. */
export async function encodeImage(
  pixels: Pixels,
  format: EncodedImageFormat,
  options: EncodeImageOptions = {},
): Promise<Uint8Array> {
  if (pixels.width === 0 || pixels.height === 0) {
    throw new MediaError(
      "invalid-argument",
      `A picture of ${pixels.width} x ${pixels.height} pixels cannot be encoded as ${format.toUpperCase()}.`,
    );
  }
  return encodeWithPhoton(pixels, format, options.quality ?? 95);
}
