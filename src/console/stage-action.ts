/** What operators do to a stage, through the console or the API: each action is recorded, with who and when, then done. */

import { stageQueue } from "../queue/loopback.ts";
import type { Selection } from "../queue/stage-controls.ts";
import type { StageDoor } from "../queue/stage-queue.ts";
import { type Action, type ActionResult, type EndedTasks, operatorLog } from "./operator-log.ts";

/** What to do; the stage is known from the request. */
export type StageCommand =
  | { readonly kind: "pause" | "go live" }
  | { readonly kind: "run" | "retry" | "cancel"; readonly tasks: Selection }
  | { readonly kind: "move"; readonly tasks: readonly string[]; readonly destination: string };

export type StageAction = StageCommand & { readonly projectHash: string; readonly stageUuid: string };

/** Why an action skipped tasks. */
const SKIPPED: Readonly<Record<"run" | "retry" | "cancel", string>> = {
  run: "Only pending tasks can be run.",
  retry: "Only tasks that failed, timed out or were canceled can be retried.",
  cancel: "Only waiting and running tasks can be canceled.",
};

/**
 * Records an action, performs it, and records its result.
 *
 * @param who their name, and how they were identified
 * @returns the id of the entry in the log, and the result
 */
export async function performStageAction(
  ctx: { readonly exports?: unknown },
  who: Pick<Action, "who" | "by" | "subject" | "destinationTitle">,
  action: StageAction,
): Promise<{ readonly id: number; readonly result: ActionResult }> {
  const log = operatorLog(ctx);
  const id = await log.begin({ ...who, ...action });
  let result: ActionResult = { ok: false, note: "The stage's queue did not answer. Try again." };
  try {
    result = await perform(stageQueue(ctx, action.projectHash, action.stageUuid), action);
  } finally {
    await log.end(id, result);
  }
  return { id, result };
}

async function perform(queue: StageDoor, action: StageAction): Promise<ActionResult> {
  switch (action.kind) {
    case "pause":
      await queue.pause();
      return { ok: true };
    case "go live":
      await queue.goLive();
      return { ok: true };
    case "move": {
      const { moved, skipped, reason } = await queue.moveTasks(action.tasks, action.destination);
      return {
        ok: moved > 0 || skipped === 0,
        changed: moved,
        skipped,
        ...(reason === null ? {} : { note: reason }),
      };
    }
    default: {
      const endedBefore = action.tasks === "all" ? await endedSince(queue, Date.now()) : null;
      const control = {
        run: () => queue.runTasks(action.tasks),
        retry: () => queue.retryTasks(action.tasks),
        cancel: () => queue.cancelTasks(action.tasks),
      };
      const { changed, skipped } = await control[action.kind]();
      return {
        ok: true,
        changed,
        skipped,
        ...(skipped > 0 ? { note: SKIPPED[action.kind] } : {}),
        ...(endedBefore === null ? {} : { endedBefore }),
      };
    }
  }
}

/** The tasks that ended in a stage since the minute of `at` (milliseconds since 1970), which may be a day ago at most. */
export async function endedSince(queue: StageDoor, at: number): Promise<EndedTasks> {
  const minutes = await queue.minutes(at);
  return {
    succeeded: minutes.reduce((sum, minute) => sum + minute.succeeded, 0),
    failed: minutes.reduce((sum, minute) => sum + minute.failed, 0),
  };
}
