/** Data points, through the platform's binding: one a call, one an attempt, with the columns that docs/logs.md tells. */

import { createExecutionContext, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { defineAgents, EditorAgentError, editorAgent } from "encord-edge-agents";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createApp } from "../src/http/app.ts";
import { recordCall } from "../src/metrics.ts";
import type { WorkerEnvironment } from "../src/settings.ts";
import { EmulatedProject } from "./queue/emulated-project.ts";
import { scripts } from "./queue/scripted-agents.ts";

const { AGENT_METRICS } = env as unknown as { readonly AGENT_METRICS: AnalyticsEngineDataset };
const PROJECT = "0e57a11e-0000-4000-8000-000000000001";
const points: AnalyticsEngineDataPoint[] = [];

beforeEach(() => {
  points.length = 0;
  const write = AGENT_METRICS.writeDataPoint.bind(AGENT_METRICS);
  vi.spyOn(AGENT_METRICS, "writeDataPoint").mockImplementation((point) => {
    if (point) points.push(point);
    write(point);
  });
  for (const level of ["info", "warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

it("a call that reached its agent is one data point, whatever became of it", async () => {
  const run = vi
    .fn()
    .mockReturnValueOnce(null)
    .mockImplementationOnce(() => {
      throw new EditorAgentError("No.");
    })
    .mockImplementationOnce(() => {
      throw new Error("broken");
    });
  const app = createApp(defineAgents({ agents: [editorAgent({ name: "measured", run })] }));
  const environment = env as unknown as WorkerEnvironment;
  const call = (project: string) =>
    app.fetch(
      new Request("https://worker.test/agents/measured", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          projectHash: project,
          dataHash: "da7a0000-0000-4000-8000-000000000001",
          frame: 0,
        }),
      }),
      environment,
      createExecutionContext(),
    );
  for (let i = 0; i < 3; i++) await call(PROJECT);
  await call("aaaa0001-0000-4000-8000-00000000dead");
  expect(points.map(({ indexes, blobs, doubles }) => [indexes, blobs, doubles?.slice(1)])).toEqual(
    [
      ["answered", 200],
      ["refused", 400],
      ["failed", 500],
    ].map(([outcome, status]) => [["measured"], ["call", outcome, PROJECT, ""], [0, 0, 0, status]]),
  );
});

it("each attempt at a task is one data point", async () => {
  const project = await EmulatedProject.create("Plain", ["one", "two"]);
  scripts.plain.run = () => "Good";
  await project.run("Plain");
  expect(points.map(({ indexes, blobs }) => [indexes, blobs])).toEqual(
    Array(2).fill([["plain"], ["attempt", "moved", PROJECT, project.stageUuid("Plain")]]),
  );
  for (const { doubles } of points) {
    expect(doubles).toHaveLength(5);
    expect(doubles?.slice(3)).toEqual([1, 0]);
  }
});

it("without a dataset nothing is written, and a dataset that fails does no harm", () => {
  const call = {
    agent: "a",
    projectHash: "p",
    status: 200,
    ms: 1,
    fetchedBytes: 0,
    decodedFrames: 0,
  };
  recordCall(undefined, call);
  const writeDataPoint = vi.fn(() => {
    throw new Error("full");
  });
  recordCall({ writeDataPoint }, call);
  expect(writeDataPoint).toHaveBeenCalledOnce();
});
