/**
 * What an operator can do to the tasks of a stage, each in one synchronous step. What a control does not fit is skipped and
 * counted, never an error: between a look at the table and a click, tasks move on.
 */

import { jsonChunks } from "./json-chunks.ts";
import type { StageHistory } from "./stage-history.ts";
import { STATE_INDEX, STAYED } from "./stage-schema.ts";
import type { StateCounts } from "./state-counts.ts";
import { TASK_STATES, type TaskState } from "./task-state.ts";

/** Of `"all"`, one call of a control changes at most so many; called again until it changes fewer, it reaches all. */
export const ALL_AT_ONCE = 10_000;

/** These tasks, or all to which the control applies. */
export type Selection = readonly string[] | "all";

/** How many tasks a control changed, and how many of those named it left alone. */
export interface ControlResult {
  readonly changed: number;
  readonly skipped: number;
}

/** A task that is held back while it is moved by hand. */
export interface HeldTask {
  readonly uuid: string;
  readonly dataHash: string;
  /** When it was to run (milliseconds since 1970); null: it is not pending. */
  readonly due: number | null;
}

/** How long a pending task is held back for a move that is never heard of again, because this object was lost. */
const HOLD_MS = 5 * 60_000;

/** The states of tasks that nobody works on. */
const MOVABLE = TASK_STATES.filter((state) => state !== "dispatched" && state !== "running");

export class StageControls {
  readonly #storage: DurableObjectStorage;
  readonly #counts: StateCounts;
  readonly #history: StageHistory;

  constructor(storage: DurableObjectStorage, counts: StateCounts, history: StageHistory) {
    this.#storage = storage;
    this.#counts = counts;
    this.#history = history;
  }

