/**
 * The rows of one stage's queue in SQLite. Every method is one synchronous step: between two awaits of its owner nothing
 * is half done. Lists go in as one JSON parameter, because SQLite in a Durable Object takes at most 100 parameters.
 * Counts by state are kept beside the rows, so that nobody has to scan them.
 *
 * Long because every step of a lease is found here, beside the columns that it changes; what a list of the stage changes, what
 * operators do and read, and what is remembered afterwards are in stage-intake.ts, stage-controls.ts, stage-rows.ts and
 * stage-history.ts.
 */

import type { AttemptLog } from "./attempt-log.ts";
import { backoffMs } from "./backoff.ts";
import { ChangeSignal } from "./change-signal.ts";
import { jsonChunks } from "./json-chunks.ts";
import { waitsUntil } from "./retry-after.ts";
import { mendTimes } from "./set-back-clock.ts";
import { StageHistory } from "./stage-history.ts";
import { StageIntake, SUPERSEDED } from "./stage-intake.ts";
import { StageRows } from "./stage-rows.ts";
import { LEASED, migrate, STAYED } from "./stage-schema.ts";
import { StateCounts } from "./state-counts.ts";
import type { Checkpoint, Effort, LeasedTask, Outcome, TaskReport, TaskState } from "./task-state.ts";

export interface RetryPolicy {
  /** How many attempts a visit has: the first and the retries. */
  readonly maxAttempts: number;
  readonly random: () => number;
}

/** A postponed task waits as after its fifth attempt: up to 16 seconds. */
const POSTPONED_AS_ATTEMPT = 5;
/** An agent that asks for more, or for ever, has the task again after that. */
const LONGEST_POSTPONEMENT_MS = 365 * 24 * 60 * 60_000;

export class StageStore {
  /** Told of every change that an operator would see. */
  readonly changes = new ChangeSignal();
  readonly counts: StateCounts;
  readonly history: StageHistory;
  /** What a list of the stage changes. */
  readonly intake: StageIntake;
  /** What the operator reads. */
  readonly rows: StageRows;
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #facts = new Map<string, { readonly text: string | null; readonly value: unknown }>();

  constructor(storage: DurableObjectStorage) {
    migrate(storage);
    this.#storage = storage;
    this.#sql = storage.sql;
    this.counts = new StateCounts(storage.sql, this.changes);
    this.history = new StageHistory(storage, this.counts);
    this.intake = new StageIntake(storage, this.counts, this.changes);
    this.rows = new StageRows(storage.sql, this.counts);
  }

  /** A small fact about the stage itself; null when it was never written. Read from SQLite once. */
  read<T>(key: string): T | null {
    let fact = this.#facts.get(key);
    if (!fact) {
      const row = this.#sql
        .exec<{ value: string }>("SELECT value FROM stage WHERE key = ?", key)
        .toArray()[0];
      fact = row ? { text: row.value, value: JSON.parse(row.value) } : { text: null, value: null };
      this.#facts.set(key, fact);
    }
    return fact.value as T | null;
  }

  /** Nothing is written when the fact is so already. Not within a transaction: what is remembered would outlive its end. */
  write(key: string, value: unknown): void {
    const text = JSON.stringify(value);
    if (this.#facts.get(key)?.text === text) return;
    this.#sql.exec(
      "INSERT INTO stage VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      key,
      text,
    );
    this.#facts.set(key, { text, value: JSON.parse(text) });
    this.changes.tell();
  }

  /** Before that (milliseconds since 1970), asking Encord for anything would be of no use. */
  restUntil(now: number): number {
    return waitsUntil(this.read("restUntil"), now);
  }

