/**
 * The queue of one Workflow stage: a Durable Object with its rows in SQLite, driven by its alarm.
 *
 * What it promises. Nothing is acknowledged before it is stored: a wake-up is in SQLite when `wake` returns. The queue
 * cannot stop by itself: `alarm` never throws, deadlines live in SQL, every exit sets the next alarm, and cron wakes what
 * is dead all the same. A lease is fenced: what a worker without the current token says changes nothing. Agents never run
 * here, but in invocations of their own (`TaskExecutor`).
 *
 * One round of the alarm: take back expired leases → list the stage's tasks at Encord, if something woke us → give batches
 * to workers, a few at a time → settle what they report → until nothing is due. Then sleep until something is, or for good.
 */

import { DurableObject } from "cloudflare:workers";
import type { AgentSet } from "../agent/agent-set.ts";
import { describeError, type Log, redact } from "../agent/log.ts";
import { connect } from "../connection.ts";
import { createWorkerLog, type Environment, readSettings } from "../settings.ts";
import { backoffMs } from "./backoff.ts";
import { stageQueue, taskExecutor } from "./stage-queue-address.ts";
import { type ListedTask, StageStore, type TaskRow } from "./stage-store.ts";
import type { Checkpoint, LeasedTask, TaskReport, TaskState } from "./task-state.ts";

/** Which stage a queue serves, and with which agent. */
export interface StageIdentity {
  readonly projectHash: string;
  readonly stageUuid: string;
  readonly agentName: string;
}

/** Who woke the queue; `handover`: another stage of this deployment moved tasks here. */
export type WakeReason = "cron" | "notification" | "handover" | "operator";

export interface StageStatus {
  readonly identity: StageIdentity | null;
  readonly counts: Readonly<Record<TaskState, number>>;
  /** When the stage's tasks were last listed (milliseconds since 1970), and what went wrong, if anything did. */
  readonly lastPoll: { readonly at: number; readonly error: string | null } | null;
  readonly lastError: string | null;
}

/** What can be asked of a queue from outside. No call ends in an exception of the queue's own making. */
export interface StageQueueRpc {
  wake(identity: StageIdentity, reason: WakeReason): Promise<void>;
  status(): Promise<StageStatus>;
  tasks(filter: {
    readonly state?: TaskState;
    readonly limit: number;
    readonly after?: string;
  }): Promise<TaskRow[]>;
  start(tokens: readonly string[]): Promise<readonly string[]>;
  renew(tokens: readonly string[]): Promise<readonly string[]>;
  checkpoint(entries: readonly { token: string; checkpoint: Checkpoint }[]): Promise<readonly string[]>;
}

/** A wake-up that was not answered by a list of the stage's tasks yet. It stays stored until one is complete. */
interface Wish {
  /** Tells whether another wake-up came while the list was under way. */
  readonly id: number;
  readonly rerunStayed: boolean;
  /** How often listing failed since. */
  readonly failures: number;
  /** Milliseconds since 1970; before that, listing again would be of no use. */
  readonly notBefore: number;
}

/** Batches under way at the same time. */
const LANES = 4;
/** No more pending tasks than this are held; the rest stays at Encord until there is room. */
const BUFFER = 2000;
/** How long one alarm goes on giving out work; agents may take 10 minutes more, and the platform allows 15 in all. */
const ROUND_MS = 4 * 60_000;
/** How soon a round notices what became due, or a wake-up, while its workers are busy. */
const TICK_MS = 500;
const ERROR_PAUSE_MS = 10_000;

