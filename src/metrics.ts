/**
 * Writes a data point for each call of an editor agent and each attempt at a task to Workers Analytics Engine, if the
 * deployment has bound a dataset (`AGENT_METRICS`). docs/logs.md says which column holds what; queries name columns by number,
 * so a column never changes its meaning. Never throws: work must not fail because a point cannot be written.
 */

import type { LeasedTask, TaskReport } from "./queue/task-state.ts";

/** How many points the platform accepts from one invocation. */
const MOST_POINTS = 250;

interface Point {
  readonly kind: "call" | "attempt";
  readonly agent: string;
  readonly outcome: string;
  readonly projectHash: string;
  readonly stageUuid?: string;
  readonly ms: number;
  readonly fetchedBytes: number;
  readonly decodedFrames: number;
  readonly attempt?: number;
  readonly status?: number;
}

/** A call that reached its editor agent. */
export interface Call {
  readonly agent: string;
  readonly projectHash: string;
  /** HTTP status of the answer. */
  readonly status: number;
  readonly ms: number;
  readonly fetchedBytes: number;
  readonly decodedFrames: number;
}

/** Records one call. */
export function recordCall(dataset: AnalyticsEngineDataset | undefined, call: Call): void {
  const outcome = call.status < 400 ? "answered" : call.status < 500 ? "refused" : "failed";
  write(dataset, [{ ...call, kind: "call", outcome }]);
}

/** Records the attempts of one batch, as they are reported to the queue. */
export function recordAttempts(
  dataset: AnalyticsEngineDataset | undefined,
  batch: {
    readonly agentName: string;
    readonly projectHash: string;
    readonly stageUuid: string;
    readonly tasks: readonly LeasedTask[];
  },
  reports: readonly TaskReport[],
): void {
  const attempts = new Map(batch.tasks.map(({ token, attempt }) => [token, attempt]));
  const points = reports.map(
    ({ token, outcome, effort }): Point => ({
      kind: "attempt",
      agent: batch.agentName,
      outcome,
      projectHash: batch.projectHash,
      stageUuid: batch.stageUuid,
      ms: effort?.runMs ?? 0,
      fetchedBytes: effort?.fetchedBytes ?? 0,
      decodedFrames: effort?.decodedFrames ?? 0,
      attempt: attempts.get(token) ?? 0,
    }),
  );
  write(dataset, points);
}

function write(dataset: AnalyticsEngineDataset | undefined, points: readonly Point[]): void {
  if (dataset === undefined) return;
  try {
    for (const point of points.slice(0, MOST_POINTS)) {
      const { kind, outcome, projectHash, stageUuid = "", attempt = 0, status = 0 } = point;
      dataset.writeDataPoint({
        indexes: [point.agent],
        blobs: [kind, outcome, projectHash, stageUuid],
        doubles: [point.ms, point.fetchedBytes, point.decodedFrames, attempt, status],
      });
    }
  } catch {
    // As the header promises, nothing is thrown.
  }
}
