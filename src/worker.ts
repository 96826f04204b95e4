/**
 * The doors of the Worker for a set of agents: HTTP, the Cron Trigger, and the classes that the platform must find
 * among the exports of the main module.
 *
 * @example
 * // worker.ts, the main module
 * import { createWorker } from "encord-edge-agents";
 * import agents from "./agents/index.ts";
 * const worker = createWorker(agents);
 * export default worker.handler;
 * export const { StageQueue, TaskExecutor, LabelLocks, EncordGate, OperatorLog, StageOperator } = worker;
 */

import type { AgentSet } from "./agent/agent-set.ts";
import { OperatorLog } from "./console/operator-log.ts";
import { stageOperatorFor } from "./console/stage-operator.ts";
import { createApp } from "./http/app.ts";
import { EncordGate } from "./queue/encord-gate.ts";
import { LabelLocks } from "./queue/label-locks.ts";
import { wakeServedStages } from "./queue/served-stages.ts";
import { stageQueueFor } from "./queue/stage-queue.ts";
import { taskExecutorFor } from "./queue/task-executor.ts";
import { createWorkerLog, readSettings, type WorkerEnvironment } from "./settings.ts";

/** @returns the Worker's handler, and the classes to export beside it */
export function createWorker(agents: AgentSet) {
  const app = createApp(agents);
  const handler: ExportedHandler<WorkerEnvironment> = {
    fetch: (request, env, ctx) => app.fetch(request, env, ctx),
    async scheduled(_controller, env, ctx) {
      const log = createWorkerLog(env);
      try {
        await wakeServedStages(ctx, readSettings(env), agents, log);
      } catch (error) {
        // Cron tries again in a minute, and the queues keep their own deadlines: nothing is lost.
        log.error("cron_failed", { error });
      }
    },
  };
  return {
    handler,
    StageQueue: stageQueueFor(agents),
    TaskExecutor: taskExecutorFor(agents),
    LabelLocks,
    EncordGate,
    OperatorLog,
    StageOperator: stageOperatorFor(agents),
  };
}
