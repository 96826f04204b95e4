/**
 * What operators can ask of the stages and do to them, whatever door they come through: JSON over HTTP (`/api`), or RPC from
 * another Worker (`StageOperator`). The door decides whether they may. A call that does not fit is answered with a refusal that says
 * what to send; every action is in the audit list before it is done.
 */

import type { AgentSet } from "../agent/agent-set.ts";
import type { Log } from "../agent/log.ts";
import { listOf, made, object, orElse, type Reader, text, tryToRead, uuid } from "../encord/json.ts";
import { stageQueue, taskExecutor } from "../queue/loopback.ts";
import { readSpecs, type TaskCompletionResult } from "../queue/run-specs.ts";
import { type ServedStage, servedProjects, servedStages } from "../queue/served-stages.ts";
import type { ControlResult } from "../queue/stage-controls.ts";
import type { MinuteFigures } from "../queue/stage-history.ts";
import type { MoveResult, StageDoor, StageStatus, TaskDetails } from "../queue/stage-queue.ts";
import type { TaskPage } from "../queue/stage-rows.ts";
import { TASK_STATES } from "../queue/task-state.ts";
import type { Settings } from "../settings.ts";
import { type Action, operatorLog } from "./operator-log.ts";
import { performStageAction, type StageCommand } from "./stage-action.ts";

/** A stage of a Workflow, by the UUIDs that Encord shows. */
export interface StageName {
  readonly projectHash: string;
  readonly stageUuid: string;
}

/** A stage that an agent serves, and how its queue stands. */
export interface AgentStageStatus extends StageStatus {
  readonly projectHash: string;
  readonly stage: { readonly uuid: string; readonly title: string };
  /** The agent's name. */
  readonly agent: string;
}

/** Why a call was not answered. Nothing was done. */
export interface OperatorRefusal {
  readonly ok: false;
  /** As over HTTP: 404 there is no such thing here, 422 the call does not fit, 500 something failed, 503 not now. */
  readonly status: 404 | 422 | 500 | 503;
  /** What is wrong, and what to do. */
  readonly message: string;
  /** For 503: when to ask again, in milliseconds. */
  readonly retryAfterMs?: number;
}

export type OperatorAnswer<T> = { readonly ok: true; readonly value: T } | OperatorRefusal;

/** What a desk needs of the door that it stands behind. */
export interface DeskSurroundings {
  readonly ctx: { readonly exports?: unknown };
  readonly agents: AgentSet;
  readonly settings: Settings;
  readonly log: Log;
  /** Who is asking, for the audit list. */
  readonly who: Pick<Action, "who" | "by">;
}

const PAGE = 100;

/** Reads a number, which is text in a query. */
const numberThat = (fits: (value: number) => boolean, expected: string) => {
  const digits = made(text, (value) => (fits(Number(value)) ? Number(value) : undefined), expected);
  return (value: unknown) => digits(typeof value === "number" ? String(value) : value);
};
const limit = numberThat(
  (count) => Number.isInteger(count) && count >= 1 && count <= 1000,
  "a whole number from 1 to 1000",
);
const hours = numberThat((count) => count > 0 && count <= 24, "more than 0 and at most 24");
const state = made(
  text,
  (name) => TASK_STATES.find((each) => each === name),
  `one of ${TASK_STATES.join(", ")}`,
);
const readSelection = object({
  tasks: (value) => (value === "all" ? ("all" as const) : listOf(uuid)(value)),
});
const readMove = object({ tasks: listOf(uuid), destinationStageUuid: uuid });
const readTaskQuery = object({
  state: orElse(state, undefined),
  search: orElse(text, undefined),
  after: orElse(text, undefined),
  limit: orElse(limit, PAGE),
});
const readMinutesQuery = object({ hours: orElse(hours, 1) });

/** What is thrown here becomes the answer. */
class Refused extends Error {
  readonly refusal: OperatorRefusal;

  constructor(status: OperatorRefusal["status"], message: string) {
    super(message);
    this.refusal = { ok: false, status, message };
  }
}

export class OperatorDesk {
  readonly #around: DeskSurroundings;

  constructor(around: DeskSurroundings) {
    this.#around = around;
  }

  /** Every stage that an agent serves, in the order in which the agents are registered. */
  async getAgentStages(): Promise<OperatorAnswer<AgentStageStatus[]>> {
    const { ctx, settings, agents, log } = this.#around;
    const served = await servedStages(settings, agents, log);
    const stages = served.map(async ({ projectHash, stage, agent }) => ({
      projectHash,
      stage: { uuid: stage.uuid, title: stage.title },
      agent: agent.name,
      ...(await stageQueue(ctx, projectHash, stage.uuid).status()),
    }));
    return { ok: true, value: await Promise.all(stages) };
  }

  status(stage: StageName): Promise<OperatorAnswer<StageStatus>> {
    return this.#at(stage, (queue) => queue.status());
  }

