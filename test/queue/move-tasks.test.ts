/** What the operator moves by hand: no task is lost or labelled twice, also when the queue dies in the middle of it. */

import { runInDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import { EmulatedProject, titles } from "./emulated-project.ts";
import { addQuality, scripts } from "./scripted-agents.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** One task whose agent has saved its labels and then failed, and waits to be tried again. */
async function savedButNotMoved(): Promise<EmulatedProject> {
  const project = await EmulatedProject.create("Labels", titles(1));
  scripts.labels.run = vi.fn(async ({ labelRow }) => {
    addQuality(labelRow);
    await labelRow.save();
    if (vi.mocked(scripts.labels.run).mock.calls.length === 1)
      throw new Error("failed after saving by itself");
    return "Good";
  });
  await project.wake("Labels");
  await project.fire("Labels");
  expect(await project.counts("Labels")).toMatchObject({ pending: 1 });
  expect(project.savedClassifications("unit-00")).toHaveLength(1);
  return project;
}

/** Moves all tasks of "Labels" by hand; the queue's object dies when Encord is asked to. */
async function moveAndDie(project: EmulatedProject, arrives: boolean): Promise<void> {
  const queue = project.queue("Labels");
  const state = await runInDurableObject(queue, (_queue, itsState) => itsState);
  project.intercept = async (request, send) => {
    if (!request.url.endsWith("/move-tasks")) return send();
    if (arrives) await send();
    state.abort("killed");
    return new Promise(() => {});
  };
  const uuids = (await project.tasks("Labels")).map((task) => task.uuid);
  const move = async () => await queue.moveTasks(uuids, project.stageUuid("Annotate"));
  await expect(move()).rejects.toThrow("killed");
}

/** Cron comes every minute, for longer than a task is held back. */
async function minutesPass(project: EmulatedProject): Promise<void> {
  for (let minute = 0; minute < 8; minute++) {
    project.now += 60_000;
    await project.run("Labels");
  }
}

it("a queue that dies before its move reaches Encord has the task as it was: its labels are not doubled", async () => {
  const project = await savedButNotMoved();
  await moveAndDie(project, false);
  await minutesPass(project);
  expect(project.standing("Complete")).toEqual(titles(1));
  expect(project.savedClassifications("unit-00")).toHaveLength(1);
  expect(await project.tasks("Labels")).toMatchObject([{ state: "succeeded", visit: 1 }]);
});

it("a queue that dies after Encord has moved the task does not run it again", async () => {
  const project = await savedButNotMoved();
  await moveAndDie(project, true);
  await minutesPass(project);
  expect(project.standing("Annotate")).toEqual(titles(1));
  expect(scripts.labels.run).toHaveBeenCalledTimes(1);
  expect(await project.tasks("Labels")).toMatchObject([{ state: "canceled", visit: 1 }]);
});

it("a failed task that is moved while the queue dies is not run again, whether it was moved or not", async () => {
  for (const arrives of [true, false]) {
    const project = await EmulatedProject.create("Labels", titles(1));
    scripts.labels.run = vi.fn(() => {
      throw new Error("no");
    });
    await project.run("Labels");
    expect(await project.counts("Labels")).toMatchObject({ failed: 1 });
    await moveAndDie(project, arrives);
    await minutesPass(project);
    expect(scripts.labels.run).toHaveBeenCalledTimes(3);
    const state = arrives ? "canceled" : "failed";
    expect(await project.tasks("Labels")).toMatchObject([{ state, visit: 1 }]);
  }
});

it("tasks that Encord does not move run as soon as they would have", async () => {
  const project = await savedButNotMoved();
  const due = await project.alarm("Labels");
  project.intercept = async (request, send) =>
    request.url.endsWith("/move-tasks") ? new Response("{}", { status: 403 }) : send();
  const uuids = (await project.tasks("Labels")).map((task) => task.uuid);
  const result = await project.queue("Labels").moveTasks(uuids, project.stageUuid("Annotate"));
  expect(result).toMatchObject({ moved: 0, skipped: 1, reason: expect.any(String) });
  expect(await project.alarm("Labels")).toBe(due);
  await project.drain("Labels");
  expect(project.standing("Complete")).toEqual(titles(1));
});

it("tasks that are moved to another stage of this deployment wake its queue, and say where they went", async () => {
  const project = await savedButNotMoved();
  const uuids = (await project.tasks("Labels")).map((task) => task.uuid);
  const queue = project.queue("Labels");
  expect(await queue.moveTasks(uuids, project.stageUuid("Labels"))).toEqual({
    moved: 0,
    skipped: 1,
    reason: "The tasks are in that stage already.",
  });
  expect(await queue.moveTasks([], project.stageUuid("Second"))).toEqual({
    moved: 0,
    skipped: 0,
    reason: null,
  });
  const named = [...uuids, ...uuids, crypto.randomUUID()];
  expect(await queue.moveTasks(named, project.stageUuid("Second"))).toEqual({
    moved: 1,
    skipped: 1,
    reason: "Tasks that are being worked on, or that are not in this queue, are not moved.",
  });
  expect((await project.tasks("Labels"))[0]?.detail).toBe('Moved to "Second" by the operator.');
  scripts.second.run = () => "Good";
  await project.drain("Second");
  expect(project.standing("Complete")).toEqual(titles(1));
});
