/**
 * The Worker that is killed: one agent hands its labels over to be saved with the batch, the other saves them itself. Both
 * may be lost as often as it takes.
 */

import { createWorker, defineAgents, labelRow, taskAgent } from "encord-edge-agents";
import type { LabelRow } from "encord-edge-agents/encord";

function addBox(row: LabelRow, title: string): void {
  const box = row.ontologyStructure.getChildByTitle(title, "object").createInstance();
  box.setForFrames({ topLeftX: 0.1, topLeftY: 0.1, width: 0.5, height: 0.5 }, { frames: 0 });
  row.addObjectInstance(box);
}

const options = { dependencies: { labelRow }, retries: 100, batchSize: 5 } as const;

const handsOver = taskAgent({
  ...options,
  name: "hands-over",
  stage: "First",
  run({ labelRow }) {
    addBox(labelRow, "Car");
    return { pathway: "on", labelRow };
  },
});

const savesItself = taskAgent({
  ...options,
  name: "saves-itself",
  stage: "Second",
  async run({ labelRow }) {
    addBox(labelRow, "Person");
    await labelRow.save();
    return "on";
  },
});

const worker = createWorker(defineAgents({ agents: [handsOver, savesItself] }));

export default worker.handler;
export const { StageQueue, TaskExecutor, LabelLocks, EncordGate } = worker;
