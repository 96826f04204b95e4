import { dependency } from "../agent/dependency.ts";
import type { FrameSource } from "../media/index.ts";
import { frameSource } from "./frame-source.ts";

/**
 * Gives some of the frames: with a rate (`1/5`: frames 0, 5, 10 ...) those that there are, with a list (`[7, 3, 3]`) those in it, in
 * its order. Options ask for a size or for gray.
 */
export type VideoSampler = FrameSource["sample"];

/**
 * A function that samples the video, image sequence or image group at hand.
 *
 * @throws MediaError from the call: `invalid-argument` for a rate outside of 0 to 1, `out-of-range` for a frame that there is not
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
