import { createExecutionContext } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { defineAgents } from "encord-edge-agents";
import { afterEach, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { ConsoleClient } from "../console/console-client.ts";
import { EmulatedProject, settings } from "../queue/emulated-project.ts";
import { scriptedAgents, scripts } from "../queue/scripted-agents.ts";
import { TaskExecutor } from "../worker.ts";

afterEach(() => vi.restoreAllMocks());

const TOKEN = "a-token-of-twenty-characters-or-more";
const app = createApp(defineAgents({ agents: scriptedAgents }));

async function api(
  path: string,
  options: {
    body?: unknown;
    token?: string;
    method?: string;
    environment?: Record<string, string>;
    host?: string;
  } = {},
) {
  const request = new Request(`https://${options.host ?? "worker.test"}/api${path}`, {
    method: options.method ?? (options.body === undefined ? "GET" : "POST"),
    headers: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
    ...(options.body === undefined
      ? {}
      : { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) }),
  });
  const context = Object.assign(createExecutionContext(), { exports });
  const response = await app.fetch(
    request,
    options.environment ?? { ...settings, ADMIN_TOKEN: TOKEN },
    context,
  );
  return { status: response.status, body: await response.json<Record<string, unknown>>() };
}

const asOperator = (path: string, body?: unknown) =>
  api(path, { token: TOKEN, body, ...(body === undefined ? {} : { method: "POST" }) });

it("is closed until a token is set, and then for everybody without it", async () => {
  expect(await api("/stages", { environment: settings })).toMatchObject({
    status: 403,
    body: { message: expect.stringContaining("Set ADMIN_TOKEN") },
  });
  for (const token of [undefined, "", "wrong", `${TOKEN}x`]) {
    expect((await api("/stages", token === undefined ? {} : { token })).status, String(token)).toBe(401);
  }
});

it("local development is open on the loopback interface only", async () => {
  const environment = { ...settings, ENVIRONMENT: "development" };
  await EmulatedProject.create("Plain", []);
  expect((await api("/stages", { environment, host: "127.0.0.1:8787" })).status).toBe(200);
  expect((await api("/stages", { environment, host: "agents.example.com" })).status).toBe(403);
});

it("shows how the stages stand, their tasks page by page, and one task with its attempts", async () => {
  const project = await EmulatedProject.create("Plain", ["a", "b", "c"]);
  scripts.plain.run = ({ task }) => {
    if (task.dataTitle === "b") throw new Error("no opinion");
    return "Good";
  };
  await project.run("Plain");
  const { stages } = (await asOperator("/stages")).body as { stages: { agent: string; counts: object }[] };
  expect(stages.map((stage) => stage.agent)).toEqual([
    "plain",
    "labels",
    "frames",
    "once",
    "second",
    "picky",
  ]);
  expect(stages[0]?.counts).toMatchObject({ succeeded: 2, failed: 1 });

  const path = `/stages/${settings.ENCORD_PROJECTS}/${project.stageUuid("Plain")}`;
  const first = (await asOperator(`${path}/tasks?limit=2`)).body as {
    tasks: { uuid: string }[];
    after: string;
  };
  const rest = (await asOperator(`${path}/tasks?limit=2&after=${first.after}`)).body as typeof first;
  expect(first.tasks).toHaveLength(2);
  expect(rest.tasks).toHaveLength(1);
  expect(rest.after).toBeNull();
  const failed = (await asOperator(`${path}/tasks?state=failed&search=B`)).body as typeof first;
  expect(failed.tasks).toMatchObject([{ dataTitle: "b", detail: "no opinion" }]);
  const one = (await asOperator(`${path}/tasks/${failed.tasks[0]?.uuid}`)).body as { attempts: object[] };
  expect(one.attempts).toHaveLength(3);
  expect((await asOperator(`${path}/tasks/${crypto.randomUUID()}`)).status).toBe(404);
  expect((await asOperator(`${path}/minutes?hours=1`)).status).toBe(200);
});