  /**
   * Leases up to `most` pending tasks that are due: first those that the operator asked for, while the stage is paused only
   * they. A task whose worker was lost before is leased alone: should it be what kills its worker, it takes no neighbour along.
   */
  claim(most: number, now: number, leaseMs: number, newToken: () => string): LeasedTask[] {
    return this.#storage.transactionSync(() => {
      const forcedOnly = this.paused || this.#hasDue("AND forced = 1", now);
      const eligible = forcedOnly ? "state = 'pending' AND forced = 1" : "state = 'pending'";
      const head = this.#sql
        .exec<{ uuid: string; lost: number }>(
          `SELECT uuid, lost FROM task WHERE ${eligible} AND due <= ? ORDER BY due LIMIT 1`,
          now,
        )
        .toArray()[0];
      if (!head) return [];
      const alone = head.lost > 0;
      const rows = this.#sql
        .exec<{
          uuid: string;
          data_hash: string;
          attempt: number;
          visit: number;
          entered_at: number;
          checkpoint: string | null;
          token: string;
          ran_before: number;
        }>(
          `UPDATE task SET state = 'dispatched', attempt = attempt + 1, token = ? || ':' || uuid, lease_until = ?,
             claimed_at = ?, forced = 0
           WHERE uuid IN (SELECT uuid FROM task WHERE ${eligible} AND due <= ? AND (lost = 0 OR uuid = ?)
             ORDER BY due LIMIT ?)
           RETURNING uuid, data_hash, attempt, visit, entered_at, checkpoint, token, attempt > 1 OR EXISTS (
             SELECT 1 FROM attempt AS past WHERE past.uuid = task.uuid AND past.visit = task.visit) AS ran_before`,
          newToken(),
          now + leaseMs,
          now,
          now,
          head.uuid,
          alone ? 1 : most,
        )
        .toArray();
      this.counts.shift("pending", "dispatched", rows.length);
      return rows.map((row) => ({
        uuid: row.uuid,
        dataHash: row.data_hash,
        token: row.token,
        attempt: row.attempt,
        mayHaveSaved: row.ran_before === 1,
        visit: row.visit,
        enteredAt: row.entered_at,
        checkpoint: row.checkpoint === null ? null : (JSON.parse(row.checkpoint) as Checkpoint),
      }));
    });
  }

  /** Marks leased tasks as running. @returns the tokens that still hold their lease */
  start(tokens: readonly string[]): string[] {
    return this.#storage.transactionSync(() => {
      const held = this.#held(tokens);
      const dispatched = held.filter((row) => row.state === "dispatched");
      if (dispatched.length > 0) {
        this.#sql.exec(
          "UPDATE task SET state = 'running' WHERE uuid IN (SELECT value FROM json_each(?))",
          JSON.stringify(dispatched.map((row) => row.uuid)),
        );
        this.counts.shift("dispatched", "running", dispatched.length);
      }
      return held.map((row) => row.token);
    });
  }

  /** Prolongs leases. @returns the tokens that still hold one */
  renew(tokens: readonly string[], until: number): string[] {
    return this.#storage.transactionSync(() => {
      const held = this.#held(tokens);
      this.#sql.exec(
        "UPDATE task SET lease_until = ? WHERE uuid IN (SELECT value FROM json_each(?))",
        until,
        JSON.stringify(held.map((row) => row.uuid)),
      );
      return held.map((row) => row.token);
    });
  }

  /** Stores that labels are saved and where the task goes next. @returns the tokens that still held their lease */
  checkpoint(entries: readonly { readonly token: string; readonly checkpoint: Checkpoint }[]): string[] {
    return this.#storage.transactionSync(() => {
      const held = new Map(this.#held(entries.map(({ token }) => token)).map((row) => [row.token, row.uuid]));
      const groups = Map.groupBy(
        entries.filter(({ token }) => held.has(token)),
        ({ checkpoint }) => JSON.stringify(checkpoint),
      );
      for (const [checkpoint, group] of groups) {
        this.#sql.exec(
          "UPDATE task SET checkpoint = ? WHERE uuid IN (SELECT value FROM json_each(?))",
          checkpoint,
          JSON.stringify(group.map(({ token }) => held.get(token))),
        );
      }
      return [...held.keys()];
    });
  }

  /** Takes reports in. One without the current token of its task changes nothing. @returns how many counted */
  settle(reports: readonly TaskReport[], now: number, policy: RetryPolicy): number {
    return this.#storage.transactionSync(() => {
      const byToken = new Map(reports.map((report) => [report.token, report]));
      const held = this.#sql
        .exec<LeasedRow>(
          `${SELECT_LEASED} WHERE uuid IN (SELECT value FROM json_each(?)) AND state IN ${LEASED}`,
          JSON.stringify(reports.map(({ uuid }) => uuid)),
        )
        .toArray();
      const ends = held.flatMap((row) => {
        const report = byToken.get(row.token);
        return report?.uuid === row.uuid
          ? {
              row,
              outcome: report,
              effort: report.effort ?? null,
              log: report.log ?? null,
              lost: row.lost,
              uncounted: report.outcome === "postponed",
            }
          : [];
      });
      this.#finish(ends, now, policy);
      return ends.length;
    });
  }

  /** Ends leases early: their worker is known to be lost. */
  expire(tokens: readonly string[], now: number): void {
    this.renew(tokens, now);
  }

  /**
   * Takes tasks back whose lease has expired: their worker is lost. Of several that it had, any may be what killed it, or
   * none: that uses up no attempt. From then on each runs alone, and such an end is its own.
   *
   * @returns how many
   */
  reap(now: number, policy: RetryPolicy): number {
    return this.#storage.transactionSync(() => {
      const lost = this.#sql
        .exec<LeasedRow>(`${SELECT_LEASED} WHERE state IN ${LEASED} AND lease_until <= ?`, now)
        .toArray();
      const batches = Map.groupBy(lost, (row) => batchOf(row.token));
      const ends = lost.map((row) => {
        const times = row.lost + 1;
        const uncounted = (batches.get(batchOf(row.token))?.length ?? 0) > 1;
        const error =
          `The worker was lost while it had the task (${times === 1 ? "once" : `${times} times`}): ` +
          "it ran out of memory or CPU time, or was restarted.";
        return {
          row,
          outcome: { outcome: "failed", error, retryable: true } as const,
          effort: null,
          log: null,
          lost: times,
          uncounted,
        };
      });
      this.#finish(ends, now, policy);
      return lost.length;
    });
  }

  /** Nothing waits for a clock that was ahead. @param leaseMs the longest that a lease lasts from now */
  mendTimes(now: number, leaseMs: number): number {
    return this.#storage.transactionSync(() => mendTimes(this.#sql, now, leaseMs));
  }

  /** When something is next due: a pending task that may run, or a lease that ends. null: nothing. */
  nextDue(): number | null {
    const row = this.#sql
      .exec<{ next: number | null }>(
        `SELECT min(at) AS next FROM (
           SELECT min(due) AS at FROM task WHERE state = 'pending' ${this.paused ? "AND forced = 1" : ""}
           UNION ALL SELECT min(lease_until) FROM task WHERE state IN ${LEASED})`,
      )
      .one();
    return row.next;
  }

  /** Whether `claim` would find something. */
  hasDue(now: number): boolean {
    return this.#hasDue(this.paused ? "AND forced = 1" : "", now);
  }

  #hasDue(forced: "" | "AND forced = 1", now: number): boolean {
    return (
      this.#sql
        .exec(`SELECT 1 FROM task WHERE state = 'pending' ${forced} AND due <= ? LIMIT 1`, now)
        .toArray().length > 0
    );
  }

  /** When the pending task that waits longest became due; null when none waits. */
  waitingSince(): number | null {
    return this.#sql
      .exec<{ due: number | null }>("SELECT min(due) AS due FROM task WHERE state = 'pending'")
      .one().due;
  }

  /** Whether only what the operator asks for is run. */
  get paused(): boolean {
    return this.read<boolean>("paused") === true;
  }

  /** Those of the leases that hold. */
  #held(tokens: readonly string[]): HeldRow[] {
    const held = new Set(tokens);
    return this.#sql
      .exec<HeldRow>(
        `SELECT uuid, state, token FROM task WHERE state IN ${LEASED} AND uuid IN (SELECT value FROM json_each(?))`,
        JSON.stringify(tokens.map(uuidOf)),
      )
      .toArray()
      .filter((row) => held.has(row.token));
  }

  /** Ends attempts: in one statement, unless they have very much to tell. */
  #finish(ends: readonly LeaseEnd[], now: number, policy: RetryPolicy): void {
    if (ends.length === 0) return;
    const settled = ends.map((end) => {
      const { row, outcome, uncounted } = end;
      const tries = row.attempt - row.granted - (uncounted ? 1 : 0);
      return { ...end, to: settlement(outcome, tries, now, policy) };
    });
    const changes = settled.map(({ row, outcome, lost, uncounted, to }) => {
      // Where a task was to go says nothing any more once another hand has moved it.
      const hasLeft = outcome.outcome === "superseded" ? 1 : 0;
      return { ...to, uuid: row.uuid, lost, givenBack: uncounted ? 1 : 0, hasLeft };
    });
    for (const chunk of jsonChunks(changes)) {
      this.#sql.exec(
        `UPDATE task SET state = value ->> 'state', due = value ->> 'due', detail = value ->> 'detail',
           finished_at = value ->> 'finishedAt', stayed = value ->> 'stayed', lost = value ->> 'lost',
           attempt = attempt - (value ->> 'givenBack'), token = NULL, lease_until = NULL,
           checkpoint = iif(value ->> 'hasLeft', NULL, checkpoint)
         FROM json_each(?) WHERE task.uuid = value ->> 'uuid'`,
        chunk,
      );
    }
    this.counts.shiftAll(settled.map(({ row, to }) => ({ from: row.state, to: to.state })));
    this.history.record(
      settled.map(({ row, outcome, effort, log, to }) => ({
        uuid: row.uuid,
        visit: row.visit,
        attempt: row.attempt,
        claimedAt: row.claimed_at,
        outcome: outcome.outcome,
        detail: to.detail,
        waitedMs: Math.max(0, row.claimed_at - row.due),
        effort,
        log,
        state: to.state,
      })),
      now,
    );
  }
}

