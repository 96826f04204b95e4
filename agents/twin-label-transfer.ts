/**
 * Copies labels from another project on the same data: every object and classification of the twin whose kind this project's
 * ontology has. Both projects should use the same ontology. When a task comes back, an object that is already here, of the same
 * kind and in the same place, is not copied again.
 * Change: the stage and the pathways. Activate it with the hash of the other project: `twinLabelTransfer("<project hash>")`.
 */

import { labelRow, type TaskAgent, taskAgent, twinLabelRow } from "encord-edge-agents";
import type { ObjectInstance } from "encord-edge-agents/encord";

export function twinLabelTransfer(projectHash: string): TaskAgent {
  return taskAgent({
    name: "twin-label-transfer",
    description: "Copies the labels of the same data from another project",
    stage: "Transfer labels",
    pathways: ["Transferred", "Nothing to transfer"],
    dependencies: { labelRow, twin: twinLabelRow({ projectHash }) },
    run({ labelRow, twin }, { log }) {
      const objects = twin?.labelRow.getObjectInstances() ?? [];
      const classifications = twin?.labelRow.getClassificationInstances() ?? [];
      const { ontologyStructure } = labelRow;
      const present = new Set(labelRow.getObjectInstances().map(placeOf));
      let copied = 0;
      for (const object of objects) {
        if (!ontologyStructure.findChildByHash(object.featureHash, "object")) continue;
        if (present.has(placeOf(object))) continue;
        labelRow.addObjectInstance(object.copy());
        copied++;
      }
      for (const classification of classifications) {
        if (!ontologyStructure.findChildByHash(classification.featureHash, "classification")) continue;
        labelRow.addClassificationInstance(classification.copy(), { force: true });
        copied++;
      }
      log.info("labels_copied", { copied, of: objects.length + classifications.length });
      return copied > 0 ? { pathway: "Transferred", labelRow } : "Nothing to transfer";
    },
  });
}

/** Identifies an object by its kind and its place on each frame. */
function placeOf(object: ObjectInstance): string {
  const places = object.getAnnotations().map(({ frame, coordinates }) => [frame, coordinates]);
  return JSON.stringify([object.featureHash, places]);
}
