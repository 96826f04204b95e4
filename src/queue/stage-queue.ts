/**
 * The queue of one Workflow stage: a Durable Object with its rows in SQLite, driven by its alarm.
 *
 * What it promises. Nothing is acknowledged before it is stored: a wake-up is in SQLite when `wake` returns. The queue
 * cannot stop by itself: `alarm` never throws, deadlines live in SQL, every exit sets the next alarm, and cron sets one that
 * was lost all the same. A lease is fenced: what a worker without the current token says changes nothing. Agents never run
 * here, but in invocations of their own (`TaskExecutor`).
 *
 * One round of the alarm: take back expired leases → list the stage's tasks at Encord, if something woke us → give batches
 * to workers, a few at a time → settle what they report → until nothing is due. Then sleep until something is, or for good.
 * A batch may outlive the alarm that gave it out: the platform ends an alarm after 15 minutes, and the next one goes on with
 * the lanes that are free.
 *
 * Long because all that happens between two awaits of this object is found here; its SQL, what it asks Encord for, and
 * its workers are elsewhere.
 */

import { DurableObject } from "cloudflare:workers";
import { type AgentSet, agentForStage } from "../agent/agent-set.ts";
import { errorText, type Log } from "../agent/log.ts";
import type { TaskAgent } from "../agent/task-agent.ts";
import { connect } from "../connection.ts";
import { StageError } from "../encord/index.ts";
import { createWorkerLog, type Environment, readSettings, readShards, secretsOf } from "../settings.ts";
import { firstOf } from "./change-signal.ts";
import { afterBatch, type Contest, contestWarning } from "./contest.ts";
import { encordGate, stageObject, stageQueue, taskExecutor } from "./loopback.ts";
import { moveTasks } from "./move-tasks.ts";
import { cachedReads } from "./read-cache.ts";
import { servedProjects } from "./served-stages.ts";
import type { Shard } from "./sharded-stage.ts";
import { ALL_AT_ONCE, type ControlResult, type Selection, StageControls } from "./stage-controls.ts";
import type { AttemptRow, MinuteFigures } from "./stage-history.ts";
import { isAbsence, StageLook, WISHES_APART_MS } from "./stage-look.ts";
import { countsOf, type ErrorGroup, errorGroups } from "./stage-overview.ts";
import type { TaskFilter, TaskPage, TaskRow } from "./stage-rows.ts";
import { StageStore } from "./stage-store.ts";
import type { ServedDestination } from "./task-executor.ts";
import type { Checkpoint, LeasedTask, TaskReport, TaskState } from "./task-state.ts";

/** Which stage a queue serves, and with which agent. */
export interface StageIdentity {
  readonly projectHash: string;
  readonly stageUuid: string;
  /** null: a notification named the stage before cron did; which agent serves it is still to be found out. */
  readonly agentName: string | null;
  /** Which share of the stage's tasks this object has; absent: all of them. */
  readonly shard?: Shard;
}

type ServedIdentity = StageIdentity & { readonly agentName: string };

/** Who woke the queue; `handover`: another stage of this deployment moved tasks here. */
export type WakeReason = "cron" | "notification" | "handover" | "operator";

export interface StageStatus {
  readonly identity: StageIdentity | null;
  /** Paused: nothing runs but what the operator asks for. */
  readonly paused: boolean;
  readonly counts: Readonly<Record<TaskState, number>>;
  /** When the oldest pending task became due (milliseconds since 1970); null when none waits. */
  readonly waitingSince: number | null;
  /** When Encord last said that work waits here; null if it never did. */
  readonly lastNotification: number | null;
  /** When the stage's tasks were last listed (milliseconds since 1970), and what went wrong, if anything did. */
  readonly lastPoll: { readonly at: number; readonly error: string | null } | null;
  readonly lastError: string | null;
  /** What the operator should look at although nothing has failed; null: nothing. */
  readonly warning: string | null;
}

/** A task with everything that happened to it. */
export interface TaskDetails extends TaskRow {
  readonly attempts: readonly AttemptRow[];
}

/** How many tasks were moved by hand, how many were left alone, and why the first of those was. */
export interface MoveResult {
  readonly moved: number;
  readonly skipped: number;
  readonly reason: string | null;
}

