import { dependency } from "../agent/dependency.ts";
import type { FrameSource } from "../media/index.ts";
import { frameSource } from "./frame-source.ts";

/**
 * Yields some of the frames: at a rate (`1/5`: frames 0, 5, 10, ...), or those of a list, in its order (`[7, 3, 3]`). The options
 * choose a size, or gray.
 */
export type VideoSampler = FrameSource["sample"];

/**
 * A function that samples the video, image sequence or image group.
 *
 * @throws MediaError from the call: `invalid-argument` for a rate outside of 0 to 1, `out-of-range` for a frame that does not exist
 * @example
 * taskAgent({
 *   name: "every-fifth",
 *   stage: "Agent 1",
 *   dependencies: { sample: videoSampler },
 *   async run({ sample }, { log }) {
 *     for await (const frame of sample(1 / 5, { width: 640 })) log.info("seen", { frame: frame.frame });
 *     return "Done";
 *   },
 * });
 */
export const videoSampler = dependency(
  { source: frameSource },
  ({ source }): VideoSampler => source.sample.bind(source),
  { heavy: true },
);
