/** When the queue wakes and when it sleeps: never in a busy loop, and never for good while there is work. */

import { runInDurableObject } from "cloudflare:test";
import { skip } from "encord-edge-agents";
import { EncordClient } from "encord-edge-agents/encord";
import { afterEach, expect, it, vi } from "vitest";
import { StageStore } from "../../src/queue/stage-store.ts";
import { EncordGate } from "../worker.ts";
import { EmulatedProject, settings } from "./emulated-project.ts";
import { scripts } from "./scripted-agents.ts";

afterEach(() => vi.restoreAllMocks());

const titles = (count: number) =>
  Array.from({ length: count }, (_, i) => `unit-${String(i).padStart(4, "0")}`);

it("a queue whose agent is not in the deployment any more sleeps", async () => {
  const project = await EmulatedProject.create("Plain", titles(2));
  scripts.plain.run = () => "Good";
  await project.wake("Plain");
  const [projectHash, stageUuid] = [
    project.emulator.projects[0]?.projectHash ?? "",
    project.stageUuid("Plain"),
  ];
  await project.queue("Plain").wake({ projectHash, stageUuid, agentName: "of-another-release" }, "cron");
  await project.drain("Plain", 3);
  expect(await project.alarm("Plain")).toBeNull();
  await project.run("Plain");
  expect(project.standing("Second"), "cron brings the agent of this release").toHaveLength(2);
});

it("a queue whose project is not served any more sleeps, and runs nothing", async () => {
  const project = await EmulatedProject.create("Picky", titles(2));
  scripts.picky.run = () => "Good";
  const served = settings.ENCORD_PROJECTS ?? "";
  await project.wake("Picky");
  settings.ENCORD_PROJECTS = crypto.randomUUID();
  try {
    await project.drain("Picky", 3);
    expect(project.standing("Complete")).toEqual([]);
    expect(await project.alarm("Picky")).toBeNull();
  } finally {
    settings.ENCORD_PROJECTS = served;
  }
  await project.run("Picky");
  expect(project.standing("Complete"), "cron wakes it when it is served again").toHaveLength(2);
});

it("a paused queue that holds as many tasks as it can, and knows of more, sleeps", async () => {
  const project = await EmulatedProject.create("Plain", []);
  await project.run("Plain");
  await runInDurableObject(project.queue("Plain"), (_queue, state) => {
    const store = new StageStore(state.storage);
    const listed = titles(2000).map((uuid) => {
      return { uuid, dataHash: uuid, dataTitle: uuid, updatedAt: "2026-01-01T00:00:00Z" };
    });
    store.intake.takeIn(listed, project.now, project.now);
    store.write("more", project.now);
    store.write("paused", true);
  });
  const [first] = await project.tasks("Plain");
  await project.queue("Plain").runTasks([first?.uuid ?? ""]);
  await project.drain("Plain", 3);
  expect(await project.alarm("Plain")).toBeNull();
});

it("while Encord is out of reach, an agent that wants its stage looked at often does not keep its queue awake", async () => {
  const project = await EmulatedProject.create("Picky", titles(1));
  scripts.picky.run = () => "Good";
  await project.wake("Picky");
  await project.fire("Picky");
  project.intercept = () => Promise.resolve(new Response("{}", { status: 504 }));
  await project.wake("Picky");
  for (let i = 0; i < 12; i++) {
    project.now = Math.max(project.now, (await project.alarm("Picky")) ?? 0);
    await project.fire("Picky");
    expect((await project.alarm("Picky")) ?? 0, `after ${i + 1} failures`).toBeGreaterThan(project.now);
  }
});

it("no answer of Encord's puts a stage or a task off for longer than an hour", async () => {
  const project = await EmulatedProject.create("Plain", titles(1));
  scripts.plain.run = () => "Good";
  project.intercept = () =>
    Promise.resolve(new Response("{}", { status: 429, headers: { "retry-after": "99999999" } }));
  await project.wake("Plain");
  await project.fire("Plain");
  expect(((await project.alarm("Plain")) ?? 0) - project.now).toBeLessThanOrEqual(61 * 60_000);
});

it("a stage of more tasks than the queue holds, which all stay, is gone through once", async () => {
  const project = await EmulatedProject.create("Plain", titles(3300));
  const runs = new Map<string, number>();
  scripts.plain.run = ({ task }) => {
    runs.set(task.dataTitle, (runs.get(task.dataTitle) ?? 0) + 1);
    project.now += 1;
    return null;
  };
  await project.run("Plain");
  expect(runs.size).toBe(3300);
  expect(Math.max(...runs.values())).toBe(1);
  project.now += 60_000;
  await project.run("Plain");
  expect([...runs.values()].filter((count) => count !== 2)).toEqual([]);
});

it("while a stage is listed for very long, its tasks are worked on", async () => {
  const project = await EmulatedProject.create("Plain", titles(230));
  scripts.plain.run = () => "Good";
  let pages = 1;
  project.intercept = (request, send) => {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.endsWith("/tasks") || !searchParams.has("pageToken")) return null;
    const before = 100 * pages++;
    return vi
      .waitFor(() => expect(project.standing("Second")).toHaveLength(before), 4000)
      .then(() => {
        project.now += 5 * 60_000;
        return send();
      });
  };
  await project.run("Plain");
  expect(project.standing("Second")).toHaveLength(230);
  expect(project.lines.filter(({ event }) => event === "poll_failed")).toEqual([]);
});

