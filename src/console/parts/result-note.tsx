/** The result of an action, from the audit list, and the states of its tasks by now. */

import { TASK_STATES, type TaskState } from "../../queue/task-state.ts";
import type { LoggedAction } from "../operator-log.ts";
import { number, STATE_NAMES, StateBar } from "./state.tsx";

/** The states of an action's tasks; for an action on all tasks, how many wait, run, and have ended in the stage since. */
export type ActionProgress = Readonly<Record<TaskState, number>>;

/** What was done, for no task, for one, and for several. */
const DONE: Readonly<Record<string, readonly [string, string, string]>> = {
  run: [
    "No task had to be moved to the front",
    "1 task moved to the front, to run now",
    "{} tasks moved to the front, to run now",
  ],
  retry: [
    "No task was retried",
    "1 task given all its attempts again",
    "{} tasks given all their attempts again",
  ],
  cancel: ["No task was canceled", "1 task canceled", "{} tasks canceled"],
  move: ["No task was moved", "1 task moved", "{} tasks moved"],
};

export function describeResult({
  kind,
  result,
  destination,
  destinationTitle,
  tasks: on,
}: LoggedAction): string {
  if (result === null) return "It has not ended, or the Worker was lost meanwhile.";
  const parts: string[] = [];
  if (kind === "pause" && result.ok)
    parts.push("Paused. Running tasks may end; no other task starts by itself.");
  if (kind === "go live" && result.ok) parts.push("Live: tasks run as they arrive.");
  if (result.changed !== undefined) {
    const where = kind === "move" && destination ? ` to ${destinationTitle ?? destination}` : "";
    const [none, one, more] = DONE[kind] ?? ["Nothing changed", "1 task changed", "{} tasks changed"];
    const sentence = result.changed === 0 ? none : result.changed === 1 ? one : more;
    parts.push(`${sentence.replace("{}", number(result.changed))}${where}.`);
  }
  if (kind === "retry" && on === "all")
    parts.push("Canceled tasks are left alone: select them to retry them.");
  if (result.skipped) parts.push(`${tasks(result.skipped)} skipped.`);
  if (result.note) parts.push(result.note);
  return parts.join(" ") || (result.ok ? "Done." : "It was refused.");
}

function tasks(count: number): string {
  return count === 1 ? "1 task" : `${number(count)} tasks`;
}

export function ResultNote({ action, progress }: { action: LoggedAction; progress: ActionProgress | null }) {
  const failed = action.result !== null && !action.result.ok;
  return (
    <div class={`result ${failed ? "is-bad" : ""}`} role="status" id="result">
      <p>{describeResult(action)}</p>
      {progress && (action.kind === "run" || action.kind === "retry") && (
        <>
          <StateBar counts={progress} />
          <p class="quiet">
            {action.tasks === "all" ? "The stage since then: " : "By now: "}
            {TASK_STATES.filter((state) => progress[state] > 0)
              .map((state) => `${number(progress[state])} ${STATE_NAMES[state].toLowerCase()}`)
              .join(", ") ||
              (action.tasks === "all" ? "nothing is waiting" : "the tasks are not known any more")}
          </p>
        </>
      )}
    </div>
  );
}
