/** A stage that is deleted, or whose project may not be read any more: its queue gives way, and loses nothing. */

import { afterEach, describe, expect, it, vi } from "vitest";
import { forgetReads } from "../../src/queue/read-cache.ts";
import { EmulatedProject } from "./emulated-project.ts";
import { scripts } from "./scripted-agents.ts";

afterEach(() => vi.restoreAllMocks());

const HOUR = 3_600_000;
const titles = (count: number) => Array.from({ length: count }, (_, i) => `unit-${i}`);

/** Three tasks that wait, and one whose first run was saved and not moved. */
async function waiting(): Promise<EmulatedProject> {
  const project = await EmulatedProject.create("Plain", titles(4));
  await project.queue("Plain").pause();
  await project.run("Plain");
  scripts.plain.run = vi.fn(() => "Good");
  const [begun] = (await project.tasks("Plain")).filter((task) => task.dataTitle === "unit-0");
  project.intercept = (request) =>
    request.url.endsWith("/actions") ? Promise.resolve(new Response("{}", { status: 504 })) : null;
  await project.queue("Plain").runTasks([begun?.uuid ?? ""]);
  await project.fire("Plain");
  expect(scripts.plain.run).toHaveBeenCalledTimes(1);
  expect(await project.counts("Plain")).toMatchObject({ pending: 4 });
  project.now += 60_000;
  await project.queue("Plain").goLive();
  return project;
}

const isProject = (request: Request) => /\/v2\/public\/projects\/[0-9a-f-]{36}$/.test(request.url);

const ways: Readonly<Record<"deleted" | "renamed" | "notFound" | "forbidden", EmulatedProject["intercept"]>> =
  {
    renamed: (request, send) => {
      if (!isProject(request)) return null;
      return send().then(async (response) =>
        Response.json(JSON.parse((await response.text()).replace('"Plain"', '"Plain no more"'))),
      );
    },
    deleted: (request, send) => {
      if (!isProject(request)) return null;
      return send().then(async (response) => {
        const body = await response.json<{ workflow: { stages: { title: string }[] } }>();
        body.workflow.stages = body.workflow.stages.filter(({ title }) => title !== "Plain");
        return Response.json(body);
      });
    },
    notFound: (request) =>
      isProject(request) ? Promise.resolve(Response.json({ message: "No." }, { status: 404 })) : null,
    forbidden: (request) =>
      isProject(request) ? Promise.resolve(Response.json({ message: "Not yours." }, { status: 403 })) : null,
  };

function make(project: EmulatedProject, way: keyof typeof ways | null): void {
  project.intercept = way === null ? () => null : ways[way];
  forgetReads();
}

async function pass(project: EmulatedProject, ms: number): Promise<void> {
  const end = project.now + ms;
  while (project.now < end) {
    project.now = Math.min(end, Math.max(project.now, (await project.alarm("Plain")) ?? end));
    forgetReads();
    if (project.now < end) await project.fire("Plain");
  }
}

const detailOf = async (project: EmulatedProject, title: string) =>
  (await project.tasks("Plain")).find(({ dataTitle }) => dataTitle === title);

describe.each(["deleted", "notFound"] as const)("a stage that is gone (%s)", (way) => {
  it("has its tasks given up, but for what was begun, and is looked for once an hour", async () => {
    const project = await waiting();
    make(project, way);
    project.requests.length = 0;
    await pass(project, 24 * HOUR);
    expect(await project.counts("Plain")).toMatchObject({ pending: 1, canceled: 3 });
    expect((await detailOf(project, "unit-1"))?.detail).toMatch(/^Superseded: the stage is gone\./);
    const begun = await detailOf(project, "unit-0");
    expect(begun).toMatchObject({
      state: "pending",
      detail: (await project.queue("Plain").status()).lastPoll?.error,
    });
    expect(project.requests.length).toBeGreaterThan(20);
    expect(project.requests.length).toBeLessThan(80);
    expect(project.lines.filter(({ event }) => event === "stage_absent")).toHaveLength(1);
  });

  it("loses nothing when it returns: what was begun is only moved, the others run", async () => {
    const project = await waiting();
    make(project, way);
    await pass(project, 2 * HOUR);
    make(project, null);
    const before = project.now;
    await project.run("Plain");
    expect(project.standing("Second")).toEqual(titles(4));
    expect(scripts.plain.run, "once for each").toHaveBeenCalledTimes(4);
    expect(project.now - before, "cron's wake-up is enough").toBeLessThan(60_000);
  });
});

