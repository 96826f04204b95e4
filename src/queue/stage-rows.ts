/** The rows of a stage as the operator reads them, page by page, without reading all others. */

import { STATE_INDEX } from "./stage-schema.ts";
import type { StateCounts } from "./state-counts.ts";
import type { TaskState } from "./task-state.ts";

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
  /** A page has 1 to 1,000 rows, whatever this says. */
  readonly limit: number;
}

/** States that share an index. */
const TOGETHER: readonly (readonly TaskState[])[] = [
  ["pending"],
  ["dispatched", "running"],
  ["failed", "timedOut"],
];
const MOST_OF_A_PAGE = 1000;
/** An index of up to so many tasks is read and sorted; more are met soon enough in the order of UUIDs. */
const FEW = 10_000;
/** The most rows that one page is looked for among: some 30 ms. */
const LOOKED_AT = 20_000;

export class StageRows {
  readonly #sql: SqlStorage;
  readonly #counts: StateCounts;

  constructor(sql: SqlStorage, counts: StateCounts) {
    this.#sql = sql;
    this.#counts = counts;
  }

  /**
   * Rows in the order of their UUIDs.
   *
   * @param filter.search part of the title or the data hash; of A to Z in any case
   * @param filter.after the UUID after which to go on
   */
  page({ state, search, after = "", limit: wanted }: TaskFilter): TaskPage {
    const limit = Math.min(Math.max(Math.floor(wanted) || 1, 1), MOST_OF_A_PAGE);
    const counts = this.#counts.read();
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

  one(uuid: string): TaskRow | null {
    const row = this.#sql
      .exec<Record<string, SqlStorageValue>>("SELECT * FROM task WHERE uuid = ?", uuid)
      .toArray()[0];
    return row ? readTaskRow(row) : null;
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
