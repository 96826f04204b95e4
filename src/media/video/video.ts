/**
 * A video: its facts without decoding, and one, some or all of its frames. Frame k is the k-th frame that a player shows, and it is
 * the same picture however it is asked for. Fails with a `MediaError`.
 */

import { openVideoFile } from "../container/open-video-file.ts";
import type { PacketSource } from "../container/packet-source.ts";
import type { Container, VideoIndex } from "../container/video-index.ts";
import { MediaError } from "../errors.ts";
import { Frame } from "../frame.ts";
import { type ByteReader, MemoryReader } from "../net/byte-reader.ts";
import type { Transfer } from "../net/fetch-bytes.ts";
import { openReader } from "../net/range-reader.ts";
import type { OpenReaderOptions } from "../net/remote-file.ts";
import type { VideoCodec } from "../wasm/video-decoder.ts";
import { frameBytes, toFrame, toGrayFrame } from "./convert-picture.ts";
import { checkFrameNumber, sampledFrames } from "./frame-numbers.ts";
import type { FrameOptions, FrameSource, FrameSourceInfo, GrayFrame, GrayOptions } from "./frame-source.ts";
import { type OpenDecoder, type PicturePlan, PictureReader } from "./picture-reader.ts";

/** What is known about a video without decoding. */
export interface VideoInfo extends FrameSourceInfo {
  readonly container: Container;
  readonly codec: VideoCodec;
  /** The codec's name in the file, such as "avc1". */
  readonly codecTag: string;
  /** Degrees clockwise by which stored pictures are turned to be upright; frames are upright already. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** Frames that the file's index lists; more than `frameCount` when the file was cut short. */
  readonly promisedFrames: number;
}

/** Options of reading a video. */
export interface OpenVideoOptions extends OpenReaderOptions {
  /** Called for every requested frame when it is decoded. */
  readonly onFrame?: (() => void) | undefined;
  /** How decoders are opened; default: FFmpeg's in WebAssembly. */
  readonly openDecoder?: OpenDecoder;
}

/**
 * Opens a video by its URL, of which only the index is read at once, or from memory.
 *
 * @throws MediaError `not-a-video`, `no-video-track`, `unsupported-codec`, `unsupported-format`, `truncated`, `corrupt`, and what
 *   `openReader` fails with
 * @example
 * const video = await openVideo(signedUrl, { signal });
 * try {
 *   for await (const frame of video.sample(1 / 5, { width: 640 })) console.log(frame.frame, frame.data.length);
 * } finally {
 *   video.close();
 * }
 */
