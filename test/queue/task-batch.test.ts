/** What a batch does to its tasks when something happens to one of them, or to the worker, in the middle. */

import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { labelRow, retryLater, skip, taskAgent } from "encord-edge-agents";
import type { Bundle, LabelRow } from "encord-edge-agents/encord";
import { afterEach, expect, it, vi } from "vitest";
import { createLog } from "../../src/agent/log.ts";
import { connect } from "../../src/connection.ts";
import { InvalidArgumentsError } from "../../src/encord/errors.ts";
import { runSpecs } from "../../src/queue/run-specs.ts";
import { StageStore } from "../../src/queue/stage-store.ts";
import { readSettings } from "../../src/settings.ts";
import { EmulatedProject, settings } from "./emulated-project.ts";
import { addQuality, scripts } from "./scripted-agents.ts";

const leaseSeconds = settings.QUEUE_LEASE_SECONDS;

afterEach(() => {
  vi.restoreAllMocks();
  delete settings.CONSOLE_VIEWER_TOKEN;
  if (leaseSeconds === undefined) delete settings.QUEUE_LEASE_SECONDS;
  else settings.QUEUE_LEASE_SECONDS = leaseSeconds;
});

const specOf = (task: { readonly uuid: string; readonly dataHash: string } | undefined) => ({
  uuid: task?.uuid ?? "",
  data_hash: task?.dataHash ?? "",
  data_title: "a",
  label_branch_name: "main",
  updated_at: null,
});

/** Anew for each use: a stub belongs to the invocation that made it. */
const locksOf = (project: EmulatedProject) =>
  exports.LabelLocks.getByName(project.emulator.projects[0]?.projectHash ?? "");

async function setLockClock(project: EmulatedProject, now: () => number): Promise<void> {
  await runInDurableObject(locksOf(project), (object) => Object.assign(object, { now }));
}

it("what a run saved that was put off is replaced, not doubled", async () => {
  const project = await EmulatedProject.create("Labels", ["one"]);
  let runs = 0;
  scripts.labels.run = async ({ labelRow }) => {
    addQuality(labelRow);
    if (runs++ > 0) return { pathway: "Good", labelRow };
    await labelRow.save();
    throw retryLater("1 minute");
  };
  await project.run("Labels");
  expect(await project.counts("Labels")).toMatchObject({ succeeded: 1, failed: 0 });
  expect(runs).toBe(2);
  expect(project.savedClassifications("one")).toHaveLength(1);
});

it("what goes wrong with a row of another project fails its own task, whatever the order", async () => {
  const project = await EmulatedProject.create("Plain", ["a", "b", "c"]);
  /** Stands for a label row: all that a batch asks of it is to be saved. */
  const row = (key: string, refused: boolean) => {
    const send = async () => {
      if (refused) throw new InvalidArgumentsError("no such label");
    };
    const save = async ({ bundle }: { bundle: Bundle }) => bundle.add({ key, limit: 100, send }, {});
    return { save, projectHash: key, dataHash: "d", branchName: "main" } as unknown as LabelRow;
  };
  scripts.plain.run = ({ task }) => ({
    pathway: "Good",
    labelRow: task.dataTitle === "b" ? row("other", true) : row("ours", false),
  });
  await project.run("Plain");
  expect(project.standing("Second")).toEqual(["a", "c"]);
  expect((await project.tasks("Plain")).find((task) => task.dataTitle === "b")).toMatchObject({
    state: "failed",
    detail: expect.stringContaining("no such label"),
  });
});

it("a storage item that Encord refuses fails its own task only", async () => {
  const picture = new Uint8Array(
    await (await fetch("https://fixtures.test/demo/images/street-23.png")).arrayBuffer(),
  );
  const media = { media: "picture.png", width: 8, height: 8, fileSize: picture.length };
  const project = await EmulatedProject.create(
    "Frames",
    ["a", "b", "c", "d"].map((title) => ({ title, ...media })),
    { "picture.png": picture },
  );
  scripts.frames.run = () => "Good";
  let refused: string | undefined;
  project.intercept = (request, send) => {
    if (!new URL(request.url).pathname.endsWith("/get-bulk")) return null;
    return request.json<{ itemUuids: string[] }>().then(({ itemUuids }) => {
      refused ??= itemUuids[2];
      if (!itemUuids.some((uuid) => uuid === refused)) return send();
      return Response.json({ message: "Not yours." }, { status: 403 });
    });
  };
  await project.run("Frames");
  expect(project.standing("Complete")).toHaveLength(3);
  expect((await project.tasks("Frames")).find((task) => task.state === "failed")?.detail).toMatch(
    /Not yours/,
  );
});

