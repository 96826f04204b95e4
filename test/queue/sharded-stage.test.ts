import { exports } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ShardedStage, shardIndex } from "../../src/queue/sharded-stage.ts";
import type { StageDoor } from "../../src/queue/stage-queue.ts";
import type { TaskPage, TaskRow } from "../../src/queue/stage-rows.ts";
import { EmulatedProject, settings } from "./emulated-project.ts";
import { scripts } from "./scripted-agents.ts";

const shards = settings.QUEUE_SHARDS;
beforeEach(() => {
  settings.QUEUE_SHARDS = String(OF);
});
afterEach(() => {
  vi.restoreAllMocks();
  if (shards === undefined) delete settings.QUEUE_SHARDS;
  else settings.QUEUE_SHARDS = shards;
});

const OF = 3;
const TITLES = Array.from({ length: 30 }, (_, i) => `unit-${String(i).padStart(2, "0")}`);

async function sharded() {
  const project = await EmulatedProject.create("Plain", TITLES);
  const projectHash = project.emulator.projects[0]?.projectHash ?? "";
  const stageUuid = project.stageUuid("Plain");
  const objects = Array.from({ length: OF }, (_, index) => {
    return exports.StageQueue.getByName(`${projectHash}/${stageUuid}#${index}/${OF}`);
  });
  for (const object of objects) await project.setClockOf(object);
  const stage = new ShardedStage(objects);
  return {
    project,
    stage,
    async drain() {
      for (const object of objects) await project.drainObject(object);
    },
    wake: () => stage.wake({ projectHash, stageUuid, agentName: "plain" }, "cron"),
  };
}

it("tasks are split evenly by their UUIDs", () => {
  const shares = Array.from({ length: OF }, () => 0);
  for (let i = 0; i < 3000; i++) {
    const index = shardIndex(crypto.randomUUID(), OF);
    shares[index] = (shares[index] ?? 0) + 1;
  }
  for (const share of shares) expect(share).toBeGreaterThan(800);
});

it("a change in any of the objects is a change of the stage", async () => {
  const { project, stage, wake } = await sharded();
  await wake();
  const mark = await stage.changed("", 60_000);
  expect(await stage.changed(mark, 1)).toBe(mark);
  const change = stage.changed(mark, 60_000);
  const [task] = project.emulator.tasks();
  await stage.cancelTasks([task?.uuid ?? ""]);
  await stage.pause();
  expect(await change).not.toBe(mark);
});

it("each task is worked off by one of the objects, and from outside they are one queue", async () => {
  const { project, stage, drain, wake } = await sharded();
  scripts.plain.run = vi.fn(({ task }) => {
    if (task.dataTitle === "unit-07") throw new Error("no opinion");
    return "Reject";
  });
  await wake();
  await drain();
  expect(project.standing("Rejected")).toHaveLength(29);
  const runs = vi.mocked(scripts.plain.run).mock.calls.map(([{ task }]) => task.dataTitle);
  expect(new Set(runs).size).toBe(30);
  expect(runs).toHaveLength(32);

  const status = await stage.status();
  expect(status.counts).toMatchObject({ succeeded: 29, failed: 1, pending: 0 });
  expect(status.lastPoll).toMatchObject({ error: null });
  const { tasks: firstPage, after } = await stage.tasks({ limit: 20 });
  expect(after).toBe(firstPage.at(-1)?.uuid);
  const { tasks: secondPage, after: end } = await stage.tasks({ limit: 20, after: after ?? "" });
  expect(end).toBeNull();
  expect(new Set([...firstPage, ...secondPage].map((task) => task.uuid)).size).toBe(30);
  const [failed] = (await stage.tasks({ state: "failed", limit: 5 })).tasks;
  expect((await stage.task(failed?.uuid ?? ""))?.attempts).toHaveLength(3);
  expect(await stage.errors()).toMatchObject([{ message: "no opinion", tasks: 1 }]);
  expect(await stage.countsOf(firstPage.map((task) => task.uuid))).toMatchObject({ pending: 0 });
  const minutes = await stage.minutes(0);
  expect(minutes.reduce((sum, minute) => sum + minute.succeeded, 0)).toBe(29);
  expect(minutes[0]?.medianMs).not.toBeNull();
});

it("the operator's controls reach the tasks wherever they are", async () => {
  const { project, stage, drain, wake } = await sharded();
  scripts.plain.run = () => "Reject";
  await wake();
  await stage.pause();
  await drain();
  expect(await stage.status()).toMatchObject({ paused: true, counts: { pending: 30 } });
  const uuids = (await stage.tasks({ limit: 10 })).tasks.map((task) => task.uuid);
  expect(await stage.cancelTasks(uuids.slice(0, 4))).toEqual({ changed: 4, skipped: 0 });
  expect(await stage.retryTasks(uuids.slice(0, 2))).toEqual({ changed: 2, skipped: 0 });
  expect(await stage.runTasks(uuids.slice(2, 6))).toEqual({ changed: 2, skipped: 2 });
  expect(await stage.moveTasks(uuids.slice(6), project.stageUuid("Annotate"))).toMatchObject({
    moved: 4,
    skipped: 0,
  });
  await drain();
  expect((await stage.status()).counts).toMatchObject({ succeeded: 4, pending: 20, canceled: 6 });
  await stage.goLive();
  await drain();
  expect((await stage.status()).counts).toMatchObject({ succeeded: 24, pending: 0, canceled: 6 });
});

it("after the number was changed, objects of the old number do nothing any more", async () => {
  const { project, wake, drain } = await sharded();
  scripts.plain.run = () => "Reject";
  await wake();
  settings.QUEUE_SHARDS = "2";
  await drain();
  expect(project.standing("Plain")).toHaveLength(30);
  settings.QUEUE_SHARDS = String(OF);
  await wake();
  await drain();
  expect(project.standing("Rejected")).toHaveLength(30);
});

it("the pages of several objects are one list, also where one of them has not looked at all it has", async () => {
  const row = (uuid: string) => ({ uuid }) as TaskRow;
  const rows = [["a1", "a4", "a8"], ["a2"], []];
  const ends = ["a8", "a5", null];
  const shards = rows.map((uuids, i) => {
    const page: TaskPage = { tasks: uuids.map(row), after: ends[i] ?? null };
    return { tasks: async () => page } as unknown as StageDoor;
  });
  const stage = new ShardedStage(shards);
  expect(await stage.tasks({ limit: 10 })).toEqual({ tasks: [row("a1"), row("a2"), row("a4")], after: "a5" });
  expect(await stage.tasks({ limit: 2 })).toEqual({ tasks: [row("a1"), row("a2")], after: "a2" });
});