describe("a project that may not be read any more", () => {
  it("has every task wait, saying why", async () => {
    const project = await waiting();
    make(project, "forbidden");
    await pass(project, 12 * HOUR);
    expect(await project.counts("Plain")).toMatchObject({ pending: 4, canceled: 0 });
    for (const { detail } of await project.tasks("Plain")) expect(detail).toMatch(/Not yours/);
    make(project, null);
    await project.run("Plain");
    expect(project.standing("Second")).toEqual(titles(4));
  });

  it("is tried at once when the operator says so", async () => {
    const project = await waiting();
    make(project, "forbidden");
    await pass(project, HOUR / 2);
    make(project, null);
    const before = project.now;
    await project.queue("Plain").runTasks("all");
    await project.drain("Plain");
    expect(project.standing("Second")).toEqual(titles(4));
    expect(project.now - before).toBeLessThan(60_000);
  });
});

describe("an agent that is for another stage since the last deployment", () => {
  it("touches no task of its former stage; the agent that serves that one today has them", async () => {
    const project = await EmulatedProject.create("Second", titles(2));
    scripts.plain.run = vi.fn(() => "Reject");
    scripts.second.run = () => "Good";
    const queue = project.queue("Second");
    await project.setClockOf(queue);
    const [projectHash = ""] = project.emulator.projects.map((each) => each.projectHash);
    await queue.wake({ projectHash, stageUuid: project.stageUuid("Second"), agentName: "plain" }, "cron");
    await project.drain("Second");
    expect(scripts.plain.run).not.toHaveBeenCalled();
    expect(project.standing("Complete")).toEqual(titles(2));
    expect((await queue.status()).identity).toMatchObject({ agentName: "second" });
    expect(await project.tasks("Second")).toMatchObject([{ attempt: 1 }, { attempt: 1 }]);
  });

  it("leaves them waiting when nobody serves that stage, until somebody does", async () => {
    const project = await waiting();
    make(project, "renamed");
    project.requests.length = 0;
    await pass(project, 12 * HOUR);
    expect(await project.counts("Plain")).toMatchObject({ pending: 4, canceled: 0 });
    for (const { detail } of await project.tasks("Plain"))
      expect(detail).toBe('No agent of this deployment serves the stage "Plain no more".');
    expect(project.requests.length).toBeLessThan(60);
    make(project, null);
    await project.run("Plain", "notification");
    expect(project.standing("Second")).toEqual(titles(4));
  });
});

it("a stage that is in the Workflow is not absent, whatever is said of its tasks; it is asked less often each time", async () => {
  const project = await EmulatedProject.create("Plain", titles(1));
  project.intercept = (request) =>
    request.url.includes(`/stages/${project.stageUuid("Plain")}/tasks`)
      ? Promise.resolve(Response.json({ message: "Not yours." }, { status: 403 }))
      : null;
  const pauses: number[] = [];
  for (let i = 0; i < 5; i++) {
    // Woken or not: what failed before is not forgotten.
    await project.wake("Plain", "notification");
    project.now = Math.max(project.now, (await project.alarm("Plain")) ?? 0);
    await project.fire("Plain");
    pauses.push(((await project.alarm("Plain")) ?? 0) - project.now);
    project.now += 1000;
  }
  expect(pauses).toEqual([500, 1000, 2000, 4000, 8000]);
  expect(project.lines.filter(({ event }) => event === "stage_absent")).toEqual([]);
  expect(await project.queue("Plain").status()).toMatchObject({
    lastPoll: { error: expect.stringContaining("Not yours.") },
  });
});

it("a queue without tasks that waits for an absent stage sleeps", async () => {
  const project = await EmulatedProject.create("Plain", []);
  make(project, "deleted");
  await project.wake("Plain");
  await project.drain("Plain", 3);
  expect(await project.alarm("Plain")).toBeNull();
});

describe("a notification for a stage that no agent of ours serves ends there", () => {
  const seen: [string, EmulatedProject["intercept"]][] = [
    ["because it is gone", ways.deleted],
    ["because its project may not be read", ways.forbidden],
    [
      "because annotators work in it, although it is named like an agent's",
      (request, send) =>
        isProject(request)
          ? send().then(async (response) => {
              const body = await response.json<{ workflow: { stages: Record<string, string>[] } }>();
              for (const each of body.workflow.stages) {
                if (each["title"] === "Plain") each["stageType"] = "ANNOTATION";
              }
              return Response.json(body);
            })
          : null,
    ],
  ];
  it.each(seen)("%s", async (_why, intercept) => {
    const project = await EmulatedProject.create("Plain", titles(2));
    project.intercept = intercept;
    await project.fire("Plain");
    const projectHash = project.emulator.projects[0]?.projectHash ?? "";
    await project.queue("Plain").notify({ projectHash, stageUuid: project.stageUuid("Plain") });
    await project.drain("Plain", 2);
    expect(await project.queue("Plain").status()).toMatchObject({ identity: null, lastError: null });
  });
});