it("pauses, goes live, runs, retries, cancels and moves", async () => {
  const project = await EmulatedProject.create("Plain", ["a", "b"]);
  scripts.plain.run = () => "Good";
  await project.wake("Plain");
  const path = `/stages/${settings.ENCORD_PROJECTS}/${project.stageUuid("Plain")}`;
  expect((await asOperator(`${path}/pause`, {})).body).toEqual({ paused: true });
  await project.drain("Plain");
  expect((await asOperator(path)).body).toMatchObject({ paused: true, counts: { pending: 2 } });
  const [a, b] = await project.tasks("Plain");
  const capitals = a?.uuid.toUpperCase();
  expect((await asOperator(`${path}/cancel`, { tasks: [capitals] })).body).toEqual({
    changed: 1,
    skipped: 0,
  });
  expect((await asOperator(`${path}/retry`, { tasks: [a?.uuid, b?.uuid] })).body).toEqual({
    changed: 1,
    skipped: 1,
  });
  // What was retried is in front already.
  expect((await asOperator(`${path}/run`, { tasks: "all" })).body).toEqual({ changed: 1, skipped: 0 });
  expect((await asOperator(`${path}/cancel`, { tasks: "all" })).body).toEqual({ changed: 2, skipped: 0 });
  const move = { tasks: [a?.uuid, b?.uuid], destinationStageUuid: project.stageUuid("Annotate") };
  expect((await asOperator(`${path}/move`, move)).body).toEqual({ moved: 2, skipped: 0, reason: null });
  expect(project.standing("Annotate")).toEqual(["a", "b"]);
  expect((await asOperator(`${path}/go-live`, {})).body).toEqual({ paused: false });
});

it("a stage can be paused before its queue has ever run", async () => {
  const project = await EmulatedProject.create("Plain", ["a"]);
  const path = `/stages/${settings.ENCORD_PROJECTS}/${project.stageUuid("Plain")}`;
  expect((await asOperator(`${path}/pause`, {})).body).toEqual({ paused: true });
  const [task] = project.emulator.tasks();
  const spec = { uuid: task?.uuid, data_hash: task?.dataHash, data_title: "a", label_branch_name: "main" };
  scripts.plain.run = () => null;
  expect((await asOperator(`${path}/run-task`, spec)).body).toMatchObject({ success: true });
  await project.run("Plain");
  expect((await asOperator(path)).body).toMatchObject({ paused: true, counts: { pending: 1 } });
  expect(
    (await asOperator(`/stages/${settings.ENCORD_PROJECTS}/${project.stageUuid("Annotate")}`)).status,
  ).toBe(404);
});

it("runs tasks that another queue hands over, once, and answers as the Python runner does", async () => {
  const project = await EmulatedProject.create("Plain", ["a", "b", "c"]);
  scripts.plain.run = ({ task }) => {
    if (task.dataTitle === "b") throw new Error("no opinion");
    return task.dataTitle === "a" ? "Good" : null;
  };
  await project.wake("Plain");
  const stage = project.stageUuid("Plain");
  const path = `/stages/${settings.ENCORD_PROJECTS}/${stage}/run-task`;
  const specs = project.emulator.tasks().map((task) => ({
    uuid: task.uuid,
    data_hash: task.dataHash,
    data_title: project.titleOf(task),
    label_branch_name: task.branchName,
    updated_at: task.updatedAt,
  }));
  const [a, b, c] = specs;
  const several = (
    await asOperator(
      path,
      specs.map((spec) => JSON.stringify(spec)),
    )
  ).body;
  expect(several).toMatchObject({
    task_uuid: [a?.uuid, b?.uuid, c?.uuid],
    stage_uuid: stage,
    success: [a?.uuid, c?.uuid],
    error: `${b?.uuid}: no opinion`,
  });
  expect(several.pathway).toHaveLength(1);
  expect(project.standing("Second")).toEqual(["a"]);
  expect((await asOperator(path, a)).body).toEqual({
    task_uuid: a?.uuid,
    stage_uuid: stage,
    success: false,
    pathway: null,
    error: "The task is not in the stage any more.",
  });
  expect((await asOperator(path, c)).body).toMatchObject({ success: true, pathway: null, error: null });
  expect((await asOperator(path, { uuid: a?.uuid })).status).toBe(422);
  const [action] = await exports.OperatorLog.getByName("operators").actions(1);
  expect(action).toMatchObject({
    who: "operator token",
    by: "api",
    kind: "run for another queue",
    stageUuid: stage,
    tasks: [c?.uuid],
    result: { ok: true },
  });
});

