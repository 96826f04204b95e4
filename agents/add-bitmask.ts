/**
 * Paints a mask over what stands out on the frame that the annotator looks at, as the ontology's first bitmask object.
 * Change: the object, and the model: `salientRegion` is a simple one, and any function from a frame to a mask will do.
 */

import { EditorAgentError, editorAgent, labelRow, singleFrame } from "encord-edge-agents";
import { encodeBitmask } from "encord-edge-agents/encord";
import { salientRegion } from "./salient-region.ts";

export const addBitmask = editorAgent({
  name: "add-bitmask",
  description: "Paints a mask over what stands out on the frame",
  dependencies: { labelRow, frame: singleFrame },
  async run({ labelRow, frame }) {
    const kind = labelRow.ontologyStructure.objects.find((object) => object.shape === "bitmask");
    if (!kind) throw new EditorAgentError("The ontology has no bitmask object.");
    const region = salientRegion(frame);
    if (!region) return { message: "Nothing stands out on this frame." };
    const mask = labelRow.createObjectInstance(
      labelRow.ontologyStructure.getChildByHash(kind.featureNodeHash, "bitmask"),
    );
    mask.setForFrames(encodeBitmask(region.mask, frame), {
      frames: frame.frame,
      confidence: region.confidence,
      manualAnnotation: false,
    });
    labelRow.addObjectInstance(mask);
    await labelRow.save();
    const pixels = region.mask.reduce((sum, each) => sum + each, 0);
    return { message: `Added a mask: ${kind.name}, ${pixels} pixels` };
  },
});
