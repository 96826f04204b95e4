/**
 * The tables of one stage's queue, and how an older database becomes one of today. A step is never edited once it was
 * released; a change is a new step at the end. docs/storage-schema.md explains each table.
 *
 * Tasks are stored in the order in which they were taken in, which is the order in which they run: a batch changes a few
 * pages next to each other, four times. In the order of their UUIDs each of its rows would be on a page of its own. An older
 * database keeps that order: to rebuild a very large one takes longer than an object may take to start.
 */

import type { TaskState } from "./task-state.ts";

const STEPS: readonly string[] = [
  `
  CREATE TABLE task (
    uuid        TEXT PRIMARY KEY,
    data_hash   TEXT NOT NULL,
    data_title  TEXT NOT NULL,
    updated_at  TEXT NOT NULL,
    state       TEXT NOT NULL,
    visit       INTEGER NOT NULL,
    entered_at  INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    granted     INTEGER NOT NULL,
    lost        INTEGER NOT NULL,
    due         INTEGER NOT NULL,
    forced      INTEGER NOT NULL,
    claimed_at  INTEGER,
    lease_until INTEGER,
    token       TEXT,
    checkpoint  TEXT,
    stayed      INTEGER NOT NULL,
    detail      TEXT,
    finished_at INTEGER
  );
  CREATE INDEX task_pending ON task (due) WHERE state = 'pending';
  CREATE INDEX task_forced ON task (due) WHERE state = 'pending' AND forced = 1;
  CREATE INDEX task_leased ON task (lease_until) WHERE state IN ('dispatched', 'running');
  CREATE INDEX task_failed ON task (finished_at) WHERE state IN ('failed', 'timedOut');
  CREATE TABLE state_count (state TEXT PRIMARY KEY, tasks INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE stage (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE attempt (
    uuid       TEXT NOT NULL,
    ended_at   INTEGER NOT NULL,
    visit      INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    claimed_at INTEGER NOT NULL,
    outcome    TEXT NOT NULL,
    detail     TEXT,
    effort     TEXT,
    PRIMARY KEY (uuid, ended_at, attempt)
  ) WITHOUT ROWID;
  CREATE TABLE minute (minute INTEGER PRIMARY KEY, figures TEXT NOT NULL);
  `,
  `
  ALTER TABLE attempt ADD COLUMN waited_ms INTEGER;
  ALTER TABLE attempt ADD COLUMN log TEXT;
  `,
  `
  CREATE INDEX task_kept ON task (finished_at) WHERE stayed > 0 OR state IN ('failed', 'timedOut');
  CREATE INDEX task_canceled ON task (uuid) WHERE state = 'canceled';
  `,
];

/** What is given to a worker. */
export const LEASED = "('dispatched', 'running')";

/** How to find the tasks of a state without reading all others: an index, and the condition that it is made for. */
export const STATE_INDEX: { readonly [State in TaskState]?: readonly [string, string] } = {
  pending: ["INDEXED BY task_pending", "state = 'pending'"],
  dispatched: ["INDEXED BY task_leased", `state IN ${LEASED}`],
  running: ["INDEXED BY task_leased", `state IN ${LEASED}`],
  failed: ["INDEXED BY task_failed", "state IN ('failed', 'timedOut')"],
  timedOut: ["INDEXED BY task_failed", "state IN ('failed', 'timedOut')"],
  canceled: ["INDEXED BY task_canceled", "state = 'canceled'"],
};

/** What the column `stayed` says of a finished task. */
export const STAYED = {
  /** It is not in the stage any more, or its failure speaks for itself. */
  no: 0,
  /** Its agent left it in the stage: the next wake-up from outside runs it again. */
  untilWoken: 1,
  /** Skipped or cancelled: it runs again when it has left the stage and come back. */
  untilItComesBack: 2,
} as const;

/** Brings the database to the newest form; in one transaction, so that a crash leaves the old form. */
export function migrate(storage: DurableObjectStorage): void {
  storage.transactionSync(() => {
    const { sql } = storage;
    sql.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
    const version =
      sql.exec<{ version: number }>("SELECT version FROM schema_version").toArray()[0]?.version ?? 0;
    if (version > STEPS.length) {
      throw new Error(
        `The queue's database is of version ${version}; this deployment knows ${STEPS.length}. Deploy the newer release again.`,
      );
    }
    if (version === STEPS.length) return;
    for (const step of STEPS.slice(version)) sql.exec(step);
    sql.exec("DELETE FROM schema_version");
    sql.exec("INSERT INTO schema_version VALUES (?)", STEPS.length);
  });
}