it("a label row that Encord fails at, without saying why, fails its own task only", async () => {
  const project = await EmulatedProject.create("Labels", ["a", "b", "c", "d"]);
  scripts.labels.run = ({ labelRow }) => {
    addQuality(labelRow);
    return { pathway: "Good", labelRow };
  };
  const poison = project.emulator.tasks().find((task) => project.titleOf(task) === "b")?.dataHash ?? "?";
  project.intercept = (request, send) => {
    if (new URL(request.url).pathname !== "/public") return null;
    return request.text().then((body) => {
      const saves = /"query_method": ?"POST"/.test(body) && body.includes(poison);
      return saves && body.includes("classification_answers")
        ? Response.json({ status: 500, response: ["UNKNOWN_ERROR"], payload: null })
        : send();
    });
  };
  await project.run("Labels");
  expect(project.standing("Complete")).toEqual(["a", "c", "d"]);
  expect(await project.counts("Labels")).toMatchObject({ succeeded: 3, failed: 1 });
});

it("a task that Encord fails to move, without saying why, keeps no other from moving", async () => {
  const project = await EmulatedProject.create("Plain", ["a", "b", "c"]);
  scripts.plain.run = vi.fn(() => "Good");
  const poison = project.emulator.tasks().find((task) => project.titleOf(task) === "b")?.uuid ?? "?";
  project.intercept = (request, send) => {
    if (!new URL(request.url).pathname.endsWith("/actions")) return null;
    return request
      .text()
      .then((body) => (body.includes(poison) ? new Response("{}", { status: 504 }) : send()));
  };
  await project.wake("Plain");
  for (let i = 0; i < 6; i++) {
    project.now = Math.max(project.now, (await project.alarm("Plain")) ?? 0);
    await project.fire("Plain");
  }
  expect(project.standing("Second")).toEqual(["a", "c"]);
  expect(scripts.plain.run).toHaveBeenCalledTimes(3);
});

it("an error of many megabytes is cut, and costs nobody else anything", async () => {
  const project = await EmulatedProject.create("Plain", ["a", "b", "c"]);
  scripts.plain.run = ({ task }) => {
    if (task.dataTitle === "b") throw new Error("x".repeat(20_000_000));
    return "Good";
  };
  await project.run("Plain");
  const tasks = await project.tasks("Plain");
  expect(tasks.map(({ state, attempt }) => `${state} ${attempt}`).toSorted()).toEqual([
    "failed 3",
    "succeeded 1",
    "succeeded 1",
  ]);
  expect(tasks.find((task) => task.state === "failed")?.detail?.length).toBeLessThan(2100);
});

it("no secret of the deployment gets into what is stored of a failure", async () => {
  const project = await EmulatedProject.create("Plain", ["a", "b"]);
  const secret = "a-token-that-nobody-may-see";
  settings.CONSOLE_VIEWER_TOKEN = secret;
  scripts.plain.run = ({ task }) => {
    if (task.dataTitle === "a") throw new Error(`Refused: ${secret}`, { cause: new Error(secret) });
    throw skip(`Not with ${secret}.`);
  };
  await project.run("Plain");
  const details = await Promise.all(
    (await project.tasks("Plain")).map(({ uuid }) => project.queue("Plain").task(uuid)),
  );
  expect(JSON.stringify(details)).toContain("Refused: [redacted]");
  expect(JSON.stringify(details)).not.toContain(secret);
});

