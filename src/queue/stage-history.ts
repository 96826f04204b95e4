/**
 * What happened in a stage: the attempts of every task, and figures per minute for the last day. Bounded by sweeping a little
 * at a time: a task keeps its newest attempts, they go with it, and a finished task goes after a while (one that failed or
 * stays in the stage is kept, else it would be taken for new). A stage that never rests is swept at the pace of its attempts:
 * two rows for each, so that all have had their turn before there are twice as many.
 */

import type { AttemptLog } from "./attempt-log.ts";
import { jsonChunks } from "./json-chunks.ts";
import type { Selection } from "./stage-controls.ts";
import { LEASED } from "./stage-schema.ts";
import type { StateCounts } from "./state-counts.ts";
import type { Effort, TaskState } from "./task-state.ts";

/** One attempt as the operator sees it; times are milliseconds since 1970. */
export interface AttemptRow {
  readonly visit: number;
  readonly attempt: number;
  readonly claimedAt: number;
  readonly endedAt: number;
  readonly outcome: string;
  readonly detail: string | null;
  /** Milliseconds between the moment from which it could have been claimed and that at which it was; null: not known. */
  readonly waitedMs: number | null;
  /** null: its worker was lost, found that there was nothing to do, or had the task taken away: it was cancelled. */
  readonly effort: Effort | null;
  /** null: nothing was logged. */
  readonly log: AttemptLog | null;
}

/** What ended within one minute. */
export interface MinuteFigures {
  /** Milliseconds since 1970 at which the minute began. */
  readonly minute: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Runs by duration: bucket `i` holds those of up to 2^(i/2) milliseconds. */
  readonly runs: readonly number[];
  /** Milliseconds that half of the runs took at most, and 95 of 100; null when none was timed. */
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
}

/** One end of an attempt, to be written down. */
interface AttemptEnd {
  readonly uuid: string;
  readonly visit: number;
  readonly attempt: number;
  readonly claimedAt: number;
  readonly outcome: string;
  readonly detail: string | null;
  readonly waitedMs: number;
  readonly effort: Effort | null;
  readonly log: AttemptLog | null;
  readonly state: TaskState;
}

interface StoredFigures {
  succeeded: number;
  failed: number;
  /** Runs by duration: bucket `i` holds those of up to 2^(i/2) milliseconds. */
  runs: number[];
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** How long a finished task is remembered, and how long while there are more than so many: 10 GB is all that an object has. */
const KEEP: readonly { readonly above: number; readonly ms: number }[] = [
  { above: 2_000_000, ms: 5 * MINUTE_MS },
  { above: 500_000, ms: 60 * MINUTE_MS },
  { above: -1, ms: 30 * DAY_MS },
];
/** Rows that one sweep looks at, and after how many attempts one is due. */
const SWEEP = 1000;
const SWEEP_AFTER = 500;
/** Attempts that are kept of a task: one that stays in its stage is run again and again. */
const KEEP_ATTEMPTS = 50;

/** An effort as an older release stored it says nothing of some phases. */
const NO_EFFORT: Effort = {
  fetchMs: null,
  runMs: null,
  saveMs: null,
  moveMs: null,
  fetchedBytes: 0,
  decodedFrames: 0,
  requests: 0,
};

export class StageHistory {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #counts: StateCounts;
  #sweptTo = "";
  /** Attempts that were written down since the last sweep. */
  #unswept = 0;

  constructor(storage: DurableObjectStorage, counts: StateCounts) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#counts = counts;
  }

