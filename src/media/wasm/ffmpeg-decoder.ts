/**
 * The video decoder: FFmpeg in WebAssembly (wasm/src/video.c). Opening waits for a share of the isolate's memory; a stream that turns
 * out larger than its header said gets more if there is some left, else the job ends with `out-of-memory`. A trap ends only this job:
 * the next one gets a new instance.
 */
import { decoders } from "encord-edge-agents/media/codecs";
import { MediaError } from "../errors.ts";
import { type Pixels, UprightPicture } from "../pixels.ts";
import { scalePixels } from "../resize.ts";
import { type ModuleExports, WasmTrap } from "./instance.ts";
import { InstancePool, type Loan } from "./instance-pool.ts";
import { isolateMemory, megabytes } from "./memory-budget.ts";
import type {
  DecodedPicture,
  PacketOptions,
  PictureColours,
  PicturePlane,
  VideoCodec,
  VideoDecoder,
  VideoDecoderOptions,
} from "./video-decoder.ts";
import { estimateVideoMemory } from "./video-memory.ts";

/** The functions of wasm/src/video.c. */
interface VideoExports extends ModuleExports {
  video_open(
    codec: number,
    tag: number,
    extradata: number,
    size: number,
    width: number,
    height: number,
    delay: number,
  ): number;
  video_close(): void;
  video_packet(size: number): number;
  video_send(pts: number, skipNonReference: number): number;
  video_receive(): number;
  video_flush(): number;
  video_reset(): void;
  picture_pts(): number;
  picture_width(): number;
  picture_height(): number;
  picture_format(): number;
  picture_plane(index: number): number;
  picture_stride(index: number): number;
  picture_row_bytes(index: number): number;
  picture_rows(index: number): number;
  convert_open(width: number, height: number, gray: number, tagged: number, smooth: number): number;
  convert_rows(to: number, stride: number, from: number, rows: number): number;
}

/** The codecs, in the order of their numbers in video.c. */
const CODECS: readonly VideoCodec[] = ["h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mjpeg", "prores"];

/** Names for messages. */
const NAMES: Record<VideoCodec, string> = {
  h264: "H.264",
  hevc: "HEVC (H.265)",
  vp8: "VP8",
  vp9: "VP9",
  av1: "AV1",
  mpeg4: "MPEG-4 part 2",
  mjpeg: "Motion JPEG",
  prores: "ProRes",
};

/** Rows that are converted at a time, so that a picture's RGB exists only once, outside the decoder. */
const STRIP_ROWS = 64;
/** Rows that swscale may hold back and return with a later strip. */
const LAGGING_ROWS = 16;
/** swscale's filters have at most 256 taps, and it fails on pictures of a pixel or two. */
const LARGEST_STEP = 64;
const SMALLEST_SIDE = 16;

let pool: InstancePool<VideoExports> | undefined;

/** The codecs that this deployment carries. */
export function supportedVideoCodecs(): readonly VideoCodec[] {
  return decoders.video.codecs;
}

/**
 * Opens a decoder, after waiting for its memory.
 *
 * @throws MediaError `unsupported-codec`, `too-large` (a stream of this size never fits), `corrupt` (a broken stream header),
 *   `out-of-memory`; the signal's reason
 * @example
 * const decoder = await openVideoDecoder({ codec: "h264", extradata: avcC, width: 1920, height: 1080 });
 * try {
 *   decoder.send(packet, pts);
 *   for (let picture = decoder.receive(); picture; picture = decoder.receive()) picture.toRgb({ width: 640, height: 360 });
 * } finally {
 *   decoder.close();
 * }
 */
export async function openVideoDecoder(options: VideoDecoderOptions): Promise<VideoDecoder> {
  const { codec, extradata, width, height, signal } = options;
  if (!decoders.video.codecs.includes(codec)) {
    throw new MediaError(
      "unsupported-codec",
      `This deployment cannot decode ${NAMES[codec]}: it carries ${decoders.video.codecs.map((one) => NAMES[one]).join(", ")}. ` +
        'Remove the alias of "encord-edge-agents/media/codecs" from wrangler.jsonc to carry every codec.',
    );
  }
  const ownBytes = options.ownBytes ?? width * height * 3;
  const { leastBytes, likelyBytes } = estimateVideoMemory(codec, width, height, extradata);
  const what = `Decoding a ${width} x ${height} ${NAMES[codec]} video`;
  if (leastBytes + ownBytes > isolateMemory.capacity) throw neverFits(what, leastBytes, ownBytes);
  const wasmBytes = Math.min(likelyBytes, isolateMemory.capacity - ownBytes);
  pool ??= new InstancePool<VideoExports>(decoders.video.module);
  const loan = await pool.lend({ wasmBytes, ownBytes, what, signal });
  const decoder = new FfmpegDecoder(codec, what, loan);
  try {
    decoder.open(options);
    return decoder;
  } catch (error) {
    decoder.close();
    throw error;
  }
}

