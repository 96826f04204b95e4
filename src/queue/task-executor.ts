/**
 * The invocation in which a batch of tasks runs, with a CPU budget of its own: the queue survives whatever an agent does here.
 * Nothing crosses back as an exception. While it works it renews the leases of its tasks; when the queue no longer grants one
 * (the task was cancelled, or given to another worker), the signal of that task's agent is aborted.
 */

import { WorkerEntrypoint } from "cloudflare:workers";
import { type AgentSet, agentForStage } from "../agent/agent-set.ts";
import { errorText } from "../agent/log.ts";
import { connect } from "../connection.ts";
import type { RequestReport } from "../encord/index.ts";
import { recordAttempts } from "../metrics.ts";
import {
  createWorkerLog,
  readSettings,
  type Settings,
  secretsOf,
  type WorkerEnvironment,
} from "../settings.ts";
import { LockHolder } from "./label-locks.ts";
import { encordGate, labelLocks, stageObject } from "./loopback.ts";
import { cachedReads } from "./read-cache.ts";
import { retryAfterMs } from "./retry-after.ts";
import { runSpecs, type TaskCompletionResult, type TaskSpec } from "./run-specs.ts";
import type { Shard } from "./sharded-stage.ts";
import { type BatchOptions, type BatchResult, TaskBatch } from "./task-batch.ts";
import type { LeasedTask, TaskReport } from "./task-state.ts";

export interface BatchOrder {
  readonly projectHash: string;
  readonly stageUuid: string;
  readonly agentName: string;
  /** The share of the stage's tasks that they come from. */
  readonly shard?: Shard;
  readonly tasks: readonly LeasedTask[];
}

/** A stage of the same project that tasks moved to and that this deployment serves too. */
export interface ServedDestination {
  readonly stageUuid: string;
  readonly agentName: string;
}

/** Nothing could be done for any task; none is to blame. */
interface BatchFailure {
  readonly ok: false;
  readonly error: string;
  readonly retryAfterMs?: number;
  /** The agent is for another stage in this deployment, or the stage has another name by now. */
  readonly unserved?: boolean;
}

export type BatchAnswer =
  | {
      readonly ok: true;
      readonly reports: readonly TaskReport[];
      readonly destinations: readonly ServedDestination[];
      readonly stalled: boolean;
      readonly contested: number;
    }
  | BatchFailure;

/** Tasks that another queue hands over. */
export interface SpecOrder {
  readonly projectHash: string;
  readonly stageUuid: string;
  readonly agentName: string;
  readonly specs: readonly TaskSpec[];
  readonly single: boolean;
}

export type SpecAnswer = { readonly ok: true; readonly result: TaskCompletionResult } | BatchFailure;

/** How long to hold back when Encord says "too many" and not for how long. */
const UNNAMED_WAIT_SECONDS = 5;

/** How many times a lease is renewed within its length. */
const RENEWALS_PER_LEASE = 3;

export interface TaskExecutorRpc {
  runBatch(order: BatchOrder): Promise<BatchAnswer>;
  runSpecs(order: SpecOrder): Promise<SpecAnswer>;
}

/** A class that `taskExecutorFor` made. */
export type TaskExecutorClass = new (
  ctx: ExecutionContext,
  env: WorkerEnvironment,
) => WorkerEntrypoint<WorkerEnvironment> & TaskExecutorRpc;