/** What can be asked of a stage's queue from outside. No call ends in an exception of the queue's own making. */
export interface StageDoor {
  wake(identity: StageIdentity, reason: WakeReason): Promise<void>;
  /** A wake-up by Encord's notification, which does not know which agent serves the stage. */
  notify(stage: Omit<StageIdentity, "agentName">): Promise<void>;
  status(): Promise<StageStatus>;
  /**
   * Answers when something of the stage has changed, for who looks at it.
   *
   * @param since the answer to an earlier call; at first `""`, which is answered at once
   * @param waitMs the longest wait, in milliseconds; without a change the answer is `since`
   */
  changed(since: string, waitMs: number): Promise<string>;
  tasks(filter: TaskFilter): Promise<TaskPage>;
  task(uuid: string): Promise<TaskDetails | null>;
  minutes(from: number): Promise<MinuteFigures[]>;
  /** What goes wrong most, of the newest failures. */
  errors(): Promise<ErrorGroup[]>;
  /** How these tasks stand. */
  countsOf(uuids: readonly string[]): Promise<Record<TaskState, number>>;
  /** No task is given to a worker any more once this has returned; those that run go on. */
  pause(): Promise<void>;
  goLive(): Promise<void>;
  runTasks(selection: Selection): Promise<ControlResult>;
  retryTasks(selection: Selection): Promise<ControlResult>;
  cancelTasks(selection: Selection): Promise<ControlResult>;
  moveTasks(uuids: readonly string[], destinationStageUuid: string): Promise<MoveResult>;
}

/** The object itself, as its workers know it. */
export interface StageQueueRpc extends StageDoor {
  start(tokens: readonly string[]): Promise<readonly string[]>;
  renew(tokens: readonly string[]): Promise<readonly string[]>;
  checkpoint(entries: readonly { token: string; checkpoint: Checkpoint }[]): Promise<readonly string[]>;
}

/** How long one alarm goes on giving out work. What runs then goes on, and the next alarm gives out more. */
const ROUND_MS = 4 * 60_000;
/** How much longer it waits for a lane while none is free; the platform ends an alarm after 15 minutes. */
const OVERTIME_MS = 9 * 60_000;
/** How soon a round notices what became due, or a wake-up, while its workers are busy. */
const TICK_MS = 500;
/** After that the platform has ended an alarm. */
const LONGEST_ALARM_MS = 15 * 60_000;
const ERROR_PAUSE_MS = 10_000;
const SHORTEST_STALL_MS = 1000;
const LONGEST_STALL_MS = 5 * 60_000;

const NOT_MOVABLE = "Tasks that are being worked on, or that are not in this queue, are not moved.";

/** A class that `stageQueueFor` made. */
export type StageQueueClass = new (
  ctx: DurableObjectState,
  env: Environment,
) => DurableObject<Environment> & StageQueueRpc & { now: () => number; random: () => number };

