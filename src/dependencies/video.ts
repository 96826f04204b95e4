import { dependency } from "../agent/dependency.ts";
import { AgentError } from "../agent/errors.ts";
import { Video } from "../media/index.ts";
import { frameSource } from "./frame-source.ts";
import { storageItem } from "./storage-item.ts";

/**
 * The video: `video.info` (size, frame count, codec, frame rate, rotation) without decoding, any frame by its number, all of them,
 * or some. It is closed when the agent ends.
 *
 * @throws AgentError `unsupported-item` when the data unit is not a video; MediaError when it cannot be read
 * @example
 * taskAgent({
 *   name: "last-frame",
 *   stage: "Agent 1",
 *   dependencies: { video },
 *   async run({ video }) {
 *     const last = await video.frame(video.info.frameCount - 1, { width: 320, gray: true });
 *     return last.data.some((level) => level > 30) ? "Ends in light" : "Fades out";
 *   },
 * });
 */
export const video = dependency(
  { source: frameSource, item: storageItem },
  ({ source, item }): Video => {
    if (source instanceof Video) return source;
    throw new AgentError(
      "unsupported-item",
      `"${item.name}" is of the type ${item.itemType}, not a video; use "frames" or "videoSampler", which also take images.`,
    );
  },
  { heavy: true },
);
