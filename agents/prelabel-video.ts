/**
 * Draws boxes around what moves in a video, on every frame and with a confidence, for people to correct. An object that is
 * followed from frame to frame becomes one object instance.
 * Change: the stage, the pathway, the kind of object, and the model: the line with `motionDetector` makes a function from a frame
 * to boxes; put your own there.
 */

import { labelRow, skip, taskAgent, video } from "encord-edge-agents";
import { BoxTracker } from "./box-tracker.ts";
import { motionDetector } from "./motion-detector.ts";

/** Pixels; wider videos are scaled down to this width. */
const WIDTH = 640;
/** Objects on fewer frames are noise. */
const LEAST_FRAMES = 3;

export const prelabelVideo = taskAgent({
  name: "prelabel-video",
  description: "Boxes around what moves, on every frame",
  stage: "Pre-Labeling Agent",
  pathways: ["Annotate 1"],
  dependencies: { labelRow, video },
  timeout: "10 minutes",
  async run({ labelRow, video }, { signal, log }) {
    const kind = labelRow.ontologyStructure.objects.find((object) => object.shape === "bounding_box");
    if (!kind) throw skip("The ontology has no bounding box object.");
    const size = { width: Math.min(WIDTH, video.info.width) };
    const detect = await motionDetector(video, size);
    const tracker = new BoxTracker();
    for await (const frame of video.frames(size)) {
      signal.throwIfAborted();
      tracker.add(frame.frame, await detect(frame));
    }
    const tracks = tracker.tracks.filter((track) => track.boxes.size >= LEAST_FRAMES);
    log.info("objects_followed", { objects: tracks.length, frames: video.info.frameCount });
    for (const { boxes } of tracks) {
      const object = labelRow.createObjectInstance(
        labelRow.ontologyStructure.getChildByHash(kind.featureNodeHash, "bounding_box"),
      );
      for (const [frames, { confidence, ...box }] of boxes) {
        object.setForFrames(box, { frames, confidence, manualAnnotation: false });
      }
      labelRow.addObjectInstance(object);
    }
    return { pathway: "Annotate 1", labelRow };
  },
});
