/**
 * Runs one batch of leased tasks. Order: re-read the tasks (meanwhile leases and locks are asked for, and label rows listed) →
 * fetch labels and storage items in bulk → run the agent on each → save labels → set priorities → checkpoint → move. A task
 * with a checkpoint is only moved.
 *
 * Never throws: every task ends in a report, and what goes wrong with one leaves the others alone. Trouble that is nobody's
 * fault (Encord cannot be reached) postpones tasks without using up an attempt. A worker that lost the lease of a task is
 * told so at the checkpoint and does not move it. What a lost attempt had saved is removed from the label row before the
 * agent sees it: the hashes of what a task run adds follow from (task, visit, ordinal).
 *
 * Long because the order of the steps is the promise, and is read here from the first to the last.
 */

import { withDeadline } from "../agent/deadline.ts";
import { prefetchOf } from "../agent/dependency.ts";
import {
  AgentTimeoutError,
  InvalidOutcomeError,
  isRetryable,
  RetryLaterError,
  SkipError,
} from "../agent/errors.ts";
import type { AssetAccess, Batch, Replacements } from "../agent/invocation.ts";
import { describeError, errorText, type Log } from "../agent/log.ts";
import { type RowLocks, rowName } from "../agent/row-locks.ts";
import type { TaskAgent } from "../agent/task-agent.ts";
import type { CheckedOutcome } from "../agent/task-outcome.ts";
import {
  type AgentStage,
  type AgentTask,
  type Bundle,
  type EncordClient,
  EncordError,
  type Project,
  RateLimitExceededError,
} from "../encord/index.ts";
import { AgentRuns, SAVE_CHUNK } from "./agent-runs.ts";
import { BatchInputs } from "./batch-inputs.ts";
import { divided } from "./divided.ts";
import { forgetReads } from "./read-cache.ts";
import { retryAfterMs } from "./retry-after.ts";
import { failedBefore, sendTogether } from "./send-together.ts";
import type { Checkpoint, LeasedTask, TaskReport, Work } from "./task-state.ts";

/** What a batch tells its queue while it works. Each answer lists the tokens that still hold their lease. */
export interface LeaseHolder {
  start(tokens: readonly string[]): Promise<readonly string[]>;
  checkpoint(entries: readonly { token: string; checkpoint: Checkpoint }[]): Promise<readonly string[]>;
}

export interface BatchOptions {
  readonly agent: TaskAgent;
  readonly client: EncordClient;
  readonly project: Project;
  readonly stage: AgentStage;
  readonly leases: LeaseHolder;
  readonly locks: RowLocks;
  /** Aborts when a task's lease is gone. */
  readonly leaseSignal: (token: string) => AbortSignal;
  readonly assets: AssetAccess;
  /** How many requests to Encord were made so far. */
  readonly requests: () => number;
  readonly log: Log;
  /** Texts that must not get into what is kept of an attempt. */
  readonly secrets?: readonly string[];
  /** Values that stand in for dependencies, in tests. */
  readonly replacements?: Replacements;
}

export interface BatchResult {
  readonly reports: readonly TaskReport[];
  /** UUIDs of the stages that tasks moved to. */
  readonly destinations: readonly string[];
  /** What stopped the whole batch was none of its tasks; it would stop the next batch too. */
  readonly stalled: boolean;
  /** How many tasks left the stage by another hand while the batch had them. */
  readonly contested: number;
}

type Ending = TaskReport extends infer R ? (R extends TaskReport ? Omit<R, "uuid" | "token"> : never) : never;

/** A task whose agent ran: what is to be written for it. */
interface Ran extends Work {
  readonly outcome: CheckedOutcome;
}

export class TaskBatch {
  readonly #options: BatchOptions;
  readonly #reports: TaskReport[] = [];
  readonly #destinations = new Set<string>();
  readonly #inputs: BatchInputs;
  readonly #runs: AgentRuns;
  readonly #began = Date.now();
  #stalled = false;
  #contested = 0;
  constructor(options: BatchOptions) {
    this.#options = options;
    this.#inputs = new BatchInputs(options);
    this.#runs = new AgentRuns(options);
  }

