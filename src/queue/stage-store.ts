/**
 * The rows of one stage's queue in SQLite. Every method is one synchronous step: between two awaits of its owner nothing
 * is half done. Lists go in as one JSON parameter, because SQLite in a Durable Object takes at most 100 parameters.
 * Counts by state are kept beside the rows, so that nobody has to scan them.
 */

import { backoffMs } from "./backoff.ts";
import {
  type Checkpoint,
  type LeasedTask,
  TASK_STATES,
  type TaskReport,
  type TaskState,
} from "./task-state.ts";

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
  /** Milliseconds since 1970 from which a pending task may run. */
  readonly due: number;
  /** Where it went, why it failed, or why it was cancelled. */
  readonly detail: string | null;
  readonly finishedAt: number | null;
}

export interface RetryPolicy {
  /** How many attempts a visit has: the first and the retries. */
  readonly maxAttempts: number;
  readonly random: () => number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS task (
    uuid        TEXT PRIMARY KEY,
    data_hash   TEXT NOT NULL,
    data_title  TEXT NOT NULL,
    updated_at  TEXT NOT NULL,
    state       TEXT NOT NULL,
    visit       INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    lost        INTEGER NOT NULL,
    due         INTEGER NOT NULL,
    lease_until INTEGER,
    token       TEXT,
    checkpoint  TEXT,
    stayed      INTEGER NOT NULL,
    detail      TEXT,
    finished_at INTEGER
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS task_pending ON task (due) WHERE state = 'pending';
  CREATE INDEX IF NOT EXISTS task_leased ON task (lease_until) WHERE state IN ('dispatched', 'running');
  CREATE TABLE IF NOT EXISTS state_count (state TEXT PRIMARY KEY, tasks INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS stage (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;

/** How far behind a list of tasks may be. */
const LIST_LAG_MS = 30_000;

/** A postponed task waits as after its fifth attempt: up to 16 seconds. */
const POSTPONED_AS_ATTEMPT = 5;

const LEASED = "('dispatched', 'running')";

export class StageStore {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#sql.exec(SCHEMA);
    for (const state of TASK_STATES) {
      this.#sql.exec("INSERT INTO state_count VALUES (?, 0) ON CONFLICT DO NOTHING", state);
    }
  }

  /** A small fact about the stage itself; null when it was never written. */
  read<T>(key: string): T | null {
    const row = this.#sql.exec<{ value: string }>("SELECT value FROM stage WHERE key = ?", key).toArray()[0];
    return row ? (JSON.parse(row.value) as T) : null;
  }

  write(key: string, value: unknown): void {
    const text = JSON.stringify(value);
    this.#sql.exec(
      "INSERT INTO stage VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      key,
      text,
    );
  }

  counts(): Record<TaskState, number> {
    const counts = Object.fromEntries(TASK_STATES.map((state) => [state, 0])) as Record<TaskState, number>;
    for (const row of this.#sql.exec<{ state: TaskState; tasks: number }>(
      "SELECT state, tasks FROM state_count",
    )) {
      counts[row.state] = row.tasks;
    }
    return counts;
  }

  /**
   * Takes in what Encord listed. New tasks become pending. A finished one becomes pending again, as a new visit, when it
   * came back: it had moved away, or failed and was changed since, and a while has passed, because a list may lag behind.
   * One that its agent had left in the stage becomes pending again when `rerunStayed`.
   *
   * @param listedAt when the list was asked for: what finished later than that is not news
   * @returns how many tasks became pending
   */
  takeIn(listed: readonly ListedTask[], listedAt: number, rerunStayed: boolean): number {
    const json = JSON.stringify(listed);
    const from = `(SELECT value ->> 'uuid' AS uuid, value ->> 'dataHash' AS data_hash,
      value ->> 'dataTitle' AS data_title, value ->> 'updatedAt' AS updated_at FROM json_each(?)) AS listed`;
    return this.#storage.transactionSync(() => {
      const returned = this.#sql
        .exec<{ uuid: string; state: TaskState }>(
          `SELECT task.uuid, task.state FROM task JOIN ${from} USING (uuid)
           WHERE CASE
             WHEN task.stayed THEN ? AND task.finished_at < ?
             WHEN task.state = 'succeeded' THEN task.finished_at < ?
             ELSE task.updated_at <> listed.updated_at AND task.finished_at < ? END`,
          json,
          rerunStayed ? 1 : 0,
          listedAt,
          listedAt - LIST_LAG_MS,
          listedAt - LIST_LAG_MS,
        )
        .toArray();
      for (const { state } of returned) this.#count(state, "pending", 1);
      this.#sql.exec(
        `UPDATE task SET state = 'pending', visit = visit + 1, attempt = 0, lost = 0, due = 0, token = NULL,
           lease_until = NULL, checkpoint = NULL, stayed = 0, detail = NULL, finished_at = NULL
         WHERE uuid IN (SELECT value FROM json_each(?))`,
        JSON.stringify(returned.map((row) => row.uuid)),
      );
      const added = this.#sql
        .exec<{ uuid: string }>(
          `INSERT INTO task SELECT uuid, data_hash, data_title, updated_at, 'pending', 1, 0, 0, 0,
             NULL, NULL, NULL, 0, NULL, NULL FROM ${from} WHERE true
           ON CONFLICT DO NOTHING RETURNING uuid`,
          json,
        )
        .toArray();
      this.#count(null, "pending", added.length);
      // Not before the comparison above: a changed time is how a task that came back is told from one that never left.
      this.#sql.exec(
        `UPDATE task SET updated_at = listed.updated_at FROM ${from}
         WHERE task.uuid = listed.uuid AND task.updated_at <> listed.updated_at AND task.state = 'pending'`,
        json,
      );
      return returned.length + added.length;
    });
  }

  /**
   * Leases up to `most` pending tasks that are due. A task whose worker was lost before is leased alone: should it be what
   * kills its worker, it takes no neighbour along.
   */
  claim(most: number, now: number, leaseMs: number, newToken: () => string): LeasedTask[] {
    return this.#storage.transactionSync(() => {
      const head = this.#sql
        .exec<{ uuid: string; lost: number }>(
          "SELECT uuid, lost FROM task WHERE state = 'pending' AND due <= ? ORDER BY due LIMIT 1",
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
          checkpoint: string | null;
          token: string;
        }>(
          `UPDATE task SET state = 'dispatched', attempt = attempt + 1, token = ? || ':' || uuid, lease_until = ?
           WHERE uuid IN (SELECT uuid FROM task WHERE state = 'pending' AND due <= ? AND (lost = 0 OR uuid = ?)
             ORDER BY due LIMIT ?)
           RETURNING uuid, data_hash, attempt, visit, checkpoint, token`,
          newToken(),
          now + leaseMs,
          now,
          head.uuid,
          alone ? 1 : most,
        )
        .toArray();
      this.#count("pending", "dispatched", rows.length);
      return rows.map((row) => ({
        uuid: row.uuid,
        dataHash: row.data_hash,
        token: row.token,
        attempt: row.attempt,
        visit: row.visit,
        checkpoint: row.checkpoint === null ? null : (JSON.parse(row.checkpoint) as Checkpoint),
      }));
    });
  }

  /** Marks leased tasks as running. @returns the tokens that still hold their lease */
  start(tokens: readonly string[]): string[] {
    return this.#storage.transactionSync(() => {
      const json = JSON.stringify(tokens);
      const held = this.#held(json);
      const started = this.#sql
        .exec<{ uuid: string }>(
          `UPDATE task SET state = 'running' WHERE token IN (SELECT value FROM json_each(?)) AND state = 'dispatched'
           AND uuid IN (SELECT substr(value, instr(value, ':') + 1) FROM json_each(?)) RETURNING uuid`,
          json,
          json,
        )
        .toArray();
      this.#count("dispatched", "running", started.length);
      return held;
    });
  }

  /** Prolongs leases. @returns the tokens that still hold one */
  renew(tokens: readonly string[], until: number): string[] {
    const json = JSON.stringify(tokens);
    this.#sql.exec(
      `UPDATE task SET lease_until = ? WHERE state IN ${LEASED}
       AND uuid IN (SELECT substr(value, instr(value, ':') + 1) FROM json_each(?))
       AND token IN (SELECT value FROM json_each(?))`,
      until,
      json,
      json,
    );
    return this.#held(json);
  }

  /** Stores that labels are saved and where the task goes next. @returns the tokens that still held their lease */
  checkpoint(entries: readonly { readonly token: string; readonly checkpoint: Checkpoint }[]): string[] {
    return this.#sql
      .exec<{ token: string }>(
        `UPDATE task SET checkpoint = entry.value ->> 'checkpoint' FROM json_each(?) AS entry
         WHERE task.uuid = substr(entry.value ->> 'token', instr(entry.value ->> 'token', ':') + 1)
         AND task.token = entry.value ->> 'token' AND task.state IN ${LEASED} RETURNING task.token`,
        JSON.stringify(entries),
      )
      .toArray()
      .map((row) => row.token);
  }

  /** Takes reports in. One without the current token of its task changes nothing. @returns how many counted */
  settle(reports: readonly TaskReport[], now: number, policy: RetryPolicy): number {
    return this.#storage.transactionSync(() => {
      let counted = 0;
      for (const report of reports) {
        const row = this.#sql
          .exec<{ state: TaskState; attempt: number }>(
            `SELECT state, attempt FROM task WHERE uuid = ? AND token = ? AND state IN ${LEASED}`,
            report.uuid,
            report.token,
          )
          .toArray()[0];
        if (!row) continue;
        counted++;
        this.#finish(report.uuid, row.state, settlement(report, row.attempt, now, policy));
      }
      return counted;
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
        .exec<{ uuid: string; state: TaskState; attempt: number; lost: number }>(
          `SELECT uuid, state, attempt, lost FROM task WHERE state IN ${LEASED} AND lease_until <= ?`,
          now,
        )
        .toArray();
      for (const row of lost) {
        const times = row.lost + 1;
        const error =
          `The worker was lost while it had the task (${times === 1 ? "once" : `${times} times`}): ` +
          "it ran out of memory or CPU time, or was restarted.";
        this.#finish(row.uuid, row.state, {
          ...settlement({ outcome: "failed", error, retryable: true }, row.attempt, now, policy),
          lost: times,
        });
      }
      return lost.length;
    });
  }

  /** Cancels pending tasks that a complete list no longer holds: they left the stage by another hand. */
  supersedeMissing(listed: readonly string[], listedAt: number): number {
    return this.#storage.transactionSync(() => {
      const gone = this.#sql
        .exec<{ uuid: string }>(
          `UPDATE task SET state = 'canceled', detail = ?, finished_at = ?
           WHERE state = 'pending' AND checkpoint IS NULL AND uuid NOT IN (SELECT value FROM json_each(?))
           RETURNING uuid`,
          "Superseded: the task left the stage by another hand.",
          listedAt,
          JSON.stringify(listed),
        )
        .toArray().length;
      this.#count("pending", "canceled", gone);
      return gone;
    });
  }

  /** When something is next due: a pending task, or a lease that ends. null: nothing. */
  nextDue(): number | null {
    const row = this.#sql
      .exec<{ next: number | null }>(
        `SELECT min(at) AS next FROM (
           SELECT min(due) AS at FROM task WHERE state = 'pending'
           UNION ALL SELECT min(lease_until) FROM task WHERE state IN ${LEASED})`,
      )
      .one();
    return row.next;
  }

  tasks(filter: { readonly state?: TaskState; readonly limit: number; readonly after?: string }): TaskRow[] {
    return this.#sql
      .exec<Record<string, SqlStorageValue>>(
        `SELECT * FROM task WHERE uuid > ? AND (? IS NULL OR state = ?) ORDER BY uuid LIMIT ?`,
        filter.after ?? "",
        filter.state ?? null,
        filter.state ?? null,
        filter.limit,
      )
      .toArray()
      .map((row) => ({
        uuid: row.uuid as string,
        dataHash: row.data_hash as string,
        dataTitle: row.data_title as string,
        state: row.state as TaskState,
        attempt: row.attempt as number,
        visit: row.visit as number,
        due: row.due as number,
        detail: row.detail as string | null,
        finishedAt: row.finished_at as number | null,
      }));
  }

  #held(tokensJson: string): string[] {
    return this.#sql
      .exec<{ token: string }>(
        `SELECT token FROM task WHERE state IN ${LEASED}
         AND uuid IN (SELECT substr(value, instr(value, ':') + 1) FROM json_each(?))
         AND token IN (SELECT value FROM json_each(?))`,
        tokensJson,
        tokensJson,
      )
      .toArray()
      .map((row) => row.token);
  }

  #finish(uuid: string, from: TaskState, to: Settlement): void {
    this.#sql.exec(
      `UPDATE task SET state = ?, due = ?, detail = ?, finished_at = ?, stayed = ?, lost = coalesce(?, lost),
         attempt = attempt - ?, token = NULL, lease_until = NULL WHERE uuid = ?`,
      to.state,
      to.due,
      to.detail,
      to.finishedAt,
      to.stayed ? 1 : 0,
      to.lost ?? null,
      to.attemptsGivenBack ?? 0,
      uuid,
    );
    this.#count(from, to.state, 1);
  }

  #count(from: TaskState | null, to: TaskState, tasks: number): void {
    if (tasks === 0 || from === to) return;
    if (from) this.#sql.exec("UPDATE state_count SET tasks = tasks - ? WHERE state = ?", tasks, from);
    this.#sql.exec("UPDATE state_count SET tasks = tasks + ? WHERE state = ?", tasks, to);
  }
}

