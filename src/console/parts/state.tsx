/** The states of tasks and stages as badges and counts; colour is never the only sign. */

import { TASK_STATES, type TaskState } from "../../queue/task-state.ts";

export const STATE_NAMES: Readonly<Record<TaskState, string>> = {
  pending: "Pending",
  dispatched: "Dispatched",
  running: "Running",
  succeeded: "Succeeded",
  failed: "Failed",
  timedOut: "Timed out",
  canceled: "Canceled",
};

export function StateBadge({ state }: { state: TaskState }) {
  return <span class={`badge is-${state}`}>{STATE_NAMES[state]}</span>;
}

export function LiveBadge({ paused }: { paused: boolean }) {
  return <span class={`badge ${paused ? "is-paused" : "is-live"}`}>{paused ? "Paused" : "Live"}</span>;
}

const WIDTH = 600;

/** How many tasks are in each state, as one bar. The numbers stand beside it, so it is hidden from screen readers. */
export function StateBar({ counts }: { counts: Readonly<Record<TaskState, number>> }) {
  const total = TASK_STATES.reduce((sum, state) => sum + counts[state], 0);
  let x = 0;
  return (
    <svg
      class="bar"
      viewBox={`0 0 ${WIDTH} 8`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <rect class="fill-none" width={WIDTH} height="8" />
      {total > 0 &&
        TASK_STATES.filter((state) => counts[state] > 0).map((state) => {
          const width = (WIDTH * counts[state]) / total;
          x += width;
          return (
            <rect class={`fill-${state}`} x={(x - width).toFixed(1)} width={width.toFixed(1)} height="8" />
          );
        })}
    </svg>
  );
}

/** The counts, each leading to its tasks. */
export function StateCounts({ counts, href }: { counts: Readonly<Record<TaskState, number>>; href: string }) {
  return (
    <ul class="counts">
      {TASK_STATES.map((state) => (
        <li class={counts[state] === 0 ? "zero" : ""}>
          <a href={`${href}?state=${state}`}>
            <span class={`dot fill-${state}`} aria-hidden="true" />
            <b>{number(counts[state])}</b> {STATE_NAMES[state]}
          </a>
        </li>
      ))}
    </ul>
  );
}

export function number(count: number): string {
  return count.toLocaleString("en");
}
