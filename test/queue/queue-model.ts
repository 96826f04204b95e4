/** The queue's rules once more, on plain objects: what the store in SQL is compared with. */

import type { Checkpoint, LeasedTask, Outcome, TaskState } from "../../src/queue/task-state.ts";

const LIST_LAG_MS = 30_000;
const SKEW_MS = 10_000;

export interface ModelTask {
  state: TaskState;
  updatedAt: string;
  visit: number;
  attempt: number;
  granted: number;
  lost: number;
  due: number;
  forced: boolean;
  /** Whether an attempt of this visit has ended in which its agent may have run. */
  tried: boolean;
  token: string | null;
  leaseUntil: number;
  checkpoint: Checkpoint | null;
  stayed: "no" | "untilWoken" | "untilItComesBack";
  finishedAt: number;
}

export class QueueModel {
  readonly tasks = new Map<string, ModelTask>();
  readonly maxAttempts: number;
  paused = false;

  constructor(maxAttempts: number) {
    this.maxAttempts = maxAttempts;
  }

  takeIn(listed: readonly { uuid: string; updatedAt: string }[], at: number, stayedBefore: number): number {
    let became = 0;
    for (const { uuid, updatedAt } of listed) {
      const task = this.tasks.get(uuid);
      if (!task) {
        this.tasks.set(uuid, fresh(1, updatedAt, at));
        became++;
      } else if (this.#cameBack(task, updatedAt, at, stayedBefore)) {
        this.tasks.set(uuid, fresh(task.visit + 1, updatedAt, at));
        became++;
      } else if (task.state === "pending") {
        task.updatedAt = updatedAt;
      }
    }
    return became;
  }

  #cameBack(task: ModelTask, updatedAt: string, at: number, stayedBefore: number): boolean {
    if (["pending", "dispatched", "running"].includes(task.state)) return false;
    if (task.stayed === "untilWoken") return task.finishedAt < stayedBefore;
    if (task.finishedAt >= at - LIST_LAG_MS) return false;
    const hadLeft = ["succeeded", "canceled"].includes(task.state) && task.stayed === "no";
    const changed = task.updatedAt !== updatedAt && Date.parse(updatedAt) > task.finishedAt + SKEW_MS;
    return hadLeft || changed;
  }

  eligible(now: number): [string, ModelTask][] {
    return [...this.tasks].filter(
      ([, task]) => task.state === "pending" && task.due <= now && (!this.paused || task.forced),
    );
  }

  claimed(leases: readonly LeasedTask[], now: number, leaseMs: number): void {
    for (const { uuid, token } of leases) {
      const task = this.#get(uuid);
      Object.assign(task, {
        state: "dispatched",
        attempt: task.attempt + 1,
        token,
        leaseUntil: now + leaseMs,
        forced: false,
      });
    }
  }

  /** The task that holds its lease by this token. */
  holder(token: string): ModelTask | null {
    const task = [...this.tasks.values()].find((each) => each.token === token);
    return task && (task.state === "dispatched" || task.state === "running") ? task : null;
  }

  mayHaveRun(task: ModelTask): boolean {
    return task.tried || task.attempt > 0 || task.checkpoint !== null;
  }

  /** @param due of a task that is tried again; @param ran whether the report tells of a run, also if it was put off */
  settle(task: ModelTask, outcome: Outcome, now: number, due: number, ran = true): void {
    const ended = (state: TaskState, stayed: ModelTask["stayed"] = "no") => {
      Object.assign(task, { state, stayed, finishedAt: now });
    };
    task.tried ||= ran || outcome.outcome !== "postponed";
    Object.assign(task, { token: null });
    if (outcome.outcome === "moved") ended("succeeded");
    else if (outcome.outcome === "stayed")
      ended("succeeded", outcome.reason === undefined ? "untilWoken" : "untilItComesBack");
    else if (outcome.outcome === "superseded") {
      ended("canceled");
      task.checkpoint = null;
    } else if (outcome.outcome === "postponed")
      Object.assign(task, { state: "pending", due, attempt: task.attempt - 1 });
    else if (outcome.retryable && task.attempt - task.granted < this.maxAttempts)
      Object.assign(task, { state: "pending", due });
    else ended(outcome.outcome);
  }

  expired(now: number): ModelTask[] {
    return [...this.tasks.values()].filter((task) => task.token !== null && task.leaseUntil <= now);
  }

  #get(uuid: string): ModelTask {
    const task = this.tasks.get(uuid);
    if (!task) throw new Error(`The model knows no task ${uuid}.`);
    return task;
  }
}

function fresh(visit: number, updatedAt: string, at: number): ModelTask {
  return {
    state: "pending",
    updatedAt,
    visit,
    attempt: 0,
    granted: 0,
    lost: 0,
    due: at,
    forced: false,
    tried: false,
    token: null,
    leaseUntil: 0,
    checkpoint: null,
    stayed: "no",
    finishedAt: 0,
  };
}
