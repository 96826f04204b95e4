/** Encodes pixels as an image file. */
import { MediaError } from "../errors.ts";
import type { Pixels } from "../pixels.ts";
import { encodeJpeg } from "./jpeg.ts";
import { encodePng } from "./png.ts";
import { encodeWebp } from "./webp.ts";

/** The formats that can be written. */
export type EncodedImageFormat = "jpeg" | "png" | "webp";

/** Options of encoding. */
export interface EncodeImageOptions {
  /** JPEG and WebP quality, 1 to 100; default 95, as OpenCV's. */
  readonly quality?: number;
}

/**
 * The bytes of an image file; a JPEG is byte for byte the one that OpenCV's imwrite makes at the same quality.
 *
 * @throws MediaError `invalid-argument` for an empty picture (a crop that lies outside), a quality outside 1 to 100, or sides too long
 *   for the format; `out-of-memory`, `too-large`, and `unsupported-format` (WebP, in a deployment without it)
 */
export async function encodeImage(
  pixels: Pixels,
  format: EncodedImageFormat,
  options: EncodeImageOptions = {},
): Promise<Uint8Array> {
  if (pixels.width === 0 || pixels.height === 0) {
    throw new MediaError(
      "invalid-argument",
      `A picture of ${pixels.width} x ${pixels.height} pixels cannot be encoded as ${format.toUpperCase()}: it is empty.`,
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
