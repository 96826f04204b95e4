/** What came of an action, from the audit list, and how its tasks stand by now. */

import { TASK_STATES, type TaskState } from "../../queue/task-state.ts";
import type { LoggedAction } from "../operator-log.ts";
import { number, STATE_NAMES, StateBar } from "./state.tsx";

/** How the tasks of an action stand; of one on all tasks: what of the stage waits, runs, and has ended since. */
export type ActionProgress = Readonly<Record<TaskState, number>>;

/** What became of so many tasks: of none, of one, of more. */
const DONE: Readonly<Record<string, readonly [string, string, string]>> = {
  run: [
    "No task had to be put in front",
    "1 task put in front, to run now",
    "{} tasks put in front, to run now",
  ],
  retry: ["No task was put back", "1 task given its attempts again", "{} tasks given their attempts again"],
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
  if (result === null) return "It has not ended, or the Worker was lost while it was done.";
  const parts: string[] = [];
  if (kind === "pause" && result.ok) parts.push("Paused. What runs may end; nothing else begins by itself.");
  if (kind === "go live" && result.ok) parts.push("Live: tasks are worked off as they come.");
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
              .join(", ") || (action.tasks === "all" ? "nothing waits" : "none of them is known any more")}
          </p>
        </>
      )}
    </div>
  );
}