/** The entrypoint class for a set of agents; `worker.ts` exports it. */
export function taskExecutorFor(agents: AgentSet): TaskExecutorClass {
  return class TaskExecutor extends WorkerEntrypoint<WorkerEnvironment> {
    async runBatch(order: BatchOrder): Promise<BatchAnswer> {
      return this.#work(order, async (batch, settings) => {
        const queue = stageObject(this.ctx, order);
        using leases = new LeaseKeeper(order.tasks, settings.leaseMs, async (tokens) => {
          const [held] = await Promise.all([queue.renew(tokens), batch.locks.prolong()]);
          return held;
        });
        const result: BatchResult = await new TaskBatch({
          ...batch,
          leases: {
            start: (tokens) => queue.start(tokens),
            checkpoint: (entries) => queue.checkpoint(entries),
          },
          leaseSignal: (token) => leases.signal(token),
        }).run(order.tasks);
        recordAttempts(this.env.AGENT_METRICS, order, result.reports);
        const destinations = result.destinations.flatMap((stageUuid) => {
          const destination = batch.project.workflow.stages.find((each) => each.uuid === stageUuid);
          const served = destination ? agentForStage(agents, destination) : null;
          return served ? [{ stageUuid, agentName: served.name }] : [];
        });
        const { reports, stalled, contested } = result;
        return { ok: true as const, reports, destinations, stalled, contested };
      });
    }

    async runSpecs(order: SpecOrder): Promise<SpecAnswer> {
      const place = `specs/${crypto.randomUUID()}`;
      return this.#work(
        order,
        async (batch, settings) => {
          // There are no leases to renew, only locks.
          using _ = new LeaseKeeper([], settings.leaseMs, async () => {
            await batch.locks.prolong();
            return [];
          });
          return { ok: true as const, result: await runSpecs(batch, order) };
        },
        place,
      );
    }

    /**
     * Makes what a batch needs, and turns what keeps it from starting into an answer.
     *
     * @param place at the gate towards Encord; null for a batch of our own queue, which has been let in before
     */
    async #work<Answer>(
      order: { readonly projectHash: string; readonly stageUuid: string; readonly agentName: string },
      work: (
        batch: Omit<BatchOptions, "leases" | "leaseSignal" | "locks"> & { readonly locks: LockHolder },
        settings: Settings,
      ) => Promise<Answer>,
      place: string | null = null,
    ): Promise<Answer | BatchFailure> {
      const log = createWorkerLog(this.env).with({ agent: order.agentName, stage: order.stageUuid });
      const meter = new RequestMeter((ms) => encordGate(this.ctx).close(ms));
      try {
        const settings = readSettings(this.env);
        const gate = place === null ? null : await encordGate(this.ctx).enter(place, settings.maxBatches);
        if (gate?.open === false) {
          const error = "Encord asked to wait, or as many batches as are allowed are under way.";
          return { ok: false, error, retryAfterMs: gate.waitMs };
        }
        const agent = agents.taskAgents.find((each) => each.name === order.agentName);
        if (!agent)
          return { ok: false, error: `This deployment has no task agent named "${order.agentName}".` };
        const client = await connect(settings, {
          log,
          onRequest: (report) => meter.count(report),
          fetch: cachedReads(),
        });
        const project = await client.getProject(order.projectHash);
        const stage = project.workflow.getStage({ uuid: order.stageUuid, type: "AGENT" });
        if (agentForStage(agents, stage) !== agent) {
          const error = `In this deployment the agent "${agent.name}" does not serve the stage "${stage.title}".`;
          return { ok: false, error, unserved: true };
        }
        return await work(
          {
            agent,
            client,
            project,
            stage,
            locks: new LockHolder(labelLocks(this.ctx, order.projectHash), settings.leaseMs),
            assets: {
              allowInsecureLoopback: settings.development,
              onTransfer: (transfer) => log.debug("asset_fetched", { ...transfer }),
              onFrame: () => {},
            },
            requests: () => meter.requests,
            log,
            secrets: secretsOf(this.env),
          },
          settings,
        );
      } catch (error) {
        log.error("batch_not_started", { error });
        const wait = retryAfterMs(error);
        return {
          ok: false,
          error: errorText(error, secretsOf(this.env)),
          ...(wait === undefined ? {} : { retryAfterMs: wait }),
        };
      } finally {
        await meter.end();
        // A place that could not be given back ends by itself.
        if (place !== null)
          await encordGate(this.ctx)
            .leave(place)
            .catch(() => {});
      }
    }
  };
}

/** Counts requests to Encord, and passes on at once what Encord asks to wait. */
class RequestMeter {
  requests = 0;
  readonly #closeGate: (forMs: number) => Promise<void>;
  readonly #closings: Promise<void>[] = [];

  constructor(closeGate: (forMs: number) => Promise<void>) {
    this.#closeGate = closeGate;
  }

  count({ status, retryAfterSeconds }: RequestReport): void {
    this.requests += 1;
    if (status === 429)
      this.#closings.push(
        this.#closeGate((retryAfterSeconds ?? UNNAMED_WAIT_SECONDS) * 1000).catch(() => {}),
      );
  }

  /** Ends when the gate has heard of everything. Should that fail, Encord itself tells the next batch. */
  async end(): Promise<void> {
    await Promise.all(this.#closings);
  }
}

/** Renews the leases of a batch until it is disposed of. */
class LeaseKeeper implements Disposable {
  readonly #controllers: ReadonlyMap<string, AbortController>;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    tasks: readonly LeasedTask[],
    leaseMs: number,
    renew: (tokens: readonly string[]) => Promise<readonly string[]>,
  ) {
    this.#controllers = new Map(tasks.map((task) => [task.token, new AbortController()]));
    this.#timer = setInterval(() => {
      renew([...this.#controllers.keys()]).then(
        (held) => this.#abortAllBut(new Set(held)),
        // The queue is restarting; the lease lives on, and the next renewal will reach it.
        () => {},
      );
    }, leaseMs / RENEWALS_PER_LEASE);
  }

  signal(token: string): AbortSignal {
    return this.#controllers.get(token)?.signal ?? AbortSignal.abort();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #abortAllBut(held: ReadonlySet<string>): void {
    for (const [token, controller] of this.#controllers) {
      if (!held.has(token))
        controller.abort(new Error("The task was cancelled, or given to another worker."));
    }
  }
}
