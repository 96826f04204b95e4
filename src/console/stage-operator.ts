/**
 * The operator's door for other Workers of the same account: everything that `/api` offers, typed, over a service binding.
 * Closed by default: only a Worker whose configuration binds this entrypoint can call it. No method throws; what went wrong is
 * an answer.
 */

import { WorkerEntrypoint } from "cloudflare:workers";
import type { AgentSet } from "../agent/agent-set.ts";
import { errorText } from "../agent/log.ts";
import type { TaskCompletionResult, TaskSpec } from "../queue/run-specs.ts";
import type { ControlResult, Selection } from "../queue/stage-controls.ts";
import type { MinuteFigures } from "../queue/stage-history.ts";
import type { MoveResult, StageStatus, TaskDetails } from "../queue/stage-queue.ts";
import type { TaskFilter, TaskPage } from "../queue/stage-rows.ts";
import { createWorkerLog, readSettings, secretsOf, type WorkerEnvironment } from "../settings.ts";
import { type AgentStageStatus, type OperatorAnswer, OperatorDesk, type StageName } from "./operator-desk.ts";

/**
 * What another Worker can call.
 *
 * @example
 * // its wrangler.jsonc: "services": [{ "binding": "AGENTS", "service": "my-agents", "entrypoint": "StageOperator" }]
 * async function waiting(agents: StageOperatorRpc): Promise<number> {
 *   const stages = await agents.getAgentStages();
 *   if (!stages.ok) throw new Error(stages.message);
 *   return stages.value.reduce((sum, { counts }) => sum + counts.pending, 0);
 * }
 */
export interface StageOperatorRpc {
  /** Every stage that an agent serves, in the order in which the agents are registered. */
  getAgentStages(): Promise<OperatorAnswer<AgentStageStatus[]>>;
  /** Runs the stage's agent once on each task, saves, moves, and answers in the JSON of the Python library's queue runner. */
  runTask(
    stage: StageName,
    specs: TaskSpec | string | readonly (TaskSpec | string)[],
  ): Promise<OperatorAnswer<TaskCompletionResult>>;
  status(stage: StageName): Promise<OperatorAnswer<StageStatus>>;
  /** A page of tasks in the order of their UUIDs; 100 by default, at most 1000. */
  tasks(stage: StageName, filter?: Partial<TaskFilter>): Promise<OperatorAnswer<TaskPage>>;
  /** One task, with its newest 50 attempts. */
  task(stage: StageName, taskUuid: string): Promise<OperatorAnswer<TaskDetails>>;
  /** What ended in the last hours, minute by minute; 1 by default, at most 24. */
  minutes(stage: StageName, hours?: number): Promise<OperatorAnswer<MinuteFigures[]>>;
  pause(stage: StageName): Promise<OperatorAnswer<{ readonly paused: boolean }>>;
  goLive(stage: StageName): Promise<OperatorAnswer<{ readonly paused: boolean }>>;
  /** Runs pending tasks now, also while the stage is paused. */
  run(stage: StageName, tasks: Selection): Promise<OperatorAnswer<ControlResult>>;
  /** Gives tasks that failed, timed out or were cancelled all their attempts again. */
  retry(stage: StageName, tasks: Selection): Promise<OperatorAnswer<ControlResult>>;
  cancel(stage: StageName, tasks: Selection): Promise<OperatorAnswer<ControlResult>>;
  move(
    stage: StageName,
    tasks: readonly string[],
    destinationStageUuid: string,
  ): Promise<OperatorAnswer<MoveResult>>;
}

/** A class that `stageOperatorFor` made. */
export type StageOperatorClass = new (
  ctx: ExecutionContext,
  env: WorkerEnvironment,
) => WorkerEntrypoint<WorkerEnvironment> & StageOperatorRpc;

/** The entrypoint class for a set of agents; `worker.ts` exports it. */
export function stageOperatorFor(agents: AgentSet): StageOperatorClass {
  return class StageOperator extends WorkerEntrypoint<WorkerEnvironment> implements StageOperatorRpc {
    getAgentStages() {
      return this.#ask((desk) => desk.getAgentStages());
    }

    runTask(stage: StageName, specs: unknown) {
      return this.#ask((desk) => desk.runTask(stage, specs));
    }

    status(stage: StageName) {
      return this.#ask((desk) => desk.status(stage));
    }

    tasks(stage: StageName, filter: unknown = {}) {
      return this.#ask((desk) => desk.tasks(stage, filter));
    }

    task(stage: StageName, taskUuid: string) {
      return this.#ask((desk) => desk.task(stage, taskUuid));
    }

    minutes(stage: StageName, hours?: number) {
      return this.#ask((desk) => desk.minutes(stage, { hours }));
    }

    pause(stage: StageName) {
      return this.#ask((desk) => desk.switch(stage, "pause"));
    }

    goLive(stage: StageName) {
      return this.#ask((desk) => desk.switch(stage, "go live"));
    }

    run(stage: StageName, tasks: Selection) {
      return this.#ask((desk) => desk.control(stage, "run", { tasks }));
    }

    retry(stage: StageName, tasks: Selection) {
      return this.#ask((desk) => desk.control(stage, "retry", { tasks }));
    }

    cancel(stage: StageName, tasks: Selection) {
      return this.#ask((desk) => desk.control(stage, "cancel", { tasks }));
    }

    move(stage: StageName, tasks: readonly string[], destinationStageUuid: string) {
      return this.#ask((desk) => desk.move(stage, { tasks, destinationStageUuid }));
    }

    /** Nothing crosses back by exception. */
    async #ask<T>(ask: (desk: OperatorDesk) => Promise<OperatorAnswer<T>>): Promise<OperatorAnswer<T>> {
      const log = createWorkerLog(this.env);
      try {
        const who = { who: "another Worker", by: "rpc" };
        return await ask(
          new OperatorDesk({ ctx: this.ctx, agents, settings: readSettings(this.env), log, who }),
        );
      } catch (error) {
        log.error("operator_call_failed", { error });
        return { ok: false, status: 500, message: errorText(error, secretsOf(this.env)) };
      }
    }
  };
}
