/**
 * A stage whose tasks are too many, or too fast, for one object: split by a hash of the task's UUID among several, which each
 * list the stage and take up their share. From outside it is one queue: what is asked goes to all of them, or to the one that
 * has the task, and the answers are put together.
 */

import type { ControlResult, Selection } from "./stage-controls.ts";
import { type MinuteFigures, percentile } from "./stage-history.ts";
import type { ErrorGroup } from "./stage-overview.ts";
import type {
  MoveResult,
  StageDoor,
  StageIdentity,
  StageStatus,
  TaskDetails,
  WakeReason,
} from "./stage-queue.ts";
import type { TaskFilter, TaskPage } from "./stage-rows.ts";
import { TASK_STATES, type TaskState } from "./task-state.ts";

/** One of the objects that share a stage. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** Which shard a task belongs to: FNV-1a (32 bits) of its UUID. */
export function shardIndex(uuid: string, of: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < uuid.length; i++) hash = Math.imul(hash ^ uuid.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % of;
}

export class ShardedStage implements StageDoor {
  readonly #shards: readonly StageDoor[];
  readonly #whole: Pick<StageDoor, "pause" | "goLive"> | null;

  /**
   * @param shards in the order of their index
   * @param whole the object of the stage when it is not split. It is told of a pause too: whatever number of shards a later
   *   deployment has, they find it there
   */
  constructor(shards: readonly StageDoor[], whole: Pick<StageDoor, "pause" | "goLive"> | null = null) {
    this.#shards = shards;
    this.#whole = whole;
  }

  async wake(identity: StageIdentity, reason: WakeReason): Promise<void> {
    await this.#all((shard, index) => shard.wake({ ...identity, shard: this.#shard(index) }, reason));
  }

  async notify(stage: { readonly projectHash: string; readonly stageUuid: string }): Promise<void> {
    await this.#all((shard, index) => shard.notify({ ...stage, shard: this.#shard(index) }));
  }

  async status(): Promise<StageStatus> {
    const all = await this.#all((shard) => shard.status());
    const least = (values: readonly (number | null)[]) => {
      const known = values.filter((value) => value !== null);
      return known.length > 0 ? Math.min(...known) : null;
    };
    const latest = (values: readonly (number | null)[]) => {
      const known = values.filter((value) => value !== null);
      return known.length > 0 ? Math.max(...known) : null;
    };
    const polls = all.map((status) => status.lastPoll);
    const polledAt = polls.every((poll) => poll !== null)
      ? least(polls.map((poll) => poll?.at ?? null))
      : null;
    return {
      identity: all[0]?.identity ?? null,
      paused: all.every((status) => status.paused),
      counts: sumCounts(all.map((status) => status.counts)),
      waitingSince: least(all.map((status) => status.waitingSince)),
      lastNotification: latest(all.map((status) => status.lastNotification)),
      lastPoll:
        polledAt === null ? null : { at: polledAt, error: polls.find((poll) => poll?.error)?.error ?? null },
      lastError: all.find((status) => status.lastError !== null)?.lastError ?? null,
      warning: all.find((status) => status.warning !== null)?.warning ?? null,
    };
  }

  async changed(since: string, waitMs: number): Promise<string> {
    const marks = since.split(" ");
    if (marks.length !== this.#shards.length)
      return (await this.#all((shard) => shard.changed("", waitMs))).join(" ");
    const now = [...marks];
    await Promise.race(
      this.#shards.map(async (shard, index) => {
        now[index] = await shard.changed(marks[index] as string, waitMs);
      }),
    );
    return now.join(" ");
  }

  async tasks(filter: TaskFilter): Promise<TaskPage> {
    const pages = await this.#all((shard) => shard.tasks(filter));
    // What lies behind the end of a page that another shard goes on after is not known yet.
    const ends = pages.flatMap(({ after }) => after ?? []).sort();
    const end = ends[0] ?? null;
    const known = pages
      .flatMap(({ tasks }) => tasks)
      .filter(({ uuid }) => end === null || uuid <= end)
      .sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
    const tasks = known.slice(0, filter.limit);
    return { tasks, after: known.length > filter.limit ? (tasks.at(-1)?.uuid ?? null) : end };
  }

