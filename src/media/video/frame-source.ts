/**
 * Anything with numbered frames: a video, or the pictures of an image sequence or group. A frame is decoded when the consumer asks
 * for it, and nothing of it is kept afterwards.
 */
import type { Frame } from "../frame.ts";
import type { Transfer } from "../net/fetch-bytes.ts";
import type { ResizeOptions } from "../resize.ts";

/** Size and colours of frames. They are scaled while they are decoded, so that a small frame of a large video takes little memory. */
export interface FrameOptions extends ResizeOptions {
  /** "opencv" (default): BT.601 whatever the video's tags say, as Python agents see it. "tagged": by the tags, as players do. */
  readonly colours?: "opencv" | "tagged";
}

/** Asks for frames without colour. */
export interface GrayOptions extends ResizeOptions {
  /** One byte per pixel. */
  readonly gray: true;
}

/** A frame without colour. */
export interface GrayFrame {
  readonly frame: number;
  readonly width: number;
  readonly height: number;
  /** Luma, `height` rows of `width` bytes. */
  readonly data: Uint8Array;
}

/** What is known about a frame source without decoding. */
export interface FrameSourceInfo {
  /** Pixels, upright; 0 when only decoding would tell (image groups). */
  readonly width: number;
  readonly height: number;
  readonly frameCount: number;
  /** Mean frames per second; 0 for pictures without times. */
  readonly frameRate: number;
}

/** Numbered frames, and ways to read one, all or some of them. */
export interface FrameSource {
  readonly info: FrameSourceInfo;
  /** What reading has cost so far. */
  readonly transfer: Transfer;

  /**
   * One frame, by its number from 0 in presentation order.
   *
   * @throws MediaError `out-of-range` saying how many frames there are, `truncated`, `corrupt`, ...
   */
  frame(number: number, options?: FrameOptions): Promise<Frame>;
  frame(number: number, options: GrayOptions): Promise<GrayFrame>;

  /** Every frame from 0 on. Frames of a video that are too damaged to decode are left out, and so are their numbers. */
  frames(options?: FrameOptions): AsyncGenerator<Frame, void, void>;
  frames(options: GrayOptions): AsyncGenerator<GrayFrame, void, void>;

  /**
   * Some of the frames. A rate (`1/5`: frames 0, 5, 10 ...) leaves out damaged frames as `frames` does; a list (`[7, 3, 3]`) yields
   * its frames in its order, as often as they are listed, and fails at a damaged one.
   *
   * @throws MediaError `invalid-argument` for a rate that is not above 0 and at most 1, `out-of-range` for a frame that does not exist;
   *   both at the call, before anything is read
   */
  sample(which: number | readonly number[], options?: FrameOptions): AsyncGenerator<Frame, void, void>;
  sample(which: number | readonly number[], options: GrayOptions): AsyncGenerator<GrayFrame, void, void>;

  /** Gives back the memory held between frames (a decoder's) until the next frame is read. Iterations do so when they end. */
  release(): Promise<void>;

  /** Ends all reading and gives the memory back. May be called twice. */
  close(): void;
}
