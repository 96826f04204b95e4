/**
 * Checks every image in the stage "Quality Gate": measures sharpness, exposure and size on the decoded pixels, writes the
 * verdict and the reasons as classifications, and routes the task along the pathway with the verdict's name.
 * Change: the stage, the titles of the two classifications, and the limits (see `image-quality.ts`).
 */

import { labelRow, taskAgent } from "encord-edge-agents";
import { imageQuality } from "./image-quality.ts";

export const imageQualityGate = taskAgent({
  name: "image-quality-gate",
  stage: "Quality Gate",
  pathways: ["Good", "Needs attention", "Reject"],
  dependencies: { labelRow, quality: imageQuality },
  ontology: ["Image quality", "Quality notes"],
  batchSize: 8,
  run({ labelRow, quality }) {
    const { ontologyStructure } = labelRow;

    const verdict = ontologyStructure.getChildByTitle("Image quality", "classification").createInstance();
    verdict.setAnswer(ontologyStructure.getChildByTitle(quality.verdict, "option"));
    verdict.setForFrames({ frames: 0 });
    labelRow.addClassificationInstance(verdict, { force: true }); // replaces the one of an earlier visit

    const notes = ontologyStructure.getChildByTitle("Quality notes", "classification").createInstance();
    notes.setAnswer(quality.notes.join("; ") || "no problems found");
    notes.setForFrames({ frames: 0 });
    labelRow.addClassificationInstance(notes, { force: true });

    return { pathway: quality.verdict, labelRow };
  },
});