  /** Writes down attempts that ended at `now`. */
  record(ends: readonly AttemptEnd[], now: number): void {
    if (ends.length === 0) return;
    this.#unswept += ends.length;
    for (const chunk of jsonChunks(ends)) {
      this.#sql.exec(
        `INSERT INTO attempt SELECT value ->> 'uuid', ?, value ->> 'visit', value ->> 'attempt', value ->> 'claimedAt',
           value ->> 'outcome', value ->> 'detail', value ->> 'effort', value ->> 'waitedMs', value ->> 'log'
         FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`,
        now,
        chunk,
      );
    }
    const minute = Math.floor(now / MINUTE_MS);
    const stored = this.#sql
      .exec<{ figures: string }>("SELECT figures FROM minute WHERE minute = ?", minute)
      .toArray()[0];
    const figures: StoredFigures = stored
      ? JSON.parse(stored.figures)
      : { succeeded: 0, failed: 0, runs: [] };
    for (const { state, effort } of ends) {
      if (state === "succeeded") figures.succeeded++;
      if (state === "failed" || state === "timedOut") figures.failed++;
      if (typeof effort?.runMs !== "number") continue;
      const bucket = Math.ceil(2 * Math.log2(Math.max(1, effort.runMs)));
      while (figures.runs.length <= bucket) figures.runs.push(0);
      figures.runs[bucket] = (figures.runs[bucket] ?? 0) + 1;
    }
    this.#sql.exec(
      "INSERT INTO minute VALUES (?, ?) ON CONFLICT DO UPDATE SET figures = excluded.figures",
      minute,
      JSON.stringify(figures),
    );
    if (!stored) this.#sql.exec("DELETE FROM minute WHERE minute < ?", minute - DAY_MS / MINUTE_MS);
  }

  /** Writes down attempts that end at `now` because their tasks are cancelled; of tasks that no worker has there are none. */
  cutShort(selection: Selection, detail: string, now: number): void {
    const chosen = selection === "all" ? null : new Set(selection);
    // What workers have is little at any time: a few batches.
    const leased = this.#sql
      .exec<{ uuid: string }>(`SELECT uuid FROM task INDEXED BY task_leased WHERE state IN ${LEASED}`)
      .toArray()
      .filter(({ uuid }) => chosen?.has(uuid) ?? true);
    if (leased.length === 0) return;
    this.#sql.exec(
      `INSERT INTO attempt SELECT uuid, ?, visit, attempt, claimed_at, 'canceled', ?, NULL, max(0, claimed_at - due), NULL
       FROM task WHERE uuid IN (SELECT value FROM json_each(?)) ON CONFLICT DO NOTHING`,
      now,
      detail,
      JSON.stringify(leased.map(({ uuid }) => uuid)),
    );
  }

  /** The newest attempts of a task, the oldest of them first. */
  attempts(uuid: string): AttemptRow[] {
    return this.#sql
      .exec<Record<string, SqlStorageValue>>(
        `SELECT * FROM attempt WHERE uuid = ? ORDER BY ended_at DESC, attempt DESC LIMIT ${KEEP_ATTEMPTS}`,
        uuid,
      )
      .toArray()
      .reverse()
      .map((row) => ({
        visit: row.visit as number,
        attempt: row.attempt as number,
        claimedAt: row.claimed_at as number,
        endedAt: row.ended_at as number,
        outcome: row.outcome as string,
        detail: row.detail as string | null,
        waitedMs: row.waited_ms as number | null,
        effort: row.effort === null ? null : { ...NO_EFFORT, ...JSON.parse(row.effort as string) },
        log: row.log === null ? null : (JSON.parse(row.log as string) as AttemptLog),
      }));
  }

  /** The minutes since `from` (milliseconds since 1970) in which something ended. */
  minutes(from: number): MinuteFigures[] {
    return this.#sql
      .exec<{ minute: number; figures: string }>(
        "SELECT minute, figures FROM minute WHERE minute >= ? ORDER BY minute",
        Math.floor(from / MINUTE_MS),
      )
      .toArray()
      .map((row) => {
        const { succeeded, failed, runs } = JSON.parse(row.figures) as StoredFigures;
        return {
          minute: row.minute * MINUTE_MS,
          succeeded,
          failed,
          runs,
          medianMs: percentile(runs, 0.5),
          p95Ms: percentile(runs, 0.95),
        };
      });
  }

  /** Sweeps as often as is due after the attempts of late. */
  keepUp(now: number): void {
    while (this.#unswept >= SWEEP_AFTER) {
      this.sweep(now);
      this.#unswept -= SWEEP_AFTER;
    }
  }

  /** Forgets what is old among the next rows; called now and then, it comes round to all of them. */
  sweep(now: number): void {
    this.#storage.transactionSync(() => this.#sweepNext(now));
  }

  #sweepNext(now: number): void {
    const { succeeded, canceled } = this.#counts.read();
    const before = now - (KEEP.find(({ above }) => succeeded + canceled > above)?.ms ?? 0);
    const rows = this.#sql
      .exec<{ uuid: string; state: TaskState; gone: number }>(
        `SELECT uuid, state, state IN ('succeeded', 'canceled') AND stayed = 0 AND finished_at < ? AS gone FROM task
         WHERE uuid > ? ORDER BY uuid LIMIT ${SWEEP}`,
        before,
        this.#sweptTo,
      )
      .toArray();
    this.#sweptTo = rows.length < SWEEP ? "" : (rows.at(-1)?.uuid ?? "");
    this.#sql.exec(
      `DELETE FROM attempt WHERE (uuid, ended_at, attempt) IN (SELECT uuid, ended_at, attempt FROM (
         SELECT uuid, ended_at, attempt, row_number() OVER (PARTITION BY uuid ORDER BY ended_at DESC) AS age
         FROM attempt WHERE uuid IN (SELECT value FROM json_each(?))) WHERE age > ${KEEP_ATTEMPTS})`,
      JSON.stringify(rows.map((row) => row.uuid)),
    );
    const gone = rows.filter((row) => row.gone === 1);
    if (gone.length === 0) return;
    const uuids = JSON.stringify(gone.map((row) => row.uuid));
    this.#sql.exec("DELETE FROM attempt WHERE uuid IN (SELECT value FROM json_each(?))", uuids);
    this.#sql.exec("DELETE FROM task WHERE uuid IN (SELECT value FROM json_each(?))", uuids);
    for (const { state } of gone) this.#counts.shift(state, null);
  }
}

/** The upper edge of the bucket in which that share of the runs is reached. */
export function percentile(runs: readonly number[], share: number): number | null {
  const total = runs.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let seen = 0;
  for (const [bucket, count] of runs.entries()) {
    seen += count;
    if (seen >= share * total) return Math.round(2 ** (bucket / 2));
  }
  return null;
}