/** An attempt that ended, and how often a worker was lost with its task by now. */
interface LeaseEnd {
  readonly row: LeasedRow;
  readonly outcome: Outcome;
  readonly effort: Effort | null;
  readonly log: AttemptLog | null;
  readonly lost: number;
  /** It uses up no attempt. */
  readonly uncounted: boolean;
}

type LeasedRow = {
  readonly uuid: string;
  readonly state: TaskState;
  readonly visit: number;
  readonly attempt: number;
  readonly granted: number;
  readonly lost: number;
  readonly due: number;
  readonly claimed_at: number;
  readonly token: string;
};

type HeldRow = { readonly uuid: string; readonly state: TaskState; readonly token: string };

/** A token ends with the UUID of its task, by which the row is found without reading all others. */
function uuidOf(token: string): string {
  return token.slice(token.indexOf(":") + 1);
}

/** Tasks that were claimed together have tokens with the same beginning. */
function batchOf(token: string): string {
  return token.slice(0, token.indexOf(":"));
}

const SELECT_LEASED = "SELECT uuid, state, visit, attempt, granted, lost, due, claimed_at, token FROM task";

interface Settlement {
  readonly state: TaskState;
  readonly due: number;
  readonly detail: string | null;
  readonly finishedAt: number | null;
  readonly stayed: number;
}

