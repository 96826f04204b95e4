/**
 * The golden traces of the Python SDK, replayed through the client, and a table of how many hold. Part of `npm test`;
 * `npm run conformance` runs it alone.
 */

import { afterAll, describe, expect, it } from "vitest";
import { bundleSteps } from "./conformance/bundle-steps.ts";
import { endpointSteps } from "./conformance/endpoint-steps.ts";
import { labelSteps } from "./conformance/label-steps.ts";
import { projectSteps } from "./conformance/project-steps.ts";
import { type Operations, type Replay, replaySteps } from "./conformance/replay.ts";
import { storageSteps } from "./conformance/storage-steps.ts";
import { taskSteps } from "./conformance/task-steps.ts";
import { loadTrace, TRACE_IDS, type TraceId } from "./conformance/trace.ts";
import { replayWire } from "./conformance/wire-replay.ts";

const operations: Operations = {
  ...projectSteps,
  ...taskSteps,
  ...storageSteps,
  ...labelSteps,
  ...bundleSteps,
  ...endpointSteps,
};

/** Traces of programs around the client: runners and editor agents. Their requests are replayed, not their steps. */
const WIRE_ONLY: ReadonlySet<TraceId> = new Set<TraceId>([
  "36-queue-runner",
  "37-queue-runner-failures",
  "38-sequential-runner",
  "39-sequential-runner-batches",
  "40-runner-validation",
  "41-twin-project",
  "42-editor-agent-fastapi",
  "43-editor-agent-gcp",
  "44-editor-agent-aws",
]);

const replays: Replay[] = [];

describe("the client does on the wire what the Python SDK does", () => {
  for (const id of TRACE_IDS) {
    it(id, async () => {
      const trace = await loadTrace(id);
      const replay = WIRE_ONLY.has(id) ? await replayWire(trace) : await replaySteps(trace, operations);
      replays.push(replay);
      expect(replay.problems).toEqual([]);
    });
  }
});

afterAll(() => {
  const good = replays.filter((replay) => replay.problems.length === 0);
  const lines = replays.flatMap(({ id, steps, notTheClients, exchanges, problems }) => [
    [
      problems.length === 0 ? "ok  " : "FAIL",
      id.padEnd(32),
      `${String(exchanges).padStart(3)} requests`,
      `${String(steps - (steps === 0 ? 0 : notTheClients)).padStart(3)} steps`,
      notTheClients === 0 ? "" : `(${notTheClients} steps are another program's)`,
    ].join(" "),
    ...problems.slice(0, 3).map((problem) => `       ${problem}`),
  ]);
  console.log(
    [...lines, `${good.length} of ${TRACE_IDS.length} traces replayed without a difference`].join("\n"),
  );
});
