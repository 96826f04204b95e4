/**
 * Whether somebody else works on the same stage: a second deployment, or a runner of another kind. Without a store that both
 * share, neither can know of the other; all that each sees is that tasks leave the stage while it works on them. Now and then
 * that is an annotator, or a move whose answer was lost; when it is many tasks in several batches, somebody should look.
 */

/** The latest batches; older ones count for less and less. */
export interface Contest {
  /** Tasks that batches worked on. */
  readonly worked: number;
  /** Those of them that left by another hand meanwhile. */
  readonly left: number;
  /** Batches in which that happened. */
  readonly batches: number;
  /** Milliseconds since 1970 at which it last did. */
  readonly lastAt: number;
}

/** After so many tasks, the batches before count half. */
const REMEMBERED_TASKS = 500;
const LEAST_TASKS = 10;
const LEAST_BATCHES = 3;
const LEAST_SHARE = 0.2;
/** After that long without such a batch, nobody can say that the stage is still contested. */
const STALE_MS = 60 * 60_000;

/** What is remembered after another batch; null: nothing, which is nearly always so. */
export function afterBatch(before: Contest | null, tasks: number, left: number, now: number): Contest | null {
  const { worked = 0, left: leftBefore = 0, batches = 0, lastAt = 0 } = before ?? {};
  const share = worked >= REMEMBERED_TASKS ? 0.5 : 1;
  const after = {
    worked: worked * share + tasks,
    left: leftBefore * share + left,
    batches: batches * share + (left > 0 ? 1 : 0),
    lastAt: left > 0 ? now : lastAt,
  };
  return after.left < 1 ? null : after;
}

/** What the operator is to be told; null: nothing. */
export function contestWarning(contest: Contest | null, now: number): string | null {
  if (contest === null || Math.abs(now - contest.lastAt) > STALE_MS) return null;
  const { worked, left, batches } = contest;
  if (left < LEAST_TASKS || batches < LEAST_BATCHES || left < LEAST_SHARE * worked) return null;
  return (
    `Of the last ${Math.round(worked)} tasks that were worked on here, ${Math.round(left)} left the stage by another hand meanwhile. ` +
    "If a second deployment or another runner serves this stage too, stop one of them: both may write labels for the same task."
  );
}