it("an idle stage of very many tasks is listed by cron less often, and at once when Encord says so", async () => {
  const project = await EmulatedProject.create("Plain", titles(1));
  scripts.plain.run = () => {
    throw skip("not today");
  };
  await project.run("Plain");
  let lists = 0;
  project.intercept = (request, send) => {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.endsWith("/tasks") || searchParams.has("dataHashes")) return null;
    // As if 89 more pages followed.
    const page = Number(searchParams.get("pageToken") ?? 0) + 1;
    const nextPageToken = page < 90 ? `${page}` : null;
    if (page > 1) return Promise.resolve(Response.json({ results: [], nextPageToken }));
    lists++;
    return send().then(async (first) => Response.json({ ...(await first.json<object>()), nextPageToken }));
  };
  for (let minute = 0; minute < 6; minute++) {
    await project.run("Plain");
    project.now += 60_000;
  }
  expect(lists, "every second minute").toBe(3);
  await project.run("Plain", "notification");
  expect(lists).toBe(4);
});

it("a list that never ends is given up and told of; what it told is worked on", async () => {
  const project = await EmulatedProject.create("Plain", titles(3));
  scripts.plain.run = () => "Good";
  let pages = 0;
  project.intercept = (request, send) => {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.endsWith("/tasks") || searchParams.has("dataHashes")) return null;
    if (!searchParams.has("pageToken"))
      return send().then(async (page) =>
        Response.json({ ...(await page.json<object>()), nextPageToken: "on" }),
      );
    return vi.waitFor(() => {
      expect(project.standing("Second")).toHaveLength(3);
      project.now += 60_000;
      return Response.json({ results: [], nextPageToken: `${pages++}` });
    }, 5000);
  };
  await project.wake("Plain");
  await project.fire("Plain");
  expect((await project.queue("Plain").status()).lastPoll?.error).toContain("did not end");
  expect(pages).toBeLessThan(20);
  expect(await project.alarm("Plain"), "it is tried again").toBeGreaterThan(project.now);
});

it("a task that was taken for superseded, and is in its stage after all, is run", async () => {
  const project = await EmulatedProject.create("Plain", titles(3));
  scripts.plain.run = () => "Good";
  await project.wake("Plain");
  await project.queue("Plain").pause();
  await project.drain("Plain");
  const isList = (request: Request) => new URL(request.url).pathname.endsWith("/tasks");
  project.intercept = (request) =>
    isList(request) ? Promise.resolve(Response.json({ results: [], nextPageToken: null })) : null;
  await project.run("Plain");
  expect(await project.counts("Plain")).toMatchObject({ canceled: 3 });
  project.intercept = () => null;
  project.now += 60_000;
  await project.queue("Plain").goLive();
  await project.run("Plain");
  expect(project.standing("Second")).toHaveLength(3);
});

it("what stops every batch is met with pauses that grow, and is over when it is over", async () => {
  const project = await EmulatedProject.create("Plain", titles(120));
  scripts.plain.run = () => "Good";
  let forbidden = true;
  let requests = 0;
  project.intercept = (request) => {
    // Reading tasks again before they run; listing them is allowed.
    if (!forbidden || !request.url.includes(project.emulator.tasks()[0]?.dataHash.slice(0, 8) ?? ""))
      return null;
    requests++;
    return Promise.resolve(Response.json({ message: "Not for this key." }, { status: 403 }));
  };
  await project.wake("Plain");
  const end = project.now + 30 * 60_000;
  while (project.now < end) {
    project.now = Math.max(project.now, (await project.alarm("Plain")) ?? end);
    await project.fire("Plain");
  }
  expect(requests).toBeGreaterThan(5);
  expect(requests).toBeLessThan(100);
  forbidden = false;
  await project.drain("Plain");
  expect(await project.counts("Plain")).toMatchObject({ succeeded: 120 });
});

it("a round that breaks off leaves no batch behind that the next round does not know of", async () => {
  const project = await EmulatedProject.create("Plain", titles(120));
  scripts.plain.run = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return "Good";
  };
  const { enter } = EncordGate.prototype;
  let calls = 0;
  EncordGate.prototype.enter = function (this: InstanceType<typeof EncordGate>, ...given) {
    if (++calls === 2) throw new Error("The gate is restarted.");
    return enter.apply(this, given);
  };
  try {
    await project.wake("Plain");
    await project.fire("Plain");
    expect(calls).toBe(2);
    await vi.waitFor(async () =>
      expect(await project.counts("Plain")).toMatchObject({ dispatched: 0, running: 0, succeeded: 50 }),
    );
    await project.drain("Plain");
    expect(project.standing("Second")).toHaveLength(120);
  } finally {
    EncordGate.prototype.enter = enter;
  }
});

