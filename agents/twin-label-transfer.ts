/**
 * Brings labels over from another project on the same data: every object and classification of the twin is copied, unless this
 * project's ontology does not have its kind. Both projects should use the same ontology.
 * Change: the stage and the pathways. Activate it with the hash of the other project: `twinLabelTransfer("<project hash>")`.
 */

import { labelRow, type TaskAgent, taskAgent, twinLabelRow } from "encord-edge-agents";

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
      let copied = 0;
      for (const object of objects) {
        if (!ontologyStructure.findChildByHash(object.featureHash, "object")) continue;
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