  task(uuid: string): Promise<TaskDetails | null> {
    return this.#of(uuid).task(uuid);
  }

  async minutes(from: number): Promise<MinuteFigures[]> {
    const all = (await this.#all((shard) => shard.minutes(from))).flat();
    return [...Map.groupBy(all, (figures) => figures.minute)]
      .sort(([a], [b]) => a - b)
      .map(([minute, group]) => {
        const longest = Math.max(...group.map((figures) => figures.runs.length));
        const runs = Array.from({ length: longest }, (_, i) => sum(group, (figures) => figures.runs[i] ?? 0));
        return {
          minute,
          succeeded: sum(group, (figures) => figures.succeeded),
          failed: sum(group, (figures) => figures.failed),
          runs,
          medianMs: percentile(runs, 0.5),
          p95Ms: percentile(runs, 0.95),
        };
      });
  }

  async errors(): Promise<ErrorGroup[]> {
    const all = (await this.#all((shard) => shard.errors())).flat();
    return [...Map.groupBy(all, (group) => group.message).values()]
      .map((groups) => {
        const newest = groups.reduce((a, b) => (a.lastAt >= b.lastAt ? a : b));
        return { ...newest, tasks: sum(groups, (group) => group.tasks) };
      })
      .sort((a, b) => b.tasks - a.tasks);
  }

  async countsOf(uuids: readonly string[]): Promise<Record<TaskState, number>> {
    return sumCounts(await this.#each(uuids, (shard, own) => shard.countsOf(own)));
  }

  async pause(): Promise<void> {
    await Promise.all([this.#whole?.pause(), this.#all((shard) => shard.pause())]);
  }

  async goLive(): Promise<void> {
    await Promise.all([this.#whole?.goLive(), this.#all((shard) => shard.goLive())]);
  }

  runTasks(selection: Selection): Promise<ControlResult> {
    return this.#control(selection, (shard, own) => shard.runTasks(own));
  }

  retryTasks(selection: Selection): Promise<ControlResult> {
    return this.#control(selection, (shard, own) => shard.retryTasks(own));
  }

  cancelTasks(selection: Selection): Promise<ControlResult> {
    return this.#control(selection, (shard, own) => shard.cancelTasks(own));
  }

  async moveTasks(uuids: readonly string[], destinationStageUuid: string): Promise<MoveResult> {
    const results = await this.#each(uuids, (shard, own) => shard.moveTasks(own, destinationStageUuid));
    return {
      moved: sum(results, (result) => result.moved),
      skipped: sum(results, (result) => result.skipped),
      reason: results.find((result) => result.reason !== null)?.reason ?? null,
    };
  }

  async #control(
    selection: Selection,
    control: (shard: StageDoor, own: Selection) => Promise<ControlResult>,
  ): Promise<ControlResult> {
    const results =
      selection === "all"
        ? await this.#all((shard) => control(shard, "all"))
        : await this.#each(selection, control);
    return {
      changed: sum(results, (result) => result.changed),
      skipped: sum(results, (result) => result.skipped),
    };
  }

  #all<T>(ask: (shard: StageDoor, index: number) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#shards.map(ask));
  }

  /** Asks each shard about its own tasks. */
  #each<T>(uuids: readonly string[], ask: (shard: StageDoor, own: string[]) => Promise<T>): Promise<T[]> {
    const own = Map.groupBy(uuids, (uuid) => shardIndex(uuid, this.#shards.length));
    return Promise.all([...own].map(([index, group]) => ask(this.#shards[index] as StageDoor, group)));
  }

  #of(uuid: string): StageDoor {
    // The index is below the number of shards.
    return this.#shards[shardIndex(uuid, this.#shards.length)] as StageDoor;
  }

  #shard(index: number): Shard {
    return { index, of: this.#shards.length };
  }
}

function sum<T>(all: readonly T[], pick: (each: T) => number): number {
  return all.reduce((total, each) => total + pick(each), 0);
}

function sumCounts(all: readonly Readonly<Record<TaskState, number>>[]): Record<TaskState, number> {
  const entries = TASK_STATES.map((state) => [state, sum(all, (counts) => counts[state])]);
  return Object.fromEntries(entries) as Record<TaskState, number>;
}
