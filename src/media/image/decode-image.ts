/**
 * An image file's bytes to a `Frame`, as OpenCV's `imread` gives it: 8-bit RGB, alpha dropped without compositing, EXIF
 * orientation applied. The size is checked from the header before a pixel is allocated; every failure is a `MediaError`.
 */
import { MediaError } from "../errors.ts";
import { Frame } from "../frame.ts";
import type { Pixels } from "../pixels.ts";
import { planResize, type ResizeOptions } from "../resize.ts";
import { isolateMemory } from "../wasm/memory-budget.ts";
import { decodeAvif } from "./avif.ts";
import { decodeBmp } from "./bmp.ts";
import { decodeGif } from "./gif.ts";
import { decodeJpeg, type JpegScale } from "./jpeg.ts";
import { decodePng } from "./png.ts";
import { type ImageInfo, probeImage } from "./probe-image.ts";
import { decodeTiff } from "./tiff.ts";
import { decodeWebp } from "./webp.ts";

/** How many pixels are decoded unless the caller says otherwise: 24 megapixels are 72 MB of RGB. */
export const DEFAULT_MAX_PIXELS = 24_000_000;

/** How to decode an image; with a size, as `Frame.resize` gives it, a large JPEG is scaled while it is decoded. */
export interface DecodeImageOptions extends ResizeOptions {
  /** The largest width x height that is decoded; default 24 million. */
  readonly maxPixels?: number;
  /** The number that the frame carries; default 0. */
  readonly frame?: number;
}

/**
 * Decodes an image (JPEG, PNG, WebP, AVIF, GIF, BMP, TIFF; of an animation the first picture).
 *
 * @throws MediaError `not-an-image`, `unsupported-format`, `unsupported-codec` (AVIF without AV1), `too-large`, `truncated`,
 *   `corrupt` or `out-of-memory`;
 *   RangeError for a size that is none
 * @example
 * const frame = await decodeImage(await fetchBytes(url));
 * frame.data; // height * width * 3 bytes: R, G, B, row by row
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeImageOptions = {}): Promise<Frame> {
  const info = probeImage(bytes);
  const eighths = info.format === "jpeg" ? jpegScale(info, options) : 8;
  const pixels = info.width * info.height * (eighths / 8) ** 2;
  const maxPixels = options.maxPixels ?? DEFAULT_MAX_PIXELS;
  if (pixels > maxPixels) {
    const megapixels = ((info.width * info.height) / 1e6).toFixed(1);
    const advice =
      info.format === "jpeg"
        ? "Ask for a smaller width or height (it is scaled while it is decoded)"
        : "Use a smaller version of it";
    throw new MediaError(
      "too-large",
      `The image has ${info.width} x ${info.height} pixels (${megapixels} megapixels); at most ${maxPixels / 1e6} megapixels ` +
        `are decoded. ${advice}, or raise maxPixels if the memory allows it.`,
    );
  }
  const { width, height, data } = await decodePixels(bytes, info, eighths);
  const frame = new Frame({ frame: options.frame ?? 0, width, height, data });
  const wanted = options.width !== undefined || options.height !== undefined;
  return wanted ? frame.resize(exactSize(info, options)) : frame;
}

async function decodePixels(bytes: Uint8Array, info: ImageInfo, eighths: JpegScale): Promise<Pixels> {
  switch (info.format) {
    case "jpeg":
      return decodeJpeg(bytes, info, eighths);
    case "webp":
      return decodeWebp(bytes, info);
    case "avif":
      return decodeAvif(bytes);
    default:
      return withinBudget(info, () => decodeInScript(bytes, info));
  }
}

function decodeInScript(bytes: Uint8Array, info: ImageInfo): Pixels | Promise<Pixels> {
  switch (info.format) {
    case "png":
      return decodePng(bytes, info.orientation);
    case "tiff":
      return decodeTiff(bytes, info.orientation);
    case "bmp":
      return decodeBmp(bytes);
    default:
      return decodeGif(bytes);
  }
}

/** Decoding outside of WebAssembly takes its share of the isolate's memory too. */
async function withinBudget(
  { format, width, height, orientation }: ImageInfo,
  decode: () => Pixels | Promise<Pixels>,
): Promise<Pixels> {
  const memory = await isolateMemory.reserve({
    bytes: width * height * (format === "png" && orientation !== 1 ? 6 : 3),
    what: `Decoding a ${width} x ${height} ${format.toUpperCase()}`,
    advice: "Use a smaller version of it.",
  });
  try {
    return await decode();
  } catch (cause) {
    if (cause instanceof MediaError) throw cause;
    // A reader that ran over the end of the file, or met a length that no array has.
    throw new MediaError(
      "corrupt",
      `The ${format.toUpperCase()} cannot be decoded: it is damaged or cut off.`,
      { cause },
    );
  } finally {
    memory.release();
  }
}

/** The smallest of libjpeg's fast scales that still has every pixel asked for. */
function jpegScale(info: ImageInfo, options: ResizeOptions): JpegScale {
  if (options.width === undefined && options.height === undefined) return 8;
  const { scaledWidth, scaledHeight } = planResize(uprightSize(info), options);
  const { width, height } = uprightSize(info);
  const scales: JpegScale[] = [1, 2, 4];
  return scales.find((scale) => width * scale >= scaledWidth * 8 && height * scale >= scaledHeight * 8) ?? 8;
}

/** Both sides of the size asked for, by the proportions of the whole picture and not of the one that was scaled on the way. */
function exactSize(info: ImageInfo, options: ResizeOptions): ResizeOptions {
  if (options.width !== undefined && options.height !== undefined) return options;
  const { width, height } = planResize(uprightSize(info), options);
  return { width, height };
}

function uprightSize({ width, height, orientation }: ImageInfo): { width: number; height: number } {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}
