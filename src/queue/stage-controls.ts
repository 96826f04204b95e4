/**
 * What an operator can do to the tasks of a stage, each in one synchronous step. What a control does not fit is skipped and
 * counted, never an error: between a look at the table and a click, tasks move on.
 */

import type { StageHistory } from "./stage-history.ts";
import { STATE_INDEX, STAYED } from "./stage-schema.ts";
import type { StateCounts } from "./state-counts.ts";
import { TASK_STATES, type TaskState } from "./task-state.ts";

/** Of `"all"`, one call of a control changes at most so many; called again until it changes fewer, it reaches all. */
export const ALL_AT_ONCE = 20_000;

/** These tasks, or all to which the control applies. */
export type Selection = readonly string[] | "all";

/** How many tasks a control changed, and how many of those named it left alone. */
export interface ControlResult {
  readonly changed: number;
  readonly skipped: number;
}

/** A task that is set aside while it is moved by hand. */
export interface SetAside {
  readonly uuid: string;
  readonly dataHash: string;
  readonly state: TaskState;
  readonly stayed: number;
}

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

  /** Takes tasks that nobody works on out of the queue's hands, so that they can be moved at Encord. */
  setAside(selection: readonly string[], now: number, reason: string): SetAside[] {
    const movable = TASK_STATES.filter((state) => state !== "dispatched" && state !== "running");
    return this.#storage.transactionSync(() => {
      const rows = this.#select(selection, movable);
      this.#apply(
        rows,
        `state = 'canceled', detail = ?, finished_at = ?, stayed = ${STAYED.no}`,
        [reason, now],
        "canceled",
      );
      return rows.map((row) => ({
        uuid: row.uuid,
        dataHash: row.data_hash,
        state: row.state,
        stayed: row.stayed,
      }));
    });
  }

  /** Gives back what could not be moved. */
  putBack(tasks: readonly SetAside[], detail: string): void {
    this.#storage.transactionSync(() => {
      for (const group of Map.groupBy(tasks, ({ state, stayed }) => `${state} ${stayed}`).values()) {
        const [{ state, stayed }] = group as [SetAside]; // A group has at least one.
        const rows = this.#select(
          group.map((task) => task.uuid),
          ["canceled"],
        );
        const finishedAt = state === "pending" ? ", finished_at = NULL" : "";
        this.#apply(rows, `state = '${state}', stayed = ?, detail = ?${finishedAt}`, [stayed, detail], state);
      }
    });
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
        .exec<{ uuid: string; data_hash: string; state: TaskState; stayed: number }>(
          `SELECT uuid, data_hash, state, stayed FROM task WHERE state IN (SELECT value FROM json_each(?))
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
