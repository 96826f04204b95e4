import { expect, it } from "vitest";
import { signedHeaders } from "../emulator/encord-side/signature.ts";
import { createEmulator } from "../emulator/index.ts";
import { AGENT, data, PROJECT, streetProject, task } from "./street-project.ts";

const URL_ = "https://agents.test/agents/quality";
const ORIGIN = "https://app.encord.com";

/** An agent that answers POST with `answer`, and the requests that it got. */
async function withAgent(
  answer: (request: Request, body: Record<string, unknown>) => Response,
  cors: Record<string, string> = {
    "access-control-allow-origin": ORIGIN,
    "access-control-allow-headers": "Content-Type, X-Encord-Editor-Agent, X-Cloud-Trace-Context",
  },
) {
  const seen: { method: string; headers: Record<string, string>; body: string }[] = [];
  let now = Date.parse("2026-09-01T12:00:00Z");
  const emulator = await createEmulator({
    seed: streetProject(3),
    now: () => now,
    agentFetch: async (request) => {
      const body = await request.text();
      seen.push({ method: request.method, headers: Object.fromEntries(request.headers), body });
      if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: cors });
      const response = answer(request, JSON.parse(body));
      for (const [name, value] of Object.entries(cors)) response.headers.set(name, value);
      return response;
    },
  });
  return {
    emulator,
    seen,
    later: (ms: number) => {
      now += ms;
    },
  };
}

const place = { url: URL_, projectHash: PROJECT, dataHash: data(1) };

it("the Label Editor asks for permission first, sends its origin, and shows the message", async () => {
  const { emulator, seen } = await withAgent(() =>
    Response.json({ message: ` ${"x".repeat(300)}`, decision: "d" }),
  );
  const reply = await emulator.callAgent({
    ...place,
    as: "label-editor",
    frame: 3,
    objectHashes: ["a/b+cdef1"],
  });
  expect(seen.map(({ method, headers }) => [method, headers.origin, headers["x-encord-signature"]])).toEqual([
    ["OPTIONS", ORIGIN, undefined],
    ["POST", ORIGIN, undefined],
  ]);
  expect(JSON.parse(seen[1]?.body ?? "")).toEqual({
    projectHash: PROJECT,
    dataHash: data(1),
    frame: 3,
    objectHashes: ["a/b+cdef1"],
  });
  expect(reply).toMatchObject({ outcome: "answered", status: 200, decision: "d", reason: null });
  expect(reply.message).toHaveLength(256);
});

it.each([
  [
    "another origin",
    { "access-control-allow-origin": "https://else.where" },
    "does not allow https://app.encord.com",
  ],
  [
    "fewer headers",
    { "access-control-allow-origin": "*", "access-control-allow-headers": "content-type" },
    "x-cloud",
  ],
  ["nothing", {}, "does not allow"],
])("the browser blocks a call to an agent that allows %s", async (_, cors, reason) => {
  const { emulator, seen } = await withAgent(() => Response.json(null), cors as Record<string, string>);
  const reply = await emulator.callAgent({ ...place, as: "label-editor" });
  expect([reply.outcome, reply.reason]).toEqual(["blocked", expect.stringContaining(reason)]);
  expect(seen).toHaveLength(1);
});

it("a test call carries the test header, and an agent that is not there is told apart", async () => {
  const { emulator, seen } = await withAgent(() => Response.json(null));
  expect(await emulator.callAgent({ ...place, as: "test" })).toMatchObject({ status: 200, body: null });
  expect(seen[1]?.headers["x-encord-editor-agent"]).toBe("test-header");
  const nobody = await createEmulator({ agentFetch: () => Promise.reject(new TypeError("refused")) });
  expect(await nobody.callAgent({ ...place, as: "workflow" })).toMatchObject({
    outcome: "no-answer",
    reason: "refused",
  });
});

it("the signature is that of the published test vector", async () => {
  expect(await signedHeaders("5cbf0f7d", '{"a":1}', 1_790_000_000_999)).toEqual({
    "X-Encord-Timestamp": "1790000000",
    "X-Encord-Signature": "24f0413fe198600047bae085f2524eaaf63cff517809022fae9f5f9f88e33bcb",
  });
});

it("a Workflow node signs its calls and moves each task as the answer decides", async () => {
  const answers: Record<string, () => Response> = {
    [data(1)]: () => Response.json({ decision: " back " }),
    [data(2)]: () => Response.json(null),
    [data(3)]: () => Response.json({ message: "not today" }, { status: 400 }),
  };
  const { emulator, seen } = await withAgent(
    (_, body) => answers[String(body.dataHash)]?.() ?? Response.error(),
  );
  const executions = await emulator.runNode({ stage: "Agent 1", url: URL_, secret: "s" });
  expect(executions.map(({ taskUuid, state, pathway, error }) => [taskUuid, state, pathway, error])).toEqual([
    [task(1), "Succeeded", "back", null],
    [task(2), "Succeeded", "to review", null],
    [task(3), "Failed", null, "The agent answered 400: not today"],
  ]);
  expect(seen[0]?.headers).toMatchObject(
    Object.fromEntries(
      Object.entries(await signedHeaders("s", seen[0]?.body ?? "", Date.parse("2026-09-01T12:00:00Z"))).map(
        ([name, value]) => [name.toLowerCase(), value],
      ),
    ),
  );
  expect(seen[0]?.headers.origin).toBeUndefined();
  expect(emulator.stages().map(({ count }) => count)).toEqual([1, 1, 1, 0]);
});

it("a decision for a pathway that does not exist fails the execution, one that is too long is not heard", async () => {
  const decisions = ["nowhere", "x".repeat(257)];
  const { emulator } = await withAgent(() => Response.json({ decision: decisions.shift() }));
  const run = { stage: AGENT, url: URL_, taskUuids: [task(1), task(2)] };
  expect(await emulator.runNode(run)).toMatchObject([
    { state: "Failed", error: 'The stage has no pathway "nowhere".' },
    { state: "Succeeded", pathway: "to review" },
  ]);
  await expect(emulator.runNode({ stage: "Review", url: URL_ })).rejects.toThrow(
    'No project has an agent stage "Review"',
  );
});

it("a stage with work is announced at every look while work remains", async () => {
  const { emulator, seen, later } = await withAgent(() => new Response(null, { status: 200 }));
  emulator.subscribe({ stage: "Agent 1", url: "https://agents.test/notify", secret: "s", batchSize: 3 });
  expect(await emulator.look()).toEqual([]);
  later(300_000);
  expect(await emulator.look()).toMatchObject([
    { pendingCount: 3, reason: "batch_size_reached", status: 200 },
  ]);
  expect(await emulator.look()).toEqual([]);
  expect(JSON.parse(seen[0]?.body ?? "")).toMatchObject({
    version: 1,
    source: "Encord",
    event_type: "agent_stage_work_available_event",
    event_created_timestamp: "2026-09-01T12:05:00.000+00:00",
    payload: { project_hash: PROJECT, stage_uuid: AGENT, pending_count: 3, reason: "batch_size_reached" },
  });
  await emulator.runNode({ stage: AGENT, url: URL_, taskUuids: [task(1)] });
  later(300_000);
  expect(await emulator.look()).toEqual([]);
  later(3_600_000);
  expect(await emulator.look()).toMatchObject([{ pendingCount: 2, reason: "max_wait_elapsed" }]);
  const [first, last] = [seen.find(({ body }) => body.includes("uid")), seen.at(-1)];
  expect(JSON.parse(first?.body ?? "").uid).not.toBe(JSON.parse(last?.body ?? "").uid);
});
