/** How many tasks are in each state, kept beside the rows so that nobody has to scan them. */

import type { ChangeSignal } from "./change-signal.ts";
import { TASK_STATES, type TaskState } from "./task-state.ts";

export class StateCounts {
  readonly #sql: SqlStorage;
  readonly #changes: ChangeSignal;

  /** @param changes told when a count changes */
  constructor(sql: SqlStorage, changes: ChangeSignal) {
    this.#sql = sql;
    this.#changes = changes;
    for (const state of TASK_STATES) {
      sql.exec("INSERT INTO state_count VALUES (?, 0) ON CONFLICT DO NOTHING", state);
    }
  }

  read(): Record<TaskState, number> {
    const counts = Object.fromEntries(TASK_STATES.map((state) => [state, 0])) as Record<TaskState, number>;
    const rows = this.#sql.exec<{ state: TaskState; tasks: number }>("SELECT state, tasks FROM state_count");
    for (const row of rows) counts[row.state] = row.tasks;
    return counts;
  }

  /** Counts tasks that went from one state to another; null: from or to nowhere. */
  shift(from: TaskState | null, to: TaskState | null, tasks = 1): void {
    if (tasks === 0 || from === to) return;
    if (from) this.#sql.exec("UPDATE state_count SET tasks = tasks - ? WHERE state = ?", tasks, from);
    if (to) this.#sql.exec("UPDATE state_count SET tasks = tasks + ? WHERE state = ?", tasks, to);
    this.#changes.tell();
  }

  /** The same for many tasks at once: a write per state, not per task. */
  shiftAll(moves: readonly { readonly from: TaskState; readonly to: TaskState }[]): void {
    for (const [from, away] of Map.groupBy(moves, (move) => move.from)) {
      for (const [to, group] of Map.groupBy(away, (move) => move.to)) this.shift(from, to, group.length);
    }
  }
}
