/**
 * A clock that was ahead for a while and is set back leaves moments behind that lie in the future. Nothing may wait for them:
 * a task that is due then, a worker that was lost and whose lease lasts until then. Which those are is told by when they were
 * written, which cannot lie ahead either; how long something was put off for stays as it was.
 *
 * Of a pending task that is when it was claimed last, when that attempt ended, or when it was listed. Brought back, it counts
 * as claimed now, so that it is not brought back again; when it was listed must not change, its hashes follow from that.
 */

/** Further ahead than that, no moment was written by this clock: nothing lasts longer than an alarm, or a lease, may. */
export const AHEAD_MS = 15 * 60_000;

/** Clocks of two machines that an object lives on may differ by so much. */
const SKEW_MS = 60_000;
/** A task that is due sooner is not worth a look: so long anything may wait. */
const SOON_MS = 5 * 60_000;
/** Rows that one look changes at most. */
const AT_ONCE = 20_000;

/**
 * Brings due times and leases back that were written by a clock ahead of `now`.
 *
 * @returns how many tasks it changed
 */
export function mendTimes(sql: SqlStorage, now: number, leaseMs: number): number {
  const pending = sql.exec(
    `UPDATE task SET due = ?1 + iif(forced = 1, 0, max(0, due - seen.at)), claimed_at = ?1
     FROM (SELECT uuid AS late, max(coalesce(claimed_at, entered_at), coalesce((SELECT max(ended_at) FROM attempt
         WHERE attempt.uuid = task.uuid AND attempt.claimed_at = task.claimed_at), 0)) AS at
       FROM task INDEXED BY task_pending WHERE state = 'pending' AND due > ?1 + ${SOON_MS} LIMIT ${AT_ONCE}) AS seen
     WHERE task.uuid = seen.late AND (forced = 1 OR seen.at > ?1 + ${SKEW_MS}) RETURNING 1`,
    now,
  );
  const leased = sql.exec(
    `UPDATE task SET lease_until = ?1 WHERE uuid IN (SELECT uuid FROM task INDEXED BY task_leased
       WHERE state IN ('dispatched', 'running') AND lease_until > ?1 + ${SKEW_MS} LIMIT ${AT_ONCE}) RETURNING 1`,
    now + leaseMs,
  );
  return pending.toArray().length + leased.toArray().length;
}
