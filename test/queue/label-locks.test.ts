import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { waitForRow } from "../../src/agent/row-locks.ts";
import { LockHolder } from "../../src/queue/label-locks.ts";
import { EmulatedProject } from "./emulated-project.ts";
import { scripts } from "./scripted-agents.ts";

afterEach(() => vi.restoreAllMocks());

let names = 0;
const newLocks = () => exports.LabelLocks.getByName(`label-locks-test-${++names}`);

describe("one writer per label row", () => {
  it("who comes second does not get the row, until the first gives it back", async () => {
    const locks = newLocks();
    expect(await locks.acquire("first", ["a", "b"], 1000)).toEqual(["a", "b"]);
    expect(await locks.acquire("second", ["b", "c"], 1000)).toEqual(["c"]);
    expect(await locks.acquire("first", ["a", "b"], 1000), "asking again prolongs").toEqual(["a", "b"]);
    await locks.release("first");
    expect(await locks.acquire("second", ["a", "b"], 1000)).toEqual(["a", "b"]);
  });

  it("no lock outlives its holder's time", async () => {
    const locks = newLocks();
    await runInDurableObject(locks, (object) => Object.assign(object, { now: () => 0 }));
    await locks.acquire("lost", ["a"], 1000);
    await runInDurableObject(locks, (object) => Object.assign(object, { now: () => 999 }));
    expect(await locks.acquire("next", ["a"], 1000)).toEqual([]);
    await runInDurableObject(locks, (object) => Object.assign(object, { now: () => 1000 }));
    expect(await locks.acquire("next", ["a"], 1000)).toEqual(["a"]);
  });

  it("a holder that lives keeps its rows for longer than they were asked for", async () => {
    const locks = newLocks();
    const clock = { now: 0 };
    await runInDurableObject(locks, (object) => Object.assign(object, { now: () => clock.now }));
    const holder = new LockHolder(locks, 1000);
    await holder.acquire(["a"]);
    clock.now = 900;
    await holder.prolong();
    clock.now = 1800;
    expect(await locks.acquire("next", ["a"], 1000)).toEqual([]);
    await holder.release();
    expect(await locks.acquire("next", ["a"], 1000)).toEqual(["a"]);
  });

  it("a call of the editor waits for the row, and gives up when its time is up", async () => {
    const locks = newLocks();
    await locks.acquire("batch", ["a"], 60_000);
    const late = AbortSignal.timeout(400);
    await expect(waitForRow(new LockHolder(locks, 60_000), "a", late)).rejects.toThrow();
    const waiting = waitForRow(new LockHolder(locks, 60_000), "a", new AbortController().signal);
    await locks.release("batch");
    await waiting;
  });

  it("a lock that is granted after its holder's time was up is given back", async () => {
    const locks = newLocks();
    const holder = new LockHolder(locks, 60_000);
    const asking = holder.acquire(["a"]);
    await holder.release();
    expect(await asking).toEqual([]);
    expect(await locks.acquire("next", ["a"], 1000)).toEqual(["a"]);
  });

  it("a lock whose answer was lost is given back all the same", async () => {
    const locks = newLocks();
    const lossy = {
      acquire: async (...given: Parameters<typeof locks.acquire>) => {
        await locks.acquire(...given);
        throw new Error("The answer was lost.");
      },
      release: (holder: string) => locks.release(holder),
    };
    const holder = new LockHolder(lossy, 60_000);
    await expect(holder.acquire(["a"])).rejects.toThrow("lost");
    await holder.release();
    expect(await locks.acquire("next", ["a"], 1000)).toEqual(["a"]);
  });

  it("a task whose label row another agent has waits without using up an attempt", async () => {
    const project = await EmulatedProject.create("Labels", ["busy", "free"]);
    const busy = project.emulator.tasks().find((task) => project.titleOf(task) === "busy");
    const locks = exports.LabelLocks.getByName(project.emulator.projects[0]?.projectHash ?? "");
    await locks.acquire("editor", [`${busy?.dataHash}/main`], 600_000);
    scripts.labels.run = ({ labelRow }) => ({ pathway: "Good", labelRow });
    await project.wake("Labels");
    await project.fire("Labels");
    expect(project.standing("Complete")).toEqual(["free"]);
    expect((await project.tasks("Labels")).find((task) => task.dataTitle === "busy")).toMatchObject({
      state: "pending",
      attempt: 0,
      detail: expect.stringContaining("Another agent is working on the labels"),
    });
    await locks.release("editor");
    await project.drain("Labels");
    expect(project.standing("Complete")).toEqual(["busy", "free"]);
    expect(
      await locks.acquire("anybody", [`${busy?.dataHash}/main`], 1),
      "the batch gave it back",
    ).toHaveLength(1);
  });

  it("two tasks of one label row, should there ever be, are not worked on at the same time", async () => {
    const project = await EmulatedProject.create("Labels", ["one"]);
    // Claimed after the other, whose UUID is lower; Encord does not know it.
    const twin = "ffffffff-ffff-4fff-bfff-ffffffffffff";
    project.intercept = (request, send) => {
      if (!new URL(request.url).pathname.endsWith("/tasks")) return null;
      return send().then(async (response) => {
        const page = await response.json<{ results: object[] }>();
        const [first] = page.results;
        return Response.json({ ...page, results: first ? [first, { ...first, uuid: twin }] : [] });
      });
    };
    scripts.labels.run = vi.fn(() => "Good");
    await project.wake("Labels");
    await project.fire("Labels");
    expect(scripts.labels.run).toHaveBeenCalledTimes(1);
    const states = (await project.tasks("Labels")).map(({ state, attempt }) => `${state} ${attempt}`);
    expect(states.toSorted()).toEqual(["pending 0", "succeeded 1"]);
  });
});