export async function openVideo(source: string | Uint8Array, options: OpenVideoOptions = {}): Promise<Video> {
  const reader = typeof source === "string" ? await openReader(source, options) : new MemoryReader(source);
  try {
    const { index, packets } = await openVideoFile(reader);
    return new Video(reader, index, packets, options);
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** An open video; see `openVideo`. Close it, or its file stays open as long as the invocation. */
export class Video implements FrameSource {
  readonly info: VideoInfo;
  readonly #reader: ByteReader;
  readonly #index: VideoIndex;
  readonly #pictures: PictureReader;
  readonly #onFrame: () => void;
  #iterations = 0;

  /** @internal */
  constructor(reader: ByteReader, index: VideoIndex, packets: PacketSource, options: OpenVideoOptions) {
    this.#reader = reader;
    this.#index = index;
    this.#pictures = new PictureReader(index, packets, options);
    this.#onFrame = options.onFrame ?? (() => {});
    this.info = infoOf(index);
  }

  get transfer(): Transfer {
    return this.#reader.transfer;
  }

  frame(number: number, options?: FrameOptions): Promise<Frame>;
  frame(number: number, options: GrayOptions): Promise<GrayFrame>;
  async frame(number: number, options: FrameOptions | GrayOptions = {}): Promise<Frame | GrayFrame> {
    checkFrameNumber(number, this.info);
    return this.#frame(number, options, {});
  }

  frames(options?: FrameOptions): AsyncGenerator<Frame, void, void>;
  frames(options: GrayOptions): AsyncGenerator<GrayFrame, void, void>;
  frames(options: FrameOptions | GrayOptions = {}): AsyncGenerator<Frame | GrayFrame, void, void> {
    return this.#all(options);
  }

  sample(which: number | readonly number[], options?: FrameOptions): AsyncGenerator<Frame, void, void>;
  sample(which: number | readonly number[], options: GrayOptions): AsyncGenerator<GrayFrame, void, void>;
  sample(
    which: number | readonly number[],
    options: FrameOptions | GrayOptions = {},
  ): AsyncGenerator<Frame | GrayFrame, void, void> {
    const numbers = sampledFrames(which, this.info);
    return this.#some(numbers, options, typeof which === "number");
  }

  release(): Promise<void> {
    return this.#pictures.release();
  }

  close(): void {
    this.#pictures.close();
    this.#reader.close();
  }

  async *#all(options: FrameOptions | GrayOptions): AsyncGenerator<Frame | GrayFrame, void, void> {
    const { frameCount } = this.info;
    yield* this.#iterating(async function* (video: Video) {
      for (let number = 0; number < frameCount; number++) {
        const next = number + 1 < frameCount ? number + 1 : null;
        const frame = await unlessDamaged(video.#frame(number, options, { next }));
        if (frame) yield frame;
      }
    });
  }

  async *#some(
    numbers: readonly number[],
    options: FrameOptions | GrayOptions,
    leavesOutDamaged: boolean,
  ): AsyncGenerator<Frame | GrayFrame, void, void> {
    const wanted = new Set(numbers.map((number) => this.#index.frames[number] as number));
    yield* this.#iterating(async function* (video: Video) {
      for (let i = 0; i < numbers.length; i++) {
        const number = numbers[i] as number;
        let copies = 0;
        while (numbers[i + 1] === number) {
          copies++;
          i++;
        }
        const following = numbers[i + 1] ?? -1;
        const next = following > number ? following : null;
        const decoding = video.#frame(number, options, { wanted, next });
        const frame = leavesOutDamaged ? await unlessDamaged(decoding) : await decoding;
        for (; frame && copies > 0; copies--) yield copyOf(frame);
        if (frame) yield frame;
      }
    });
  }

  /** Gives the decoder's memory back when the last iteration ends. */
  async *#iterating<T>(run: (video: Video) => AsyncGenerator<T, void, void>): AsyncGenerator<T, void, void> {
    this.#iterations++;
    try {
      yield* run(this);
    } finally {
      if (--this.#iterations === 0) await this.#pictures.release();
    }
  }

  #frame(number: number, options: FrameOptions | GrayOptions, plan: PicturePlan): Promise<Frame | GrayFrame> {
    const { orientation } = this.#index;
    const bytes = frameBytes(this.#index, orientation, options);
    return this.#pictures.picture<Frame | GrayFrame>(
      number,
      (picture) => {
        this.#onFrame();
        return "gray" in options
          ? toGrayFrame(picture, orientation, number, options)
          : toFrame(picture, orientation, number, options);
      },
      bytes,
      plan,
    );
  }
}

/** The rotation in an orientation; a mirrored picture (2, 4, 5, 7) has that of its mirror image. */
const ROTATIONS = { 1: 0, 2: 0, 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270 } as const;

function infoOf(index: VideoIndex): VideoInfo {
  const { container, codec, codecTag, orientation, frameRate, frames, promisedFrames } = index;
  const isTurned = orientation >= 5;
  return {
    container,
    codec,
    codecTag,
    width: isTurned ? index.height : index.width,
    height: isTurned ? index.width : index.height,
    frameCount: frames.length,
    promisedFrames,
    frameRate: Math.round(frameRate * 10_000) / 10_000,
    rotation: ROTATIONS[orientation],
  };
}

async function unlessDamaged<T>(frame: Promise<T>): Promise<T | null> {
  try {
    return await frame;
  } catch (error) {
    if (error instanceof MediaError && error.code === "corrupt") return null;
    throw error;
  }
}

function copyOf(frame: Frame | GrayFrame): Frame | GrayFrame {
  const copy = { ...frame, data: frame.data.slice() };
  return frame instanceof Frame ? new Frame(copy) : copy;
}
