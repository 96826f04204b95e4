/**
 * The rows of one stage's queue in SQLite. Every method is one synchronous step: between two awaits of its owner nothing
 * is half done. Lists go in as one JSON parameter, because SQLite in a Durable Object takes at most 100 parameters.
 * Counts by state are kept beside the rows, so that nobody has to scan them.
 *
 * Long because every step of a lease is found here, beside the columns that it changes; what operators do and what is
 * remembered afterwards are in stage-controls.ts and stage-history.ts.
 */

import type { AttemptLog } from "./attempt-log.ts";
import { backoffMs } from "./backoff.ts";
import { ChangeSignal } from "./change-signal.ts";
import { jsonChunks } from "./json-chunks.ts";
import { waitsUntil } from "./retry-after.ts";
import { AHEAD_MS, mendTimes } from "./set-back-clock.ts";
import { StageHistory } from "./stage-history.ts";
import { migrate } from "./stage-schema.ts";
import { StateCounts } from "./state-counts.ts";
import type { Checkpoint, Effort, LeasedTask, Outcome, TaskReport, TaskState } from "./task-state.ts";

/** A task as it was listed by Encord. */
export interface ListedTask {
  readonly uuid: string;
  readonly dataHash: string;
  readonly dataTitle: string;
  /** ISO 8601; changes when the task enters the stage again. */
  readonly updatedAt: string;
}

/** A row as the operator sees it. */
export interface TaskRow {
  readonly uuid: string;
  readonly dataHash: string;
  readonly dataTitle: string;
  readonly state: TaskState;
  readonly attempt: number;
  readonly visit: number;
  /** Milliseconds since 1970 at which this visit was first seen. */
  readonly enteredAt: number;
  /** Milliseconds since 1970 from which a pending task may run. */
  readonly due: number;
  /** Where it went, why it failed, or why it was cancelled. */
  readonly detail: string | null;
  readonly finishedAt: number | null;
}

/** Some of the rows that were asked for, in the order of their UUIDs. */
export interface TaskPage {
  readonly tasks: readonly TaskRow[];
  /** The UUID after which to go on; null: these were the last. A page of a search may be short, or empty, before the end. */
  readonly after: string | null;
}

export interface TaskFilter {
  readonly state?: TaskState;
  readonly search?: string;
  readonly after?: string;
  readonly limit: number;
}

export interface RetryPolicy {
  /** How many attempts a visit has: the first and the retries. */
  readonly maxAttempts: number;
  readonly random: () => number;
}

/** How far behind a list of tasks may be. */
export const LIST_LAG_MS = 30_000;

/** A postponed task waits as after its fifth attempt: up to 16 seconds. */
const POSTPONED_AS_ATTEMPT = 5;

const LEASED = "('dispatched', 'running')";

/** How to find the tasks of a state without reading all others: an index, and the condition that it is made for. */
export const STATE_INDEX: { readonly [State in TaskState]?: readonly [string, string] } = {
  pending: ["INDEXED BY task_pending", "state = 'pending'"],
  dispatched: ["INDEXED BY task_leased", `state IN ${LEASED}`],
  running: ["INDEXED BY task_leased", `state IN ${LEASED}`],
  failed: ["INDEXED BY task_failed", "state IN ('failed', 'timedOut')"],
  timedOut: ["INDEXED BY task_failed", "state IN ('failed', 'timedOut')"],
  canceled: ["INDEXED BY task_canceled", "state = 'canceled'"],
};
/** States that share an index. */
const TOGETHER: readonly (readonly TaskState[])[] = [
  ["pending"],
  ["dispatched", "running"],
  ["failed", "timedOut"],
];
/** An index of up to so many tasks is read and sorted; more are met soon enough in the order of UUIDs. */
const FEW = 10_000;
/** The most rows that one page is looked for among: some 20 ms. */
const LOOKED_AT = 20_000;

/** More pending tasks than that (a million were retried) are not held in memory; those that left are found out when they run. */
const MOST_COMPARED = 20_000;

/** What is remembered although it has ended: found in the stage again, it is not new. */
const KEPT = "(stayed > 0 OR state IN ('failed', 'timedOut'))";

/** Nothing of this visit can have been saved: no agent has run (a run that was put off before has no effort). */
const UNTRIED = `attempt = 0 AND checkpoint IS NULL AND NOT EXISTS (SELECT 1 FROM attempt AS past
  WHERE past.uuid = task.uuid AND past.visit = task.visit AND NOT (past.outcome = 'postponed' AND past.effort IS NULL))`;

