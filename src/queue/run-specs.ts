/**
 * Tasks that somebody else's queue hands over (Celery, Modal, ...), run once and answered for, in the JSON of the Python
 * library's queue runner: a task spec is the task with snake_case keys, and the answer is a `TaskCompletionResult`. No retry:
 * that is the other queue's business. Running a spec again replaces what its first run had saved.
 *
 * Where the Python runner has a known bug, this does what is meant: a task that has left its stage fails alone, tasks are
 * told apart by their UUID, labels are saved before anything moves, and one failing task leaves its neighbours alone.
 */

import { object, orNull, type Read, text, tryToRead, uuid } from "../encord/json.ts";
import type { BatchOptions } from "./task-batch.ts";
import { TaskBatch } from "./task-batch.ts";
import type { LeasedTask, TaskReport } from "./task-state.ts";

const readSpec = object({
  uuid,
  data_hash: uuid,
  data_title: text,
  label_branch_name: text,
  /** ISO 8601; tells one visit of the stage from the next. */
  updated_at: orNull(text),
});

export type TaskSpec = Read<typeof readSpec>;

/** For one spec single values; for several, lists: the tasks, those that succeeded, the pathways that were taken. */
export interface TaskCompletionResult {
  readonly task_uuid: string | readonly string[];
  readonly stage_uuid: string;
  readonly success: boolean | readonly string[];
  /** UUIDs of pathways; a task that stayed has none, so a list may be shorter than the tasks. */
  readonly pathway: string | readonly string[] | null;
  readonly error: string | null;
}

/** As many as a batch of the queue has at most. */
const MOST_SPECS = 300;

/**
 * One spec or a list of them, each as an object or as JSON text.
 *
 * @throws TypeError naming what is missing, when they are too many, or when one task is named twice
 */
export function readSpecs(input: unknown): { readonly specs: readonly TaskSpec[]; readonly single: boolean } {
  const single = !Array.isArray(input);
  const all: readonly unknown[] = Array.isArray(input) ? input : [input];
  if (all.length > MOST_SPECS) {
    throw new TypeError(`These are ${all.length} task specs; send at most ${MOST_SPECS} in one call.`);
  }
  const specs = all.map((each, i) => {
    const reading = tryToRead(readSpec, typeof each === "string" ? parsed(each, i) : each);
    if (reading.ok) return reading.value;
    throw new TypeError(`Task spec ${i}: ${reading.path.join(".") || "it"} ${reading.message}.`);
  });
  const twice = specs.find(({ uuid }, i) => specs.findIndex((other) => other.uuid === uuid) !== i);
  if (twice) throw new TypeError(`The task ${twice.uuid} is named twice.`);
  return { specs, single };
}

function parsed(text: string, i: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError(`Task spec ${i} is not JSON.`);
  }
}

/** Runs the agent once on each task, saves, moves, and says how each ended. */
export async function runSpecs(
  options: Omit<BatchOptions, "leases" | "leaseSignal">,
  { specs, single }: { readonly specs: readonly TaskSpec[]; readonly single: boolean },
): Promise<TaskCompletionResult> {
  const { signal } = new AbortController();
  const batch = new TaskBatch({
    ...options,
    leases: {
      start: async (tokens) => tokens,
      checkpoint: async (entries) => entries.map((entry) => entry.token),
    },
    leaseSignal: () => signal,
  });
  const { reports } = await batch.run(specs.map(asLease));
  return completion(specs, single, options.stage.uuid, reports);
}

/** Only the other queue knows whether this is the first run: what an earlier one saved is always removed from the row. */
function asLease(spec: TaskSpec): LeasedTask {
  return {
    uuid: spec.uuid,
    dataHash: spec.data_hash,
    token: `spec:${spec.uuid}`,
    attempt: 1,
    mayHaveSaved: true,
    visit: 1,
    enteredAt: Date.parse(spec.updated_at ?? "") || 0,
    checkpoint: null,
  };
}

function completion(
  specs: readonly TaskSpec[],
  single: boolean,
  stageUuid: string,
  reports: readonly TaskReport[],
): TaskCompletionResult {
  const byTask = new Map(reports.map((report) => [report.uuid, report]));
  const ends = specs.map(({ uuid }) => ({ uuid, ...endOf(byTask.get(uuid)) }));
  const errors = ends.flatMap(({ uuid, error }) =>
    error === null ? [] : single ? error : `${uuid}: ${error}`,
  );
  const error = errors.length > 0 ? errors.join("\n") : null;
  const [first] = ends;
  if (single && first) {
    return {
      task_uuid: first.uuid,
      stage_uuid: stageUuid,
      success: error === null,
      pathway: first.pathway,
      error,
    };
  }
  return {
    task_uuid: ends.map((end) => end.uuid),
    stage_uuid: stageUuid,
    success: ends.flatMap((end) => (end.error === null ? end.uuid : [])),
    pathway: ends.flatMap((end) => end.pathway ?? []),
    error,
  };
}

function endOf(report: TaskReport | undefined): {
  readonly pathway: string | null;
  readonly error: string | null;
} {
  switch (report?.outcome) {
    case "moved":
      return { pathway: report.pathwayUuid, error: null };
    case "stayed":
      return { pathway: null, error: null };
    case "superseded":
      return { pathway: null, error: "The task is not in the stage any more." };
    default:
      return { pathway: null, error: report?.error ?? "The task was not run." };
  }
}
