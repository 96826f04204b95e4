/** The queue of a stage at work: real SQLite, real executor, an emulated Encord. */

import { runInDurableObject } from "cloudflare:test";
import { retryLater, skip } from "encord-edge-agents";
import type { LabelRow } from "encord-edge-agents/encord";
import { afterEach, describe, expect, it, vi } from "vitest";
import { StageStore } from "../../src/queue/stage-store.ts";
import type { BatchOrder } from "../../src/queue/task-executor.ts";
import { TaskExecutor } from "../worker.ts";
import { EmulatedProject, settings, titles } from "./emulated-project.ts";
import { addQuality, scripts } from "./scripted-agents.ts";

afterEach(() => {
  vi.restoreAllMocks();
  scripts.picky.beforeRun = () => {};
});

describe("a stage is drained", () => {
  it("every task goes where its agent sends it, and the queue sleeps", async () => {
    const project = await EmulatedProject.create("Plain", titles(5));
    scripts.plain.run = ({ task }) => (task.dataTitle === "unit-03" ? "Reject" : "Good");
    await project.run("Plain");
    expect(project.standing("Rejected")).toEqual(["unit-03"]);
    expect(project.standing("Plain")).toEqual([]);
    expect(await project.counts("Plain")).toMatchObject({ succeeded: 5, pending: 0, failed: 0 });
    expect(await project.alarm("Plain")).toBeNull();
  });

  it("a lane that is busy for long keeps the other lanes from nothing", async () => {
    const lease = settings.QUEUE_LEASE_SECONDS;
    settings.QUEUE_LEASE_SECONDS = "900";
    try {
      const project = await EmulatedProject.create("Second", ["slow", "late"]);
      // Not a promise: one that is resolved in another invocation takes the test into it.
      const slow = { begun: false, released: false };
      scripts.second.run = async ({ task }) => {
        if (task.dataTitle === "late") return "Good";
        slow.begun = true;
        while (!slow.released) await new Promise((resolve) => setTimeout(resolve, 10));
        return "Good";
      };
      await project.queue("Second").pause();
      await project.wake("Second");
      await project.fire("Second");
      const late = (await project.tasks("Second")).find((task) => task.dataTitle === "late")?.uuid ?? "";
      await project.queue("Second").cancelTasks([late]);
      await project.queue("Second").goLive();
      const firstAlarm = project.fire("Second");
      await vi.waitFor(() => expect(slow.begun).toBe(true));
      project.now += 5 * 60_000;
      await project.queue("Second").retryTasks([late]);
      await firstAlarm;
      const secondAlarm = project.fire("Second");
      await vi.waitFor(() => expect(project.standing("Complete")).toEqual(["late"]));
      slow.released = true;
      await secondAlarm;
      expect(await project.counts("Second")).toMatchObject({ succeeded: 2, pending: 0, running: 0 });
    } finally {
      if (lease === undefined) delete settings.QUEUE_LEASE_SECONDS;
      else settings.QUEUE_LEASE_SECONDS = lease;
    }
  });

  it("an alarm that fires twice at once lists the stage once, and fills no more lanes than there are", async () => {
    const project = await EmulatedProject.create("Second", titles(4));
    const ran: string[] = [];
    scripts.second.run = ({ task }) => {
      ran.push(task.dataTitle);
      return "Good";
    };
    await project.wake("Second");
    await runInDurableObject(project.queue("Second"), async (queue) => {
      const { alarm } = queue as { alarm?: () => Promise<void> };
      await Promise.all([alarm?.call(queue), alarm?.call(queue)]);
    });
    expect(ran.toSorted()).toEqual(titles(4));
    const lists = project.requests.filter((request) => /^GET .*\/tasks$/.test(request));
    expect(lists, "its own list, and the batch that reads its tasks again").toHaveLength(2);
  });

  it("a whole batch costs a handful of requests", async () => {
    const project = await EmulatedProject.create("Labels", titles(40));
    scripts.labels.run = ({ labelRow }) => {
      addQuality(labelRow);
      return { pathway: "Good", labelRow };
    };
    await project.run("Labels");
    expect(await project.counts("Labels")).toMatchObject({ succeeded: 40 });
    expect(project.requests.length).toBeLessThanOrEqual(10);
    for (const title of titles(40)) expect(project.savedClassifications(title)).toHaveLength(1);
  });

  it("where tasks move to another stage of this deployment, its queue is woken at once", async () => {
    const project = await EmulatedProject.create("Plain", titles(2));
    scripts.plain.run = () => "Good";
    scripts.second.run = () => "Good";
    await project.run("Plain");
    const woken = await project.queue("Second").status();
    expect(woken.identity).toMatchObject({ agentName: "second" });
    await project.drain("Second");
    expect(project.standing("Complete")).toEqual(titles(2));
  });

  it("a task whose agent returns null stays, and runs again at the next wake-up from outside", async () => {
    const project = await EmulatedProject.create("Plain", titles(1));
    scripts.plain.run = vi.fn(() => null);
    await project.run("Plain");
    expect(await project.counts("Plain")).toMatchObject({ succeeded: 1 });
    await project.run("Plain", "handover");
    expect(scripts.plain.run).toHaveBeenCalledTimes(1);
    project.now += 60_000;
    await project.run("Plain", "cron");
    expect(scripts.plain.run).toHaveBeenCalledTimes(2);
  });

  it("a skipped task stays with its reason, and is not run again while it stays", async () => {
    const project = await EmulatedProject.create("Plain", titles(1));
    scripts.plain.run = vi.fn(() => {
      throw skip("Nothing to see here.");
    });
    await project.run("Plain");
    project.now += 60_000;
    await project.run("Plain");
    expect(scripts.plain.run).toHaveBeenCalledTimes(1);
    expect((await project.tasks("Plain"))[0]).toMatchObject({
      state: "succeeded",
      detail: "Nothing to see here.",
    });
  });
});