/** The Durable Object class for a set of agents; `worker.ts` exports it. */
export function stageQueueFor(agents: AgentSet): StageQueueClass {
  return class StageQueue extends DurableObject<Environment> implements StageQueueRpc {
    /** The clock, and chance; tests put their own here. */
    now: () => number = Date.now;
    random: () => number = Math.random;

    readonly #store: StageStore;
    readonly #controls: StageControls;
    readonly #look: StageLook;
    readonly #log: Log;
    /** By number: a lane takes the same place at the gate again, also after this object was lost and made anew. */
    readonly #lanes = new Map<number, Promise<void>>();
    /** Until when the alarm at work will set the next one (milliseconds since 1970); 0: none is at work. */
    #inRoundUntil = 0;
    /** For when the alarm was set last; infinity: it has fired, or nobody here has set it. */
    #alarmAt = Number.POSITIVE_INFINITY;

    constructor(ctx: DurableObjectState, env: Environment) {
      super(ctx, env);
      this.#store = new StageStore(ctx.storage);
      this.#controls = new StageControls(ctx.storage, this.#store.counts, this.#store.history);
      this.#log = createWorkerLog(env);
      this.#look = new StageLook({
        store: this.#store,
        now: () => this.now(),
        random: () => this.random(),
        log: this.#log,
        connect: () => connect(readSettings(env), { log: this.#log, fetch: cachedReads() }),
        gate: () => encordGate(ctx),
        refreshEveryMs: () => this.#agent()?.refreshEveryMs ?? null,
        textOf: (error) => this.#text(error),
      });
    }

    async wake(identity: StageIdentity, reason: WakeReason): Promise<void> {
      if (identity.shard && this.#store.read("identity") === null) await this.#takeOverPause(identity);
      this.#store.write("identity", identity);
      this.#look.wish(reason);
      if (reason === "cron") this.#store.mendTimes(this.now(), this.#leaseMs());
      // Cron trusts nothing that this object remembers: an alarm may have been lost.
      await this.#arm(reason === "cron");
    }

    /** A share of a stage that was paused before it was split begins paused. */
    async #takeOverPause({ projectHash, stageUuid }: StageIdentity): Promise<void> {
      const { paused } = await stageObject(this.ctx, { projectHash, stageUuid }).status();
      if (paused) await this.pause();
    }

    async notify(stage: Omit<StageIdentity, "agentName">): Promise<void> {
      const now = this.now();
      const last = this.#store.read<number>("lastNotification") ?? 0;
      if (Math.abs(now - last) >= WISHES_APART_MS) this.#store.write("lastNotification", now);
      const known = this.#store.read<StageIdentity>("identity");
      await this.wake(known ?? { ...stage, agentName: null }, "notification");
    }

    async status(): Promise<StageStatus> {
      return {
        identity: this.#store.read("identity"),
        paused: this.#store.paused,
        counts: this.#store.counts.read(),
        waitingSince: this.#store.waitingSince(),
        lastNotification: this.#store.read("lastNotification"),
        lastPoll: this.#store.read("lastPoll"),
        lastError: this.#store.read("lastError"),
        warning: contestWarning(this.#store.read<Contest>("contest"), this.now()),
      };
    }

    async changed(since: string, waitMs: number): Promise<string> {
      return this.#store.changes.after(since, waitMs);
    }

    async tasks(filter: TaskFilter): Promise<TaskPage> {
      return this.#store.rows.page(filter);
    }

    async task(uuid: string): Promise<TaskDetails | null> {
      const row = this.#store.rows.one(uuid);
      return row === null ? null : { ...row, attempts: this.#store.history.attempts(uuid) };
    }

    async minutes(from: number): Promise<MinuteFigures[]> {
      return this.#store.history.minutes(from);
    }

    async errors(): Promise<ErrorGroup[]> {
      return errorGroups(this.ctx.storage.sql);
    }

    async countsOf(uuids: readonly string[]): Promise<Record<TaskState, number>> {
      return countsOf(this.ctx.storage.sql, uuids);
    }

    async pause(): Promise<void> {
      this.#store.write("paused", true);
    }

    async goLive(): Promise<void> {
      this.#store.write("paused", false);
      await this.#arm();
    }

    runTasks(selection: Selection): Promise<ControlResult> {
      this.#look.takeAsPresent();
      return this.#control(selection, (now) => this.#controls.run(selection, now));
    }

    retryTasks(selection: Selection): Promise<ControlResult> {
      this.#look.takeAsPresent();
      // What fails again meanwhile is not retried once more.
      const { failed, timedOut } = this.#store.counts.read();
      let left = failed + timedOut;
      return this.#control(selection, (now) => {
        const result = this.#controls.retry(selection, now, left);
        left -= result.changed;
        return result;
      });
    }

    cancelTasks(selection: Selection): Promise<ControlResult> {
      const reason = "Canceled by the operator.";
      return this.#control(selection, (now) => this.#controls.cancel(selection, now, reason));
    }

    /** A million tasks are changed part by part, so that others are answered meanwhile. */
    async #control(selection: Selection, change: (now: number) => ControlResult): Promise<ControlResult> {
      const now = this.now();
      const { changed, skipped } = change(now);
      let all = changed;
      for (let last = changed; selection === "all" && last === ALL_AT_ONCE; all += last) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        last = change(now).changed;
      }
      await this.#arm();
      return { changed: all, skipped };
    }

    async moveTasks(uuids: readonly string[], destinationStageUuid: string): Promise<MoveResult> {
      const named = new Set(uuids).size;
      const none = (reason: string): MoveResult => ({ moved: 0, skipped: named, reason });
      const identity = this.#store.read<StageIdentity>("identity");
      if (!identity) return none("This queue was never woken.");
      if (destinationStageUuid === identity.stageUuid) return none("The tasks are in that stage already.");
      const heldAt = this.now();
      const held = this.#controls.holdBack(uuids, heldAt);
      const left = named - held.length;
      const whyLeft = left > 0 ? NOT_MOVABLE : null;
      if (held.length === 0) return { moved: 0, skipped: left, reason: whyLeft };
      try {
        const client = await connect(readSettings(this.env), { log: this.#log });
        const { refusals, destination } = await moveTasks(
          client,
          identity,
          held,
          destinationStageUuid,
          (error) => this.#text(error),
        );
        const moved = held.filter((task) => !refusals.has(task.uuid));
        this.#controls.moved(moved, this.now(), `Moved to "${destination.title}" by the operator.`);
        const served =
          moved.length > 0 && destination.stageType === "AGENT" ? agentForStage(agents, destination) : null;
        if (served) {
          const { uuid: stageUuid } = destination;
          await this.#wakeDestinations(identity, [{ stageUuid, agentName: served.name }]);
        }
        const reason = refusals.values().next().value ?? whyLeft;
        return { moved: moved.length, skipped: left + refusals.size, reason };
      } catch (error) {
        this.#log.warn("move_failed", { ...identity, error });
        return none(this.#text(error));
      } finally {
        this.#controls.letGo(held, heldAt);
        await this.#armSafely();
      }
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
      // Fired twice at once, it works once: two rounds would list the stage side by side and fill more lanes than there are.
      if (this.now() < this.#inRoundUntil) return;
      this.#inRoundUntil = this.now() + LONGEST_ALARM_MS;
      this.#alarmAt = Number.POSITIVE_INFINITY;
      try {
        await this.#round();
        if (this.#store.read("lastError") !== null) this.#store.write("lastError", null);
      } catch (error) {
        this.#roundFailed(error);
      }
      this.#inRoundUntil = 0;
      await this.#armSafely();
    }

    /** Never throws. */
    async #armSafely(): Promise<void> {
      try {
        await this.#arm();
      } catch (error) {
        // Storage is out of reach; the next cron wakes this object again.
        this.#log.error("queue_alarm_not_set", { error });
      }
    }

    async #round(): Promise<void> {
      const stage = this.#store.read<StageIdentity>("identity");
      // Which agent serves it, Encord is asked at the same time.
      let listing = stage?.agentName === null && this.#look.isDue ? this.#look.begin(stage) : null;
      listing?.catch(() => {});
      const identity = await this.#identify();
      const agent = this.#agent();
      if (!identity || !agent) return;
      const policy = { maxAttempts: agent.retries + 1, random: this.random };
      const end = this.now() + ROUND_MS;
      const lanes = this.#lanes;
      let polling: Promise<void> | null = null;
      try {
        for (;;) {
          this.#store.reap(this.now(), policy);
          this.#store.history.keepUp(this.now());
          if (this.now() < end && polling === null && this.#look.isDue) {
            polling = this.#look.run(identity, agent.maxTasksPerStage, listing).finally(() => {
              polling = null;
            });
            // A failure between two waits is met again: the stage is still to be looked at.
            polling.catch(() => {});
            listing = null;
          }
          // While a long list keeps this round, no other gives out work.
          if (this.now() < end || polling !== null) {
            while (
              lanes.size < agent.lanes &&
              this.#isWorthABatch(agent, polling !== null && lanes.size > 0)
            ) {
              const number = freeNumber(lanes);
              const place = `${this.ctx.id}/${number}`;
              if (!(await this.#enterGate(place))) break;
              const batch = this.#store.claim(agent.batchSize, this.now(), this.#leaseMs(), () =>
                crypto.randomUUID(),
              );
              if (batch.length === 0) {
                await this.#leaveGate(place);
                break;
              }
              const lane = this.#runBatch(identity, batch, policy, place)
                .catch((error) => this.#roundFailed(error))
                .finally(() => this.#laneEnded(number));
              lanes.set(number, lane);
            }
          }
          if (lanes.size === 0 && polling === null) {
            this.#store.history.sweep(this.now());
            return;
          }
          // The next alarm gives the other lanes work; what goes on here is seen by it.
          const free = lanes.size < agent.lanes;
          if (polling === null && this.now() >= (free ? end : end + OVERTIME_MS)) return;
          await firstOf(
            [...lanes.values(), ...(polling === null ? [] : [polling, this.#look.pageTaken])],
            TICK_MS,
          );
        }
      } finally {
        // After an error too: the next round must not list the stage beside this one.
        await Promise.allSettled([polling]);
      }
    }

    /** The alarm that began it may be over by now. */
    async #laneEnded(number: number): Promise<void> {
      this.#lanes.delete(number);
      await this.#armSafely();
    }

    /** Never throws. */
    #roundFailed(error: unknown): void {
      try {
        this.#log.error("queue_round_failed", { ...this.#store.read<StageIdentity>("identity"), error });
        this.#store.write("lastError", this.#text(error));
        this.#store.write("restUntil", this.now() + ERROR_PAUSE_MS);
      } catch (second) {
        // Storage is full, or out of reach: what is leased is taken back when its time is up.
        this.#log.error("queue_round_failed", { error, second });
      }
    }

    /**
     * The first batch goes at once. While it is under way and tasks are still being listed, further ones wait until they are
     * full: fewer requests a task.
     */
    #isWorthABatch(agent: TaskAgent, fill: boolean): boolean {
      if (this.#agent() !== agent) return false;
      if (this.#look.isAbsent || this.#store.restUntil(this.now()) > this.now()) return false;
      if (fill && this.#store.counts.read().pending < agent.batchSize) return false;
      return this.#store.hasDue(this.now());
    }

    /** Which agent serves the stage; asks Encord for its title when that is not known, or not known any more. */
    async #identify(): Promise<ServedIdentity | null> {
      const identity = this.#store.read<StageIdentity>("identity");
      if (!identity || identity.agentName !== null) return identity as ServedIdentity | null;
      const client = await connect(readSettings(this.env), { log: this.#log, fetch: cachedReads() });
      let absence: unknown = null;
      const workflow = await client.getWorkflow(identity.projectHash).catch((error) => {
        if (!isAbsence(error)) throw error;
        absence = error;
        return null;
      });
      const stage = workflow?.stages.find((each) => each.uuid === identity.stageUuid);
      const agent = stage?.stageType === "AGENT" ? agentForStage(agents, stage) : null;
      const found = agent ? { ...identity, agentName: agent.name } : null;
      const waiting = this.#store.counts.read().pending > 0;
      this.#store.write("identity", found ?? (waiting ? identity : null));
      if (found === null && waiting) {
        const title = stage?.title ?? identity.stageUuid;
        const unserved = () => new StageError(`No agent of this deployment serves the stage "${title}".`);
        await this.#look.isUnserved(identity, absence ?? unserved());
      }
      return found;
    }

    async #runBatch(
      identity: ServedIdentity,
      tasks: readonly LeasedTask[],
      policy: { maxAttempts: number; random: () => number },
      gatePlace: string,
    ): Promise<void> {
      const log = this.#log.with({ agent: identity.agentName, stage: identity.stageUuid });
      log.debug("batch_step", { step: "claimed", tasks: tasks.length });
      const claimedAt = this.now();
      try {
        const answer = await taskExecutor(this.ctx).runBatch({ ...identity, tasks });
        const reports: readonly TaskReport[] = answer.ok
          ? answer.reports
          : tasks.map(({ uuid, token }) => {
              const wait = answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs };
              return { uuid, token, outcome: "postponed", error: answer.error, ...wait };
            });
        this.#store.settle(reports, this.now(), policy);
        log.debug("batch_step", { step: "settled", tasks: reports.length });
        log.info("batch_done", { tasks: tasks.length, ms: this.now() - claimedAt, ...outcomesOf(reports) });
        this.#restIfStalled(!answer.ok || answer.stalled);
        if (!answer.ok) {
          if (answer.unserved) this.#forgetAgent(identity);
          this.#look.doubt();
        } else {
          this.#noteContest(identity, tasks.length, answer.contested);
          await this.#wakeDestinations(identity, answer.destinations);
        }
      } catch (error) {
        // The worker itself broke: out of memory, out of CPU time, or restarted. Each task may be the one to blame.
        this.#log.error("worker_lost", { ...identity, tasks: tasks.length, error });
        this.#store.expire(
          tasks.map((task) => task.token),
          this.now(),
        );
      } finally {
        await this.#leaveGate(gatePlace);
      }
    }

    /** An earlier deployment knew another agent for the stage; the next round asks who it is today. */
    #forgetAgent({ agentName }: ServedIdentity): void {
      const identity = this.#store.read<StageIdentity>("identity");
      if (identity?.agentName === agentName) this.#store.write("identity", { ...identity, agentName: null });
    }

    /** What stops whole batches (a key that was revoked, Encord out of reach) would stop the next one too: pauses that double. */
    #restIfStalled(stalled: boolean): void {
      const since = this.#store.read<number>("stalledSince");
      if (!stalled) {
        if (since !== null) this.#store.write("stalledSince", null);
        return;
      }
      const now = this.now();
      if (since === null) this.#store.write("stalledSince", now);
      const pause = Math.min(Math.max(now - (since ?? now), SHORTEST_STALL_MS), LONGEST_STALL_MS);
      this.#store.write("restUntil", Math.max(now + pause, this.#store.restUntil(this.now())));
    }

    /** Logged when it begins; the status tells it for as long as it goes on. */
    #noteContest({ projectHash, stageUuid }: StageIdentity, tasks: number, left: number): void {
      const before = this.#store.read<Contest>("contest");
      const now = this.now();
      const after = afterBatch(before, tasks, left, now);
      if (after !== before) this.#store.write("contest", after);
      if (contestWarning(before, now) === null && contestWarning(after, now) !== null) {
        this.#log.warn("stage_contested", { projectHash, stageUuid, ...after });
      }
    }

    /** Tasks have moved there. A queue that cannot be woken now is woken by the next cron. */
    async #wakeDestinations(
      { projectHash }: StageIdentity,
      destinations: readonly ServedDestination[],
    ): Promise<void> {
      for (const { stageUuid, agentName } of destinations) {
        try {
          const queue = stageQueue(this.ctx, projectHash, stageUuid);
          await queue.wake({ projectHash, stageUuid, agentName }, "handover");
        } catch (error) {
          this.#log.warn("destination_not_woken", { projectHash, stage: stageUuid, error });
        }
      }
    }

    /** Whether a batch may go to Encord now; if not, the queue rests until it may be worth asking again. */
    async #enterGate(place: string): Promise<boolean> {
      const answer = await encordGate(this.ctx).enter(place, readSettings(this.env).maxBatches);
      if (!answer.open) this.#store.write("restUntil", this.now() + answer.waitMs);
      return answer.open;
    }

    /** A place that could not be given back is taken again by the next batch of its lane. */
    async #leaveGate(place: string): Promise<void> {
      await encordGate(this.ctx)
        .leave(place)
        .catch((error) => this.#log.warn("gate_not_left", { error }));
    }

    /**
     * Undefined too when the project is not served any more, and for an object of another number of shards than today's: others
     * have its tasks.
     */
    #agent(): TaskAgent | undefined {
      const identity = this.#store.read<StageIdentity>("identity");
      if ((identity?.shard?.of ?? 1) !== readShards(this.env)) return undefined;
      if (identity && !this.#isServed(identity.projectHash)) return undefined;
      return agents.taskAgents.find((each) => each.name === identity?.agentName);
    }

    #isServed(projectHash: string): boolean {
      try {
        return servedProjects(readSettings(this.env), agents).includes(projectHash);
      } catch {
        // Under wrong settings nothing runs, and the queue says why; which project it is about makes no difference.
        return true;
      }
    }

    /**
     * Sets the alarm to the next moment at which there is something to do; none when there is nothing. An alarm at work does
     * that when it ends, and looks after what is new until then.
     */
    async #arm(anyway = false): Promise<void> {
      if (!anyway && this.now() < this.#inRoundUntil) return;
      const identity = this.#store.read<StageIdentity>("identity");
      // Nothing is to be done here in this deployment, until cron says otherwise.
      if (!identity || (identity.agentName !== null && !this.#agent())) return;
      const next = Math.min(this.#look.nextAt(), this.#store.nextDue() ?? Number.POSITIVE_INFINITY);
      if (next === Number.POSITIVE_INFINITY) return;
      const now = this.now();
      const at = Math.max(next, now, this.#store.restUntil(now));
      if (!anyway && this.#alarmAt <= at) return;
      await this.ctx.storage.setAlarm(at);
      this.#alarmAt = at;
    }

    /** An error as it may be stored. */
    #text(error: unknown): string {
      return errorText(error, secretsOf(this.env));
    }

    #leaseMs(): number {
      return readSettings(this.env).leaseMs;
    }
  };
}

/** The lowest number that is not taken. */
function freeNumber(taken: ReadonlyMap<number, unknown>): number {
  let number = 0;
  while (taken.has(number)) number++;
  return number;
}

/** How many tasks ended in which way. */
function outcomesOf(reports: readonly TaskReport[]): Record<string, number> {
  const byOutcome = Map.groupBy(reports, (report) => report.outcome);
  return Object.fromEntries([...byOutcome].map(([outcome, those]) => [outcome, those.length]));
}
