/**
 * JPEG by libjpeg-turbo in WebAssembly: every kind except lossless, hierarchical and 12-bit; pixels equal those of OpenCV's imread, files
 * those of its imwrite. A damaged or cut-off scan gives what there is of the picture, as imread does. A large picture can be decoded at
 * a half, a quarter or an eighth of its size without ever allocating the whole.
 */
import { decoders } from "encord-edge-agents/media/codecs";
import { MediaError } from "../errors.ts";
import { type Orientation, type Pixels, UprightPicture } from "../pixels.ts";
import { LibraryFailure, type ModuleExports, WasmTrap } from "../wasm/instance.ts";
import { InstancePool, type Loan } from "../wasm/instance-pool.ts";
import type { ImageInfo } from "./probe-image.ts";

/** The functions of wasm/src/jpeg.c. */
interface JpegExports extends ModuleExports {
  jpeg_reset(): void;
  jpeg_open(bytes: number, size: number, eighths: number): number;
  jpeg_width(): number;
  jpeg_height(): number;
  jpeg_start(): void;
  jpeg_read(rgb: number, rows: number): number;
  jpeg_begin_file(width: number, height: number, quality: number): void;
  jpeg_write(rgb: number, rows: number): void;
  jpeg_end_file(): number;
  jpeg_file(): number;
  jpeg_message(): number;
}

/** What the header says about the picture to decode. */
type StoredJpeg = Pick<ImageInfo, "width" | "height" | "orientation" | "progressive">;

/** The size at which a picture is decoded, in eighths of the stored one. */
export type JpegScale = 1 | 2 | 4 | 8;

/** Memory for code, tables and the rows being decoded. */
const BASE_BYTES = 2 * 1024 * 1024;
/** Rows that cross from the decoder to the picture at a time. */
const STRIP_ROWS = 16;
/** Kinds of failure in jpeg.c; all others mean damage. */
const UNSUPPORTED = 2;
const OUT_OF_MEMORY = 3;

let pool: InstancePool<JpegExports> | undefined;

/** Decodes a JPEG at `eighths` / 8 of its size, upright. */
export async function decodeJpeg(bytes: Uint8Array, stored: StoredJpeg, eighths: JpegScale): Promise<Pixels> {
  const { width, height, orientation, progressive } = stored;
  const scaled = (width * height * eighths * eighths) / 64;
  // A progressive picture is held as coefficients: two bytes each, one and a half of them for each pixel if chroma is halved.
  const wasmBytes = BASE_BYTES + bytes.length + width * 64 + (progressive ? width * height * 3 : 0);
  return withJpeg(`Decoding a ${width} x ${height} JPEG`, wasmBytes, scaled * 3, (loan) =>
    readJpeg(loan, bytes, { eighths, orientation, most: stored }),
  );
}

/**
 * Lends `use` a decoder for several JPEGs, one after the other, none of them larger than `largest`.
 *
 * @param ownBytes what `use` will hold besides the decoder, including its pictures
 */
export async function withJpegDecoder<Result>(
  what: string,
  largest: { readonly width: number; readonly height: number },
  ownBytes: number,
  use: (decode: (bytes: Uint8Array) => Pixels) => Promise<Result>,
): Promise<Result> {
  const wasmBytes = BASE_BYTES + largest.width * 64;
  return withJpeg(what, wasmBytes, ownBytes, (loan) =>
    use((bytes) => readJpeg(loan, bytes, { eighths: 8, orientation: 1, most: largest })),
  );
}

interface ReadingOptions {
  readonly eighths: JpegScale;
  readonly orientation: Orientation;
  /** The size for which memory was reserved. */
  readonly most: { readonly width: number; readonly height: number };
}

