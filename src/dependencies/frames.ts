import { dependency } from "../agent/dependency.ts";
import type { Frame } from "../media/index.ts";
import { frameSource } from "./frame-source.ts";

/** All frames in presentation order, numbered from 0; each loop starts at the first. */
export interface Frames {
  [Symbol.asyncIterator](): AsyncGenerator<Frame, void, void>;
}

/**
 * Every frame of the video, image sequence or image group. A frame is decoded when the loop asks for it, and its memory is freed
 * when the loop asks for the next.
 *
 * @throws MediaError, from the loop, when the file is damaged or cannot be downloaded
 * @example
 * taskAgent({
 *   name: "brightness",
 *   stage: "Agent 1",
 *   dependencies: { frames },
 *   async run({ frames }, { log }) {
 *     for await (const frame of frames) {
 *       if (frame.frame % 10 === 0) log.info("gray", { frame: frame.frame, level: frame.toGray()[0] });
 *     }
 *     return "Done";
 *   },
 * });
 */
export const frames = dependency<{ source: typeof frameSource }, Frames>(
  { source: frameSource },
  ({ source }): Frames => ({ [Symbol.asyncIterator]: () => source.frames() }),
  { heavy: true },
);