describe("one bad task never sinks its neighbours", () => {
  it("an agent that throws is tried again, and ends in failed with its last error", async () => {
    const project = await EmulatedProject.create("Plain", titles(3));
    const run = vi.fn(({ task }: { task: { dataTitle: string } }) => {
      if (task.dataTitle === "unit-01") throw new Error("the model has no opinion");
      return "Good";
    });
    scripts.plain.run = run;
    await project.run("Plain");
    expect(await project.counts("Plain")).toMatchObject({ succeeded: 2, failed: 1 });
    expect(run.mock.calls.filter(([{ task }]) => task.dataTitle === "unit-01")).toHaveLength(3);
    const failed = (await project.tasks("Plain")).find((task) => task.state === "failed");
    expect(failed).toMatchObject({ dataTitle: "unit-01", attempt: 3, detail: "the model has no opinion" });
    const details = await project.queue("Plain").task(failed?.uuid ?? "");
    expect(details?.attempts.map((attempt) => attempt.outcome)).toEqual(["failed", "failed", "failed"]);
  });

  it("a picture that cannot be decoded fails at once, saying why, and the others are labelled", async () => {
    const png = new Uint8Array(
      await (await fetch("https://fixtures.test/demo/images/street-02.png")).arrayBuffer(),
    );
    const data = ["a.png", "broken.png", "c.png"].map((title) => ({
      title,
      media: title,
      width: 320,
      height: 240,
    }));
    const project = await EmulatedProject.create("Frames", data, {
      "a.png": png,
      "broken.png": png.slice(0, 500),
      "c.png": png,
    });
    scripts.frames.run = ({ labelRow, frame }) => {
      expect(frame).toMatchObject({ width: 320, height: 240 });
      addQuality(labelRow);
      return { pathway: "Good", labelRow };
    };
    await project.run("Frames");
    expect(project.standing("Complete")).toEqual(["a.png", "c.png"]);
    expect(project.standing("Frames")).toEqual(["broken.png"]);
    const failed = (await project.tasks("Frames")).find((task) => task.state === "failed");
    expect(failed).toMatchObject({ dataTitle: "broken.png", attempt: 1 });
    expect(failed?.detail).toMatch(/cannot be decoded|cut off|ends before/);
    const details = await project.queue("Frames").task(failed?.uuid ?? "");
    expect(details?.attempts[0]?.effort).toMatchObject({ fetchedBytes: 500, decodedFrames: 0 });
  });

  it("whatever an agent throws fails its own task only", async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const thrown = new Map<string, unknown>([
      ["proxy", proxy],
      ["nothing", undefined],
      ["symbol", Symbol("odd")],
    ]);
    const project = await EmulatedProject.create("Plain", [...thrown.keys(), "good"]);
    scripts.plain.run = ({ task }) => {
      if (thrown.has(task.dataTitle)) throw thrown.get(task.dataTitle);
      return "Good";
    };
    await project.run("Plain");
    expect(project.standing("Second")).toEqual(["good"]);
    expect(await project.counts("Plain")).toMatchObject({ succeeded: 1, failed: 3 });
  });

  it("an agent that takes too long ends as timed out", async () => {
    const project = await EmulatedProject.create("Plain", titles(1));
    scripts.plain.run = (_input, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    await project.run("Plain");
    const [task] = await project.tasks("Plain");
    expect(task).toMatchObject({ state: "timedOut", attempt: 3 });
    expect(task?.detail).toMatch(/did not end within 0.3 seconds/);
  });

  it("a pathway that does not exist is final, and nothing is saved", async () => {
    const project = await EmulatedProject.create("Labels", titles(2));
    scripts.labels.run = ({ task, labelRow }) => {
      addQuality(labelRow);
      return { pathway: task.dataTitle === "unit-00" ? "Nowhere" : "Good", labelRow };
    };
    await project.run("Labels");
    expect((await project.tasks("Labels")).find((task) => task.state === "failed")).toMatchObject({
      dataTitle: "unit-00",
      attempt: 1,
      detail: expect.stringContaining('"Good", "Reject"'),
    });
    expect(project.savedClassifications("unit-00")).toEqual([]);
    expect(project.standing("Complete")).toEqual(["unit-01"]);
  });

  it("a task that left the stage by another hand is superseded, and the others are moved", async () => {
    const project = await EmulatedProject.create("Plain", titles(6));
    const [victim] = project.emulator.tasks();
    scripts.plain.run = ({ task }) => {
      // Another hand, between the agent's run and the move.
      if (task.uuid === victim?.uuid) {
        const snapshot = project.emulator.snapshot();
        const text = JSON.stringify(snapshot).replaceAll(
          new RegExp(`("uuid":"${task.uuid}"[^{}]*"stageUuid":")[^"]*`, "g"),
          `$1${project.stageUuid("Annotate")}`,
        );
        project.emulator.restore(JSON.parse(text));
      }
      return "Good";
    };
    await project.run("Plain");
    expect(project.standing("Annotate")).toEqual([project.titleOf(victim ?? { dataHash: "" })]);
    expect(await project.counts("Plain")).toMatchObject({ succeeded: 5, canceled: 1, failed: 0 });
    const superseded = (await project.tasks("Plain")).find((task) => task.state === "canceled");
    expect(superseded?.detail).toMatch(/^Superseded/);
  });

  it("a failed task that a list leaves out is asked for by name before it is forgotten", async () => {
    const project = await EmulatedProject.create("Plain", titles(2));
    scripts.plain.run = () => {
      throw new Error("no luck");
    };
    await project.run("Plain");
    project.now += 60_000;
    project.intercept = (request, send) => {
      const { pathname, searchParams } = new URL(request.url);
      if (!pathname.endsWith("/tasks")) return null;
      if (!searchParams.has("dataHashes")) return Promise.resolve(Response.json({ results: [] }));
      return send().then(async (response) => {
        const { results } = await response.json<{ results: object[] }>();
        return Response.json({ results: results.slice(0, 1) });
      });
    };
    await project.run("Plain");
    expect(await project.counts("Plain")).toMatchObject({ failed: 1, canceled: 1 });
  });
});