it("the audit list shows what the API did with the stages' titles", async () => {
  const project = await EmulatedProject.create("Plain", ["a"]);
  await project.wake("Plain");
  const path = `/stages/${settings.ENCORD_PROJECTS}/${project.stageUuid("Plain")}`;
  await asOperator(`${path}/pause`, {});
  const [task] = project.emulator.tasks();
  await asOperator(`${path}/move`, {
    tasks: [task?.uuid],
    destinationStageUuid: project.stageUuid("Second"),
  });
  const { text } = await ConsoleClient.local().get("/console/audit");
  const rows = [...text.matchAll(/<tr data-key.*?<\/tr>/gs)].slice(0, 2).map(([row]) => row);
  for (const row of rows) expect(row).toContain(">Plain</a>");
  expect(rows[0]).toContain("to Second.");
});

it("what another queue hands over is bounded, and waits while Encord wants to be left alone", async () => {
  const project = await EmulatedProject.create("Plain", ["a"]);
  scripts.plain.run = () => "Good";
  await project.wake("Plain");
  const path = `/stages/${settings.ENCORD_PROJECTS}/${project.stageUuid("Plain")}/run-task`;
  const [task] = project.emulator.tasks();
  const spec = {
    uuid: task?.uuid,
    data_hash: task?.dataHash,
    data_title: "a",
    label_branch_name: "main",
  };
  const many = Array.from({ length: 301 }, () => ({ ...spec, uuid: crypto.randomUUID() }));
  expect(await asOperator(path, many)).toMatchObject({
    status: 422,
    body: { message: expect.stringContaining("at most 300") },
  });
  expect(await asOperator(path, [spec, spec])).toMatchObject({ status: 422 });
  await exports.EncordGate.getByName("encord").close(60_000);
  const before = project.requests.length;
  expect(await asOperator(path, spec)).toMatchObject({
    status: 503,
    body: { message: expect.stringContaining("asked to wait") },
  });
  expect(project.requests).toHaveLength(before);
  project.now += 61_000;
  expect((await asOperator(path, spec)).body).toMatchObject({ success: true });
});

it("that a worker was lost with what another queue handed over stands in the audit list", async () => {
  const project = await EmulatedProject.create("Plain", ["a"]);
  await project.wake("Plain");
  const lost = vi.spyOn(TaskExecutor.prototype, "runSpecs").mockRejectedValue(new Error("out of memory"));
  const [task] = project.emulator.tasks();
  const spec = {
    uuid: task?.uuid,
    data_hash: task?.dataHash,
    data_title: "a",
    label_branch_name: "main",
  };
  const path = `/stages/${settings.ENCORD_PROJECTS}/${project.stageUuid("Plain")}/run-task`;
  expect((await asOperator(path, spec)).status).toBe(500);
  expect(lost).toHaveBeenCalledOnce();
  const [action] = await exports.OperatorLog.getByName("operators").actions(1);
  expect(action).toMatchObject({ tasks: [task?.uuid], result: { ok: false, note: "The worker was lost." } });
});

it("a call that does not fit is told what is wrong with it", async () => {
  const project = await EmulatedProject.create("Plain", ["a"]);
  await project.wake("Plain");
  const path = `/stages/${settings.ENCORD_PROJECTS}/${project.stageUuid("Plain")}`;
  expect((await asOperator(`${path}/retry`, { tasks: "some" })).status).toBe(422);
  expect((await asOperator(`${path}/retry`, "{")).status).toBe(400);
  expect((await asOperator(`${path}/tasks?state=sleeping`)).status).toBe(422);
  expect((await asOperator(`${path}/tasks?limit=0`)).status).toBe(422);
  expect((await asOperator(`${path}/tasks?limit=1.5`)).status).toBe(422);
  expect((await asOperator(`/stages/${crypto.randomUUID()}/${project.stageUuid("Plain")}`)).status).toBe(404);
  expect((await asOperator(`/stages/${settings.ENCORD_PROJECTS}/nonsense`)).status).toBe(404);
  expect((await asOperator(`/stages/${settings.ENCORD_PROJECTS}/${crypto.randomUUID()}`)).status).toBe(404);
});