it("a batch that takes long starts no more agents: the tasks left wait for the next, and use up no attempt", async () => {
  const project = await EmulatedProject.create("Plain", ["a", "b", "c", "d", "e"]);
  const { now } = Date;
  let late = 0;
  vi.spyOn(Date, "now").mockImplementation(() => now() + late);
  scripts.plain.run = vi.fn(() => {
    late = 61_000;
    return "Good";
  });
  await project.wake("Plain");
  await project.fire("Plain");
  expect(scripts.plain.run, "as many as run at the same time").toHaveBeenCalledTimes(4);
  expect(await project.counts("Plain")).toMatchObject({ succeeded: 4, pending: 1 });
  late = 0;
  await project.drain("Plain");
  expect(project.standing("Second")).toHaveLength(5);
  expect((await project.tasks("Plain")).map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1]);
});

it("each task of a batch that breaks in its middle is reported once", async () => {
  const project = await EmulatedProject.create("Plain", ["a", "b"]);
  scripts.plain.run = ({ task }) => {
    if (task.dataTitle === "a") throw new Error("no luck");
    return "Good";
  };
  vi.spyOn(StageStore.prototype, "checkpoint").mockImplementationOnce(() => {
    throw new Error("storage is out of reach");
  });
  await project.wake("Plain");
  await project.fire("Plain");
  const done = project.lines.find(({ event }) => event === "batch_done");
  expect(done).toMatchObject({ tasks: 2, failed: 1, postponed: 1 });
});

it("a task that is cancelled while its agent runs is neither saved nor moved", async () => {
  const project = await EmulatedProject.create("Labels", ["a", "b"]);
  scripts.labels.run = async ({ task, labelRow }) => {
    addQuality(labelRow);
    if (task.dataTitle === "a") await project.queue("Labels").cancelTasks([task.uuid]);
    return { pathway: "Good", labelRow, labelRowPriority: 0.5 };
  };
  await project.run("Labels");
  expect(project.standing("Complete")).toEqual(["b"]);
  expect(project.savedClassifications("a")).toEqual([]);
  expect(project.savedClassifications("b")).toHaveLength(1);
});

it("a task that an earlier batch could not move, and that is cancelled while others run, is not moved", async () => {
  const project = await EmulatedProject.create("Labels", ["a", "b"]);
  let runs = 0;
  scripts.labels.run = async ({ task, labelRow }) => {
    if (task.dataTitle === "a") return { pathway: "Good", labelRow };
    if (runs++ === 0) throw retryLater("1 second");
    const [a] = (await project.tasks("Labels")).filter(({ dataTitle }) => dataTitle === "a");
    expect(a).toMatchObject({ state: "running" });
    await project.queue("Labels").cancelTasks([a?.uuid ?? ""]);
    return { pathway: "Good", labelRow };
  };
  project.intercept = (request) =>
    request.url.endsWith("/actions") ? Promise.resolve(new Response("{}", { status: 504 })) : null;
  await project.wake("Labels");
  await project.fire("Labels");
  expect(await project.counts("Labels")).toMatchObject({ pending: 2 });
  project.intercept = () => null;
  // Both are due by then, and go in one batch.
  project.now += 60_000;
  await project.drain("Labels");
  expect(runs).toBe(2);
  expect(project.standing("Labels")).toEqual(["a"]);
  expect(project.standing("Complete")).toEqual(["b"]);
  expect(await project.counts("Labels")).toMatchObject({ succeeded: 1, canceled: 1 });
});

it("leases and locks are asked for while the tasks are read again", async () => {
  const project = await EmulatedProject.create("Labels", ["a", "b"]);
  scripts.labels.run = () => "Good";
  const locked = () =>
    runInDurableObject(
      locksOf(project),
      (_object, state) => state.storage.sql.exec("SELECT row FROM lock").toArray().length,
    );
  project.intercept = (request, send) => {
    if (!new URL(request.url).searchParams.has("dataHashes")) return null;
    return vi
      .waitFor(async () => {
        expect(await project.counts("Labels")).toMatchObject({ running: 2 });
        expect(await locked()).toBe(2);
      })
      .then(send);
  };
  await project.run("Labels");
  expect(project.standing("Complete")).toEqual(["a", "b"]);
  expect(await locked()).toBe(0);
});