describe("trouble that is nobody's fault uses up no attempt", () => {
  it("while Encord cannot be reached the queue waits, and then goes on", async () => {
    const project = await EmulatedProject.create("Plain", titles(3));
    scripts.plain.run = () => "Good";
    let down = true;
    project.intercept = () =>
      down
        ? Promise.resolve(new Response("maintenance", { status: 503, headers: { "retry-after": "121" } }))
        : null;
    await project.wake("Plain");
    for (let i = 0; i < 3; i++) {
      project.now = Math.max(project.now, (await project.alarm("Plain")) ?? 0);
      await project.fire("Plain");
    }
    expect((await project.queue("Plain").status()).lastPoll?.error).toBeTruthy();
    down = false;
    await project.drain("Plain");
    expect(await project.counts("Plain")).toMatchObject({ succeeded: 3, failed: 0 });
  });

  it("an agent can ask for a task later", async () => {
    const project = await EmulatedProject.create("Plain", titles(1));
    let calls = 0;
    scripts.plain.run = () => {
      calls += 1;
      if (calls <= 5) throw retryLater("10 minutes", "The model is loading.");
      return "Good";
    };
    const started = project.now;
    await project.run("Plain");
    expect(project.now - started).toBeGreaterThanOrEqual(50 * 60_000);
    expect((await project.tasks("Plain"))[0]).toMatchObject({ state: "succeeded", attempt: 1 });
  });
});

