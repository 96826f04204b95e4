/**
 * Finds the Durable Objects of this Worker by name: the queue of each stage, the locks of each project's label rows, the gate
 * towards Encord; and the entrypoint that runs batches. The platform makes these bindings from what `worker.ts` exports.
 */

import { env } from "cloudflare:workers";
import { type Environment, readShards } from "../settings.ts";
import type { EncordGateRpc } from "./encord-gate.ts";
import type { LabelLocksRpc } from "./label-locks.ts";
import { ShardedStage } from "./sharded-stage.ts";
import type { StageDoor, StageIdentity, StageQueueRpc } from "./stage-queue.ts";
import type { TaskExecutorRpc } from "./task-executor.ts";

interface Loopback {
  readonly exports?: unknown;
}

interface LoopbackExports {
  readonly StageQueue: { getByName(name: string): StageQueueRpc };
  readonly LabelLocks: { getByName(name: string): LabelLocksRpc };
  readonly EncordGate: { getByName(name: string): EncordGateRpc };
  readonly TaskExecutor: TaskExecutorRpc;
}

/** The queue of one stage: one object, or as many as the setting QUEUE_SHARDS says. */
export function stageQueue(ctx: Loopback, projectHash: string, stageUuid: string): StageDoor {
  const of = readShards(env as Environment);
  if (of === 1) return stageObject(ctx, { projectHash, stageUuid });
  const shards = Array.from({ length: of }, (_, index) => {
    return stageObject(ctx, { projectHash, stageUuid, shard: { index, of } });
  });
  return new ShardedStage(shards, stageObject(ctx, { projectHash, stageUuid }));
}

/** The very object that holds a stage's tasks, or a share of them. */
export function stageObject(ctx: Loopback, stage: Omit<StageIdentity, "agentName">): StageQueueRpc {
  const { projectHash, stageUuid, shard } = stage;
  const name = `${projectHash}/${stageUuid}${shard ? `#${shard.index}/${shard.of}` : ""}`;
  return (ctx.exports as LoopbackExports).StageQueue.getByName(name);
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
