/** Views over a stage's rows for the operator's pages: what goes wrong most, and how a chosen set of tasks stands. */

import { jsonChunks } from "./json-chunks.ts";
import { TASK_STATES, type TaskState } from "./task-state.ts";

/** Tasks that ended with the same words. */
export interface ErrorGroup {
  readonly message: string;
  readonly tasks: number;
  /** Milliseconds since 1970 at which the newest of them ended. */
  readonly lastAt: number;
  /** One of them, to look at. */
  readonly example: { readonly uuid: string; readonly dataTitle: string };
}

/** Only so many of the newest failures are grouped: a page must not cost a scan of a large stage. */
const NEWEST = 1000;
const GROUPS = 10;

/** The errors of the newest failed and timed-out tasks, the most frequent first. */
export function errorGroups(sql: SqlStorage): ErrorGroup[] {
  return sql
    .exec<{ message: string; tasks: number; last_at: number; uuid: string; data_title: string }>(
      `SELECT coalesce(detail, 'No reason was given.') AS message, count(*) AS tasks, max(finished_at) AS last_at,
         uuid, data_title
       FROM (SELECT uuid, data_title, detail, finished_at FROM task INDEXED BY task_failed
         WHERE state IN ('failed', 'timedOut') ORDER BY finished_at DESC LIMIT ${NEWEST})
       GROUP BY message ORDER BY tasks DESC, last_at DESC LIMIT ${GROUPS}`,
    )
    .toArray()
    .map((row) => ({
      message: row.message,
      tasks: row.tasks,
      lastAt: row.last_at,
      example: { uuid: row.uuid, dataTitle: row.data_title },
    }));
}

/** How many of these tasks are in each state; those that the queue does not know are left out. */
export function countsOf(sql: SqlStorage, uuids: readonly string[]): Record<TaskState, number> {
  const counts = Object.fromEntries(TASK_STATES.map((state) => [state, 0])) as Record<TaskState, number>;
  for (const chunk of jsonChunks([...new Set(uuids)])) {
    const rows = sql.exec<{ state: TaskState; tasks: number }>(
      `SELECT state, count(*) AS tasks FROM task WHERE uuid IN (SELECT value FROM json_each(?)) GROUP BY state`,
      chunk,
    );
    for (const row of rows) counts[row.state] += row.tasks;
  }
  return counts;
}
