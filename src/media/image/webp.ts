/**
 * WebP by libwebp in WebAssembly: lossy, lossless, with alpha (dropped, as by OpenCV's imread), and the first picture of an animation.
 * Pixels equal imread's. Damage throws `corrupt` or `truncated`.
 */
import { decoders } from "encord-edge-agents/media/codecs";
import { MediaError } from "../errors.ts";
import { type Pixels, UprightPicture } from "../pixels.ts";
import { type ModuleExports, WasmTrap } from "../wasm/instance.ts";
import { InstancePool, type Loan } from "../wasm/instance-pool.ts";
import type { ImageInfo } from "./probe-image.ts";
import { firstWebpPicture } from "./webp-animation.ts";

/** The functions of wasm/src/webp.c. */
interface WebpExports extends ModuleExports {
  webp_open(bytes: number, size: number): number;
  webp_width(): number;
  webp_height(): number;
  webp_read(bytes: number, size: number, rgb: number, width: number, height: number): number;
  webp_write(rgb: number, width: number, height: number, quality: number): number;
  webp_file(): number;
  webp_reset(): void;
}

/** What the header says about the picture to decode. */
type StoredWebp = Pick<ImageInfo, "width" | "height" | "orientation" | "animated">;

/** Memory for code, tables and the rows being decoded. */
const BASE_BYTES = 3 * 1024 * 1024;
/** Failures by libwebp's VP8StatusCode. */
const OUT_OF_MEMORY = 1;
const NOT_ENOUGH_DATA = 7;
/** The last letter of "VP8L", the chunk that a plain lossless file begins with. */
const LOSSLESS_CHUNK = 0x4c;

let pool: InstancePool<WebpExports> | undefined;

/** Decodes a WebP, upright; libwebp scales the stored picture to `size`. */
export async function decodeWebp(
  bytes: Uint8Array,
  stored: StoredWebp,
  size: { width: number; height: number } = stored,
): Promise<Pixels> {
  if (stored.animated) return decodeAnimated(bytes, stored);
  const pixels = size.width * size.height;
  // A lossless picture is decoded as ARGB of its full size first.
  const lossless = bytes[15] === LOSSLESS_CHUNK ? stored.width * stored.height * 4 : 0;
  const wasmBytes = BASE_BYTES + bytes.length + pixels * 3 + stored.width * 48 + lossless;
  return withWebp(
    `Decoding a ${stored.width} x ${stored.height} WebP`,
    wasmBytes,
    pixels * 3,
    (loan, what) => {
      const { instance } = loan;
      const file = instance.place(bytes);
      const rgb = file && instance.call((exports) => exports.memory_alloc(pixels * 3));
      try {
        if (rgb === 0) throw failure(what, OUT_OF_MEMORY);
        const status =
          instance.call((exports) => exports.webp_open(file, bytes.length)) ||
          instance.call((exports) => exports.webp_read(file, bytes.length, rgb, size.width, size.height));
        if (status !== 0) throw failure(what, instance.refused ? OUT_OF_MEMORY : status);
        const picture = new UprightPicture(size.width, size.height, stored.orientation);
        picture.put(0, instance.bytes.subarray(rgb, rgb + pixels * 3));
        return picture;
      } finally {
        free(loan, file, rgb);
      }
    },
  );
}

/** The first picture of an animation on its canvas, which is black around it. */
async function decodeAnimated(
  bytes: Uint8Array,
  { width, height, orientation }: StoredWebp,
): Promise<Pixels> {
  const first = firstWebpPicture(bytes);
  if (first.left + first.width > width || first.top + first.height > height) {
    throw new MediaError("corrupt", "The WebP's first picture does not fit on its canvas.");
  }
  const picture = await decodeWebp(first.file, { ...first, orientation: 1, animated: false });
  const canvas = new UprightPicture(width, height, orientation);
  const row = new Uint8Array(width * 3);
  for (let y = 0; y < first.height; y++) {
    row.set(picture.data.subarray(y * first.width * 3, (y + 1) * first.width * 3), first.left * 3);
    canvas.put(first.top + y, row);
  }
  return canvas;
}

/** A lossy WebP of `pixels`, `quality` 1 to 100. */
export async function encodeWebp({ width, height, data }: Pixels, quality: number): Promise<Uint8Array> {
  if (width > 16_383 || height > 16_383) {
    throw new MediaError(
      "invalid-argument",
      `A WebP has at most 16383 pixels a side, not ${width} x ${height}.`,
    );
  }
  const wasmBytes = BASE_BYTES + width * height * 8;
  return withWebp(`Encoding a ${width} x ${height} WebP`, wasmBytes, width * height, (loan, what) => {
    const { instance } = loan;
    const rgb = instance.place(data);
    try {
      const size = rgb && instance.call((exports) => exports.webp_write(rgb, width, height, quality));
      if (size === 0) throw failure(what, OUT_OF_MEMORY);
      const file = instance.call((exports) => exports.webp_file());
      return instance.bytes.slice(file, file + size);
    } finally {
      free(loan, rgb);
    }
  });
}

async function withWebp<Result>(
  what: string,
  wasmBytes: number,
  ownBytes: number,
  job: (loan: Loan<WebpExports>, what: string) => Result,
): Promise<Result> {
  if (!decoders.webp) {
    throw new MediaError(
      "unsupported-format",
      'This deployment carries no WebP decoder. Remove the alias of "encord-edge-agents/media/codecs" from wrangler.jsonc.',
    );
  }
  pool ??= new InstancePool<WebpExports>(decoders.webp);
  const loan = await pool.lend({ wasmBytes, ownBytes, what, advice: "Use a smaller version of it." });
  try {
    return job(loan, what);
  } catch (cause) {
    if (!(cause instanceof WasmTrap)) throw cause;
    throw new MediaError("corrupt", `${what} failed: the decoder crashed on it.`, { cause });
  } finally {
    loan.end();
  }
}

function failure(what: string, status: number): MediaError {
  if (status === OUT_OF_MEMORY) {
    return new MediaError(
      "out-of-memory",
      `${what} needs more memory than the isolate has left. Try again later, or use a smaller picture.`,
      { retryable: true },
    );
  }
  if (status === NOT_ENOUGH_DATA) {
    return new MediaError("truncated", `${what} failed: the file ends before its picture does.`);
  }
  return new MediaError("corrupt", `${what} failed: the file is damaged (libwebp status ${status}).`);
}

/** Frees memory in an instance that can still be used. */
function free({ instance }: Loan<WebpExports>, ...pointers: number[]): void {
  if (instance.broken) return;
  instance.call((exports) => {
    exports.webp_reset();
    for (const pointer of pointers) exports.memory_free(pointer);
  });
}