function neverFits(what: string, leastBytes: number, ownBytes: number): MediaError {
  const capacity = megabytes(isolateMemory.capacity);
  const advice =
    leastBytes < isolateMemory.capacity
      ? `Ask for smaller frames: ${megabytes(isolateMemory.capacity - leastBytes)} MB are left for them.`
      : "Use a smaller version of it: 3840 x 2160 fits.";
  return new MediaError(
    "too-large",
    `${what} needs at least ${megabytes(leastBytes)} MB, and ${megabytes(ownBytes)} MB for the frames; ${capacity} MB is all there ` +
      `is for media. ${advice}`,
  );
}

class FfmpegDecoder implements VideoDecoder {
  readonly codec: VideoCodec;
  readonly #what: string;
  readonly #loan: Loan<VideoExports>;
  #closed = false;
  /** Counts the calls that invalidate the last picture. */
  #step = 0;
  #strip = { pointer: 0, size: 0 };

  constructor(codec: VideoCodec, what: string, loan: Loan<VideoExports>) {
    this.codec = codec;
    this.#what = what;
    this.#loan = loan;
  }

  get memoryBytes(): number {
    return this.#closed ? 0 : this.#loan.instance.memoryBytes;
  }

  open(options: VideoDecoderOptions): void {
    const { codecTag = "", extradata = new Uint8Array(), width, height, reorderDepth = 0 } = options;
    const pointer = this.#place(extradata);
    const [codec, tag] = [CODECS.indexOf(this.codec), tagNumber(codecTag)];
    const result = this.#run((exports) =>
      exports.video_open(codec, tag, pointer, extradata.length, width, height, reorderDepth),
    );
    this.#run((exports) => exports.memory_free(pointer));
    if (result < 0) throw this.#failure("its stream header is damaged");
  }

  send(packet: Uint8Array, pts: number, options: PacketOptions = {}): void {
    const pointer = this.#change((exports) => exports.video_packet(packet.length));
    if (pointer === 0) throw this.#failure("a packet is too large");
    this.#loan.instance.bytes.set(packet, pointer);
    const result = this.#run((exports) => exports.video_send(pts, options.skipNonReference ? 1 : 0));
    if (result < 0) throw this.#failure(`the packet with time ${pts} is damaged`);
  }

  receive(): DecodedPicture | null {
    const result = this.#change((exports) => exports.video_receive());
    if (result < 0) throw this.#failure("a packet is damaged");
    return result === 1 ? this.#picture() : null;
  }

  flush(): void {
    this.#change((exports) => exports.video_flush());
  }

  reset(): void {
    this.#change((exports) => exports.video_reset());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#step++;
    try {
      const { instance } = this.#loan;
      instance.call((exports) => {
        exports.memory_free(this.#strip.pointer);
        exports.video_close();
      });
    } catch {
      // A lost instance needs no tidying: the pool drops it.
    }
    this.#loan.end();
  }

  #picture(): DecodedPicture {
    const step = this.#step;
    const alive = () => {
      if (step !== this.#step) {
        throw new MediaError(
          "closed",
          "The picture is gone: its decoder has moved on. Take what you need of it before the decoder's next call.",
        );
      }
    };
    const { exports } = this.#loan.instance;
    const pixelFormat = this.#loan.instance.text(exports.picture_format());
    const width = exports.picture_width();
    const height = exports.picture_height();
    return {
      pts: exports.picture_pts(),
      width,
      height,
      pixelFormat,
      planes: () => {
        alive();
        return this.#planes();
      },
      copyPlanes: () => {
        alive();
        return joinPlanes(this.#planes());
      },
      toRgb: (options = {}) => {
        alive();
        return this.#scale({ width, height }, options, 3);
      },
      toGray: (options = {}) => {
        alive();
        return this.#scale({ width, height }, options, 1).data;
      },
    };
  }

  #planes(): PicturePlane[] {
    const { exports, bytes } = this.#loan.instance;
    const planes: PicturePlane[] = [];
    for (let i = 0; i < 4; i++) {
      const pointer = exports.picture_plane(i);
      const rowBytes = exports.picture_row_bytes(i);
      if (pointer === 0 || rowBytes <= 0) break;
      const stride = exports.picture_stride(i);
      const rows = exports.picture_rows(i);
      planes.push({
        data: bytes.subarray(pointer, pointer + stride * (rows - 1) + rowBytes),
        stride,
        rowBytes,
        rows,
      });
    }
    return planes;
  }

  /** Scales to a size that swscale handles well, and from there to the size asked for if that is a tiny one. */
  #scale(source: { width: number; height: number }, options: PictureColours, channels: 1 | 3): Pixels {
    const width = options.width ?? source.width;
    const height = options.height ?? source.height;
    const direct = {
      width: Math.max(width, Math.min(SMALLEST_SIDE, source.width), Math.ceil(source.width / LARGEST_STEP)),
      height: Math.max(
        height,
        Math.min(SMALLEST_SIDE, source.height),
        Math.ceil(source.height / LARGEST_STEP),
      ),
    };
    const pixels = this.#convert(direct, source.height, channels, options);
    if (direct.width === width && direct.height === height) return pixels;
    const isTurned = channels === 3 && (options.orientation ?? 1) >= 5;
    if (channels === 3)
      return isTurned ? scalePixels(pixels, height, width) : scalePixels(pixels, width, height);
    const threefold = Uint8Array.from(
      { length: pixels.data.length * 3 },
      (_, i) => pixels.data[Math.floor(i / 3)] as number,
    );
    const scaled = scalePixels({ ...direct, data: threefold }, width, height);
    return { width, height, data: scaled.data.filter((_, i) => i % 3 === 0) };
  }

  #convert(
    { width, height }: { width: number; height: number },
    sourceRows: number,
    channels: 1 | 3,
    { colours, chroma, orientation = 1 }: PictureColours,
  ): Pixels {
    const opened = this.#run((exports) =>
      exports.convert_open(
        width,
        height,
        channels === 1 ? 1 : 0,
        colours === "tagged" ? 1 : 0,
        chroma === "smooth" ? 1 : 0,
      ),
    );
    if (opened < 0) throw this.#failure(`a picture cannot be scaled to ${width} x ${height}`);
    const stride = width * channels;
    const rowsAtOnce = Math.ceil((STRIP_ROWS * height) / sourceRows) + LAGGING_ROWS;
    const strip = this.#stripOf(stride * rowsAtOnce + 64);
    const picture =
      orientation === 1 || channels === 1
        ? { width, height, data: new Uint8Array(stride * height) }
        : new UprightPicture(width, height, orientation);
    let done = 0;
    for (let from = 0; from < sourceRows; from += STRIP_ROWS) {
      const rows = Math.min(STRIP_ROWS, sourceRows - from);
      const got = this.#run((exports) => exports.convert_rows(strip - done * stride, stride, from, rows));
      if (got < 0) throw this.#failure("a picture cannot be converted");
      const converted = this.#loan.instance.bytes.subarray(strip, strip + got * stride);
      if (picture instanceof UprightPicture) picture.put(done, converted);
      else picture.data.set(converted, done * stride);
      done += got;
    }
    return picture;
  }

  /** The buffer for converted rows, kept from one picture to the next. */
  #stripOf(size: number): number {
    if (this.#strip.size >= size) return this.#strip.pointer;
    const { pointer } = this.#strip;
    this.#strip = { pointer: 0, size: 0 };
    const fresh = this.#run((exports) => {
      exports.memory_free(pointer);
      return exports.memory_alloc(size);
    });
    if (fresh === 0) throw this.#failure("there is no memory for the frame");
    this.#strip = { pointer: fresh, size };
    return fresh;
  }

  #place(bytes: Uint8Array): number {
    const pointer = this.#run((exports) => exports.memory_alloc(Math.max(1, bytes.length)));
    if (pointer === 0) throw this.#failure("there is no memory for its header");
    this.#loan.instance.bytes.set(bytes, pointer);
    return pointer;
  }

  /** A call that invalidates the last picture. */
  #change<Result>(run: (exports: VideoExports) => Result): Result {
    this.#step++;
    return this.#run(run);
  }

  #run<Result>(run: (exports: VideoExports) => Result): Result {
    if (this.#closed) throw new MediaError("closed", `${this.#what} has ended: the decoder is closed.`);
    this.#loan.touch();
    try {
      return this.#loan.instance.call(run);
    } catch (cause) {
      if (cause instanceof WasmTrap) throw this.#failure("the decoder crashed on it", cause);
      throw cause;
    }
  }

  #failure(why: string, cause?: unknown): MediaError {
    const { instance } = this.#loan;
    if (instance.refused) {
      const held = megabytes(instance.memoryBytes);
      return new MediaError(
        "out-of-memory",
        `${this.#what} holds ${held} MB and needs more than the isolate has left. Try again later, ask for smaller frames, or use ` +
          "a smaller version of the video.",
        { retryable: true, cause },
      );
    }
    return new MediaError("corrupt", `${this.#what} failed: ${why}.`, { cause });
  }
}

/** Four letters as FFmpeg's number: the first is the lowest byte. */
function tagNumber(tag: string): number {
  if (tag.length !== 4) return 0; // A name of another kind, such as Matroska's.
  return [0, 1, 2, 3].reduce((sum, i) => sum + ((tag.charCodeAt(i) & 255) << (8 * i)), 0) >>> 0;
}

function joinPlanes(planes: PicturePlane[]): Uint8Array {
  const joined = new Uint8Array(planes.reduce((sum, { rowBytes, rows }) => sum + rowBytes * rows, 0));
  let at = 0;
  for (const { data, stride, rowBytes, rows } of planes) {
    for (let row = 0; row < rows; row++, at += rowBytes) {
      joined.set(data.subarray(row * stride, row * stride + rowBytes), at);
    }
  }
  return joined;
}
