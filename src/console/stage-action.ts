/** What operators do to a stage, by the console or the API: each action is written down with who and when, then done. */

import { stageQueue } from "../queue/loopback.ts";
import type { Selection } from "../queue/stage-controls.ts";
import type { StageDoor } from "../queue/stage-queue.ts";
import { type Action, type ActionResult, type EndedTasks, operatorLog } from "./operator-log.ts";

/** What is to be done, to a stage that is known from elsewhere. */
export type StageWish =
  | { readonly kind: "pause" | "go live" }
  | { readonly kind: "run" | "retry" | "cancel"; readonly tasks: Selection }
  | { readonly kind: "move"; readonly tasks: readonly string[]; readonly destination: string };

export type StageAction = StageWish & { readonly projectHash: string; readonly stageUuid: string };

/** Why a control left tasks alone. */
const SKIPPED: Readonly<Record<"run" | "retry" | "cancel", string>> = {
  run: "Only pending tasks can be run.",
  retry: "Only tasks that failed, timed out or were canceled can be retried.",
  cancel: "Only tasks that wait or run can be canceled.",
};

/**
 * Does it. @param who their name, and the way they came in
 * @returns the entry in the log, and what came of it
 */
export async function performStageAction(
  ctx: { readonly exports?: unknown },
  who: Pick<Action, "who" | "by" | "subject" | "destinationTitle">,
  action: StageAction,
): Promise<{ readonly id: number; readonly result: ActionResult }> {
  const log = operatorLog(ctx);
  const id = await log.begin({ ...who, ...action });
  let result: ActionResult = { ok: false, note: "It could not be done: the stage's queue did not answer." };
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

/** What ended in a stage since the minute of that moment (milliseconds since 1970); the last day is known. */
export async function endedSince(queue: StageDoor, at: number): Promise<EndedTasks> {
  const minutes = await queue.minutes(at);
  return {
    succeeded: minutes.reduce((sum, minute) => sum + minute.succeeded, 0),
    failed: minutes.reduce((sum, minute) => sum + minute.failed, 0),
  };
}
