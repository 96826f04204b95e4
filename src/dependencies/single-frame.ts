import { dependency } from "../agent/dependency.ts";
import type { Frame } from "../media/index.ts";
import { frameSource } from "./frame-source.ts";

/**
 * The current frame as RGB pixels: in an editor agent the frame that the annotator looks at, in a task agent the first. Of a video
 * only the index and the frame's group of pictures are read; an image costs one request.
 *
 * @throws MediaError when the file is neither an image nor a video, is damaged or too large, or has no such frame
 * @example
 * editorAgent({
 *   name: "size",
 *   dependencies: { frame: singleFrame },
 *   run: ({ frame }) => ({ message: `Frame ${frame.frame}: ${frame.width} x ${frame.height}` }),
 * });
 */
export const singleFrame = dependency(
  { source: frameSource },
  async ({ source }, invocation): Promise<Frame> => {
    try {
      return await source.frame(invocation.frameData?.frame ?? 0);
    } finally {
      await source.release();
    }
  },
);