function readJpeg(
  loan: Loan<JpegExports>,
  bytes: Uint8Array,
  { eighths, orientation, most }: ReadingOptions,
): Pixels {
  const { instance } = loan;
  const file = instance.place(bytes);
  if (file === 0) throw new LibraryFailure(OUT_OF_MEMORY);
  let strip = 0;
  try {
    if (!instance.call((exports) => exports.jpeg_open(file, bytes.length, eighths))) {
      throw new MediaError("corrupt", "The JPEG holds tables but no picture.");
    }
    const width = instance.call((exports) => exports.jpeg_width());
    const height = instance.call((exports) => exports.jpeg_height());
    if (width > Math.ceil((most.width * eighths) / 8) || height > Math.ceil((most.height * eighths) / 8))
      throw new MediaError(
        "corrupt",
        `The JPEG has ${width} x ${height} pixels, more than the ${most.width} x ${most.height} that were announced.`,
      );
    instance.call((exports) => exports.jpeg_start());
    strip = instance.call((exports) => exports.memory_alloc(width * 3 * STRIP_ROWS));
    if (strip === 0) throw new LibraryFailure(OUT_OF_MEMORY);
    const picture = new UprightPicture(width, height, orientation);
    for (let row = 0; row < height; ) {
      const rows = instance.call((exports) => exports.jpeg_read(strip, STRIP_ROWS));
      picture.put(row, instance.bytes.subarray(strip, strip + rows * width * 3));
      row += rows;
    }
    return picture;
  } finally {
    free(loan, file, strip);
  }
}

/** A JPEG of `pixels`, 4:2:0, baseline, `quality` 1 to 100. */
export async function encodeJpeg({ width, height, data }: Pixels, quality: number): Promise<Uint8Array> {
  if (width > 65_500 || height > 65_500) {
    throw new MediaError(
      "invalid-argument",
      `A JPEG has at most 65500 pixels a side, not ${width} x ${height}.`,
    );
  }
  const bytes = width * height;
  return withJpeg(`Encoding a ${width} x ${height} JPEG`, BASE_BYTES + bytes, bytes, (loan) => {
    const { instance } = loan;
    const rowBytes = width * 3;
    const strip = instance.call((exports) => exports.memory_alloc(rowBytes * STRIP_ROWS));
    if (strip === 0) throw new LibraryFailure(OUT_OF_MEMORY);
    try {
      instance.call((exports) => exports.jpeg_begin_file(width, height, quality));
      for (let y = 0; y < height; y += STRIP_ROWS) {
        const rows = Math.min(STRIP_ROWS, height - y);
        instance.bytes.set(data.subarray(y * rowBytes, (y + rows) * rowBytes), strip);
        instance.call((exports) => exports.jpeg_write(strip, rows));
      }
      const size = instance.call((exports) => exports.jpeg_end_file());
      const file = instance.call((exports) => exports.jpeg_file());
      return instance.bytes.slice(file, file + size);
    } finally {
      free(loan, strip);
    }
  });
}

async function withJpeg<Result>(
  what: string,
  wasmBytes: number,
  ownBytes: number,
  job: (loan: Loan<JpegExports>) => Result | Promise<Result>,
): Promise<Result> {
  pool ??= new InstancePool<JpegExports>(decoders.jpeg);
  const loan = await pool.lend({
    wasmBytes: Math.ceil(wasmBytes),
    ownBytes: Math.ceil(ownBytes),
    what,
    advice: "Ask for a smaller width or height, or use a smaller version of it.",
  });
  try {
    return await job(loan);
  } catch (cause) {
    if (!(cause instanceof LibraryFailure || cause instanceof WasmTrap)) throw cause;
    throw failure(what, cause, loan);
  } finally {
    loan.end();
  }
}

function failure(
  what: string,
  cause: LibraryFailure | WasmTrap,
  { instance }: Loan<JpegExports>,
): MediaError {
  const kind = cause instanceof LibraryFailure ? cause.kind : undefined;
  if (instance.refused || kind === OUT_OF_MEMORY) {
    return new MediaError(
      "out-of-memory",
      `${what} needs more memory than the isolate has left. Try again later, or ask for a smaller width or height.`,
      { retryable: true, cause },
    );
  }
  const why =
    kind === undefined ? "the decoder crashed on it" : instance.text(instance.exports.jpeg_message());
  return kind === UNSUPPORTED
    ? new MediaError("unsupported-format", `${what} failed: ${why}. Convert it to a baseline JPEG.`, {
        cause,
      })
    : new MediaError("corrupt", `${what} failed: the file is damaged (${why}).`, { cause });
}

/** Frees memory in an instance that can still be used. */
function free({ instance }: Loan<JpegExports>, ...pointers: number[]): void {
  if (instance.broken) return;
  instance.call((exports) => {
    exports.jpeg_reset();
    for (const pointer of pointers) exports.memory_free(pointer);
  });
}
