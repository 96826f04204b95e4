/** What the form of a stage's page asks for, and its consequences, to be confirmed first. */

import { TASK_STATES, type TaskState } from "../queue/task-state.ts";
import { number } from "./parts/state.tsx";
import type { StageCommand } from "./stage-action.ts";
import type { DirectoryProject } from "./stage-directory.ts";

/** What a form asks for; `fault` if that cannot be done. */
export function readStageForm(
  action: string,
  tasks: readonly string[],
  destination: string,
  project: DirectoryProject,
  stageUuid: string,
): { readonly action: StageCommand; readonly destinationTitle: string } | { readonly fault: string } {
  if (action === "pause" || action === "go live") return { action: { kind: action }, destinationTitle: "" };
  const [kind, all] = action.split(" ", 2);
  if (kind !== "run" && kind !== "retry" && kind !== "cancel" && kind !== "move") {
    return { fault: `"${action}" is not an action of a stage.` };
  }
  if (all !== "all" && tasks.length === 0) return { fault: "Select tasks first." };
  if (kind !== "move") {
    return { action: { kind, tasks: all === "all" ? "all" : tasks }, destinationTitle: "" };
  }
  const to = project.stages.find((each) => each.uuid === destination && each.uuid !== stageUuid);
  if (!to) return { fault: "Choose the stage to move the tasks to." };
  return { action: { kind, tasks, destination: to.uuid }, destinationTitle: to.title };
}

/** What will happen to how many tasks, and to which it will not. */
export function consequences(
  kind: "cancel" | "move",
  counts: Readonly<Record<TaskState, number>>,
  destination: string,
): { title: string; consequences: string[]; label: string } {
  const tasks = (count: number) => (count === 1 ? "1 task" : `${number(count)} tasks`);
  const busy = counts.dispatched + counts.running;
  const total = TASK_STATES.reduce((sum, state) => sum + counts[state], 0);
  if (kind === "cancel") {
    const canceled = counts.pending + busy;
    const sentences = [
      `${number(counts.pending)} waiting and ${number(busy)} running tasks will be canceled.`,
      "Labels that were saved already stay saved. A canceled task stays in its stage in Encord, and can be retried.",
    ];
    return {
      title: `Cancel ${tasks(canceled)}?`,
      consequences: sentences,
      label: `Cancel ${tasks(canceled)}`,
    };
  }
  const moved = total - busy;
  const sentences = [
    `${tasks(moved)} will be moved to “${destination}” in Encord. This cannot be undone from here.`,
    ...(busy > 0 ? [`${tasks(busy)} will be skipped: running tasks are not moved.`] : []),
  ];
  return {
    title: `Move ${tasks(moved)} to “${destination}”?`,
    consequences: sentences,
    label: `Move ${tasks(moved)}`,
  };
}