it("an agent whose task was cancelled writes nothing by itself either, whichever way it goes", async () => {
  const encord = await EmulatedProject.create("Once", ["a"]);
  const answers: unknown[] = [];
  scripts.once.run = async ({ task, labelRow, project, storageItem, agentStage }) => {
    const [listed] = await project.listLabelRows({ dataHashes: [task.dataHash] });
    await listed?.initialiseLabels();
    for (const row of [listed, labelRow]) if (row) addQuality(row);
    await project.setPriority(task.dataHash, 0.25);
    const tries = [
      () => listed?.save(),
      () => labelRow.save(),
      () => project.setPriority(task.dataHash, 0.75),
      () => labelRow.setPriority(0.75),
      () => labelRow.workflowComplete(),
      () => task.proceed({ pathwayName: "Good" }),
      () => storageItem.update({ clientMetadata: { late: true } }),
      async () => {
        for await (const each of agentStage.getTasks()) await each.proceed({ pathwayName: "Good" });
      },
    ];
    await encord.queue("Once").cancelTasks([task.uuid]);
    for (const write of tries) answers.push(await Promise.resolve(write()).catch((error) => String(error)));
    return "Good";
  };
  await encord.run("Once");
  expect(answers).toEqual(Array(8).fill(expect.stringMatching(/cancelled, or given to another worker/)));
  expect(encord.savedClassifications("a")).toEqual([]);
  expect(encord.standing("Once")).toEqual(["a"]);
  expect(encord.requests.filter((request) => /priorities/.test(request))).toHaveLength(1);
});

it("a worker whose lock has ended does not write over what its next holder does", async () => {
  const project = await EmulatedProject.create("Labels", ["a"]);
  const clock = { now: 0 };
  await setLockClock(project, () => clock.now);
  try {
    let runs = 0;
    scripts.labels.run = async ({ task, labelRow }) => {
      addQuality(labelRow);
      if (runs++ === 0) {
        // As if the agent had kept the thread busy, so that nothing was renewed.
        clock.now += 20 * 60_000;
        await locksOf(project).acquire("editor", [`${task.dataHash}/main`], 60_000);
      }
      return { pathway: "Good", labelRow };
    };
    await project.wake("Labels");
    await project.fire("Labels");
    expect(project.savedClassifications("a")).toEqual([]);
    await locksOf(project).release("editor");
    await project.drain("Labels");
    expect(project.savedClassifications("a")).toHaveLength(1);
    expect(runs).toBe(2);
  } finally {
    await setLockClock(project, Date.now);
  }
});

it("an agent whose time is up cannot save any more", async () => {
  const project = await EmulatedProject.create("Labels", ["a"]);
  let late: Promise<unknown> = Promise.resolve();
  scripts.labels.run = async ({ task, labelRow }, { signal }) => {
    await project.queue("Labels").cancelTasks([task.uuid]);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    addQuality(labelRow);
    late = labelRow.save().catch((error: Error) => error.message);
    return null;
  };
  settings.QUEUE_LEASE_SECONDS = "2";
  await project.run("Labels");
  expect(await late).toMatch(/was cancelled/);
  expect(project.savedClassifications("a")).toEqual([]);
});

it("Encord's wish to be left alone uses up no attempt, however often it is told", async () => {
  const project = await EmulatedProject.create("Plain", ["a"]);
  scripts.plain.run = () => ({ pathway: "Good", labelRowPriority: 0 });
  let refusals = 6;
  project.intercept = (request) => {
    if (!new URL(request.url).pathname.endsWith("/priorities") || refusals-- <= 0) return null;
    return Promise.resolve(new Response("{}", { status: 429, headers: { "retry-after": "300" } }));
  };
  await project.wake("Plain");
  await project.fire("Plain");
  const [waiting] = await project.tasks("Plain");
  expect((waiting?.due ?? 0) - project.now, "it is told when").toBeGreaterThanOrEqual(300_000);
  await project.drain("Plain");
  expect((await project.tasks("Plain"))[0]).toMatchObject({ state: "succeeded", attempt: 1 });
});