describe("at least once executed, effect exactly once", () => {
  it("a retry after the labels were saved and the checkpoint stored only moves the task", async () => {
    const project = await EmulatedProject.create("Labels", titles(3));
    const run = vi.fn(({ labelRow }: { labelRow: LabelRow }) => {
      addQuality(labelRow);
      return { pathway: "Good" as const, labelRow };
    });
    scripts.labels.run = run;
    let refusals = 2;
    project.intercept = (request) => {
      if (!new URL(request.url).pathname.endsWith("/actions") || refusals-- <= 0) return null;
      return Promise.resolve(new Response("{}", { status: 404 }));
    };
    await project.run("Labels");
    expect(await project.counts("Labels")).toMatchObject({ succeeded: 3 });
    expect(run).toHaveBeenCalledTimes(3);
  });

  it("a Workflow that is edited meanwhile does not fail the task: its pathway is found again by name", async () => {
    const project = await EmulatedProject.create("Labels", titles(2));
    const run = vi.fn(({ labelRow }: { labelRow: LabelRow }) => ({ pathway: "Good" as const, labelRow }));
    scripts.labels.run = run;
    let edited = false;
    project.intercept = (request) => {
      // Just before the move, somebody draws the pathways anew.
      if (edited || !new URL(request.url).pathname.endsWith("/actions")) return null;
      edited = true;
      const { uuid } = project.emulator.stages().find((stage) => stage.title === "Labels") ?? { uuid: "" };
      const text = JSON.stringify(project.emulator.snapshot());
      const pathways = new RegExp(
        `("uuid":"${uuid}","title":"Labels"[^\\]]*?"pathways":\\[\\{"uuid":")[0-9a-f-]{36}`,
      );
      expect(text).toMatch(pathways);
      project.emulator.restore(JSON.parse(text.replace(pathways, `$1${crypto.randomUUID()}`)));
      return null;
    };
    await project.run("Labels");
    expect(edited).toBe(true);
    expect(project.standing("Complete")).toEqual(titles(2));
    expect(run).toHaveBeenCalledTimes(2);
    expect(await project.counts("Labels")).toMatchObject({ succeeded: 2, failed: 0 });
  });

  it("what a lost attempt had saved is replaced, not doubled", async () => {
    const project = await EmulatedProject.create("Labels", titles(2));
    let attempt = 0;
    scripts.labels.run = async ({ labelRow, task }) => {
      addQuality(labelRow);
      if (task.dataTitle === "unit-00" && attempt++ === 0) {
        await labelRow.save();
        throw new Error("failed after saving by itself");
      }
      return { pathway: "Good", labelRow };
    };
    await project.run("Labels");
    expect(await project.counts("Labels")).toMatchObject({ succeeded: 2 });
    expect(project.savedClassifications("unit-00")).toHaveLength(1);
  });

  it("an answer that is lost after the move was made does not fail the task", async () => {
    const project = await EmulatedProject.create("Plain", titles(4));
    scripts.plain.run = vi.fn(() => "Good");
    let lost = 0;
    project.intercept = (request, send) => {
      if (!new URL(request.url).pathname.endsWith("/actions") || lost++ > 0) return null;
      return send().then(() => {
        throw new Error("Network connection lost.");
      });
    };
    await project.run("Plain");
    expect(lost).toBeGreaterThan(0);
    expect(await project.counts("Plain")).toMatchObject({ succeeded: 4, failed: 0, canceled: 0 });
    expect(scripts.plain.run).toHaveBeenCalledTimes(4);
    expect(project.emulator.moves().filter((move) => move.from === project.stageUuid("Plain"))).toHaveLength(
      4,
    );
  });
});

