/**
 * Where the durable rooms of this Worker are, found by name: the queue of each stage, the locks of each project's label
 * rows, the gate towards Encord; and the entrypoint that runs batches. The platform makes these loopback doors from what
 * `worker.ts` exports.
 */

import type { EncordGateRpc } from "./encord-gate.ts";
import type { LabelLocksRpc } from "./label-locks.ts";
import type { StageQueueRpc } from "./stage-queue.ts";
import type { BatchAnswer, BatchOrder } from "./task-executor.ts";

interface Loopback {
  readonly exports?: unknown;
}

interface LoopbackExports {
  readonly StageQueue: { getByName(name: string): StageQueueRpc };
  readonly LabelLocks: { getByName(name: string): LabelLocksRpc };
  readonly EncordGate: { getByName(name: string): EncordGateRpc };
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

/** The locks of a project's label rows. */
export function labelLocks(ctx: Loopback, projectHash: string): LabelLocksRpc {
  return (ctx.exports as LoopbackExports).LabelLocks.getByName(projectHash);
}

/** The gate towards Encord; one for the deployment. */
export function encordGate(ctx: Loopback): EncordGateRpc {
  return (ctx.exports as LoopbackExports).EncordGate.getByName("encord");
}
