/**
 * The photon image library, loaded when first needed. It panics (a WASM trap) on anything that it cannot read; the trap is
 * turned into a `MediaError`. Photon offers no second instance, so what a panic leaks stays until the isolate goes.
 */
import { MediaError } from "../errors.ts";
import type { Pixels } from "../pixels.ts";

/** Decodes with photon; alpha is dropped, not composited. */
export async function decodeWithPhoton(bytes: Uint8Array, what: string): Promise<Pixels> {
  const { PhotonImage } = await import("@cf-wasm/photon/workerd");
  try {
    const image = PhotonImage.new_from_byteslice(bytes);
    try {
      const rgba = image.get_raw_pixels();
      return { width: image.get_width(), height: image.get_height(), data: withoutAlpha(rgba) };
    } finally {
      image.free();
    }
  } catch (cause) {
    throw new MediaError(
      "corrupt",
      `The ${what} cannot be decoded: it is damaged, cut off, or of a rare kind.`,
      { cause },
    );
  }
}

/** Encodes with photon: JPEG of `quality` (1 to 100), PNG or lossless WebP. */
export async function encodeWithPhoton(
  pixels: Pixels,
  format: "jpeg" | "png" | "webp",
  quality: number,
): Promise<Uint8Array> {
  const { PhotonImage } = await import("@cf-wasm/photon/workerd");
  const image = new PhotonImage(withAlpha(pixels.data), pixels.width, pixels.height);
  try {
    if (format === "jpeg") return image.get_bytes_jpeg(quality);
    return format === "png" ? image.get_bytes() : image.get_bytes_webp();
  } finally {
    image.free();
  }
}

function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from] as number;
    rgb[to + 1] = rgba[from + 1] as number;
    rgb[to + 2] = rgba[from + 2] as number;
  }
  return rgb;
}

function withAlpha(rgb: Uint8Array): Uint8Array {
  const rgba = new Uint8Array((rgb.length / 3) * 4).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from] as number;
    rgba[to + 1] = rgb[from + 1] as number;
    rgba[to + 2] = rgb[from + 2] as number;
  }
  return rgba;
}