describe("the operator's controls", () => {
  it("a paused stage gives nothing out; one task can be run; live again, the rest goes", async () => {
    const project = await EmulatedProject.create("Plain", titles(3));
    scripts.plain.run = () => "Good";
    await project.wake("Plain");
    await project.queue("Plain").pause();
    await project.drain("Plain");
    expect(await project.counts("Plain")).toMatchObject({ pending: 3 });
    const [first] = await project.tasks("Plain");
    expect(await project.queue("Plain").runTasks([first?.uuid ?? ""])).toEqual({ changed: 1, skipped: 0 });
    await project.drain("Plain");
    expect(await project.counts("Plain")).toMatchObject({ pending: 2, succeeded: 1 });
    await project.queue("Plain").goLive();
    await project.drain("Plain");
    expect(await project.counts("Plain")).toMatchObject({ pending: 0, succeeded: 3 });
  });

  it("tasks are moved by hand to another stage, and what is no longer there is skipped", async () => {
    const project = await EmulatedProject.create("Plain", titles(3));
    scripts.plain.run = ({ task }) => {
      if (task.dataTitle === "unit-00") return "Good";
      throw new Error("no");
    };
    await project.run("Plain");
    const uuids = (await project.tasks("Plain")).map((task) => task.uuid);
    const result = await project.queue("Plain").moveTasks(uuids, project.stageUuid("Annotate"));
    expect(result).toMatchObject({ moved: 2, skipped: 1, reason: "The task is not in the stage any more." });
    expect(project.standing("Annotate")).toEqual(["unit-01", "unit-02"]);
    expect(await project.counts("Plain")).toMatchObject({ failed: 0, succeeded: 1, canceled: 2 });
  });

  it("a notification for a stage that cron has not seen yet finds its agent; the project is read once", async () => {
    const project = await EmulatedProject.create("Plain", titles(2));
    scripts.plain.run = () => "Good";
    const stageUuid = project.stageUuid("Plain");
    const projectHash = project.emulator.projects[0]?.projectHash ?? "";
    await project.fire("Plain");
    const told = project.now;
    await project.queue("Plain").notify({ projectHash, stageUuid });
    project.now += 500;
    await project.queue("Plain").notify({ projectHash, stageUuid });
    expect((await project.queue("Plain").status()).lastNotification, "stored once a second").toBe(told);
    await project.drain("Plain");
    expect(project.standing("Second")).toEqual(titles(2));
    await project.queue("Plain").notify({ projectHash, stageUuid });
    expect((await project.queue("Plain").status()).identity).toMatchObject({ agentName: "plain" });
    expect(project.requests.filter((request) => request.endsWith(`/projects/${projectHash}`))).toHaveLength(
      1,
    );
  });

  for (const known of [true, false]) {
    it(`a stage ${known ? "that was idle" : "that only a notification has named"} is listed while its project is read`, async () => {
      const project = await EmulatedProject.create("Plain", titles(2));
      scripts.plain.run = () => "Good";
      const stageUuid = project.stageUuid("Plain");
      const projectHash = project.emulator.projects[0]?.projectHash ?? "";
      project.intercept = (request, send) => {
        if (!request.url.endsWith(projectHash)) return null;
        return vi.waitFor(() => expect(project.requests).toContain(`GET ${tasksPath}`)).then(send);
      };
      const tasksPath = `/v2/public/projects/${projectHash}/workflow/stages/${stageUuid}/tasks`;
      if (known) await project.wake("Plain");
      else await project.queue("Plain").notify({ projectHash, stageUuid });
      await project.drain("Plain");
      expect(project.standing("Second")).toEqual(titles(2));
    });
  }

  it("the same notification a hundred times at once starts one drain", async () => {
    const project = await EmulatedProject.create("Plain", titles(2));
    scripts.plain.run = vi.fn(() => "Good");
    const stage = {
      projectHash: project.emulator.projects[0]?.projectHash ?? "",
      stageUuid: project.stageUuid("Plain"),
    };
    await project.fire("Plain");
    await Promise.all(Array.from({ length: 100 }, () => project.queue("Plain").notify(stage)));
    await project.drain("Plain");
    const lists = project.requests.filter((request) => request.endsWith(`${stage.stageUuid}/tasks`));
    expect(scripts.plain.run).toHaveBeenCalledTimes(2);
    // One to find the tasks, one to read them again before they run.
    expect(lists).toHaveLength(2);
  });
});

