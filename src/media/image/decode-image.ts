/**
 * Decodes an image file to a `Frame` with the pixels of OpenCV's `imread`: 8-bit RGB, alpha dropped without compositing, EXIF
 * orientation applied. The size in the header is checked before a pixel is allocated; damage is a `MediaError`.
 */
import { MediaError } from "../errors.ts";
import { Frame } from "../frame.ts";
import type { Pixels } from "../pixels.ts";
import { planResize, type ResizeOptions } from "../resize.ts";
import { isolateMemory } from "../wasm/memory-budget.ts";
import { decodeAvif } from "./avif.ts";
import { decodeBmp } from "./bmp.ts";
import { decodeGif } from "./gif.ts";
import { decodeJpeg, type JpegScale, withJpegDecoder } from "./jpeg.ts";
import { decodePng, decodeShrunkPng, isStoredByRows } from "./png.ts";
import { type ImageInfo, probeImage } from "./probe-image.ts";
import { decodeShrunkTiff, decodeTiff, tiffBlocks } from "./tiff.ts";
import { decodeWebp } from "./webp.ts";

/** How many pixels are decoded unless the caller says otherwise: 24 megapixels are 72 MB of RGB. */
export const DEFAULT_MAX_PIXELS = 24_000_000;
/**
 * How many times more pixels a PNG, WebP or TIFF may have if it is scaled while it is decoded: that takes no more memory, but every
 * pixel takes time (a hundred megapixels about two seconds).
 */
const SCALED_FACTOR = 4;
/** WebP pictures with more pixels are scaled by libwebp while they are decoded, smaller ones afterwards. */
const LARGE_WEBP_PIXELS = 8_000_000;

/** Options of decoding. Sizes mean what they mean to `Frame.resize`; a large JPEG, PNG, WebP or TIFF is scaled while it is decoded. */
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
 *   `corrupt` or `out-of-memory`; RangeError for a width or height that is not from 1 to 65535
 * @example
 * const frame = await decodeImage(await fetchBytes(url));
 * frame.data; // height * width * 3 bytes: R, G, B, row by row
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeImageOptions = {}): Promise<Frame> {
  const info = probeImage(bytes);
  const { cost, decode } = planDecoding(bytes, info, options);
  const maxPixels = options.maxPixels ?? DEFAULT_MAX_PIXELS;
  if (cost > maxPixels) {
    const megapixels = ((info.width * info.height) / 1e6).toFixed(1);
    const advice = ["jpeg", "png", "webp", "tiff"].includes(info.format)
      ? "Ask for a smaller width or height (it is scaled while it is decoded)"
      : "Use a smaller version of it";
    throw new MediaError(
      "too-large",
      `The image has ${info.width} x ${info.height} pixels (${megapixels} megapixels); at most ${maxPixels / 1e6} megapixels ` +
        `are decoded. ${advice}, or raise maxPixels if the memory allows it.`,
    );
  }
  const { width, height, data } = await decode();
  const frame = new Frame({ frame: options.frame ?? 0, width, height, data });
  const wanted = options.width !== undefined || options.height !== undefined;
  return wanted ? frame.resize(exactSize(info, options)) : frame;
}

/** How an image will be decoded, and how many pixels that counts as towards `maxPixels`. */
interface DecodingPlan {
  readonly cost: number;
  decode(): Promise<Pixels>;
}

