import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { ListedTask } from "../../src/queue/stage-intake.ts";
import { type RetryPolicy, StageStore } from "../../src/queue/stage-store.ts";
import type { TaskReport } from "../../src/queue/task-state.ts";

const POLICY: RetryPolicy = { maxAttempts: 3, random: () => 0.5 };
const LEASE_MS = 60_000;
const CHECKPOINT = { pathwayUuid: "p", pathwayName: "Good", destinationUuid: "d" };

let stores = 0;

/** Runs `use` on a fresh store in a Durable Object's own SQLite. */
async function withStore(use: (store: StageStore) => void | Promise<void>): Promise<void> {
  const stub = exports.StageQueue.getByName(`stage-store-test-${++stores}`);
  await runInDurableObject(stub, (_queue, state) => use(new StageStore(state.storage)));
}

function listed(count: number, updatedAt = "2026-01-01T00:00:00Z"): ListedTask[] {
  return Array.from({ length: count }, (_, i) => {
    const uuid = `task-${String(i).padStart(5, "0")}`;
    return { uuid, dataHash: `data-${i}`, dataTitle: `Title ${i}`, updatedAt };
  });
}

let tokens = 0;
const newToken = () => `lease-${++tokens}`;

function moved(task: { uuid: string; token: string }): TaskReport {
  return { uuid: task.uuid, token: task.token, outcome: "moved", pathwayName: "Good", pathwayUuid: "p" };
}

it("listing the same tasks again adds nothing, and the counts follow every step", () =>
  withStore((store) => {
    expect(store.intake.takeIn(listed(5), 0, 0)).toBe(5);
    expect(store.intake.takeIn(listed(5), 0, 0)).toBe(0);
    expect(store.counts.read()).toMatchObject({ pending: 5, dispatched: 0 });
    const batch = store.claim(3, 1000, LEASE_MS, newToken);
    expect(batch.map((task) => task.attempt)).toEqual([1, 1, 1]);
    expect(store.counts.read()).toMatchObject({ pending: 2, dispatched: 3, running: 0 });
    store.start(batch.map((task) => task.token));
    expect(store.counts.read()).toMatchObject({ pending: 2, dispatched: 0, running: 3 });
    expect(store.settle(batch.map(moved), 2000, POLICY)).toBe(3);
    expect(store.counts.read()).toMatchObject({ pending: 2, running: 0, succeeded: 3 });
  }));

it("a worker that lost its lease changes nothing", () =>
  withStore((store) => {
    store.intake.takeIn(listed(1), 0, 0);
    const [first] = store.claim(1, 0, LEASE_MS, newToken);
    if (!first) throw new Error("nothing was claimed");
    store.reap(LEASE_MS, POLICY);
    const [second] = store.claim(1, LEASE_MS + 10_000, LEASE_MS, newToken);
    if (!second) throw new Error("nothing was claimed again");
    expect(second.uuid).toBe(first.uuid);

    expect(store.start([first.token])).toEqual([]);
    expect(store.renew([first.token], 1e15)).toEqual([]);
    expect(store.checkpoint([{ token: first.token, checkpoint: CHECKPOINT }])).toEqual([]);
    expect(store.settle([moved(first)], LEASE_MS, POLICY)).toBe(0);
    expect(store.counts.read()).toMatchObject({ dispatched: 1, succeeded: 0 });

    expect(store.start([second.token])).toEqual([second.token]);
    expect(store.checkpoint([{ token: second.token, checkpoint: CHECKPOINT }])).toEqual([second.token]);
    expect(store.settle([moved(second)], LEASE_MS, POLICY)).toBe(1);
    expect(store.settle([moved(second)], LEASE_MS, POLICY)).toBe(0);
  }));

it("a failed task waits and is tried again, until its attempts are used up", () =>
  withStore((store) => {
    store.intake.takeIn(listed(1), 0, 0);
    let now = 0;
    for (let attempt = 1; attempt <= 3; attempt++) {
      const [task] = store.claim(1, now, LEASE_MS, newToken);
      expect(task?.attempt).toBe(attempt);
      if (!task) return;
      store.settle([{ ...task, outcome: "failed", error: "no luck", retryable: true }], now, POLICY);
      expect(store.claim(1, now, LEASE_MS, newToken)).toEqual([]);
      now = store.nextDue() ?? now;
    }
    expect(store.counts.read()).toMatchObject({ pending: 0, failed: 1 });
    expect(store.rows.page({ limit: 10 }).tasks[0]).toMatchObject({
      state: "failed",
      attempt: 3,
      detail: "no luck",
    });
    expect(store.nextDue()).toBeNull();
  }));

