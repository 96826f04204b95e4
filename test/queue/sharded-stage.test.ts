import { exports } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ShardedStage, shardIndex } from "../../src/queue/sharded-stage.ts";
import type { StageDoor, StageStatus } from "../../src/queue/stage-queue.ts";
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
  const stage = new ShardedStage(objects, project.queue("Plain"));
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

it("each task is run by one of the objects, and from outside they are one queue", async () => {
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

it("a stage that was paused stays paused when it is split, and when it is whole again", async () => {
  const { project, stage, wake, drain } = await sharded();
  scripts.plain.run = () => "Reject";
  await project.queue("Plain").pause();
  await wake();
  await drain();
  expect(await stage.status()).toMatchObject({ paused: true, counts: { pending: 30 } });
  await stage.goLive();
  await drain();
  expect(project.standing("Rejected")).toHaveLength(30);
  expect((await project.queue("Plain").status()).paused).toBe(false);
  await stage.pause();
  expect((await project.queue("Plain").status()).paused).toBe(true);
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

/** A stage of objects that answer one question, each with its own value. */
function answering<Name extends keyof StageDoor>(name: Name, answers: readonly unknown[]): ShardedStage {
  return new ShardedStage(answers.map((answer) => ({ [name]: async () => answer }) as unknown as StageDoor));
}

it("a task's object follows from FNV-1a, so that an update of the Worker moves no task to another", () => {
  // Vectors of the hash's authors.
  for (const [text, hash] of [
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["foobar", 0xbf9cf968],
  ] as const) {
    expect(shardIndex(text, 2 ** 32)).toBe(hash);
  }
});

it("the stage has waited, was told and was listed as the object that matters says, and one error is an error", async () => {
  const none = { pending: 0, dispatched: 0, running: 0, succeeded: 0, failed: 0, timedOut: 0, canceled: 0 };
  const quiet: StageStatus = {
    identity: null,
    paused: true,
    counts: { ...none, pending: 1 },
    waitingSince: null,
    lastNotification: null,
    lastPoll: { at: 50, error: null },
    lastError: null,
    warning: null,
  };
  const early = {
    ...quiet,
    waitingSince: 10,
    lastNotification: 20,
    counts: { ...none, pending: 2, failed: 1 },
  };
  const late: StageStatus = {
    ...quiet,
    paused: false,
    waitingSince: 30,
    lastNotification: 40,
    lastPoll: { at: 60, error: "no access" },
    lastError: "broken",
    warning: "look",
  };
  expect(await answering("status", [quiet, quiet]).status()).toEqual({
    ...quiet,
    counts: { ...none, pending: 2 },
  });
  expect(await answering("status", [quiet, late, early]).status()).toEqual({
    identity: null,
    paused: false,
    counts: { ...none, pending: 4, failed: 1 },
    waitingSince: 10,
    lastNotification: 40,
    lastPoll: { at: 50, error: "no access" },
    lastError: "broken",
    warning: "look",
  });
  const unlisted = { ...quiet, lastPoll: null };
  expect(await answering("status", [late, unlisted]).status()).toMatchObject({
    waitingSince: 30,
    lastNotification: 40,
    lastPoll: null,
  });
});

it("minutes and errors of several objects are added up: in order of time, and of how often", async () => {
  const minute = (at: number, succeeded: number, runs: number[]) => {
    return { minute: at, succeeded, failed: 1, runs, medianMs: null, p95Ms: null };
  };
  const minutes = answering("minutes", [
    [minute(60_000, 1, [0, 0, 3]), minute(120_000, 9, [])],
    [minute(0, 5, [1]), minute(60_000, 2, [1, 0, 0, 0, 4])],
  ]);
  expect(await minutes.minutes(0)).toEqual([
    { minute: 0, succeeded: 5, failed: 1, runs: [1], medianMs: 1, p95Ms: 1 },
    { minute: 60_000, succeeded: 3, failed: 2, runs: [1, 0, 3, 0, 4], medianMs: 2, p95Ms: 4 },
    { minute: 120_000, succeeded: 9, failed: 1, runs: [], medianMs: null, p95Ms: null },
  ]);
  const group = (message: string, tasks: number, lastAt: number) => {
    return { message, tasks, lastAt, example: { uuid: `${lastAt}`, dataTitle: "" } };
  };
  const errors = answering("errors", [
    [group("rare", 4, 1), group("often", 3, 2)],
    [group("often", 3, 9)],
    [group("often", 1, 5)],
  ]);
  expect(await errors.errors()).toEqual([group("often", 7, 9), group("rare", 4, 1)]);
});