describe("what an agent asks of its queue", () => {
  it("no more tasks are taken up at one look than it wants, and the rest at the next", async () => {
    const project = await EmulatedProject.create("Picky", titles(8));
    scripts.picky.run = () => "Good";
    await project.wake("Picky");
    await project.fire("Picky");
    expect(project.standing("Complete")).toHaveLength(3);
    await project.wake("Picky");
    await project.fire("Picky");
    expect(project.standing("Complete")).toHaveLength(6);
  });

  it("a stage without a notification is looked at as often as it wants, with pauses that grow while it is idle", async () => {
    const project = await EmulatedProject.create("Picky", []);
    await project.wake("Picky");
    const pauses: number[] = [];
    for (let i = 0; i < 10; i++) {
      const at = await project.alarm("Picky");
      if (at === null) break;
      pauses.push(at - project.now);
      project.now = Math.max(project.now, at);
      await project.fire("Picky");
    }
    expect(pauses, "then it sleeps until cron comes").toEqual([0, 20_000, 40_000]);
  });

  it("what it does before a batch may fail: the tasks wait, and use up no attempt", async () => {
    const project = await EmulatedProject.create("Picky", titles(2));
    scripts.picky.run = () => "Good";
    let calls = 0;
    scripts.picky.beforeRun = ({ stage }) => {
      expect(stage.title).toBe("Picky");
      if (calls++ === 0) throw new Error("the model is not there yet");
    };
    await project.wake("Picky");
    await project.fire("Picky");
    expect(await project.tasks("Picky")).toMatchObject([
      { state: "pending", attempt: 0, detail: "the model is not there yet" },
      { state: "pending", attempt: 0 },
    ]);
    for (let i = 0; i < 3; i++) {
      project.now = (await project.alarm("Picky")) ?? project.now;
      await project.fire("Picky");
    }
    expect(project.standing("Complete")).toHaveLength(2);
  });

  it("what it does before a batch may never end: the tasks wait, and the lane is free again", async () => {
    const project = await EmulatedProject.create("Picky", titles(1));
    scripts.picky.beforeRun = () => new Promise(() => {});
    await project.wake("Picky");
    await project.fire("Picky");
    expect(await project.tasks("Picky")).toMatchObject([
      { state: "pending", attempt: 0, detail: expect.stringContaining('"picky: beforeRun" did not end') },
    ]);
  });

  it("a task that takes its worker down each time ends in failed, alone, and the others go on", async () => {
    const project = await EmulatedProject.create("Plain", titles(6));
    scripts.plain.run = () => "Good";
    const poison = project.emulator.tasks()[2]?.uuid;
    const { runBatch } = TaskExecutor.prototype;
    // As a worker that ran out of memory looks to the queue: the call breaks.
    TaskExecutor.prototype.runBatch = function (this: unknown, order: BatchOrder) {
      if (order.tasks.some((task) => task.uuid === poison)) throw new Error("Worker exceeded memory limit.");
      return runBatch.call(this, order);
    };
    try {
      await project.run("Plain");
    } finally {
      TaskExecutor.prototype.runBatch = runBatch;
    }
    expect(project.standing("Second")).toHaveLength(5);
    expect((await project.tasks("Plain")).find((task) => task.uuid === poison)).toMatchObject({
      state: "failed",
      attempt: 3,
      detail: expect.stringContaining("4 times"),
    });
  });

  it("what stops whole batches is waited for longer each time, and forgotten when one goes through", async () => {
    const project = await EmulatedProject.create("Picky", titles(1));
    let broken = true;
    scripts.picky.beforeRun = () => {
      if (broken) throw new Error("the model is not there yet");
    };
    scripts.picky.run = () => null;
    const fireNext = async () => {
      project.now = Math.max(project.now, (await project.alarm("Picky")) ?? 0);
      await project.fire("Picky");
      return runInDurableObject(
        project.queue("Picky"),
        (_queue, state) => new StageStore(state.storage).restUntil(project.now) - project.now,
      );
    };
    await project.wake("Picky");
    const began = project.now;
    expect(await fireNext()).toBe(1000);
    await fireNext();
    expect(await fireNext(), "as long as it has lasted").toBe(project.now - began);
    expect(project.now - began).toBeGreaterThan(8000);
    broken = false;
    await fireNext();
    broken = true;
    project.now += 60_000;
    await project.wake("Picky");
    expect(await fireNext(), "a new trouble").toBe(1000);
  });

  it("the first batch goes before the whole stage is listed", async () => {
    const project = await EmulatedProject.create("Plain", titles(3));
    scripts.plain.run = vi.fn(() => "Good");
    let rest: object[] = [];
    project.intercept = (request, send) => {
      const { pathname, searchParams } = new URL(request.url);
      if (!pathname.endsWith("/tasks") || searchParams.has("dataHashes")) return null;
      if (searchParams.has("pageToken")) {
        return vi
          .waitFor(() => expect(scripts.plain.run).toHaveBeenCalledTimes(1))
          .then(() => Response.json({ results: rest, nextPageToken: null }));
      }
      return send().then(async (response) => {
        const { results } = await response.json<{ results: object[] }>();
        rest = results.slice(1);
        return Response.json({ results: results.slice(0, 1), nextPageToken: "second" });
      });
    };
    await project.run("Plain");
    expect(await project.counts("Plain")).toMatchObject({ succeeded: 3 });
    expect((await project.queue("Plain").status()).lastPoll?.error).toBeNull();
  });

  it("cron wakes a queue whose alarm was lost", async () => {
    const project = await EmulatedProject.create("Plain", titles(2));
    scripts.plain.run = () => "Good";
    await project.wake("Plain");
    await runInDurableObject(project.queue("Plain"), (_queue, state) => state.storage.deleteAlarm());
    await project.run("Plain", "cron");
    expect(project.standing("Second")).toHaveLength(2);
  });
});
