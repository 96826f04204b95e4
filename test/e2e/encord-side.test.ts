/** The emulator calls the Worker as Encord does: as a Workflow node, and as an annotator's browser. */

import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { DEMO_PROJECT, demoSeed } from "../../scripts/demo-seed.ts";
import { LocalStack } from "../../scripts/local-stack.ts";
import type { AgentCall, AgentReply, Execution, NodeRun } from "../emulator/index.ts";

const SECRET = "5cbf0f7d";

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start({ settings: { ENCORD_WEBHOOK_SECRET: SECRET } });
});

beforeEach(async () => stack.emulator.refill(await demoSeed()));
afterAll(() => stack?.stop());

/** Asks the emulator to do something as Encord. */
async function asEncord<T>(what: "runs" | "calls", body: NodeRun | AgentCall): Promise<T> {
  const response = await fetch(`${stack.emulator.url}/__emulator/${what}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

it("a Workflow node sends its tasks through an editor agent, and each goes where the agent decides", async () => {
  const url = `${stack.workerUrl}/agents/frame-quality`;
  const { tasks } = await stack.emulator.tasks();
  const chosen = tasks.filter(({ dataTitle }) => /street-(01|20|21)\./.test(dataTitle));
  const run: NodeRun = { stage: "Quality Gate", url, taskUuids: chosen.map(({ uuid }) => uuid) };

  const { executions } = await asEncord<{ executions: Execution[] }>("runs", { ...run, secret: SECRET });
  expect(executions.map(({ state, pathway, error }) => [state, pathway, error])).toEqual([
    ["Succeeded", "Good", null],
    ["Succeeded", "Needs attention", null],
    ["Succeeded", "Reject", null],
  ]);
  const after = (await stack.emulator.tasks()).tasks;
  expect(chosen.map(({ uuid }) => after.find((task) => task.uuid === uuid)?.stage)).toEqual([
    "Agent 1",
    "Annotate",
    "Rejected",
  ]);
});

it("a call with a wrong secret is refused, and its task stays", async () => {
  const url = `${stack.workerUrl}/agents/frame-quality`;
  const [task] = (await stack.emulator.tasks()).tasks;
  const run = { stage: "Quality Gate", url, secret: "another", taskUuids: [task?.uuid ?? ""] };
  const { executions } = await asEncord<{ executions: Execution[] }>("runs", run);
  expect(executions).toMatchObject([{ state: "Failed", reply: { status: 401 }, pathway: null }]);
  expect(await stack.emulator.moves()).toEqual([]);
});

it("a notification alone starts the work on its stage", async () => {
  const subscription = {
    stage: "Quality Gate",
    url: `${stack.workerUrl}/notifications/task-ready`,
    secret: SECRET,
    everyMs: 500,
  };
  await fetch(`${stack.emulator.url}/__emulator/subscriptions`, {
    method: "POST",
    body: JSON.stringify(subscription),
  });
  const waiting = async () => {
    const { stages } = await stack.emulator.tasks();
    return stages.find(({ title }) => title === "Quality Gate")?.count;
  };
  await expect.poll(waiting, { timeout: 30_000, interval: 200 }).toBe(0);
});

it("an annotator sees the agent's message, but only on Encord's own pages", async () => {
  const call: AgentCall = {
    as: "label-editor",
    url: `${stack.workerUrl}/agents/frame-quality`,
    projectHash: DEMO_PROJECT,
    dataHash: await stack.emulator.anyDataHash(),
  };
  const reply = await asEncord<AgentReply>("calls", call);
  expect(reply).toMatchObject({ outcome: "answered", status: 200 });
  expect(reply.message).toMatch(/^Good: sharpness \d+/);
  expect(await asEncord<AgentReply>("calls", { ...call, origin: "https://evil.example" })).toMatchObject({
    outcome: "blocked",
  });
  expect(await asEncord<AgentReply>("calls", { ...call, as: "test" })).toMatchObject({
    outcome: "answered",
    status: 200,
    body: null,
  });
});