interface Settlement {
  readonly state: TaskState;
  readonly due: number;
  readonly detail: string | null;
  readonly finishedAt: number | null;
  readonly stayed: boolean;
  readonly lost?: number;
  readonly attemptsGivenBack?: number;
}

type Outcome<R> = R extends TaskReport ? Omit<R, "uuid" | "token"> : never;

function settlement(
  report: Outcome<TaskReport>,
  attempt: number,
  now: number,
  policy: RetryPolicy,
): Settlement {
  const finished = { due: 0, finishedAt: now, stayed: false };
  switch (report.outcome) {
    case "moved":
      return { ...finished, state: "succeeded", detail: report.pathwayName };
    case "stayed":
      return { ...finished, state: "succeeded", detail: "Stayed in its stage.", stayed: true };
    case "superseded":
      return { ...finished, state: "canceled", detail: report.detail };
    case "postponed": {
      const due = now + backoffMs(POSTPONED_AS_ATTEMPT, policy.random, report.retryAfterMs);
      return {
        state: "pending",
        due,
        detail: report.error,
        finishedAt: null,
        stayed: false,
        attemptsGivenBack: 1,
      };
    }
    case "failed":
    case "timedOut":
      if (report.retryable && attempt < policy.maxAttempts) {
        const due = now + backoffMs(attempt, policy.random, report.retryAfterMs);
        return { state: "pending", due, detail: report.error, finishedAt: null, stayed: false };
      }
      return { ...finished, state: report.outcome, detail: report.error };
  }
}