it("a failed task that somebody else moves is superseded at the next look; one that a list leaves out is not", async () => {
  const project = await EmulatedProject.create("Once", ["moved", "left out"]);
  scripts.once.run = () => {
    throw new Error("no luck");
  };
  await project.run("Once");
  expect(await project.counts("Once")).toMatchObject({ failed: 2 });
  const client = await EncordClient.withSshKey({
    sshKey: settings.ENCORD_SSH_KEY ?? "",
    domain: project.emulator.domain,
  });
  const workflow = await client.getWorkflow(project.emulator.projects[0]?.projectHash ?? "");
  for await (const task of workflow
    .getStage({ name: "Once", type: "AGENT" })
    .getTasks({ dataTitle: "moved" }))
    await task.move({ destinationStageUuid: project.stageUuid("Annotate") });
  project.intercept = (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.endsWith("/tasks") || searchParams.has("dataHashes")) return null;
    return Promise.resolve(Response.json({ results: [], nextPageToken: null }));
  };
  project.now += 120_000;
  await project.run("Once");
  expect(await project.counts("Once")).toMatchObject({ failed: 1, canceled: 1 });
  const states = (await project.tasks("Once")).map(({ dataTitle, state }) => `${dataTitle}: ${state}`);
  expect(states.toSorted()).toEqual(["left out: failed", "moved: canceled"]);
});

it("a hundred notifications cost the queue one wish and one alarm, and cron arms it all the same", async () => {
  const project = await EmulatedProject.create("Plain", titles(1));
  scripts.plain.run = () => "Good";
  await project.run("Plain");
  const stage = {
    projectHash: project.emulator.projects[0]?.projectHash ?? "",
    stageUuid: project.stageUuid("Plain"),
  };
  project.now += 10_000;
  const alarms: number[] = [];
  await runInDurableObject(project.queue("Plain"), (_queue, state) => {
    const set = state.storage.setAlarm.bind(state.storage);
    vi.spyOn(state.storage, "setAlarm").mockImplementation((at) => {
      alarms.push(Number(at));
      return set(at);
    });
  });
  const wish = () =>
    runInDurableObject(
      project.queue("Plain"),
      (_queue, state) => state.storage.sql.exec("SELECT value FROM stage WHERE key = 'wish'").one().value,
    );
  await Promise.all(Array.from({ length: 100 }, () => project.queue("Plain").notify(stage)));
  expect(alarms).toEqual([project.now]);
  expect(JSON.parse(String(await wish()))).toMatchObject({ id: 1 });
  expect((await project.queue("Plain").status()).lastNotification).toBe(project.now);
  await project.wake("Plain", "cron");
  expect(alarms).toHaveLength(2);
  project.requests.length = 0;
  await project.drain("Plain");
  expect(project.requests.filter((request) => request.endsWith("/tasks"))).toHaveLength(1);
});

it("a notification that comes while the stage is being listed has it listed again", async () => {
  const project = await EmulatedProject.create("Plain", titles(1));
  scripts.plain.run = () => "Good";
  let notified = false;
  const stage = {
    projectHash: project.emulator.projects[0]?.projectHash ?? "",
    stageUuid: project.stageUuid("Plain"),
  };
  project.intercept = (request, send) => {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.endsWith("/tasks") || searchParams.has("dataHashes") || notified) return null;
    notified = true;
    return project.queue("Plain").notify(stage).then(send);
  };
  await project.run("Plain", "notification");
  const lists = project.emulator.requests().filter(({ endpoint }) => endpoint === "tasks.list");
  expect(lists.reduce((sum, { requests }) => sum + requests, 0)).toBe(3);
});

it("a notification that comes while a list fails still has what stayed before it run again", async () => {
  const project = await EmulatedProject.create("Plain", titles(1));
  let runs = 0;
  scripts.plain.run = () => {
    runs++;
    return null;
  };
  await project.run("Plain");
  const stage = {
    projectHash: project.emulator.projects[0]?.projectHash ?? "",
    stageUuid: project.stageUuid("Plain"),
  };
  let failed = false;
  project.intercept = (request) => {
    if (!new URL(request.url).pathname.endsWith("/tasks") || failed) return null;
    failed = true;
    project.now += 5000;
    return project
      .queue("Plain")
      .notify(stage)
      .then(() => Response.json({ message: "No." }, { status: 400 }));
  };
  // Who hands tasks over wants nothing that stayed run again; the notification does.
  await project.run("Plain", "handover");
  expect([failed, runs]).toEqual([true, 2]);
});

it("a clock that is set back puts nothing off for as long", async () => {
  const project = await EmulatedProject.create("Plain", titles(3));
  scripts.plain.run = () => "Good";
  let refusals = 1;
  project.intercept = () =>
    refusals-- > 0
      ? Promise.resolve(new Response("{}", { status: 429, headers: { "retry-after": "1800" } }))
      : null;
  await project.wake("Plain");
  await project.fire("Plain");
  expect(await project.counts("Plain")).toMatchObject({ pending: 0 });
  project.now -= 5 * 3_600_000;
  const before = project.now;
  await project.run("Plain");
  expect(project.standing("Second")).toHaveLength(3);
  expect(project.now - before).toBeLessThan(60_000);
});