/** @param tries how many attempts were made since the task became pending, or since the operator had it tried again */
function settlement(outcome: Outcome, tries: number, now: number, policy: RetryPolicy): Settlement {
  const finished = { due: 0, finishedAt: now, stayed: STAYED.no };
  const again = (error: string, due: number): Settlement => {
    return { state: "pending", due, detail: error, finishedAt: null, stayed: STAYED.no };
  };
  switch (outcome.outcome) {
    case "moved":
      return { ...finished, state: "succeeded", detail: outcome.pathwayName };
    case "stayed":
      return outcome.reason === undefined
        ? { ...finished, state: "succeeded", detail: "Stayed in its stage.", stayed: STAYED.untilWoken }
        : { ...finished, state: "succeeded", detail: outcome.reason, stayed: STAYED.untilItComesBack };
    case "superseded":
      return { ...finished, state: "canceled", detail: SUPERSEDED };
    case "postponed": {
      const asked = Math.min(outcome.retryAfterMs ?? 0, LONGEST_POSTPONEMENT_MS);
      return again(outcome.error, now + backoffMs(POSTPONED_AS_ATTEMPT, policy.random, asked));
    }
    case "failed":
    case "timedOut":
      return outcome.retryable && tries < policy.maxAttempts
        ? again(outcome.error, now + backoffMs(tries, policy.random))
        : { ...finished, state: outcome.outcome, detail: outcome.error };
  }
}
