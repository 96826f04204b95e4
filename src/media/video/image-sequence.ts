/**
 * Pictures in files of their own (an image, an image group, an image sequence), numbered like the frames of a video. Each is fetched
 * and decoded every time it is asked for; nothing is kept.
 */
import { MediaError } from "../errors.ts";
import type { Frame } from "../frame.ts";
import type { Transfer } from "../net/fetch-bytes.ts";
import type { ResizeOptions } from "../resize.ts";
import { checkFrameNumber, sampledFrames } from "./frame-numbers.ts";
import type { FrameOptions, FrameSource, FrameSourceInfo, GrayFrame, GrayOptions } from "./frame-source.ts";

/** Fetches and decodes one picture, by its number, in the size asked for. */
export type LoadPicture = (number: number, options: ResizeOptions) => Promise<Frame>;

/** What an image sequence is made of. */
export interface ImageSequenceOptions {
  readonly frameCount: number;
  readonly load: LoadPicture;
  /** Size of the first picture, if it is known without decoding. */
  readonly width?: number;
  readonly height?: number;
  /** What the pictures have cost so far. */
  readonly transfer?: () => Transfer;
}

/** Numbered pictures as a frame source. */
export class ImageSequence implements FrameSource {
  readonly info: FrameSourceInfo;
  readonly #load: LoadPicture;
  readonly #transfer: () => Transfer;
  #closed = false;

  constructor({ frameCount, load, width = 0, height = 0, transfer }: ImageSequenceOptions) {
    this.info = { width, height, frameCount, frameRate: 0 };
    this.#load = load;
    this.#transfer = transfer ?? (() => ({ requests: 0, bytes: 0 }));
  }

  get transfer(): Transfer {
    return this.#transfer();
  }

  frame(number: number, options?: FrameOptions): Promise<Frame>;
  frame(number: number, options: GrayOptions): Promise<GrayFrame>;
  async frame(number: number, options: FrameOptions | GrayOptions = {}): Promise<Frame | GrayFrame> {
    checkFrameNumber(number, this.info);
    if (this.#closed)
      throw new MediaError("closed", "The images are closed: no frame can be read from them.");
    const picture = await this.#load(number, options);
    if (!("gray" in options)) return picture;
    return { frame: picture.frame, width: picture.width, height: picture.height, data: picture.toGray() };
  }

  frames(options?: FrameOptions): AsyncGenerator<Frame, void, void>;
  frames(options: GrayOptions): AsyncGenerator<GrayFrame, void, void>;
  frames(options: FrameOptions | GrayOptions = {}): AsyncGenerator<Frame | GrayFrame, void, void> {
    return this.#each(sampledFrames(1, this.info), options);
  }

  sample(which: number | readonly number[], options?: FrameOptions): AsyncGenerator<Frame, void, void>;
  sample(which: number | readonly number[], options: GrayOptions): AsyncGenerator<GrayFrame, void, void>;
  sample(
    which: number | readonly number[],
    options: FrameOptions | GrayOptions = {},
  ): AsyncGenerator<Frame | GrayFrame, void, void> {
    return this.#each(sampledFrames(which, this.info), options);
  }

  async release(): Promise<void> {}

  close(): void {
    this.#closed = true;
  }

  async *#each(
    numbers: readonly number[],
    options: FrameOptions | GrayOptions,
  ): AsyncGenerator<Frame | GrayFrame, void, void> {
    for (const number of numbers) yield await this.frame(number, options as FrameOptions);
  }
}