const SUPERSEDED = "Superseded: the task left the stage by another hand.";

/** What the column `stayed` says of a finished task. */
export const STAYED = {
  /** It is not in the stage any more, or its failure speaks for itself. */
  no: 0,
  /** Its agent left it in the stage: the next wake-up from outside runs it again. */
  untilWoken: 1,
  /** Skipped or cancelled: it runs again when it has left the stage and come back. */
  untilItComesBack: 2,
} as const;

export class StageStore {
  /** Told of every change that an operator would see. */
  readonly changes = new ChangeSignal();
  readonly counts: StateCounts;
  readonly history: StageHistory;
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #facts = new Map<string, { readonly text: string | null; readonly value: unknown }>();
  #keptTo: readonly [finishedAt: number, uuid: string] = [0, ""];

  constructor(storage: DurableObjectStorage) {
    migrate(storage);
    this.#storage = storage;
    this.#sql = storage.sql;
    this.counts = new StateCounts(storage.sql, this.changes);
    this.history = new StageHistory(storage.sql, this.counts);
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
   * Takes in what Encord listed. New tasks become pending. A finished one becomes pending again, as a new visit, when it
   * came back: it had moved away, or failed and was changed since, and a while has passed, because a list may lag behind.
   * One that its agent had left in the stage before `stayedBefore` becomes pending again.
   *
   * @param listedAt when the list was asked for: what finished later than that is not news
   * @param stayedBefore milliseconds since 1970; 0: what stayed is left alone
   * @param most the most tasks to make pending
   * @returns how many tasks became pending
   */
  takeIn(
    listed: readonly ListedTask[],
    listedAt: number,
    stayedBefore: number,
    most = Number.MAX_SAFE_INTEGER,
  ): number {
    return this.#storage.transactionSync(() => {
      const unknown = new Map(listed.map((task) => [task.uuid, task]));
      const returned: ListedTask[] = [];
      const changed: ListedTask[] = [];
      for (const row of this.#known([...unknown.keys()])) {
        const task = unknown.get(row.uuid);
        unknown.delete(row.uuid);
        if (!task) continue;
        if (returned.length < most && hasComeBack(row, task, listedAt, stayedBefore)) {
          this.counts.shift(row.state, "pending");
          returned.push(task);
        } else if (row.state === "pending" && row.updated_at !== task.updatedAt) {
          changed.push(task);
        }
      }
      if (returned.length > 0) {
        this.#sql.exec(
          `UPDATE task SET state = 'pending', visit = visit + 1, entered_at = ?, attempt = 0, granted = 0, lost = 0, due = ?,
             forced = 0, claimed_at = NULL, token = NULL, lease_until = NULL, checkpoint = NULL, stayed = 0, detail = NULL,
             finished_at = NULL, updated_at = value ->> 'updatedAt'
           FROM json_each(?) WHERE task.uuid = value ->> 'uuid'`,
          listedAt,
          listedAt,
          JSON.stringify(returned),
        );
      }
      if (changed.length > 0) {
        this.#sql.exec(
          "UPDATE task SET updated_at = value ->> 'updatedAt' FROM json_each(?) WHERE task.uuid = value ->> 'uuid'",
          JSON.stringify(changed),
        );
      }
      const added = [...unknown.values()].slice(0, most - returned.length);
      if (added.length > 0) {
        this.#sql.exec(
          `INSERT INTO task SELECT value ->> 'uuid', value ->> 'dataHash', value ->> 'dataTitle', value ->> 'updatedAt',
             'pending', 1, ?, 0, 0, 0, ?, 0, NULL, NULL, NULL, NULL, 0, NULL, NULL FROM json_each(?)`,
          listedAt,
          listedAt,
          JSON.stringify(added),
        );
        this.counts.shift(null, "pending", added.length);
      }
      return returned.length + added.length;
    });
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
          ? { row, outcome: report, effort: report.effort ?? null, log: report.log ?? null, lost: row.lost }
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

  /** Takes tasks back whose lease has expired: their worker is lost. @returns how many */
  reap(now: number, policy: RetryPolicy): number {
    return this.#storage.transactionSync(() => {
      const lost = this.#sql
        .exec<LeasedRow>(`${SELECT_LEASED} WHERE state IN ${LEASED} AND lease_until <= ?`, now)
        .toArray();
      const ends = lost.map((row) => {
        const times = row.lost + 1;
        const error =
          `The worker was lost while it had the task (${times === 1 ? "once" : `${times} times`}): ` +
          "it ran out of memory or CPU time, or was restarted.";
        return {
          row,
          outcome: { outcome: "failed", error, retryable: true } as const,
          effort: null,
          log: null,
          lost: times,
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

  /** The pending tasks, to be compared with a list of the stage; none when they are very many. */
  pendingUuids(): string[] {
    if (this.counts.read().pending > MOST_COMPARED) return [];
    return this.#sql
      .exec<{ uuid: string }>("SELECT uuid FROM task WHERE state = 'pending'")
      .toArray()
      .map((row) => row.uuid);
  }

  /**
   * Cancels those of the tasks that are pending and were never tried: they left the stage by another hand. One that was tried
   * may have saved labels; should a list have left it out, it must not come back as new. Its next batch looks for it by name.
   *
   * @returns how many
   */
  supersede(uuids: readonly string[], now: number, detail = SUPERSEDED): number {
    return this.#storage.transactionSync(() => {
      const gone = this.#sql
        .exec<{ uuid: string }>(
          `UPDATE task SET state = 'canceled', detail = ?, finished_at = ?
           WHERE state = 'pending' AND ${UNTRIED} AND uuid IN (SELECT value FROM json_each(?)) RETURNING uuid`,
          detail,
          now,
          JSON.stringify(uuids),
        )
        .toArray().length;
      this.counts.shift("pending", "canceled", gone);
      return gone;
    });
  }

  /** Cancels pending tasks that were never tried, many at once. @returns whether there are more */
  release(detail: string, now: number): boolean {
    const uuids = this.#sql
      .exec<{ uuid: string }>(
        `SELECT uuid FROM task INDEXED BY task_pending WHERE state = 'pending' AND ${UNTRIED} LIMIT ${MOST_COMPARED}`,
      )
      .toArray()
      .map((row) => row.uuid);
    this.supersede(uuids, now, detail);
    return uuids.length === MOST_COMPARED;
  }

  /** Says of pending tasks why they wait; of a million, of many. */
  explain(detail: string): void {
    this.#sql.exec(
      `UPDATE task SET detail = ?1 WHERE uuid IN (SELECT uuid FROM task INDEXED BY task_pending
         WHERE state = 'pending' AND detail IS NOT ?1 LIMIT ${MOST_COMPARED})`,
      detail,
    );
    this.changes.tell();
  }

  /**
   * Some of the tasks that failed or stayed in the stage, ended before `before`; asked again, it comes round to all of them.
   *
   * @returns data hashes by UUID
   */
  kept(before: number, most: number): Map<string, string> {
    const rows = this.#sql
      .exec<{ uuid: string; data_hash: string; finished_at: number }>(
        `SELECT uuid, data_hash, finished_at FROM task INDEXED BY task_kept
         WHERE ${KEPT} AND (finished_at, uuid) > (?, ?) AND finished_at < ? ORDER BY finished_at, uuid LIMIT ?`,
        ...this.#keptTo,
        before,
        most,
      )
      .toArray();
    const last = rows.length < most ? undefined : rows.at(-1);
    this.#keptTo = last ? [last.finished_at, last.uuid] : [0, ""];
    return new Map(rows.map((row) => [row.uuid, row.data_hash]));
  }

  /**
   * Tasks that failed or stayed, and have left the stage by another hand: they are forgotten in time, like those that moved.
   * What failed becomes superseded.
   */
  left(uuids: readonly string[]): void {
    const json = JSON.stringify(uuids);
    this.#storage.transactionSync(() => {
      const failed = this.#sql
        .exec<{ state: TaskState }>(
          "SELECT state FROM task WHERE uuid IN (SELECT value FROM json_each(?)) AND state IN ('failed', 'timedOut')",
          json,
        )
        .toArray();
      this.#sql.exec(
        `UPDATE task SET stayed = 0, detail = CASE WHEN state IN ('failed', 'timedOut') THEN ? || ' ' || coalesce(detail, '')
           ELSE detail END, state = CASE WHEN state IN ('failed', 'timedOut') THEN 'canceled' ELSE state END
         WHERE uuid IN (SELECT value FROM json_each(?)) AND ${KEPT}`,
        `${SUPERSEDED} It had failed:`,
        json,
      );
      this.counts.shiftAll(failed.map(({ state }) => ({ from: state, to: "canceled" })));
    });
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

  /**
   * Rows in the order of their UUIDs.
   *
   * @param filter.search part of the title or the data hash; of A to Z in any case
   * @param filter.after the UUID after which to go on
   */
  tasks({ state, search, after = "", limit }: TaskFilter): TaskPage {
    const counts = this.counts.read();
    const together = TOGETHER.find((states) => state !== undefined && states.includes(state)) ?? [];
    const few = together.reduce((sum, each) => sum + counts[each], 0) <= FEW;
    const found = state !== undefined && (few || state === "canceled") ? STATE_INDEX[state] : undefined;
    const [index, condition] = found ?? ["", "true"];
    const own = found ? `AND state = '${state}'` : "";
    const among = `FROM task ${index} WHERE ${condition} ${own} AND uuid > ? ORDER BY uuid LIMIT`;
    const rows = this.#sql
      .exec<Record<string, SqlStorageValue>>(
        `SELECT * FROM (SELECT * ${among} ${LOOKED_AT}) WHERE (? IS NULL OR state = ?)
           AND (? IS NULL OR instr(lower(data_title || ' ' || data_hash), ?) > 0) LIMIT ?`,
        after,
        state ?? null,
        state ?? null,
        search ?? null,
        // As SQLite's `lower`, which leaves other letters as they are.
        search?.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) ?? null,
        limit + 1,
      )
      .toArray()
      .map(readTaskRow);
    const tasks = rows.slice(0, limit);
    if (rows.length > limit) return { tasks, after: tasks.at(-1)?.uuid ?? null };
    const last = this.#sql
      .exec<{ uuid: string }>(`SELECT uuid ${among} 1 OFFSET ${LOOKED_AT - 1}`, after)
      .toArray()[0];
    return { tasks, after: last?.uuid ?? null };
  }

  task(uuid: string): TaskRow | null {
    const row = this.#sql
      .exec<Record<string, SqlStorageValue>>("SELECT * FROM task WHERE uuid = ?", uuid)
      .toArray()[0];
    return row ? readTaskRow(row) : null;
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

  #known(uuids: readonly string[]): KnownRow[] {
    return this.#sql
      .exec<KnownRow>(
        "SELECT uuid, state, stayed, updated_at, finished_at FROM task WHERE uuid IN (SELECT value FROM json_each(?))",
        JSON.stringify(uuids),
      )
      .toArray();
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
      const { row, outcome } = end;
      return { ...end, to: settlement(outcome, row.attempt - row.granted, now, policy) };
    });
    const changes = settled.map(({ row, outcome, lost, to }) => {
      return { ...to, uuid: row.uuid, lost, givenBack: outcome.outcome === "postponed" ? 1 : 0 };
    });
    for (const chunk of jsonChunks(changes)) {
      this.#sql.exec(
        `UPDATE task SET state = value ->> 'state', due = value ->> 'due', detail = value ->> 'detail',
           finished_at = value ->> 'finishedAt', stayed = value ->> 'stayed', lost = value ->> 'lost',
           attempt = attempt - (value ->> 'givenBack'), token = NULL, lease_until = NULL
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

type KnownRow = {
  readonly uuid: string;
  readonly state: TaskState;
  readonly stayed: number;
  readonly updated_at: string;
  readonly finished_at: number | null;
};

/** Whether a task that is listed again is there as a new visit. */
function hasComeBack(row: KnownRow, task: ListedTask, listedAt: number, stayedBefore: number): boolean {
  if (row.finished_at === null) return false;
  const writtenAhead = row.finished_at > listedAt + AHEAD_MS;
  if (row.stayed === STAYED.untilWoken) return row.finished_at < stayedBefore || writtenAhead;
  const movedAway = (row.state === "succeeded" || row.state === "canceled") && row.stayed === STAYED.no;
  const isOld = row.finished_at < listedAt - LIST_LAG_MS || writtenAhead;
  return isOld && (movedAway || row.updated_at !== task.updatedAt);
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
    case "postponed":
      return again(outcome.error, now + backoffMs(POSTPONED_AS_ATTEMPT, policy.random, outcome.retryAfterMs));
    case "failed":
    case "timedOut":
      return outcome.retryable && tries < policy.maxAttempts
        ? again(outcome.error, now + backoffMs(tries, policy.random))
        : { ...finished, state: outcome.outcome, detail: outcome.error };
  }
}

function readTaskRow(row: Record<string, SqlStorageValue>): TaskRow {
  return {
    uuid: row.uuid as string,
    dataHash: row.data_hash as string,
    dataTitle: row.data_title as string,
    state: row.state as TaskState,
    attempt: row.attempt as number,
    visit: row.visit as number,
    enteredAt: row.entered_at as number,
    due: row.due as number,
    detail: row.detail as string | null,
    finishedAt: row.finished_at as number | null,
  };
}