  /** @param query `state`, `search`, `after` (where the page before ended) and `limit` (1 to 1000; 100 by default), each optional */
  tasks(stage: StageName, query: unknown): Promise<OperatorAnswer<TaskPage>> {
    return this.#at(stage, (queue) => {
      const { state, search, after, limit } = read(readTaskQuery, query);
      return queue.tasks({
        limit,
        ...(state === undefined ? {} : { state }),
        ...(search === undefined ? {} : { search }),
        ...(after === undefined ? {} : { after }),
      });
    });
  }

  task(stage: StageName, taskUuid: string): Promise<OperatorAnswer<TaskDetails>> {
    return this.#at(stage, async (queue) => {
      const task = await queue.task(String(taskUuid).toLowerCase());
      if (task === null) throw new Refused(404, "This stage's queue does not know this task.");
      return task;
    });
  }

  /** @param query `hours` (up to 24; 1 by default) */
  minutes(stage: StageName, query: unknown): Promise<OperatorAnswer<MinuteFigures[]>> {
    return this.#at(stage, (queue) => {
      return queue.minutes(Date.now() - read(readMinutesQuery, query).hours * 3_600_000);
    });
  }

  /** Pauses the stage, or goes live again. */
  switch(stage: StageName, kind: "pause" | "go live"): Promise<OperatorAnswer<{ readonly paused: boolean }>> {
    return this.#at(stage, async (_queue, name) => {
      await this.#act(name, { kind });
      return { paused: kind === "pause" };
    });
  }

  /** @param selection `{ tasks }`: UUIDs, or `"all"` */
  control(
    stage: StageName,
    kind: "run" | "retry" | "cancel",
    selection: unknown,
  ): Promise<OperatorAnswer<ControlResult>> {
    return this.#at(stage, async (_queue, name) => {
      const { tasks } = read(readSelection, selection);
      const { changed = 0, skipped = 0 } = await this.#act(name, { kind, tasks });
      return { changed, skipped };
    });
  }

  /** @param order `{ tasks, destinationStageUuid }` */
  move(stage: StageName, order: unknown): Promise<OperatorAnswer<MoveResult>> {
    return this.#at(stage, async (_queue, name) => {
      const { tasks, destinationStageUuid: destination } = read(readMove, order);
      const { changed = 0, skipped = 0, note } = await this.#act(name, { kind: "move", tasks, destination });
      return { moved: changed, skipped, reason: note ?? null };
    });
  }

  /**
   * Runs tasks for a queue outside this deployment, once each, and tells their results.
   *
   * @param specs one task spec or a list of them, each an object or JSON text
   */
  runTask(stage: StageName, specs: unknown): Promise<OperatorAnswer<TaskCompletionResult>> {
    return this.#answered(stage, async (queue, name) => {
      const { identity } = await queue.status();
      const agentName = identity?.agentName ?? (await this.#served(name))?.agent.name;
      if (agentName === undefined) throw notServed(name);
      const order = specsOf(specs);
      const { ctx, who } = this.#around;
      const log = operatorLog(ctx);
      const tasks = order.specs.map(({ uuid }) => uuid);
      const id = await log.begin({ ...who, kind: "run for another queue", ...name, tasks });
      let error: string | null = "The worker was lost.";
      try {
        const answer = await taskExecutor(ctx).runSpecs({ ...name, agentName, ...order });
        error = answer.ok ? answer.result.error : answer.error;
        if (answer.ok) return { ok: true, value: answer.result };
        const { retryAfterMs = 1000 } = answer;
        return { ok: false, status: 503, message: answer.error, retryAfterMs };
      } finally {
        await log.end(id, { ok: error === null, ...(error === null ? {} : { note: error.slice(0, 500) }) });
      }
    });
  }

  async #act(stage: StageName, command: StageCommand) {
    const { ctx, who } = this.#around;
    return (await performStageAction(ctx, who, { ...stage, ...command })).result;
  }

  #at<T>(
    stage: StageName,
    ask: (queue: StageDoor, name: StageName) => T | Promise<T>,
  ): Promise<OperatorAnswer<T>> {
    return this.#answered(stage, async (queue, name) => ({ ok: true, value: await ask(queue, name) }));
  }

  /** Asks the queue of a stage; refused when there is none. */
  async #answered<T>(
    stage: StageName,
    ask: (queue: StageDoor, name: StageName) => Promise<OperatorAnswer<T>>,
  ): Promise<OperatorAnswer<T>> {
    try {
      const name = this.#named(stage);
      const queue = stageQueue(this.#around.ctx, name.projectHash, name.stageUuid);
      // One that was never woken is known to the Workflow only.
      if ((await queue.status()).identity === null && !(await this.#served(name))) throw notServed(name);
      return await ask(queue, name);
    } catch (error) {
      if (error instanceof Refused) return error.refusal;
      throw error;
    }
  }

  async #served({ projectHash, stageUuid }: StageName): Promise<ServedStage | undefined> {
    const { settings, agents, log } = this.#around;
    const served = await servedStages(settings, agents, log);
    return served.find((each) => each.projectHash === projectHash && each.stage.uuid === stageUuid);
  }

  #named(stage: StageName): StageName {
    const projectHash = String(stage?.projectHash).toLowerCase();
    const stageUuid = String(stage?.stageUuid).toLowerCase();
    const { settings, agents } = this.#around;
    if (!servedProjects(settings, agents).includes(projectHash)) {
      throw new Refused(404, `This deployment does not serve the project ${projectHash}.`);
    }
    if (!tryToRead(uuid, stageUuid).ok) throw new Refused(404, "Name the stage by its UUID.");
    return { projectHash, stageUuid };
  }
}

function notServed({ stageUuid }: StageName): Refused {
  return new Refused(404, `No agent of this deployment serves the stage ${stageUuid}.`);
}

function specsOf(input: unknown): ReturnType<typeof readSpecs> {
  try {
    return readSpecs(input);
  } catch (error) {
    throw error instanceof TypeError ? new Refused(422, error.message) : error;
  }
}

function read<T>(reader: Reader<T>, input: unknown): T {
  const reading = tryToRead(reader, input);
  if (reading.ok) return reading.value;
  throw new Refused(422, `${reading.path.join(".") || "body"} ${reading.message}`);
}
