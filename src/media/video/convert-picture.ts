/** Makes an upright frame of the size asked for from a decoded picture. The decoder scales, so that the full size never exists as RGB. */
import { Frame } from "../frame.ts";
import type { Orientation } from "../pixels.ts";
import { planResize, type ResizeOptions } from "../resize.ts";
import type { DecodedPicture } from "../wasm/video-decoder.ts";
import type { FrameOptions, GrayFrame } from "./frame-source.ts";

/** Sizes on the way from a stored picture to a frame. */
interface Sizes {
  /** As the decoder gives it. */
  readonly stored: { readonly width: number; readonly height: number };
  /** Upright, before "cover" cuts. */
  readonly upright: { readonly width: number; readonly height: number };
  readonly frame: { readonly width: number; readonly height: number };
}

function sizesOf(
  picture: { readonly width: number; readonly height: number },
  orientation: Orientation,
  options: ResizeOptions,
): Sizes {
  const turn = ({ width, height }: { width: number; height: number }) =>
    orientation >= 5 ? { width: height, height: width } : { width, height };
  const { scaledWidth, scaledHeight, width, height } = planResize(turn(picture), options);
  const upright = { width: scaledWidth, height: scaledHeight };
  return { stored: turn(upright), upright, frame: { width, height } };
}

/** Bytes that making a frame takes outside of the decoder. */
export function frameBytes(
  picture: { readonly width: number; readonly height: number },
  orientation: Orientation,
  options: ResizeOptions,
): number {
  const { stored, frame } = sizesOf(picture, orientation, options);
  const isCut = stored.width * stored.height !== frame.width * frame.height;
  return 3 * (stored.width * stored.height + (isCut ? frame.width * frame.height : 0));
}

/** The picture as an RGB frame in memory of its own. */
export function toFrame(
  picture: DecodedPicture,
  orientation: Orientation,
  frame: number,
  options: FrameOptions,
): Frame {
  const sizes = sizesOf(picture, orientation, options);
  const { width, height, data } = picture.toRgb({ ...sizes.stored, colours: options.colours, orientation });
  const whole = new Frame({ frame, width, height, data });
  const box = cutOf(sizes);
  return box ? whole.crop(box) : whole;
}

/** The picture's luma in memory of its own. */
export function toGrayFrame(
  picture: DecodedPicture,
  orientation: Orientation,
  frame: number,
  options: ResizeOptions,
): GrayFrame {
  const sizes = sizesOf(picture, orientation, options);
  const luma = uprightLuma(picture.toGray(sizes.stored), sizes, orientation);
  const box = cutOf(sizes);
  if (!box) return { frame, ...sizes.upright, data: luma };
  const { width, height } = sizes.frame;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (box.top + y) * sizes.upright.width + box.left;
    data.set(luma.subarray(from, from + width), y * width);
  }
  return { frame, width, height, data };
}

/** The part of the upright picture that "cover" keeps; null for all of it. */
function cutOf({ upright, frame }: Sizes) {
  if (upright.width === frame.width && upright.height === frame.height) return null;
  const left = (upright.width - frame.width) >> 1;
  const top = (upright.height - frame.height) >> 1;
  return { left, top, right: left + frame.width, bottom: top + frame.height };
}

/** As `UprightPicture`, with one byte per pixel. */
function uprightLuma(luma: Uint8Array, { stored, upright }: Sizes, orientation: Orientation): Uint8Array {
  if (orientation === 1) return luma;
  const flipX = [2, 3, 7, 8].includes(orientation);
  const flipY = [3, 4, 6, 7].includes(orientation);
  const out = new Uint8Array(luma.length);
  for (let y = 0; y < upright.height; y++) {
    for (let x = 0; x < upright.width; x++) {
      const [alongX, alongY] = orientation >= 5 ? [y, x] : [x, y];
      const fromX = flipX ? stored.width - 1 - alongX : alongX;
      const fromY = flipY ? stored.height - 1 - alongY : alongY;
      out[y * upright.width + x] = luma[fromY * stored.width + fromX] as number;
    }
  }
  return out;
}