  async run(leases: readonly LeasedTask[]): Promise<BatchResult> {
    const unsettled = new Map(leases.map((lease) => [lease.token, lease]));
    try {
      await this.#work(leases);
    } catch (error) {
      this.#options.log.error("batch_failed", { error });
      for (const report of this.#reports) unsettled.delete(report.token);
      for (const lease of unsettled.values()) this.#putOff(lease, error);
    } finally {
      // A lock that cannot be given back now ends by itself.
      await this.#options.locks.release().catch((error) => this.#options.log.warn("locks_kept", { error }));
    }
    const requests = this.#options.requests() / leases.length;
    const reports = this.#reports.map((report) => {
      const { effort, log } = this.#runs.toldOf(report.token);
      return { ...report, ...(effort && { effort: { ...effort, requests } }), ...(log && { log }) };
    });
    const [destinations, stalled, contested] = [[...this.#destinations], this.#stalled, this.#contested];
    return { reports, destinations, stalled, contested };
  }

  async #work(leases: readonly LeasedTask[]): Promise<void> {
    await this.#beforeRun();
    const fresh = leases.filter((lease) => lease.checkpoint === null);
    this.#inputs.listAhead(fresh);
    // Everything that can be asked before it is known which tasks are still there is asked at the same time.
    const asked = [
      this.#options.leases.start(leases.map(({ token }) => token)),
      this.#lockAhead(fresh),
    ] as const;
    // A failure of these is noticed below, after the tasks were read to the end.
    for (const each of asked) each.catch(() => {});
    const read = await this.#reread(leases);
    const [tokens, rows] = [new Set(await asked[0]), await asked[1]];
    const works = read.filter(({ lease }) => tokens.has(lease.token));
    const toMove = works.filter(({ lease }) => lease.checkpoint !== null);
    const ran = await this.#runAgents(
      works.filter(({ lease }) => lease.checkpoint === null),
      rows,
    );
    const leaving = await this.#timed("saveMs", ran, async () => {
      const saved = await this.#saveLabels(await this.#stillOurs(ran));
      this.#step("labels_saved", saved.length);
      const written = await this.#setPriorities(saved);
      for (const done of written.filter((each) => each.outcome.pathway === null))
        this.#end(done.lease, { outcome: "stayed" });
      return this.#checkpoint(written, toMove);
    });
    this.#step("checkpointed", leaving.length);
    await this.#timed("moveMs", leaving, () => this.#move(leaving, new Set(toMove)));
    this.#step("moved", this.#reports.filter((report) => report.outcome === "moved").length);
  }

  /** Should it never end, the batch would keep its lane, and its tasks, for good. */
  async #beforeRun(): Promise<void> {
    const { agent, client, project, stage, log } = this.#options;
    if (agent.beforeRun === null) return;
    const tooLong = () => new AgentTimeoutError(`${agent.name}: beforeRun`, agent.timeoutMs);
    await withDeadline(agent.timeoutMs, null, tooLong, async () =>
      agent.beforeRun?.({ client, project, stage, log }),
    );
  }

  /** Notes how long a phase takes that the tasks share, also when it fails. */
  async #timed<Result>(
    phase: "saveMs" | "moveMs",
    works: readonly Work[],
    through: () => Promise<Result>,
  ): Promise<Result> {
    const started = Date.now();
    try {
      return await through();
    } finally {
      for (const { lease } of works) this.#runs.effort(lease)[phase] = Date.now() - started;
    }
  }

  /** One line a step, so that a log shows how far a batch came. */
  #step(step: string, tasks: number): void {
    if (tasks > 0) this.#options.log.debug("batch_step", { step, tasks });
  }

  /** The tasks as Encord has them now; one that has left the stage is reported at once. */
  async #reread(leases: readonly LeasedTask[], refused = false): Promise<Work[]> {
    const { stage } = this.#options;
    const present = new Map<string, AgentTask>();
    const unread = await divided(this.#options, leases, async (some) => {
      const hashes = some.map((lease) => lease.dataHash);
      await Promise.all(
        chunked(hashes, TASKS_PER_PAGE).map(async (dataHashes) => {
          for await (const task of stage.getTasks({ dataHashes })) present.set(task.uuid, task);
        }),
      );
      return new Map();
    });
    for (const [lease, error] of unread.own) this.#failed(lease, error);
    for (const [lease, error] of unread.shared) this.#putOff(lease, error);
    const works: Work[] = [];
    const left: LeasedTask[] = [];
    for (const lease of leases) {
      const task = present.get(lease.uuid);
      if (unread.own.has(lease) || unread.shared.has(lease)) continue;
      if (task) works.push({ lease, task });
      else left.push(lease);
    }
    await this.#reportLeft(left, refused);
    return works;
  }

  /**
   * Tasks that are no longer in the stage. One that an earlier attempt was about to move, was moved: it is the worker's answer
   * that was lost. One that we were refused was moved if it is where it was to go (the answer to the first try was lost);
   * else it left by another hand.
   */
  async #reportLeft(leases: readonly LeasedTask[], refused: boolean): Promise<void> {
    for (const [destination, group] of Map.groupBy(leases, (lease) => lease.checkpoint?.destinationUuid)) {
      const arrived =
        refused && destination !== undefined ? await this.#standingIn(destination, group) : null;
      // Missing at a retry of the move, it was most likely moved by the first try.
      if (refused || destination === undefined) this.#contested += group.length;
      for (const lease of group) {
        if (lease.checkpoint && (arrived === null || arrived.has(lease.dataHash)))
          this.#moved(lease, lease.checkpoint);
        else this.#end(lease, { outcome: "superseded" });
      }
    }
  }

  /** Which of the data units have a task in a stage. */
  async #standingIn(stageUuid: string, leases: readonly LeasedTask[]): Promise<Set<string>> {
    const standing = new Set<string>();
    const stage = this.#options.project.workflow.stages.find((each) => each.uuid === stageUuid);
    const tasks = stage?.getTasks({ dataHashes: leases.map((lease) => lease.dataHash) }) ?? [];
    for await (const task of tasks) standing.add(task.dataHash);
    return standing;
  }

  async #runAgents(works: readonly Work[], rowsAhead: ReadonlySet<string>): Promise<Ran[]> {
    if (works.length === 0) return [];
    const mine = await this.#lock(works, rowsAhead);
    this.#step("running", mine.length);
    const fetched = await this.#inputs.fetch(mine);
    for (const [{ lease }, error] of fetched.postponed) this.#putOff(lease, error);
    this.#runs.fetchMs = Date.now() - this.#began;
    this.#step("fetched", mine.length);
    const ran: Ran[] = [];
    const queue = mine.filter((work) => !fetched.postponed.has(work));
    const batch: Batch = { client: this.#options.client, dataHashes: fetched.dataHashes };
    const startBefore = Date.now() + START_WINDOW_MS;
    let begun = 0;
    const worker = async () => {
      for (let work = queue.shift(); work; work = queue.shift()) {
        if (Date.now() > startBefore) {
          this.#end(work.lease, {
            outcome: "postponed",
            error: "The batch took long; the task waits for the next one.",
          });
          continue;
        }
        begun += 1;
        if (begun % TASKS_AT_A_STRETCH === 0) await new Promise((resolve) => setTimeout(resolve, 0));
        try {
          ran.push({ ...work, outcome: await this.#runs.run(work, fetched, batch) });
        } catch (thrown) {
          try {
            this.#agentThrew(work.lease, thrown);
          } catch {
            // It does not let itself be looked at, as a revoked proxy: that is no trouble of its neighbours.
            this.#agentThrew(work.lease, new Error(describeError(thrown)));
          }
        }
      }
    };
    await Promise.all(Array.from({ length: this.#options.agent.concurrency }, worker));
    return ran;
  }

  #agentThrew(lease: LeasedTask, error: unknown): void {
    if (error instanceof RetryLaterError) {
      this.#end(lease, {
        outcome: "postponed",
        error: this.#text(error),
        retryAfterMs: error.retryAfterMs,
      });
    } else if (error instanceof SkipError) {
      this.#end(lease, { outcome: "stayed", reason: this.#text(error) });
    } else {
      this.#failed(lease, error);
    }
  }

  /** Locks the rows of tasks that nobody has read yet: nearly all are on the main branch. @returns those that we have now */
  async #lockAhead(leases: readonly LeasedTask[]): Promise<ReadonlySet<string>> {
    const wish = prefetchOf(this.#options.agent.dependencies).labelRow;
    if (!wish || leases.length === 0) return new Set();
    return this.#rowsLocked(leases.map(({ dataHash }) => rowOn(dataHash, wish.include?.branchName)));
  }

  /**
   * The tasks whose label rows nobody else writes, nor another of them; the others wait.
   *
   * @param ahead what was locked before they were read
   */
  async #lock(works: readonly Work[], ahead: ReadonlySet<string>): Promise<readonly Work[]> {
    const wish = prefetchOf(this.#options.agent.dependencies).labelRow;
    if (!wish) return works;
    const branch = wish.include?.branchName;
    const rowOf = ({ task }: Work) => rowOn(task.dataHash, branch ?? task.labelBranchName);
    const elsewhere = works.map(rowOf).filter((name) => !ahead.has(name));
    const free = new Set([...ahead, ...(await this.#rowsLocked(elsewhere))]);
    // Each row is for one of them.
    return this.#withRow(works, (work) => free.delete(rowOf(work)));
  }

  /**
   * Those of the tasks that may still be written, asked right before it is done: a lease or a lock may have ended while agents
   * ran (the task was cancelled, or an agent kept the thread so busy that nothing could be renewed). Also locks a row that the
   * agent got by itself.
   */
  async #stillOurs(ran: readonly Ran[]): Promise<readonly Ran[]> {
    const writers = ran.filter(({ outcome }) => outcome.labelRow !== null || outcome.priority !== null);
    if (writers.length === 0) return ran;
    const { project } = this.#options;
    const rowOfRan = ({ outcome: { labelRow } }: Ran) =>
      // The locks are those of the task's project.
      labelRow === null || labelRow.projectHash !== project.projectHash
        ? null
        : rowOn(labelRow.dataHash, labelRow.branchName);
    const [held, rows] = await Promise.all([
      this.#options.leases.start(writers.map(({ lease }) => lease.token)),
      this.#rowsLocked(writers.map(rowOfRan)),
    ]);
    const tokens = new Set(held);
    const ours = ran.filter((each) => tokens.has(each.lease.token) || !writers.includes(each));
    return this.#withRow(ours, (each) => {
      const row = rowOfRan(each);
      return row === null || rows.has(row);
    });
  }

  /** @returns those of the rows that are ours now */
  async #rowsLocked(names: readonly (string | null)[]): Promise<ReadonlySet<string>> {
    const wanted = names.filter((name) => name !== null);
    return new Set(wanted.length > 0 ? await this.#options.locks.acquire(wanted) : []);
  }

  /** Puts off the tasks whose row somebody else has. */
  #withRow<W extends Work>(works: readonly W[], isFree: (work: W) => boolean): W[] {
    return works.filter((work) => {
      if (isFree(work)) return true;
      const error = "Another agent is working on the labels of this data unit; the task waits for it.";
      this.#end(work.lease, { outcome: "postponed", error, retryAfterMs: LOCK_WAIT_MS });
      return false;
    });
  }

  async #saveLabels(ran: readonly Ran[]): Promise<readonly Ran[]> {
    return this.#write(
      ran,
      (each) => each.outcome.labelRow !== null,
      async ({ outcome }, bundle) => {
        await outcome.labelRow?.save({ bundle });
      },
    );
  }

  async #setPriorities(ran: readonly Ran[]): Promise<readonly Ran[]> {
    const { project } = this.#options;
    return this.#write(
      ran,
      (each) => each.outcome.priority !== null,
      async ({ outcome, task }, bundle) => {
        if (outcome.priority !== null) await project.setPriority(task.dataHash, outcome.priority, { bundle });
      },
    );
  }

  /** Writes what `concerns` through one bundle. @returns those for which nothing went wrong */
  async #write(
    ran: readonly Ran[],
    concerns: (each: Ran) => boolean,
    add: (each: Ran, bundle: Bundle) => Promise<void>,
  ): Promise<readonly Ran[]> {
    const { own, shared } = await sendTogether(
      this.#options,
      ran.filter(concerns),
      SAVE_CHUNK,
      failedBefore,
      add,
    );
    for (const [{ lease }, error] of own) this.#failed(lease, error);
    for (const [{ lease }, error] of shared) this.#putOff(lease, error);
    return ran.filter((each) => !own.has(each) && !shared.has(each));
  }

  /**
   * Stores where each task goes.
   *
   * @param before those of which an earlier batch has stored it: they too may have been cancelled since
   * @returns the tasks to move: those whose lease still holds
   */
  async #checkpoint(ran: readonly Ran[], before: readonly Work[]): Promise<Work[]> {
    const entries = ran.flatMap(({ lease, task, outcome: { pathway } }) => {
      if (pathway === null) return [];
      const checkpoint: Checkpoint = {
        pathwayUuid: pathway.uuid,
        pathwayName: pathway.name,
        destinationUuid: pathway.destinationUuid,
      };
      return [{ lease: { ...lease, checkpoint }, task }];
    });
    const leaving: Work[] = [...before, ...entries];
    if (leaving.length === 0) return [];
    const held = new Set(
      await this.#options.leases.checkpoint(
        leaving.map(({ lease: { token, checkpoint } }) => ({ token, checkpoint: checkpoint as Checkpoint })),
      ),
    );
    return leaving.filter(({ lease }) => held.has(lease.token));
  }

  /** @param again those that an earlier batch could not move */
  async #move(works: readonly Work[], again: ReadonlySet<Work>): Promise<void> {
    const pathways = new Map<Work, string>();
    for (const work of works) {
      const pathwayUuid = this.#pathwayNow(work);
      if (pathwayUuid !== null) pathways.set(work, pathwayUuid);
    }
    const movedBefore = (work: Work) => again.has(work);
    const { own, shared } = await sendTogether(
      this.#options,
      [...pathways.keys()],
      undefined,
      movedBefore,
      (work, bundle) => work.task.proceed({ pathwayUuid: pathways.get(work) ?? "" }, { bundle }),
    );
    const refused = new Map<Work, EncordError>();
    for (const work of pathways.keys()) {
      const error = own.get(work);
      if (shared.has(work)) this.#putOff(work.lease, shared.get(work));
      else if (error === undefined) this.#moved(work.lease, work.lease.checkpoint as Checkpoint);
      else if (error instanceof EncordError && error.refusal) refused.set(work, error);
      else this.#end(work.lease, this.#postponed(error));
    }
    if (refused.size > 0) await this.#explainRefusals(refused);
  }

  /** The checkpoint's pathway in the Workflow of today, which may have been edited since; null when there is none any more. */
  #pathwayNow({ lease }: Work): string | null {
    const { pathways, title } = this.#options.stage;
    const checkpoint = lease.checkpoint as Checkpoint; // Only tasks with one are moved.
    const pathway =
      pathways.find(({ uuid }) => uuid === checkpoint.pathwayUuid) ??
      pathways.find(({ name }) => name === checkpoint.pathwayName);
    if (pathway) return pathway.uuid;
    const names = pathways.map(({ name }) => `"${name}"`).join(", ") || "none";
    this.#failed(
      lease,
      new InvalidOutcomeError(
        `The labels are saved, but stage "${title}" has no pathway "${checkpoint.pathwayName}" any more. Its pathways: ${names}.`,
      ),
    );
    return null;
  }

  /** Encord refuses to move a task that has left the stage, which is not an error; anything else is. */
  async #explainRefusals(refused: ReadonlyMap<Work, EncordError>): Promise<void> {
    // The Workflow may have been edited since it was read.
    forgetReads();
    const leases = [...refused.keys()].map((work) => work.lease);
    const stillHere = new Set((await this.#reread(leases, true)).map((work) => work.lease));
    for (const [{ lease }, cause] of refused) {
      if (!stillHere.has(lease)) continue;
      const pathway = lease.checkpoint?.pathwayName;
      this.#failed(lease, new Error(`Encord refused to move the task along "${pathway}".`, { cause }));
    }
  }

  #moved(lease: LeasedTask, checkpoint: Checkpoint): void {
    this.#destinations.add(checkpoint.destinationUuid);
    this.#end(lease, {
      outcome: "moved",
      pathwayName: checkpoint.pathwayName,
      pathwayUuid: checkpoint.pathwayUuid,
    });
  }

  #failed(lease: LeasedTask, error: unknown): void {
    this.#options.log.warn("task_failed", { task: lease.uuid, attempt: lease.attempt, error });
    const outcome = error instanceof AgentTimeoutError ? "timedOut" : "failed";
    this.#end(
      lease,
      // "Too many requests" says nothing of the task.
      error instanceof RateLimitExceededError
        ? this.#postponed(error)
        : { outcome, error: this.#text(error), retryable: isRetryable(error) },
    );
  }

  /** What happened is not known to be about this task, and the next batch would meet it too. */
  #putOff(lease: LeasedTask, error: unknown): void {
    this.#stalled ||= !(error instanceof RateLimitExceededError);
    this.#end(lease, this.#postponed(error));
  }

  #postponed(error: unknown): Ending {
    const wait = retryAfterMs(error);
    return {
      outcome: "postponed",
      error: this.#text(error),
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    };
  }

  #text(error: unknown): string {
    return errorText(error, this.#options.secrets);
  }

  #end(lease: LeasedTask, ending: Ending): void {
    this.#reports.push({ uuid: lease.uuid, token: lease.token, ...ending } as TaskReport);
  }
}

function rowOn(dataHash: string, labelBranchName = "main"): string {
  return rowName({ dataHash, labelBranchName });
}

/** How long a batch may go on starting agents; those that run then have their own timeout. */
const START_WINDOW_MS = 60_000;

/** After so many runs that waited for nothing, others get the thread, and the clock goes on. */
const TASKS_AT_A_STRETCH = 25;

/** How soon a task asks again for a label row that another agent has. */
const LOCK_WAIT_MS = 2000;

/** How many tasks Encord lists in one answer; a batch asks for several at the same time. */
const TASKS_PER_PAGE = 100;

function chunked<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
