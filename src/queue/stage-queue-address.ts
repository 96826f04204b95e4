/**
 * Where the queue of a stage is: one Durable Object per project and stage, found by name. And the two loopback doors through
 * which the rooms of this Worker reach each other; the platform makes them from what `worker.ts` exports.
 */

import type { StageQueueRpc } from "./stage-queue.ts";
import type { BatchAnswer, BatchOrder } from "./task-executor.ts";

interface Loopback {
  readonly exports?: unknown;
}

interface LoopbackExports {
  readonly StageQueue: { getByName(name: string): StageQueueRpc };
  readonly TaskExecutor: { runBatch(order: BatchOrder): Promise<BatchAnswer> };
}

/** The queue of one stage. */
export function stageQueue(ctx: Loopback, projectHash: string, stageUuid: string): StageQueueRpc {
  return (ctx.exports as LoopbackExports).StageQueue.getByName(`${projectHash}/${stageUuid}`);
}

/** The entrypoint that runs batches, each call in an invocation of its own. */
export function taskExecutor(ctx: Loopback): LoopbackExports["TaskExecutor"] {
  return (ctx.exports as LoopbackExports).TaskExecutor;
}
