/**
 * An image file's bytes to a `Frame`, as OpenCV's `imread` gives it: 8-bit RGB, alpha dropped without compositing, EXIF
 * orientation applied. The size is checked from the header before a pixel is allocated; every failure is a `MediaError`.
 */
import { MediaError } from "../errors.ts";
import { Frame } from "../frame.ts";
import { uprightPixels } from "../pixels.ts";
import { decodeWithPhoton } from "./photon.ts";
import { probeImage } from "./probe-image.ts";

/** How many pixels are decoded unless the caller says otherwise: 24 megapixels are 72 MB of RGB. */
export const DEFAULT_MAX_PIXELS = 24_000_000;

/** How to decode an image. */
export interface DecodeImageOptions {
  /** The largest width x height that is decoded; default 24 million. */
  readonly maxPixels?: number;
  /** The number that the frame carries; default 0. */
  readonly frame?: number;
}

/**
 * Decodes an image (JPEG, PNG, WebP, GIF, BMP, TIFF; of an animation the first picture).
 *
 * @throws MediaError `not-an-image`, `unsupported-format`, `too-large`, `truncated` or `corrupt`
 * @example
 * const frame = await decodeImage(await fetchBytes(url));
 * frame.data; // height * width * 3 bytes: R, G, B, row by row
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeImageOptions = {}): Promise<Frame> {
  const maxPixels = options.maxPixels ?? DEFAULT_MAX_PIXELS;
  const info = probeImage(bytes);
  if (info.width * info.height > maxPixels) {
    const megapixels = ((info.width * info.height) / 1e6).toFixed(1);
    throw new MediaError(
      "too-large",
      `The image has ${info.width} x ${info.height} pixels (${megapixels} megapixels); at most ${maxPixels / 1e6} megapixels ` +
        "are decoded. Use a smaller version of it, or raise maxPixels if the memory allows it.",
    );
  }
  const pixels = await decodeWithPhoton(bytes, `${info.format.toUpperCase()} image`);
  const { width, height, data } = uprightPixels(pixels, info.orientation);
  return new Frame({ frame: options.frame ?? 0, width, height, data });
}
