/**
 * Draws a box around what stands out on the frame that the annotator looks at, as the ontology's first bounding box object.
 * Change: the object, and the model: `salientRegion` is a simple one, and any function from a frame to a box will do.
 */

import { EditorAgentError, editorAgent, labelRow, singleFrame } from "encord-edge-agents";
import { salientRegion } from "./salient-region.ts";

export const addBoundingBox = editorAgent({
  name: "add-bounding-box",
  description: "Draws a box around what stands out on the frame",
  dependencies: { labelRow, frame: singleFrame },
  async run({ labelRow, frame }) {
    const kind = labelRow.ontologyStructure.objects.find((object) => object.shape === "bounding_box");
    if (!kind) throw new EditorAgentError("The ontology has no bounding box object.");
    const region = salientRegion(frame);
    if (!region) return { message: "Nothing stands out on this frame." };
    const box = labelRow.createObjectInstance(
      labelRow.ontologyStructure.getChildByHash(kind.featureNodeHash, "bounding_box"),
    );
    box.setForFrames(
      {
        topLeftX: region.left / frame.width,
        topLeftY: region.top / frame.height,
        width: region.width / frame.width,
        height: region.height / frame.height,
      },
      { frames: frame.frame, confidence: region.confidence, manualAnnotation: false },
    );
    labelRow.addObjectInstance(box);
    await labelRow.save();
    return { message: `Added a box: ${kind.name}, ${region.width} x ${region.height} pixels` };
  },
});
