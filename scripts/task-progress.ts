/** Follows the tasks of a local Worker until all have ended. */

import { setTimeout as wait } from "node:timers/promises";
import type { LocalStack, StageReport } from "./local-stack.ts";

/** How many tasks are in which state, over all stages. */
export interface Totals {
  readonly waiting: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** Sums up all stages; tasks that timed out count as failed. */
export function totals(stages: readonly StageReport[]): Totals {
  const sum = (pick: (counts: StageReport["counts"]) => number) =>
    stages.reduce((total, { counts }) => total + pick(counts), 0);
  return {
    waiting: sum((counts) => counts.pending),
    running: sum((counts) => counts.dispatched + counts.running),
    succeeded: sum((counts) => counts.succeeded),
    failed: sum((counts) => counts.failed + counts.timedOut),
  };
}

/**
 * Waits until every stage has been listed and no task waits or runs, in Encord or in the queue.
 *
 * @param onProgress called with the stages each time they are read
 * @throws Error if that takes longer than `limitMs`
 */
export async function untilTasksDone(
  stack: LocalStack,
  limitMs: number,
  onProgress: (stages: readonly StageReport[]) => void = () => {},
): Promise<readonly StageReport[]> {
  const end = Date.now() + limitMs;
  for (;;) {
    const stages = await stack.stages();
    onProgress(stages);
    const { waiting, running } = totals(stages);
    const listed = stages.length > 0 && stages.every((stage) => stage.lastPoll !== null);
    if (listed && waiting + running === 0 && (await tasksLeft(stack, stages)) === 0) return stages;
    if (Date.now() > end) {
      const troubles = stages.flatMap((stage) => stage.lastPoll?.error ?? stage.lastError ?? []);
      throw new Error(
        [
          `The tasks have not ended after ${limitMs / 1000} s: ${waiting} are waiting, ${running} running.`,
          ...new Set(troubles),
        ].join("\n"),
      );
    }
    await wait(100);
  }
}

/** How many tasks are in the stages, by the emulator's count, without those that failed for good. */
async function tasksLeft(stack: LocalStack, stages: readonly StageReport[]): Promise<number> {
  const counts = await stack.emulator.taskCounts();
  return stages.reduce(
    (left, { stage, counts: { failed, timedOut } }) =>
      left + Math.max(0, (counts[stage.uuid] ?? 0) - failed - timedOut),
    0,
  );
}
