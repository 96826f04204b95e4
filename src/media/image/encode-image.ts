/**
 * Pixels to an image file. An empty picture (a crop that lies outside) cannot be a file and throws `invalid-argument`.
 */
import { MediaError } from "../errors.ts";
import type { Pixels } from "../pixels.ts";
import { encodeJpeg } from "./jpeg.ts";
import { encodePng } from "./png.ts";
import { encodeWebp } from "./webp.ts";

/** The formats that can be written. */
export type EncodedImageFormat = "jpeg" | "png" | "webp";

/** How to encode. */
export interface EncodeImageOptions {
  /** JPEG and WebP quality, 1 to 100; default 95, as OpenCV's. */
  readonly quality?: number;
}

/** The file's bytes for `pixels`; a JPEG is byte for byte the file that OpenCV's imwrite makes at the same quality. */
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
  const quality = options.quality ?? 95;
  if (!(quality >= 1 && quality <= 100)) {
    throw new MediaError("invalid-argument", `The quality is a number from 1 to 100, not ${quality}.`);
  }
  if (format === "png") return encodePng(pixels);
  return format === "jpeg"
    ? encodeJpeg(pixels, Math.round(quality))
    : encodeWebp(pixels, Math.round(quality));
}
