/** The operator's door for other Workers: what `/api` does, by RPC, with values for answers. */

import { exports } from "cloudflare:workers";
import type { StageOperatorRpc } from "encord-edge-agents";
import { afterEach, expect, it, vi } from "vitest";
import { EmulatedProject, settings } from "../queue/emulated-project.ts";
import { scripts } from "../queue/scripted-agents.ts";
import { TaskExecutor } from "../worker.ts";

const key = settings.ENCORD_SSH_KEY;
afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(settings, { ENCORD_SSH_KEY: key });
});

const operator = exports.StageOperator as StageOperatorRpc;

async function pausedStage() {
  const project = await EmulatedProject.create("Plain", ["a", "b", "c"]);
  scripts.plain.run = () => "Good";
  await project.wake("Plain");
  const stage = { projectHash: settings.ENCORD_PROJECTS ?? "", stageUuid: project.stageUuid("Plain") };
  expect(await operator.pause(stage)).toEqual({ ok: true, value: { paused: true } });
  await project.drain("Plain");
  const [a, b, c] = (await project.tasks("Plain")).map((task) => task.uuid);
  return { project, stage, a: a ?? "", b: b ?? "", c: c ?? "" };
}

it("another Worker sees the stages that agents serve, and does to them what an operator can", async () => {
  const { project, stage, a, b, c } = await pausedStage();
  const stages = await operator.getAgentStages();
  expect(stages.ok && stages.value.map((each) => each.agent)).toContain("plain");
  expect(await operator.status(stage)).toMatchObject({ value: { paused: true, counts: { pending: 3 } } });
  expect(await operator.cancel(stage, [a, b])).toEqual({ ok: true, value: { changed: 2, skipped: 0 } });
  const canceled = await operator.tasks(stage, { state: "canceled", limit: 1 });
  expect(canceled).toMatchObject({ value: { tasks: [{ uuid: a }], after: a } });
  expect(await operator.retry(stage, [a, c])).toEqual({ ok: true, value: { changed: 1, skipped: 1 } });
  expect(await operator.move(stage, [c], project.stageUuid("Annotate"))).toEqual({
    ok: true,
    value: { moved: 1, skipped: 0, reason: null },
  });
  expect(await operator.run(stage, "all")).toMatchObject({ ok: true });
  await project.drain("Plain");
  expect(await operator.task(stage, a.toUpperCase())).toMatchObject({
    value: { state: "succeeded", attempts: [{ outcome: "moved" }] },
  });
  expect(await operator.minutes(stage)).toMatchObject({ ok: true });
  expect(await operator.goLive(stage)).toEqual({ ok: true, value: { paused: false } });
  const [action] = await exports.OperatorLog.getByName("operators").actions(1);
  expect(action).toMatchObject({ who: "another Worker", by: "rpc", kind: "go live" });
});

it("another Worker's queue has its tasks run, and gets a TaskCompletionResult", async () => {
  const { project, stage, b } = await pausedStage();
  const [task] = project.emulator.tasks().filter((each) => each.uuid === b);
  const spec = {
    uuid: b,
    data_hash: task?.dataHash ?? "",
    data_title: "b",
    label_branch_name: "main",
    updated_at: null,
  };
  expect(await operator.runTask(stage, JSON.stringify(spec))).toMatchObject({
    ok: true,
    value: { task_uuid: b, stage_uuid: stage.stageUuid, success: true, error: null },
  });
});

it("what goes wrong is an answer that says what to do, never an exception, and holds no secret", async () => {
  const { stage, a } = await pausedStage();
  const nowhere = { ...stage, projectHash: crypto.randomUUID() };
  expect(await operator.status(nowhere)).toMatchObject({ ok: false, status: 404 });
  expect(await operator.status(null as never)).toMatchObject({ ok: false, status: 404 });
  expect(await operator.task(stage, crypto.randomUUID())).toMatchObject({ ok: false, status: 404 });
  expect(await operator.tasks(stage, { limit: 0 })).toMatchObject({
    ok: false,
    status: 422,
    message: "limit must be a whole number from 1 to 1000",
  });
  expect(await operator.retry(stage, "some" as never)).toMatchObject({ ok: false, status: 422 });
  expect(await operator.minutes(stage, 25)).toMatchObject({ ok: false, status: 422 });
  expect(await operator.runTask(stage, { uuid: a } as never)).toMatchObject({ ok: false, status: 422 });
  vi.spyOn(TaskExecutor.prototype, "runSpecs").mockRejectedValue(new Error(`out of memory: ${key}`));
  const spec = { uuid: a, data_hash: a, data_title: "a", label_branch_name: "main", updated_at: null };
  const lost = await operator.runTask(stage, spec);
  expect(lost).toMatchObject({ ok: false, status: 500, message: expect.stringContaining("out of memory") });
  expect(JSON.stringify(lost)).not.toContain(String(key).split("\n")[1]);
  Object.assign(settings, { ENCORD_SSH_KEY: "" });
  expect(await operator.status(stage)).toMatchObject({ ok: false, status: 500 });
});