it("an attempt tells how long each phase took, and what was logged meanwhile, without secrets", async () => {
  const project = await EmulatedProject.create("Labels", ["a", "quiet"]);
  scripts.labels.run = async ({ task, labelRow }, { log }) => {
    if (task.dataTitle === "quiet") throw skip("Nothing to see.");
    for (let i = 0; i < 60; i++) log.info("step", { i });
    log.with({ model: "m1" }).info("seen", { cats: 2, boxes: [1, 2], key: settings.ENCORD_SSH_KEY });
    log.error("long", { text: "x".repeat(100_000) });
    addQuality(labelRow);
    return { pathway: "Good", labelRow };
  };
  await project.run("Labels");
  const tasks = (await project.tasks("Labels")).toSorted((x, y) => (x.dataTitle < y.dataTitle ? -1 : 1));
  const [a, quiet] = await Promise.all(tasks.map(({ uuid }) => project.queue("Labels").task(uuid)));
  const [attempt] = a?.attempts ?? [];
  expect(attempt).toMatchObject({
    outcome: "moved",
    waitedMs: expect.any(Number),
    effort: {
      fetchMs: expect.any(Number),
      runMs: expect.any(Number),
      saveMs: expect.any(Number),
      moveMs: expect.any(Number),
      requests: expect.any(Number),
    },
  });
  const log = attempt?.log;
  expect(log?.lines).toHaveLength(50);
  expect(log?.dropped).toBe(12);
  expect(log?.lines[0]).toEqual({ at: expect.any(Number), level: "info", event: "step", fields: { i: 12 } });
  expect(log?.lines.at(-2)).toMatchObject({
    event: "seen",
    fields: { model: "m1", cats: 2, boxes: "[1,2]", key: expect.stringMatching(/^\[redacted\]\s*$/) },
  });
  expect(log?.lines.at(-1)?.fields.cut).toHaveLength(2000);
  expect(quiet?.attempts[0]).toMatchObject({ outcome: "stayed", log: null, effort: { moveMs: null } });
  expect(quiet?.attempts[0]?.effort).toMatchObject({ saveMs: null, runMs: expect.any(Number) });
});

it("tasks of somebody else's queue keep their locks for as long as their agents run", async () => {
  const project = await EmulatedProject.create("Labels", ["a"]);
  settings.QUEUE_LEASE_SECONDS = "2";
  const [task] = project.emulator.tasks();
  await setLockClock(project, Date.now);
  const until = () =>
    runInDurableObject(
      locksOf(project),
      (_object, state) =>
        state.storage.sql.exec<{ until: number }>("SELECT until FROM lock").toArray()[0]?.until,
    );
  scripts.labels.run = async () => {
    const first = await until();
    await vi.waitFor(async () => expect(await until()).toBeGreaterThan(first ?? 0), 10_000);
    return "Good";
  };
  const answer = await exports.TaskExecutor.runSpecs({
    projectHash: project.emulator.projects[0]?.projectHash ?? "",
    stageUuid: project.stageUuid("Labels"),
    agentName: "labels",
    specs: [specOf(task)],
    single: true,
  });
  expect(answer).toMatchObject({ ok: true, result: { success: true } });
});

it("the row that is locked is that of the branch which the agent reads", async () => {
  const emulated = await EmulatedProject.create("Labels", ["a"]);
  const [task] = emulated.emulator.tasks();
  const log = createLog({});
  const client = await connect(readSettings(settings), { log });
  const project = await client.getProject(emulated.emulator.projects[0]?.projectHash ?? "");
  const asked: string[] = [];
  const agent = taskAgent({
    name: "reviewer",
    stage: "Labels",
    dependencies: { row: labelRow.with({ include: { branchName: "review" } }) },
    run: () => "Good",
  });
  await runSpecs(
    {
      agent,
      client,
      project,
      stage: project.workflow.getStage({ name: "Labels", type: "AGENT" }),
      locks: {
        acquire: async (rows) => {
          asked.push(...rows);
          return rows;
        },
        release: async () => {},
      },
      assets: { allowInsecureLoopback: false, onTransfer() {}, onFrame() {} },
      requests: () => 0,
      log,
    },
    { specs: [specOf(task)], single: true },
  );
  expect(asked).toEqual([`${task?.dataHash}/review`]);
});