it("an error that is final is not tried again, and a timeout ends as timed out", () =>
  withStore((store) => {
    store.intake.takeIn(listed(2), 0, 0);
    const [first, second] = store.claim(2, 0, LEASE_MS, newToken);
    if (!first || !second) throw new Error("nothing was claimed");
    store.settle(
      [
        { ...first, outcome: "failed", error: "not an image", retryable: false },
        { ...second, outcome: "timedOut", error: "too slow", retryable: false },
      ],
      0,
      POLICY,
    );
    expect(store.counts.read()).toMatchObject({ pending: 0, failed: 1, timedOut: 1 });
  }));

it("a postponed task uses up no attempt", () =>
  withStore((store) => {
    store.intake.takeIn(listed(1), 0, 0);
    let now = 0;
    for (let i = 0; i < 10; i++) {
      const [task] = store.claim(1, now, LEASE_MS, newToken);
      expect(task?.attempt).toBe(1);
      if (!task) return;
      store.settle(
        [{ ...task, outcome: "postponed", error: "Encord is down", retryAfterMs: 30_000 }],
        now,
        POLICY,
      );
      expect(store.nextDue()).toBe(now + 30_500);
      now += 30_500;
    }
    expect(store.counts.read()).toMatchObject({ pending: 1, failed: 0 });
  }));

it("a task that is postponed for ever, or for no time at all, takes no neighbour along and comes back", () =>
  withStore((store) => {
    for (const retryAfterMs of [Number.POSITIVE_INFINITY, 1e27, Number.NaN, -1]) {
      store.intake.takeIn(
        listed(2).map((task) => ({ ...task, uuid: `${task.uuid}-${retryAfterMs}` })),
        0,
        0,
      );
      const [late, neighbour] = store.claim(2, 0, LEASE_MS, newToken);
      if (!late || !neighbour) throw new Error("nothing was claimed");
      const postponed = { outcome: "postponed", error: "Later.", retryAfterMs } as const;
      expect(
        store.settle([{ uuid: late.uuid, token: late.token, ...postponed }, moved(neighbour)], 1, POLICY),
      ).toBe(2);
      const { due = 0 } = store.rows.one(late.uuid) ?? {};
      expect(due).toBeGreaterThan(1);
      expect(due).toBeLessThanOrEqual(366 * 24 * 3_600_000);
    }
  }));

it("a checkpoint outlives the worker that wrote it", () =>
  withStore((store) => {
    store.intake.takeIn(listed(1), 0, 0);
    const [task] = store.claim(1, 0, LEASE_MS, newToken);
    if (!task) throw new Error("nothing was claimed");
    store.checkpoint([{ token: task.token, checkpoint: CHECKPOINT }]);
    store.reap(LEASE_MS, POLICY);
    const [again] = store.claim(1, LEASE_MS * 2, LEASE_MS, newToken);
    expect(again).toMatchObject({ uuid: task.uuid, attempt: 2, checkpoint: CHECKPOINT });
  }));

it("a task whose worker was lost runs alone from then on, and ends in failed after its attempts", () =>
  withStore((store) => {
    store.intake.takeIn(listed(4), 0, 0);
    let now = 0;
    const batch = store.claim(4, now, LEASE_MS, newToken);
    expect(batch).toHaveLength(4);
    const poison = batch[0];
    if (!poison) return;
    now += LEASE_MS;
    expect(store.reap(now, POLICY)).toBe(4);
    for (let attempts = 0; attempts < 20 && store.counts.read().pending > 0; attempts++) {
      now = Math.max(now, store.nextDue() ?? now);
      const alone = store.claim(4, now, LEASE_MS, newToken);
      expect(alone).toHaveLength(1);
      const [task] = alone;
      if (!task) return;
      if (task.uuid === poison.uuid) {
        store.expire([task.token], now);
        store.reap(now, POLICY);
      } else {
        store.settle([moved(task)], now, POLICY);
      }
    }
    expect(store.counts.read()).toMatchObject({ pending: 0, succeeded: 3, failed: 1 });
    const [failed] = store.rows.page({ state: "failed", limit: 10 }).tasks;
    expect(failed).toMatchObject({
      uuid: poison.uuid,
      attempt: 3,
      detail: expect.stringContaining("4 times"),
    });
  }));

it("who shared a lost worker with a poison task has all attempts left, also when there is but one", () =>
  withStore((store) => {
    const once = { ...POLICY, maxAttempts: 1 };
    store.intake.takeIn(listed(3), 0, 0);
    store.claim(3, 0, LEASE_MS, newToken);
    store.reap(LEASE_MS, once);
    expect(store.rows.page({ limit: 3 }).tasks).toMatchObject(
      Array.from({ length: 3 }, () => ({ state: "pending", attempt: 0 })),
    );
    const [alone] = store.claim(3, 2 * LEASE_MS, LEASE_MS, newToken);
    expect(alone, "it may have saved labels before its worker was lost").toMatchObject({
      mayHaveSaved: true,
    });
    store.reap(3 * LEASE_MS, once);
    expect(store.counts.read()).toMatchObject({ pending: 2, failed: 1 });
  }));

