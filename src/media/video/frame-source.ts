/**
 * Anything that has frames with numbers: a video, the pictures of an image sequence or group. Frames come as they are asked for:
 * one is decoded when the consumer wants it, and nothing is kept of it afterwards.
 */
import type { Frame } from "../frame.ts";
import type { Transfer } from "../net/fetch-bytes.ts";
import type { ResizeOptions } from "../resize.ts";

/** The form of frames. The size asked for is reached while decoding, so that a small frame of a large video costs little memory. */
export interface FrameOptions extends ResizeOptions {
  /** "opencv" (default): BT.601 whatever the video's tags say, as Python agents see it. "tagged": by the tags, as players do. */
  readonly colours?: "opencv" | "tagged";
}

/** Frames without colour. */
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

/** What is known of a frame source without decoding. */
export interface FrameSourceInfo {
  /** Pixels, upright; 0 when only decoding would tell (image groups). */
  readonly width: number;
  readonly height: number;
  readonly frameCount: number;
  /** Mean frames per second; 0 when there is no time. */
  readonly frameRate: number;
}

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

  /** Every frame from 0 on. Frames whose data is damaged beyond decoding are left out, their numbers with them. */
  frames(options?: FrameOptions): AsyncGenerator<Frame, void, void>;
  frames(options: GrayOptions): AsyncGenerator<GrayFrame, void, void>;

  /**
   * Some of the frames: with a rate (`1/5`: frames 0, 5, 10 ...) those that there are, with a list (`[7, 3, 3]`) those in it, in
   * its order, as often as they are in it.
   *
   * @throws MediaError `invalid-argument` for a rate outside of 0 to 1, `out-of-range` for a frame that there is not; at once,
   *   before anything is read
   */
  sample(which: number | readonly number[], options?: FrameOptions): AsyncGenerator<Frame, void, void>;
  sample(which: number | readonly number[], options: GrayOptions): AsyncGenerator<GrayFrame, void, void>;

  /** Gives back the memory held between two frames (a decoder's); the next frame takes it again. Iterations do so when they end. */
  release(): Promise<void>;

  /** Ends all reading and gives the memory back. May be called twice. */
  close(): void;
}
