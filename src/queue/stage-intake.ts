/**
 * What a list of the stage at Encord changes among the rows: tasks that are new or have come back become pending, those that
 * are not there any more are given up. Every method is one synchronous step.
 */

import type { ChangeSignal } from "./change-signal.ts";
import { jsonChunks } from "./json-chunks.ts";
import { AHEAD_MS } from "./set-back-clock.ts";
import { STAYED } from "./stage-schema.ts";
import type { StateCounts } from "./state-counts.ts";
import type { TaskState } from "./task-state.ts";

/** A task as it was listed by Encord. */
export interface ListedTask {
  readonly uuid: string;
  readonly dataHash: string;
  /** Its beginning is stored. */
  readonly dataTitle: string;
  /** ISO 8601; changes when the task enters the stage again. */
  readonly updatedAt: string;
}

/** Characters of a title: enough to know and to find a task by. */
const LONGEST_TITLE = 1000;

/** How far behind a list of tasks may be. */
export const LIST_LAG_MS = 30_000;

/** Encord's clock and this one may differ by so much. */
const SKEW_MS = 10_000;

/** More pending tasks than that (a million were retried) are not held in memory; those that left are found out when they run. */
const MOST_COMPARED = 20_000;

/** What is remembered although it has ended: found in the stage again, it is not new. */
const KEPT = "(stayed > 0 OR state IN ('failed', 'timedOut'))";

/** Nothing of this visit can have been saved: no agent has run (a run that was put off before has no effort). */
const UNTRIED = `attempt = 0 AND checkpoint IS NULL AND NOT EXISTS (SELECT 1 FROM attempt AS past
  WHERE past.uuid = task.uuid AND past.visit = task.visit AND NOT (past.outcome = 'postponed' AND past.effort IS NULL))`;

export const SUPERSEDED = "Superseded: the task left the stage by another hand.";

export class StageIntake {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #counts: StateCounts;
  readonly #changes: ChangeSignal;
  #keptTo: readonly [finishedAt: number, uuid: string] = [0, ""];

  constructor(storage: DurableObjectStorage, counts: StateCounts, changes: ChangeSignal) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#counts = counts;
    this.#changes = changes;
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
          this.#counts.shift(row.state, "pending");
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
          JSON.stringify(returned.map(arrival)),
        );
      }
      if (changed.length > 0) {
        this.#sql.exec(
          "UPDATE task SET updated_at = value ->> 'updatedAt' FROM json_each(?) WHERE task.uuid = value ->> 'uuid'",
          JSON.stringify(changed.map(arrival)),
        );
      }
      const added = [...unknown.values()].slice(0, most - returned.length);
      for (const chunk of jsonChunks(added.map(withShortTitle))) {
        this.#sql.exec(
          `INSERT INTO task SELECT value ->> 'uuid', value ->> 'dataHash', value ->> 'dataTitle', value ->> 'updatedAt',
             'pending', 1, ?, 0, 0, 0, ?, 0, NULL, NULL, NULL, NULL, 0, NULL, NULL FROM json_each(?)`,
          listedAt,
          listedAt,
          chunk,
        );
      }
      this.#counts.shift(null, "pending", added.length);
      return returned.length + added.length;
    });
  }

  /** The pending tasks, to be compared with a list of the stage; none when they are very many. */
  pendingUuids(): string[] {
    if (this.#counts.read().pending > MOST_COMPARED) return [];
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
      this.#counts.shift("pending", "canceled", gone);
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
    this.#changes.tell();
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
        `UPDATE task SET stayed = 0, checkpoint = NULL, detail = CASE WHEN state IN ('failed', 'timedOut') THEN ? || ' ' || coalesce(detail, '')
           ELSE detail END, state = CASE WHEN state IN ('failed', 'timedOut') THEN 'canceled' ELSE state END
         WHERE uuid IN (SELECT value FROM json_each(?)) AND ${KEPT}`,
        `${SUPERSEDED} It had failed:`,
        json,
      );
      this.#counts.shiftAll(failed.map(({ state }) => ({ from: state, to: "canceled" })));
    });
  }

  #known(uuids: readonly string[]): KnownRow[] {
    return this.#sql
      .exec<KnownRow>(
        "SELECT uuid, state, stayed, updated_at, finished_at FROM task WHERE uuid IN (SELECT value FROM json_each(?))",
        JSON.stringify(uuids),
      )
      .toArray();
  }
}

function withShortTitle(task: ListedTask): ListedTask {
  return { ...task, dataTitle: task.dataTitle.slice(0, LONGEST_TITLE) };
}

/** What is stored of a task that is known. */
function arrival({ uuid, updatedAt }: ListedTask): Pick<ListedTask, "uuid" | "updatedAt"> {
  return { uuid, updatedAt };
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
  // What its own agent changed, by saving labels or setting a priority, came before it ended: no reason to run it again.
  const changedSince = writtenAhead || Date.parse(task.updatedAt) > row.finished_at + SKEW_MS;
  return isOld && (movedAway || (row.updated_at !== task.updatedAt && changedSince));
}
