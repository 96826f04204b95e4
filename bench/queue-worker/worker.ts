/** The Worker of `npm run bench queue`: agents that do next to nothing, so that only the queue is measured. */

import { createWorker, defineAgents, labelRow, taskAgent } from "encord-edge-agents";
import type { LabelRow } from "encord-edge-agents/encord";

function addBox(row: LabelRow): void {
  const box = row.ontologyStructure.getChildByTitle("Car", "object").createInstance();
  box.setForFrames({ topLeftX: 0.1, topLeftY: 0.1, width: 0.5, height: 0.5 }, { frames: 0 });
  row.addObjectInstance(box);
}

const batches = { batchSize: 200, concurrency: 32, lanes: 6 } as const;

const handsOver = taskAgent({
  ...batches,
  name: "hands-over",
  stage: "Hands over",
  dependencies: { labelRow },
  run({ labelRow }) {
    addBox(labelRow);
    return { pathway: "on", labelRow };
  },
});

const savesItself = taskAgent({
  ...batches,
  name: "saves-itself",
  stage: "Saves itself",
  dependencies: { labelRow },
  async run({ labelRow }) {
    addBox(labelRow);
    await labelRow.save();
    return "on";
  },
});

const movesOnly = taskAgent({ ...batches, name: "moves-only", stage: "Moves only", run: () => "on" });

const worker = createWorker(defineAgents({ agents: [handsOver, savesItself, movesOnly] }));

export default worker.handler;
export const { StageQueue, TaskExecutor, LabelLocks, EncordGate } = worker;