/** The Durable Object class for a set of agents; `worker.ts` exports it. */
export function stageQueueFor(agents: AgentSet) {
  return class StageQueue extends DurableObject<Environment> implements StageQueueRpc {
    /** The clock, and chance; tests put their own here. */
    now: () => number = Date.now;
    random: () => number = Math.random;

    readonly #store: StageStore;
    readonly #log: Log;

    constructor(ctx: DurableObjectState, env: Environment) {
      super(ctx, env);
      this.#store = new StageStore(ctx.storage);
      this.#log = createWorkerLog(env);
    }

    async wake(identity: StageIdentity, reason: WakeReason): Promise<void> {
      const wish = this.#wish();
      this.#store.write("identity", identity);
      this.#store.write("wish", {
        id: (wish?.id ?? 0) + 1,
        rerunStayed: reason !== "handover" || (wish?.rerunStayed ?? false),
        failures: wish?.failures ?? 0,
        notBefore: wish?.notBefore ?? 0,
      } satisfies Wish);
      await this.#arm();
    }

    async status(): Promise<StageStatus> {
      return {
        identity: this.#store.read("identity"),
        counts: this.#store.counts(),
        lastPoll: this.#store.read("lastPoll"),
        lastError: this.#store.read("lastError"),
      };
    }

    async tasks(filter: { state?: TaskState; limit: number; after?: string }): Promise<TaskRow[]> {
      return this.#store.tasks({ ...filter, limit: Math.min(filter.limit, 1000) });
    }

    async start(tokens: readonly string[]): Promise<readonly string[]> {
      return this.#store.start(tokens);
    }

    async renew(tokens: readonly string[]): Promise<readonly string[]> {
      return this.#store.renew(tokens, this.now() + this.#leaseMs());
    }

    async checkpoint(
      entries: readonly { token: string; checkpoint: Checkpoint }[],
    ): Promise<readonly string[]> {
      return this.#store.checkpoint(entries);
    }

    override async alarm(): Promise<void> {
      try {
        await this.#round();
        this.#store.write("lastError", null);
      } catch (error) {
        this.#log.error("queue_round_failed", { ...this.#store.read<StageIdentity>("identity"), error });
        this.#store.write("lastError", redact(describeError(error)));
        this.#store.write("restUntil", this.now() + ERROR_PAUSE_MS);
      }
      try {
        await this.#arm();
      } catch (error) {
        // Storage is out of reach; the next cron wakes this object again.
        this.#log.error("queue_alarm_not_set", { error });
      }
    }

    async #round(): Promise<void> {
      const identity = this.#store.read<StageIdentity>("identity");
      const agent = agents.taskAgents.find((each) => each.name === identity?.agentName);
      if (!identity || !agent) return;
      const policy = { maxAttempts: agent.retries + 1, random: this.random };
      const end = this.now() + ROUND_MS;
      const lanes = new Set<Promise<void>>();
      for (;;) {
        this.#store.reap(this.now(), policy);
        if (this.now() < end) {
          if (this.#pollIsDue()) await this.#poll(identity);
          while (lanes.size < LANES) {
            const batch = this.#store.claim(agent.batchSize, this.now(), this.#leaseMs(), () =>
              crypto.randomUUID(),
            );
            if (batch.length === 0) break;
            const lane = this.#runBatch(identity, batch, policy).finally(() => lanes.delete(lane));
            lanes.add(lane);
          }
        }
        if (lanes.size === 0) return;
        await raceTick(lanes);
      }
    }

    async #runBatch(
      identity: StageIdentity,
      tasks: readonly LeasedTask[],
      policy: { maxAttempts: number; random: () => number },
    ): Promise<void> {
      try {
        const answer = await taskExecutor(this.ctx).runBatch({ ...identity, tasks });
        const reports: readonly TaskReport[] = answer.ok
          ? answer.reports
          : tasks.map(({ uuid, token }) => ({ uuid, token, outcome: "postponed", error: answer.error }));
        this.#store.settle(reports, this.now(), policy);
        if (!answer.ok) return;
        for (const { stageUuid, agentName } of answer.destinations) {
          const destination = { projectHash: identity.projectHash, stageUuid, agentName };
          await stageQueue(this.ctx, identity.projectHash, stageUuid).wake(destination, "handover");
        }
      } catch (error) {
        // The worker itself broke: out of memory, out of CPU time, or restarted. Each task may be the one to blame.
        this.#log.error("worker_lost", { ...identity, tasks: tasks.length, error });
        this.#store.expire(
          tasks.map((task) => task.token),
          this.now(),
        );
      }
    }

    /** Lists the stage's tasks at Encord, as many as there is room for. Failing puts the next try off. */
    async #poll(identity: StageIdentity): Promise<void> {
      const wish = this.#wish();
      const at = this.now();
      try {
        const client = await connect(readSettings(this.env), { log: this.#log });
        const workflow = await client.getWorkflow(identity.projectHash);
        const stage = workflow.getStage({ uuid: identity.stageUuid, type: "AGENT" });
        const seen: string[] = [];
        let complete = true;
        for await (const page of stage.taskPages()) {
          const listed: ListedTask[] = page.map(({ uuid, dataHash, dataTitle, updatedAt }) => {
            return { uuid, dataHash, dataTitle, updatedAt: updatedAt.toISOString() };
          });
          this.#store.takeIn(listed, at, wish?.rerunStayed ?? true);
          for (const task of listed) seen.push(task.uuid);
          if (this.#store.counts().pending >= BUFFER) {
            complete = false;
            break;
          }
        }
        if (complete) this.#store.supersedeMissing(seen, at);
        this.#store.write("more", !complete);
        if (this.#wish()?.id === wish?.id) this.#store.write("wish", null);
        this.#store.write("lastPoll", { at, error: null });
      } catch (error) {
        const failures = (wish?.failures ?? 0) + 1;
        this.#log.warn("poll_failed", { ...identity, failures, error });
        this.#store.write("lastPoll", { at, error: redact(describeError(error)) });
        this.#store.write("wish", {
          id: this.#wish()?.id ?? 0,
          rerunStayed: wish?.rerunStayed ?? true,
          failures,
          notBefore: this.now() + backoffMs(failures, this.random),
        } satisfies Wish);
      }
    }

    #pollIsDue(): boolean {
      const wish = this.#wish();
      if (wish) return wish.notBefore <= this.now();
      return this.#store.read<boolean>("more") === true && this.#store.counts().pending < BUFFER / 2;
    }

    #wish(): Wish | null {
      return this.#store.read<Wish>("wish");
    }

    /** Sets the alarm to the next moment at which there is something to do; none when there is nothing. */
    async #arm(): Promise<void> {
      const wish = this.#wish();
      const more = this.#store.read<boolean>("more") === true;
      const next = Math.min(
        wish?.notBefore ?? Number.POSITIVE_INFINITY,
        more ? this.now() : Number.POSITIVE_INFINITY,
        this.#store.nextDue() ?? Number.POSITIVE_INFINITY,
      );
      if (next === Number.POSITIVE_INFINITY) return;
      const at = Math.max(next, this.now(), this.#store.read<number>("restUntil") ?? 0);
      await this.ctx.storage.setAlarm(at);
    }

    #leaseMs(): number {
      return readSettings(this.env).leaseMs;
    }
  };
}

/** Waits for one of the lanes, at most a tick; leaves no timer behind. */
async function raceTick(lanes: ReadonlySet<Promise<void>>): Promise<void> {
  let timer: number | null = null;
  const tick = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, TICK_MS);
  });
  try {
    await Promise.race([...lanes, tick]);
  } finally {
    clearTimeout(timer);
  }
}