  /** Runs pending tasks next, also while the stage is paused. */
  run(selection: Selection, now: number): ControlResult {
    return this.#change(
      selection,
      ["pending"],
      "forced = 1, due = min(due, ?)",
      [now],
      "pending",
      `(forced = 0 OR due > ${now})`,
    );
  }

  /**
   * Gives failed, timed-out and cancelled tasks their attempts again, from now on. What an attempt had stored (labels,
   * checkpoint) still counts: it is the same visit.
   *
   * @param most of all, how many: those that ended longest ago
   */
  retry(selection: Selection, now: number, most = Number.MAX_SAFE_INTEGER): ControlResult {
    const states: TaskState[] =
      selection === "all" ? ["failed", "timedOut"] : ["failed", "timedOut", "canceled"];
    const set = `state = 'pending', granted = attempt, lost = 0, due = ?, forced = 1, stayed = 0, finished_at = NULL`;
    return this.#change(selection, states, set, [now], "pending", "true ORDER BY finished_at", most);
  }

  /**
   * Cancels running and pending tasks. A worker that has one finds out when it renews its lease, and moves nothing; what it
   * reports does not count any more, so its attempt is written down here.
   */
  cancel(selection: Selection, now: number, reason: string): ControlResult {
    const set = `state = 'canceled', detail = ?, finished_at = ?, stayed = ${STAYED.untilItComesBack}, token = NULL, lease_until = NULL`;
    return this.#storage.transactionSync(() => {
      this.#history.cutShort(selection, reason, now);
      // Those that workers have come first: of all, they are within the first part.
      return this.#change(selection, ["running", "dispatched", "pending"], set, [reason, now], "canceled");
    });
  }

  /**
   * Holds back tasks that nobody works on, to be moved at Encord: pending ones are not given out for a while. Their rows stay
   * as they are until the move is known to be made. Should this object be lost in the middle of it, each task is found in the
   * stage as the visit that it was, with its checkpoint, or is found to have left.
   */
  holdBack(selection: readonly string[], now: number): HeldTask[] {
    return this.#storage.transactionSync(() => {
      const rows = this.#select(selection, MOVABLE);
      const pending = rows.filter((row) => row.state === "pending");
      this.#apply(pending, "due = ?", [now + HOLD_MS], "pending");
      return rows.map(({ uuid, data_hash, state, due }) => {
        return { uuid, dataHash: data_hash, due: state === "pending" ? due : null };
      });
    });
  }

  /** Encord has moved them: they are not in the stage any more. */
  moved(tasks: readonly HeldTask[], now: number, reason: string): void {
    this.#storage.transactionSync(() => {
      const rows = this.#select(
        tasks.map((task) => task.uuid),
        MOVABLE,
      );
      const set = `state = 'canceled', detail = ?, finished_at = ?, stayed = ${STAYED.no}, checkpoint = NULL`;
      this.#apply(rows, set, [reason, now], "canceled");
    });
  }

  /**
   * Lets go of what could not be moved: a pending task may run when it was to run before. One that a worker has had since, because
   * the move took so long, waits for what came of that.
   */
  letGo(tasks: readonly HeldTask[], heldAt: number): void {
    const pending = tasks.filter((task) => task.due !== null);
    for (const chunk of jsonChunks(pending)) {
      this.#storage.sql.exec(
        `UPDATE task SET due = min(due, value ->> 'due') FROM json_each(?)
         WHERE task.uuid = value ->> 'uuid' AND state = 'pending' AND coalesce(claimed_at, 0) <= ?`,
        chunk,
        heldAt,
      );
    }
  }

  #change(
    selection: Selection,
    from: readonly TaskState[],
    set: string,
    values: readonly (string | number)[],
    to: TaskState,
    untouched = "true",
    most = ALL_AT_ONCE,
  ): ControlResult {
    return this.#storage.transactionSync(() => {
      if (selection === "all") {
        const atOnce = Math.min(most, ALL_AT_ONCE);
        return { changed: this.#applyToAll(from, set, values, to, untouched, atOnce), skipped: 0 };
      }
      const rows = this.#select(selection, from);
      this.#apply(rows, set, values, to);
      return { changed: rows.length, skipped: new Set(selection).size - rows.length };
    });
  }

  /** A part of all: no statement changes so many rows that others wait for it. */
  #applyToAll(
    from: readonly TaskState[],
    set: string,
    values: readonly (string | number)[],
    to: TaskState,
    untouched: string,
    most: number,
  ): number {
    let changed = 0;
    for (const state of from) {
      const [index, condition] = STATE_INDEX[state] ?? ["", "true"];
      const tasks = this.#storage.sql
        .exec(
          `UPDATE task SET ${set} WHERE uuid IN (SELECT uuid FROM task ${index} WHERE ${condition} AND state = '${state}'
             AND ${untouched} LIMIT ${most - changed}) RETURNING 1`,
          ...values,
        )
        .toArray().length;
      this.#counts.shift(state, to, tasks);
      changed += tasks;
    }
    return changed;
  }

  #select(selection: readonly string[], states: readonly TaskState[]) {
    // A task that is named twice, in two chunks, would be counted twice.
    return chunked([...new Set(selection)]).flatMap((uuids) =>
      this.#storage.sql
        .exec<{ uuid: string; data_hash: string; state: TaskState; due: number }>(
          `SELECT uuid, data_hash, state, due FROM task WHERE state IN (SELECT value FROM json_each(?))
           AND uuid IN (SELECT value FROM json_each(?))`,
          JSON.stringify(states),
          JSON.stringify(uuids),
        )
        .toArray(),
    );
  }

  #apply(
    rows: readonly { readonly uuid: string; readonly state: TaskState }[],
    set: string,
    values: readonly (string | number)[],
    to: TaskState,
  ): void {
    for (const uuids of chunked(rows.map((row) => row.uuid))) {
      this.#storage.sql.exec(
        `UPDATE task SET ${set} WHERE uuid IN (SELECT value FROM json_each(?))`,
        ...values,
        JSON.stringify(uuids),
      );
    }
    for (const [state, group] of Map.groupBy(rows, (row) => row.state)) {
      this.#counts.shift(state, to, group.length);
    }
  }
}

/** SQLite in a Durable Object takes no text over 2 MB; this many UUIDs as JSON have less than 1 MB. */
const UUIDS_AT_ONCE = 20_000;

function chunked(uuids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(uuids.length / UUIDS_AT_ONCE) }, (_, i) =>
    uuids.slice(i * UUIDS_AT_ONCE, (i + 1) * UUIDS_AT_ONCE),
  );
}