function planDecoding(bytes: Uint8Array, info: ImageInfo, options: ResizeOptions): DecodingPlan {
  const { format, width, height, orientation } = info;
  const pixels = width * height;
  const { scaledWidth, scaledHeight } = planResize(uprightSize(info), options);
  const [toWidth, toHeight] = orientation >= 5 ? [scaledHeight, scaledWidth] : [scaledWidth, scaledHeight];
  const shrinks = toWidth <= width && toHeight <= height && toWidth * toHeight < pixels;
  const scaledCost = Math.max(toWidth * toHeight, pixels / SCALED_FACTOR);
  switch (format) {
    case "jpeg": {
      const eighths = jpegScale(info, toWidth, toHeight);
      return { cost: pixels * (eighths / 8) ** 2, decode: () => decodeJpeg(bytes, info, eighths) };
    }
    case "webp": {
      if (!shrinks || info.animated || pixels <= LARGE_WEBP_PIXELS)
        return { cost: pixels, decode: () => decodeWebp(bytes, info) };
      const size = { width: toWidth, height: toHeight };
      return { cost: scaledCost, decode: () => decodeWebp(bytes, info, size) };
    }
    case "avif":
      return { cost: pixels, decode: () => decodeAvif(bytes) };
    case "tiff": {
      const blocks = tiffBlocks(bytes);
      const held = pixels * 3 + blocks.bytesAtOnce;
      if (!blocks.areJpegs && shrinks && orientation === 1) {
        const work = () => decodeShrunkTiff(bytes, toWidth, toHeight);
        const least = (toWidth * toHeight + width * 4) * 3 + blocks.bytesAtOnce;
        return { cost: scaledCost, decode: () => withinBudget(info, least, work) };
      }
      if (!blocks.areJpegs)
        return { cost: pixels, decode: () => withinBudget(info, held, () => decodeTiff(bytes, orientation)) };
      const what = `Decoding a ${width} x ${height} TIFF`;
      const work = () => withJpegDecoder(what, blocks, held, (jpeg) => decodeTiff(bytes, orientation, jpeg));
      return { cost: pixels, decode: () => namingDamage(info, work) };
    }
    case "png":
      if (shrinks && orientation === 1 && isStoredByRows(bytes)) {
        const work = () => decodeShrunkPng(bytes, toWidth, toHeight);
        const held = (toWidth * toHeight + width * 4) * 3;
        return { cost: scaledCost, decode: () => withinBudget(info, held, work) };
      }
      break;
  }
  const held = (format === "png" && orientation !== 1 ? pixels * 2 : pixels) * 3;
  return { cost: pixels, decode: () => withinBudget(info, held, () => decodeInJavaScript(bytes, info)) };
}

function decodeInJavaScript(bytes: Uint8Array, info: ImageInfo): Pixels | Promise<Pixels> {
  switch (info.format) {
    case "png":
      return decodePng(bytes, info.orientation);
    case "bmp":
      return decodeBmp(bytes);
    default:
      return decodeGif(bytes);
  }
}

/** Decodes within the isolate's memory budget, of which decoding outside WebAssembly takes its share too. */
async function withinBudget(
  info: ImageInfo,
  heldBytes: number,
  decode: () => Pixels | Promise<Pixels>,
): Promise<Pixels> {
  const { format, width, height } = info;
  const memory = await isolateMemory.reserve({
    bytes: heldBytes,
    what: `Decoding a ${width} x ${height} ${format.toUpperCase()}`,
    advice: format === "png" ? "Ask for a smaller width or height." : "Use a smaller version of it.",
  });
  try {
    return await namingDamage(info, decode);
  } finally {
    memory.release();
  }
}

/** Turns the errors of a reader that runs over the end of the file, or meets an impossible length, into a MediaError. */
async function namingDamage({ format }: ImageInfo, decode: () => Pixels | Promise<Pixels>): Promise<Pixels> {
  try {
    return await decode();
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
    throw new MediaError(
      "corrupt",
      `The ${format.toUpperCase()} cannot be decoded: it is damaged or cut off.`,
      { cause },
    );
  }
}

/** The smallest of libjpeg's fast scales that is not below the size asked for; both sizes before orientation. */
function jpegScale({ width, height }: ImageInfo, toWidth: number, toHeight: number): JpegScale {
  const scales: JpegScale[] = [1, 2, 4];
  return scales.find((scale) => width * scale >= toWidth * 8 && height * scale >= toHeight * 8) ?? 8;
}

/** Both sides of the size asked for, by the proportions of the whole picture, not of the one scaled on the way. */
function exactSize(info: ImageInfo, options: ResizeOptions): ResizeOptions {
  if (options.width !== undefined && options.height !== undefined) return options;
  const { width, height } = planResize(uprightSize(info), options);
  return { width, height };
}

function uprightSize({ width, height, orientation }: ImageInfo): { width: number; height: number } {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}
