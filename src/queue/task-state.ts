/**
 * The states of a task in the queue, named as Encord names those of the agents that it runs itself.
 *
 *   pending ──claim──▶ dispatched ──started──▶ running ──settle──▶ succeeded
 *      ▲                   │                      │
 *      │                   └──── lease expired ───┤            ┌▶ failed / timedOut   (attempts used up, or final error)
 *      └──────────── retry with backoff ──────────┴── settle ──┴▶ canceled            (by the operator, or superseded)
 *
 * A finished task that shows up in its stage again later (it came back, or its agent left it there) becomes pending once
 * more: a new *visit*. Every step out of dispatched and running is fenced by the token of the lease.
 */

import type { AgentTask } from "../encord/index.ts";
import type { AttemptLog } from "./attempt-log.ts";

export const TASK_STATES = [
  "pending",
  "dispatched",
  "running",
  "succeeded",
  "failed",
  "timedOut",
  "canceled",
] as const;

export type TaskState = (typeof TASK_STATES)[number];

/** Where a task goes once its labels are saved; stored before it is moved, so that a retry only moves it. */
export interface Checkpoint {
  readonly pathwayUuid: string;
  readonly pathwayName: string;
  readonly destinationUuid: string;
}

/** A task as a worker receives it: what to work on, and the lease under which it may report. */
export interface LeasedTask {
  readonly uuid: string;
  readonly dataHash: string;
  /** The fencing token; a report with another one changes nothing. */
  readonly token: string;
  /** 1 for the first run of this visit; a run that was put off does not count. */
  readonly attempt: number;
  /** Whether an earlier run of this visit may have saved labels, also one that was put off; absent: none was made. */
  readonly mayHaveSaved?: boolean;
  /** 1 the first time the task is in this stage. */
  readonly visit: number;
  /** Milliseconds since 1970 at which this visit was first seen; tells visits apart after old ones were forgotten. */
  readonly enteredAt: number;
  readonly checkpoint: Checkpoint | null;
}

/**
 * What one attempt cost, phase by phase, in milliseconds; null: it did not come that far. The tasks of a batch are fetched,
 * saved and moved together, so those phases took as long for each of them.
 */
export interface Effort {
  /** From the start of the batch until everything that can be fetched ahead was there: task, label row, storage item. */
  readonly fetchMs: number | null;
  /** The agent's run, with its dependencies (which is where media are fetched and decoded). */
  readonly runMs: number | null;
  /** Saving labels, setting priorities, storing the checkpoint. */
  readonly saveMs: number | null;
  readonly moveMs: number | null;
  /** Bytes fetched outside Encord's API: media. */
  readonly fetchedBytes: number;
  readonly decodedFrames: number;
  /** Requests to Encord; those of a batch are shared evenly by its tasks, so this is a fraction. */
  readonly requests: number;
}

/** What became of a leased task. */
export type TaskReport = {
  readonly uuid: string;
  readonly token: string;
  readonly effort?: Effort;
  /** Absent: nothing was logged. */
  readonly log?: AttemptLog;
} & Outcome;

export type Outcome =
  | { readonly outcome: "moved"; readonly pathwayName: string; readonly pathwayUuid: string }
  /** The agent left the task in its stage; `reason` when it skipped it, which lasts until the task comes back. */
  | { readonly outcome: "stayed"; readonly reason?: string }
  /** The task had left the stage by another hand; not an error. */
  | { readonly outcome: "superseded" }
  /** Nothing was wrong with the task: Encord could not be reached, or the agent asked for later. Uses up no attempt. */
  | { readonly outcome: "postponed"; readonly error: string; readonly retryAfterMs?: number }
  | {
      readonly outcome: "failed" | "timedOut";
      readonly error: string;
      readonly retryable: boolean;
    };

/** A leased task, with the task as Encord has it now. */
export interface Work {
  readonly lease: LeasedTask;
  readonly task: AgentTask;
}
