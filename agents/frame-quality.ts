/**
 * The same measurement as `image-quality-gate`, on request: tells the annotator how good the current frame is. When a Workflow
 * node calls it, its decision routes the task.
 * Change: what counts as good (see `image-quality.ts`).
 */

import { editorAgent, singleFrame } from "encord-edge-agents";
import { imageQuality } from "./image-quality.ts";

export const frameQuality = editorAgent({
  name: "frame-quality",
  description: "Sharpness, exposure and size of the current frame",
  decisions: ["Good", "Needs attention", "Reject"],
  dependencies: { frame: singleFrame, quality: imageQuality },
  run({ frame, quality }) {
    const { verdict, sharpness, brightness, notes } = quality;
    const figures = `sharpness ${sharpness.toFixed(0)}, brightness ${brightness.toFixed(0)}, ${frame.width} x ${frame.height}`;
    return {
      message: `${verdict}: ${[...notes, figures].join("; ")}`,
      decision: verdict,
    };
  },
});
