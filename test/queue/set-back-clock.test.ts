/** A clock that was ahead by hours and is set back: nothing waits until it is that late again. */

import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { retryLater } from "encord-edge-agents";
import { afterEach, expect, it, vi } from "vitest";
import { StageControls } from "../../src/queue/stage-controls.ts";
import { StageStore } from "../../src/queue/stage-store.ts";
import type { LeasedTask, TaskReport } from "../../src/queue/task-state.ts";
import { EmulatedProject } from "./emulated-project.ts";
import { scripts } from "./scripted-agents.ts";

afterEach(() => vi.restoreAllMocks());

const HOUR = 3_600_000;
const AHEAD = 5 * HOUR;
const LEASE_MS = 60_000;
const POLICY = { maxAttempts: 2, random: () => 1 };
const failed = { outcome: "failed", error: "no luck", retryable: false } as const;
const [FIRST, UPDATED] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];

let stores = 0;
async function withStore(use: (store: StageStore, controls: StageControls) => void): Promise<void> {
  const stub = exports.StageQueue.getByName(`set-back-clock-test-${++stores}`);
  await runInDurableObject(stub, (_queue, state) => {
    const store = new StageStore(state.storage);
    use(store, new StageControls(state.storage, store.counts, store.history));
  });
}

const listed = (count: number, updatedAt = FIRST) =>
  Array.from({ length: count }, (_, i) => ({
    uuid: `task-${i}`,
    dataHash: `d${i}`,
    dataTitle: "",
    updatedAt,
  }));

let tokens = 0;
const claim = (store: StageStore, now: number, most = 1): LeasedTask[] =>
  store.claim(most, now, LEASE_MS, () => `lease-${++tokens}`);
const reports = (tasks: readonly LeasedTask[], outcome: object) =>
  tasks.map(({ uuid, token }) => ({ uuid, token, ...outcome }) as TaskReport);

it("a task that was listed, put off or asked for while the clock was ahead is due as long after as it was meant to", () =>
  withStore((store, controls) => {
    store.intake.takeIn(listed(4), AHEAD, 0);
    const [postponed, retried, early] = claim(store, AHEAD, 3);
    if (!postponed || !retried || !early) throw new Error("nothing was claimed");
    const later = { outcome: "postponed", error: "wait", retryAfterMs: HOUR };
    store.settle([...reports([postponed], later), ...reports([retried], failed)], AHEAD, POLICY);
    controls.retry([retried.uuid], AHEAD);
    store.settle(reports([early], { outcome: "postponed", error: "wait", retryAfterMs: 1000 }), 0, POLICY);
    const due = () => store.rows.page({ limit: 9 }).tasks.map((task) => task.due);
    expect(Math.min(...due().slice(0, 2), due()[3] ?? 0)).toBeGreaterThanOrEqual(AHEAD);
    const earlyDue = due()[2];
    expect(store.mendTimes(10_000, LEASE_MS)).toBe(3);
    expect(due()).toEqual([10_000 + HOUR + 1000, 10_000, earlyDue, 10_000]);
    expect(store.mendTimes(20_000, LEASE_MS), "what is right stays").toBe(0);
  }));

it("a task that an agent asked for in some hours waits for so long, whenever its neighbours ended", () =>
  withStore((store) => {
    store.intake.takeIn(listed(2), 0, 0);
    const [asked, neighbour] = claim(store, 0, 2);
    if (!asked || !neighbour) throw new Error("nothing was claimed");
    const later = { outcome: "postponed", error: "later", retryAfterMs: 8 * HOUR };
    store.settle(reports([asked], later), 0, POLICY);
    store.settle(reports([neighbour], failed), AHEAD, POLICY);
    expect(store.mendTimes(1000, LEASE_MS)).toBe(0);
    expect(claim(store, 7 * HOUR)).toEqual([]);
  }));

it("a worker that was lost while the clock was ahead is missed after a lease's time", () =>
  withStore((store) => {
    store.intake.takeIn(listed(1), 0, 0);
    claim(store, AHEAD);
    expect(store.mendTimes(0, LEASE_MS)).toBe(1);
    expect(store.reap(LEASE_MS - 1, POLICY)).toBe(0);
    expect(store.reap(LEASE_MS, POLICY)).toBe(1);
  }));

it("what ended while the clock was ahead is retried with all, and taken in when it comes back", () =>
  withStore((store, controls) => {
    store.intake.takeIn(listed(3), AHEAD, 0);
    const [moved, stayed, last] = claim(store, AHEAD, 3);
    if (!moved || !stayed || !last) throw new Error("nothing was claimed");
    const move = { outcome: "moved", pathwayName: "Good", pathwayUuid: "p" };
    store.settle(reports([moved], move), AHEAD, POLICY);
    store.settle(reports([stayed], { outcome: "stayed" }), AHEAD, POLICY);
    store.settle(reports([last], failed), AHEAD, POLICY);
    expect(controls.retry("all", 1000)).toEqual({ changed: 1, skipped: 0 });
    expect(store.intake.takeIn(listed(3, UPDATED), 120_000, 120_000)).toBe(2);
    for (const most of [1, 2]) store.settle(reports(claim(store, AHEAD, most), failed), AHEAD, POLICY);
    expect(store.counts.read().failed).toBe(3);
    const changed = listed(3, new Date(60_000).toISOString());
    expect(store.intake.takeIn(changed, 120_000, 120_000), "which is told by Encord's time").toBe(3);
  }));

it("all of those that had failed are retried, and none that fails meanwhile twice", () =>
  withStore((store, controls) => {
    store.intake.takeIn(listed(3), 0, 0);
    for (const [i, task] of claim(store, 0, 3).entries()) store.settle(reports([task], failed), i, POLICY);
    expect(controls.retry("all", 10, 2)).toEqual({ changed: 2, skipped: 0 });
    expect(store.rows.page({ state: "failed", limit: 9 }).tasks.map(({ uuid }) => uuid)).toEqual(["task-2"]);
    expect(controls.retry("all", 10, 0)).toEqual({ changed: 0, skipped: 0 });
  }));

it("no lock outlives a clock that was ahead", async () => {
  const locks = exports.LabelLocks.getByName("set-back-clock-test");
  const setClock = (now: number) =>
    runInDurableObject(locks, (object) => Object.assign(object, { now: () => now }));
  await setClock(AHEAD);
  await locks.acquire("lost", ["a"], 900_000);
  await setClock(0);
  expect(await locks.acquire("next", ["a"], 900_000)).toEqual(["a"]);
  expect(await locks.acquire("third", ["a"], 900_000)).toEqual([]);
});

it("cron brings a stage back to the time of day", async () => {
  const project = await EmulatedProject.create("Plain", ["a", "b"]);
  let ahead = true;
  scripts.plain.run = () => {
    if (ahead) throw retryLater("10 minutes");
    return "Good";
  };
  await project.wake("Plain");
  await project.fire("Plain");
  ahead = false;
  project.now -= AHEAD;
  const now = project.now;
  await project.run("Plain");
  expect(project.standing("Second")).toEqual(["a", "b"]);
  expect(project.now - now).toBeLessThan(11 * 60_000);
});
