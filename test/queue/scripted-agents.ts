/** Task agents for tests: each runs what a test has put into its `run`. */

import {
  type AgentContext,
  agentStage,
  type BatchContext,
  labelRow,
  project,
  singleFrame,
  storageItem,
  type TaskAgent,
  type TaskOutcome,
  taskAgent,
} from "encord-edge-agents";
import type { AgentStage, AgentTask, LabelRow, Project, StorageItem } from "encord-edge-agents/encord";
import type { Frame } from "encord-edge-agents/media";

interface Script<Input> {
  run: (
    input: { readonly task: AgentTask } & Input,
    context: AgentContext,
  ) => TaskOutcome | Promise<TaskOutcome>;
}

const notSet = () => {
  throw new Error("The test has not said what this agent does.");
};

export const scripts: {
  readonly plain: Script<unknown>;
  readonly labels: Script<{ readonly labelRow: LabelRow }>;
  readonly frames: Script<{ readonly labelRow: LabelRow; readonly frame: Frame }>;
  readonly once: Script<{
    readonly labelRow: LabelRow;
    readonly project: Project;
    readonly storageItem: StorageItem;
    readonly agentStage: AgentStage;
  }>;
  readonly second: Script<unknown>;
  readonly picky: Script<unknown> & { beforeRun: (batch: BatchContext) => void | Promise<void> };
} = {
  plain: { run: notSet },
  labels: { run: notSet },
  frames: { run: notSet },
  once: { run: notSet },
  second: { run: notSet },
  picky: { run: notSet, beforeRun: () => {} },
};

export const scriptedAgents: readonly TaskAgent[] = [
  taskAgent({
    name: "plain",
    stage: "Plain",
    retries: 2,
    timeout: "300 milliseconds",
    run: (...given) => scripts.plain.run(...given),
  }),
  taskAgent({
    name: "labels",
    stage: "Labels",
    retries: 2,
    dependencies: { labelRow },
    run: (...given) => scripts.labels.run(...given),
  }),
  taskAgent({
    name: "frames",
    stage: "Frames",
    retries: 2,
    dependencies: { labelRow, frame: singleFrame },
    run: (...given) => scripts.frames.run(...given),
  }),
  taskAgent({
    name: "once",
    stage: "Once",
    retries: 0,
    dependencies: { labelRow, project, storageItem, agentStage },
    run: (...given) => scripts.once.run(...given),
  }),
  taskAgent({ name: "second", stage: "Second", run: (...given) => scripts.second.run(...given) }),
  taskAgent({
    name: "picky",
    stage: "Picky",
    refreshEvery: "10 seconds",
    timeout: "300 milliseconds",
    maxTasksPerStage: 3,
    beforeRun: (batch) => scripts.picky.beforeRun(batch),
    run: (...given) => scripts.picky.run(...given),
  }),
];

/** Answers "Quality" with "Good". */
export function addQuality(labelRow: LabelRow): void {
  const instance = labelRow.ontologyStructure.getChildByTitle("Quality", "classification").createInstance();
  instance.setAnswer(labelRow.ontologyStructure.getChildByTitle("Good", "option"));
  instance.setForFrames({ frames: 0 });
  labelRow.addClassificationInstance(instance);
}
