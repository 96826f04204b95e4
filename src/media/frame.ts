/**
 * A picture as an agent gets it: 8-bit RGB, and its frame number in the video. All methods return a new frame or new bytes; the
 * frame itself never changes. Encoding an empty frame fails with a `MediaError`.
 */
import { base64 } from "./base64.ts";
import type { PixelBox } from "./crop.ts";
import { type EncodedImageFormat, type EncodeImageOptions, encodeImage } from "./image/encode-image.ts";
import type { Pixels } from "./pixels.ts";
import { planResize, type ResizeOptions, scalePixels } from "./resize.ts";

/** What a frame is made of. */
export interface FrameContent extends Pixels {
  readonly frame: number;
}

/** What `toBase64` wraps the text in: a data URL, nothing, or a content part of a language model's API. */
export type Base64Output = "url" | "raw" | "openai" | "anthropic";

/** Options of `toBase64`, named as in the Python library. */
export interface Base64Options<Output extends Base64Output = Base64Output> {
  readonly imageFormat?: ".jpeg" | ".jpg" | ".png";
  readonly outputFormat?: Output;
}

/** What `toBase64` returns for each output format. */
export interface Base64Outputs {
  url: string;
  raw: string;
  openai: { type: "image_url"; image_url: { url: string } };
  anthropic: {
    type: "image";
    source: { type: "base64"; media_type: "image/jpeg" | "image/png"; data: string };
  };
}

/**
 * One picture.
 *
 * @example
 * const face = frame.crop({ left: 10, top: 20, right: 74, bottom: 84 }).resize({ width: 32 });
 * const part = await face.toBase64({ imageFormat: ".png", outputFormat: "openai" });
 */
export class Frame implements Pixels {
  /** Number of the frame in its video, from 0, in presentation order; 0 for an image. */
  readonly frame: number;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** `height` rows of `width` pixels, three bytes each: R, G, B. */
  readonly data: Uint8Array;

  /** Keeps `data` without a copy. Throws a `RangeError` when its length does not match the size. */
  constructor({ frame, width, height, data }: FrameContent) {
    if (data.length !== width * height * 3) {
      throw new RangeError(
        `A ${width} x ${height} frame needs ${width * height * 3} bytes of RGB, got ${data.length}.`,
      );
    }
    this.frame = frame;
    this.width = width;
    this.height = height;
    this.data = data;
  }

  /** The part inside `box`, cut at the frame's edges; empty (a side is 0) when they do not overlap. */
  crop(box: PixelBox): Frame {
    const left = clamp(box.left, this.width);
    const top = clamp(box.top, this.height);
    const width = Math.max(0, clamp(box.right, this.width) - left);
    const height = Math.max(0, clamp(box.bottom, this.height) - top);
    const data = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++) {
      const start = ((top + y) * this.width + left) * 3;
      data.set(this.data.subarray(start, start + width * 3), y * width * 3);
    }
    return new Frame({ frame: this.frame, width, height, data });
  }

  /**
   * The frame in another size, with OpenCV's arithmetic (`INTER_AREA` to shrink, `INTER_LINEAR` to enlarge).
   *
   * @throws RangeError for a side that is not a whole number from 1 to 65535, or an empty frame
   */
  resize(options: ResizeOptions): Frame {
    if (this.width === 0 || this.height === 0) throw new RangeError("An empty frame cannot be resized.");
    const { scaledWidth, scaledHeight, width, height } = planResize(this, options);
    const scaled = new Frame({ frame: this.frame, ...scalePixels(this, scaledWidth, scaledHeight) });
    if (scaledWidth === width && scaledHeight === height) return scaled;
    const left = (scaledWidth - width) >> 1;
    const top = (scaledHeight - height) >> 1;
    return scaled.crop({ left, top, right: left + width, bottom: top + height });
  }

  /** Luma, one byte per pixel (`height * width`), as OpenCV's `COLOR_RGB2GRAY` (BT.601, 15-bit weights). */
  toGray(): Uint8Array {
    const { data } = this;
    const gray = new Uint8Array(this.width * this.height);
    for (let i = 0, from = 0; i < gray.length; i++, from += 3) {
      const [red, green, blue] = [data[from] as number, data[from + 1] as number, data[from + 2] as number];
      gray[i] = (red * 9798 + green * 19235 + blue * 3735 + 16384) >> 15;
    }
    return gray;
  }

  /** The frame as an image file; the quality of JPEG and WebP is 95 by default. */
  encode(format: EncodedImageFormat, options?: EncodeImageOptions): Promise<Uint8Array> {
    return encodeImage(this, format, options);
  }

  /** The frame as base64 text of a JPEG (default) or PNG, by default as a data URL. */
  async toBase64<Output extends Base64Output = "url">(
    options: Base64Options<Output> = {},
  ): Promise<Base64Outputs[Output]> {
    const png = options.imageFormat === ".png";
    const type = png ? "image/png" : "image/jpeg";
    const raw = base64(await this.encode(png ? "png" : "jpeg"));
    const wrap: { [Kind in Base64Output]: () => Base64Outputs[Kind] } = {
      raw: () => raw,
      url: () => `data:${type};base64,${raw}`,
      openai: () => ({ type: "image_url", image_url: { url: wrap.url() } }),
      anthropic: () => ({ type: "image", source: { type: "base64", media_type: type, data: raw } }),
    };
    // "url" is what the type parameter stands for when nothing is given.
    return wrap[options.outputFormat ?? ("url" as Output)]();
  }
}

function clamp(value: number, size: number): number {
  return Math.min(size, Math.max(0, Math.trunc(value)));
}