it("renewing keeps a lease that is still held", () =>
  withStore((store) => {
    store.intake.takeIn(listed(1), 0, 0);
    const [task] = store.claim(1, 0, LEASE_MS, newToken);
    if (!task) return;
    expect(store.renew([task.token, "lease-0:unknown"], 2 * LEASE_MS)).toEqual([task.token]);
    expect(store.reap(LEASE_MS, POLICY)).toBe(0);
    expect(store.reap(2 * LEASE_MS, POLICY)).toBe(1);
  }));

it("a task that moved away and is listed again much later has come back: a new visit", () =>
  withStore((store) => {
    store.intake.takeIn(listed(1), 0, 0);
    const [task] = store.claim(1, 1000, LEASE_MS, newToken);
    if (!task) return;
    store.settle([moved(task)], 2000, POLICY);
    expect(store.intake.takeIn(listed(1), 1500, 1500), "the list was asked for before it moved").toBe(0);
    expect(store.intake.takeIn(listed(1), 20_000, 20_000), "a list may lag behind").toBe(0);
    expect(store.intake.takeIn(listed(1), 100_000, 100_000)).toBe(1);
    expect(store.claim(1, 100_000, LEASE_MS, newToken)[0]).toMatchObject({
      visit: 2,
      attempt: 1,
      checkpoint: null,
    });
  }));

it("a task that its agent left in the stage runs again when the queue is woken from outside, as a new visit", () =>
  withStore((store) => {
    store.intake.takeIn(listed(1), 0, 0);
    const [task] = store.claim(1, 1000, LEASE_MS, newToken);
    if (!task) return;
    store.settle([{ uuid: task.uuid, token: task.token, outcome: "stayed" }], 2000, POLICY);
    expect(store.intake.takeIn(listed(1), 3000, 0)).toBe(0);
    expect(store.intake.takeIn(listed(1), 3000, 3000)).toBe(1);
    expect(store.claim(1, 3000, LEASE_MS, newToken)[0]).toMatchObject({ visit: 2, attempt: 1 });
  }));

it("a failed task stays failed while it only stays where it is, and runs again after it came back", () =>
  withStore((store) => {
    store.intake.takeIn(listed(1), 0, 0);
    const [task] = store.claim(1, 1000, LEASE_MS, newToken);
    if (!task) return;
    store.settle([{ ...task, outcome: "failed", error: "no", retryable: false }], 2000, POLICY);
    expect(store.intake.takeIn(listed(1), 1e6, 1e6)).toBe(0);
    const savedByItself = listed(1, new Date(1900).toISOString());
    expect(store.intake.takeIn(savedByItself, 1e6, 1e6), "what its agent changed is no return").toBe(0);
    expect(store.intake.takeIn(listed(1, "2026-02-02T00:00:00Z"), 1e6, 1e6)).toBe(1);
  }));

it("a pending task that a complete list no longer holds is superseded", () =>
  withStore((store) => {
    store.intake.takeIn(listed(3), 0, 0);
    store.claim(1, 0, LEASE_MS, newToken);
    expect(store.intake.supersede(["task-00000", "task-00002"], 1000)).toBe(1);
    expect(store.counts.read()).toMatchObject({ pending: 1, dispatched: 1, canceled: 1 });
    expect(store.rows.page({ state: "canceled", limit: 10 }).tasks[0]?.detail).toMatch(/^Superseded/);
  }));

it("ten thousand tasks go through in batches, each once", () =>
  withStore((store) => {
    expect(store.intake.takeIn(listed(10_000), 0, 0)).toBe(10_000);
    const seen = new Set<string>();
    for (
      let batch = store.claim(300, 1, LEASE_MS, newToken);
      batch.length > 0;
      batch = store.claim(300, 1, LEASE_MS, newToken)
    ) {
      for (const task of batch) seen.add(task.uuid);
      store.start(batch.map((task) => task.token));
      store.settle(batch.map(moved), 2, POLICY);
    }
    expect(seen.size).toBe(10_000);
    expect(store.counts.read()).toMatchObject({ pending: 0, succeeded: 10_000 });
  }));

it("a task that was tried is not superseded because a list leaves it out: its labels would be doubled when it is back", () =>
  withStore((store) => {
    store.intake.takeIn(listed(3), 0, 0);
    const [tried, waited] = store.claim(2, 0, LEASE_MS, newToken);
    if (!tried || !waited) throw new Error("nothing was claimed");
    const effort = {
      fetchMs: 1,
      runMs: 1,
      saveMs: null,
      moveMs: null,
      fetchedBytes: 0,
      decodedFrames: 0,
      requests: 1,
    };
    const later = { outcome: "postponed", error: "later" } as const;
    store.settle(
      [
        { ...tried, ...later, effort },
        { ...waited, ...later },
      ],
      0,
      POLICY,
    );
    expect(store.intake.supersede(store.intake.pendingUuids(), 1), "those whose agent has not run").toBe(2);
    expect(store.rows.one(tried.uuid)).toMatchObject({ state: "pending", visit: 1 });
  }));
