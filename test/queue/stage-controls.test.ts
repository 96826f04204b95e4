import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { expect, it } from "vitest";
import { StageControls } from "../../src/queue/stage-controls.ts";
import type { ListedTask } from "../../src/queue/stage-intake.ts";
import type { TaskPage } from "../../src/queue/stage-rows.ts";
import { type RetryPolicy, StageStore } from "../../src/queue/stage-store.ts";
import type { Effort, LeasedTask, TaskReport } from "../../src/queue/task-state.ts";

const POLICY: RetryPolicy = { maxAttempts: 2, random: () => 0.5 };
const LEASE_MS = 60_000;
const NO_EFFORT: Effort = {
  fetchMs: null,
  runMs: null,
  saveMs: null,
  moveMs: null,
  fetchedBytes: 0,
  decodedFrames: 0,
  requests: 0,
};

let stores = 0;

async function withQueue(
  use: (store: StageStore, controls: StageControls, sql: SqlStorage) => void,
): Promise<void> {
  const stub = exports.StageQueue.getByName(`stage-controls-test-${++stores}`);
  await runInDurableObject(stub, (_queue, state) => {
    const store = new StageStore(state.storage);
    use(store, new StageControls(state.storage, store.counts, store.history), state.storage.sql);
  });
}

function listed(count: number): ListedTask[] {
  return Array.from({ length: count }, (_, i) => {
    return {
      uuid: `task-${i}`,
      dataHash: `data-${i}`,
      dataTitle: `Title ${i}`,
      updatedAt: "2026-01-01T00:00:00Z",
    };
  });
}

let tokens = 0;
const claim = (store: StageStore, most: number, now: number): LeasedTask[] =>
  store.claim(most, now, LEASE_MS, () => `lease-${++tokens}`);

const failure = { outcome: "failed", error: "no luck", retryable: false } as const;
const report = (task: LeasedTask | undefined, outcome: object): TaskReport => {
  if (!task) throw new Error("nothing was claimed");
  return { uuid: task.uuid, token: task.token, ...outcome } as TaskReport;
};

it("paused means paused: nothing is given out, and what runs may end", () =>
  withQueue((store) => {
    store.intake.takeIn(listed(2), 0, 0);
    const [running] = claim(store, 1, 0);
    store.write("paused", true);
    expect(claim(store, 10, 1e12)).toEqual([]);
    expect(store.nextDue(), "only the lease wakes the queue").toBe(LEASE_MS);
    expect(store.settle([report(running, { outcome: "stayed" })], 1, POLICY)).toBe(1);
    expect(store.nextDue()).toBeNull();
    store.write("paused", false);
    expect(claim(store, 10, 1)).toHaveLength(1);
  }));

it("one pending task can be run while the stage is paused", () =>
  withQueue((store, controls) => {
    store.intake.takeIn(listed(3), 0, 0);
    store.write("paused", true);
    expect(controls.run(["task-1", "task-unknown"], 5)).toEqual({ changed: 1, skipped: 1 });
    expect(store.nextDue()).toBe(0);
    expect(claim(store, 10, 5).map((task) => task.uuid)).toEqual(["task-1"]);
    expect(claim(store, 10, 5)).toEqual([]);
  }));

it("what the operator asks for is run before everything else", () =>
  withQueue((store, controls) => {
    store.intake.takeIn(listed(100), 0, 0);
    controls.run(["task-77", "task-99"], 5);
    expect(
      claim(store, 10, 5)
        .map((task) => task.uuid)
        .toSorted(),
    ).toEqual(["task-77", "task-99"]);
    expect(claim(store, 10, 5)).toHaveLength(10);
  }));

it("what could not be moved by hand is as it was before", () =>
  withQueue((store, controls) => {
    store.intake.takeIn(listed(2), 0, 0);
    const [skipped, stayed] = claim(store, 2, 0);
    store.settle(
      [report(skipped, { outcome: "stayed", reason: "no" }), report(stayed, { outcome: "stayed" })],
      0,
      POLICY,
    );
    controls.letGo(controls.holdBack(["task-0", "task-1"], 1), 1);
    expect(store.counts.read()).toMatchObject({ succeeded: 2, canceled: 0 });
    expect(
      store.intake.takeIn(listed(2), 1e9, 1e9),
      "only the one that was left, not the one that was skipped",
    ).toBe(1);
  }));

it("a control reaches all tasks of a stage part by part, however many there are", () =>
  withQueue((store, controls) => {
    // Their names together are longer than any text that SQLite takes here.
    const many = listed(30_000).map((task) => ({ ...task, uuid: task.uuid.padEnd(700, "-") }));
    for (let start = 0; start < many.length; start += 1000)
      store.intake.takeIn(many.slice(start, start + 1000), 0, 0);
    for (let part = 0; part < 3; part++)
      expect(controls.cancel("all", 1, "enough")).toEqual({ changed: 10_000, skipped: 0 });
    expect(controls.cancel("all", 1, "enough")).toEqual({ changed: 0, skipped: 0 });
    expect(store.counts.read()).toMatchObject({ pending: 0, canceled: many.length });
  }));

it("all of very many tasks are run, cancelled and retried, in one call to the queue", async () => {
  const stub = exports.StageQueue.getByName(`stage-controls-test-${++stores}`);
  await runInDurableObject(stub, (_queue, state) => {
    state.storage.sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 44999)
       INSERT INTO task SELECT printf('task-%05d', i), 'd', 'title', '', iif(i < 41000, 'failed', 'timedOut'),
         1, 0, 1, 0, 0, 0, 0, NULL, NULL, NULL, NULL, 0, 'no luck', 1 FROM n`,
    );
    const counts = new StageStore(state.storage).counts;
    counts.shift(null, "failed", 41_000);
    counts.shift(null, "timedOut", 4000);
  });
  expect(await stub.retryTasks("all")).toEqual({ changed: 45_000, skipped: 0 });
  expect((await stub.status()).counts).toMatchObject({ pending: 45_000, failed: 0, timedOut: 0 });
  expect(await stub.runTasks("all"), "they are asked for already").toEqual({ changed: 0, skipped: 0 });
  expect(await stub.cancelTasks("all")).toEqual({ changed: 45_000, skipped: 0 });
  expect((await stub.status()).counts).toMatchObject({ pending: 0, canceled: 45_000 });
});

it("running a task that waits for its retry does not wait any longer", () =>
  withQueue((store, controls) => {
    store.intake.takeIn(listed(1), 0, 0);
    const [task] = claim(store, 1, 0);
    store.settle([report(task, { outcome: "postponed", error: "wait", retryAfterMs: 3_600_000 })], 0, POLICY);
    expect(claim(store, 1, 1000)).toEqual([]);
    controls.run("all", 1000);
    expect(claim(store, 1, 1000)).toHaveLength(1);
  }));

it("failed and timed-out tasks can be retried: one, selected, or all, with all their attempts again", () =>
  withQueue((store, controls) => {
    store.intake.takeIn(listed(4), 0, 0);
    const [a, b, c, d] = claim(store, 4, 0);
    store.settle(
      [
        report(a, failure),
        report(b, { ...failure, outcome: "timedOut" }),
        report(c, failure),
        report(d, { outcome: "moved", pathwayName: "Good" }),
      ],
      1,
      POLICY,
    );
    expect(controls.retry([a?.uuid ?? "", d?.uuid ?? ""], 2)).toEqual({ changed: 1, skipped: 1 });
    expect(controls.retry("all", 2)).toEqual({ changed: 2, skipped: 0 });
    expect(store.counts.read()).toMatchObject({ pending: 3, failed: 0, timedOut: 0, succeeded: 1 });
    const [again] = claim(store, 1, 2);
    expect(again).toMatchObject({ visit: 1, attempt: 2 });
    store.settle([report(again, { ...failure, retryable: true })], 2, POLICY);
    expect(store.rows.one(again?.uuid ?? "")?.state, "its second attempt of two is still to come").toBe(
      "pending",
    );
  }));

it("a cancelled task is not run, and a worker that has it changes nothing any more", () =>
  withQueue((store, controls) => {
    store.intake.takeIn(listed(3), 0, 0);
    const [running] = claim(store, 1, 0);
    store.start([running?.token ?? ""]);
    expect(controls.cancel("all", 5, "Canceled by the operator.")).toEqual({ changed: 3, skipped: 0 });
    expect(store.renew([running?.token ?? ""], 1e12)).toEqual([]);
    expect(store.settle([report(running, { outcome: "moved", pathwayName: "Good" })], 6, POLICY)).toBe(0);
    expect(store.counts.read()).toMatchObject({ pending: 0, dispatched: 0, running: 0, canceled: 3 });
    expect(store.intake.takeIn(listed(3), 1e9, 1e9), "it stays cancelled while it stays where it is").toBe(0);
  }));

it("tasks that are being worked on are not held back for moving, and what could not be moved is let go", () =>
  withQueue((store, controls) => {
    store.intake.takeIn(listed(4), 0, 0);
    const [failed] = claim(store, 1, 0);
    store.settle([report(failed, failure)], 1, POLICY);
    const [running] = claim(store, 1, 1);
    const uuids = listed(4).map((task) => task.uuid);
    const held = controls.holdBack(uuids, 2);
    expect(held).toHaveLength(3);
    expect(held.map((task) => task.uuid)).not.toContain(running?.uuid);
    expect(claim(store, 10, 10)).toEqual([]);
    const before = { pending: 2, failed: 1, dispatched: 1, canceled: 0 };
    expect(store.counts.read(), "rows stay as they are until Encord has moved them").toMatchObject(before);
    controls.letGo(held, 2);
    expect(store.counts.read()).toMatchObject(before);
    expect(store.rows.one(failed?.uuid ?? "")).toMatchObject({ state: "failed", detail: "no luck" });
    expect(store.nextDue()).toBe(0);
    controls.moved(held, 3, "Moved.");
    expect(store.counts.read()).toMatchObject({ pending: 0, failed: 0, dispatched: 1, canceled: 3 });
    expect(store.rows.one(failed?.uuid ?? "")).toMatchObject({ detail: "Moved.", finishedAt: 3 });
  }));

it("a task that a worker had while a move took very long waits for what came of that, not for when it was to run before", () =>
  withQueue((store, controls) => {
    store.intake.takeIn(listed(1), 0, 0);
    const held = controls.holdBack(["task-0"], 1);
    const [task] = claim(store, 1, 1e6);
    store.settle([report(task, { outcome: "postponed", error: "later", retryAfterMs: 1e7 })], 1e6, POLICY);
    const due = store.nextDue();
    expect(due).toBeGreaterThanOrEqual(1.1e7);
    controls.letGo(held, 1);
    expect(store.nextDue()).toBe(due);
  }));

it("every attempt is kept, with what it cost", () =>
  withQueue((store) => {
    store.intake.takeIn(listed(1), 0, 0);
    const [first] = claim(store, 1, 1000);
    const effort: Effort = { ...NO_EFFORT, fetchMs: 7, runMs: 40, fetchedBytes: 1234, requests: 0.5 };
    const log = {
      lines: [{ at: 1500, level: "info", event: "seen", fields: { cats: 2 } }],
      dropped: 3,
    } as const;
    store.settle([{ ...report(first, { ...failure, retryable: true }), effort, log }], 2000, POLICY);
    const [second] = claim(store, 1, 1e6);
    store.reap(1e6 + LEASE_MS, POLICY);
    expect(store.history.attempts(first?.uuid ?? "")).toEqual([
      {
        visit: 1,
        attempt: 1,
        claimedAt: 1000,
        endedAt: 2000,
        outcome: "failed",
        detail: "no luck",
        waitedMs: 1000,
        effort,
        log,
      },
      expect.objectContaining({
        attempt: second?.attempt,
        claimedAt: 1e6,
        endedAt: 1e6 + LEASE_MS,
        detail: expect.stringContaining("worker was lost"),
        effort: null,
        log: null,
      }),
    ]);
  }));

it("an attempt that the operator cancels is kept too, once", () =>
  withQueue((store, controls) => {
    store.intake.takeIn(listed(3), 0, 0);
    const [first, second] = claim(store, 2, 1000);
    store.start([first?.token ?? ""]);
    expect(controls.cancel([first?.uuid ?? ""], 3000, "by hand").changed).toBe(1);
    store.settle([report(first, { outcome: "moved", pathwayName: "Good" })], 4000, POLICY);
    controls.cancel("all", 5000, "enough");
    const ended = { outcome: "canceled", claimedAt: 1000, waitedMs: 1000, effort: null };
    expect(store.history.attempts(first?.uuid ?? "")).toEqual([
      expect.objectContaining({ ...ended, endedAt: 3000, detail: "by hand" }),
    ]);
    expect(store.history.attempts(second?.uuid ?? "")).toEqual([
      expect.objectContaining({ ...ended, endedAt: 5000, detail: "enough" }),
    ]);
    expect(store.history.attempts("task-2"), "it was only waiting").toEqual([]);
  }));

it("a task that is named twice is changed and counted once, however far apart", () =>
  withQueue((store, controls) => {
    store.intake.takeIn(listed(2), 0, 0);
    const often = Array.from({ length: 20_001 }, () => "task-0");
    expect(controls.cancel([...often, "unknown"], 1, "by hand")).toEqual({ changed: 1, skipped: 1 });
    expect(store.counts.read()).toMatchObject({ pending: 1, canceled: 1 });
  }));

it("where a task was to go is forgotten once another hand has moved it: a retry is not taken for that move", () =>
  withQueue((store, controls) => {
    store.intake.takeIn(listed(3), 0, 0);
    const [superseded, left, moved] = claim(store, 3, 0);
    const checkpoint = { pathwayUuid: "p", pathwayName: "Good", destinationUuid: "d" };
    store.checkpoint([superseded, left, moved].map((task) => ({ token: task?.token ?? "", checkpoint })));
    store.settle(
      [report(superseded, { outcome: "superseded" }), report(left, failure), report(moved, failure)],
      1,
      POLICY,
    );
    store.intake.left([left?.uuid ?? ""]);
    controls.moved(controls.holdBack([moved?.uuid ?? ""], 2), 2, "by hand");
    expect(store.counts.read()).toMatchObject({ canceled: 3 });
    controls.retry(
      listed(3).map(({ uuid }) => uuid),
      3,
    );
    expect(claim(store, 3, 3).map((task) => task.checkpoint)).toEqual([null, null, null]);
  }));

it("reports of any length are written down, however many come at once", () =>
  withQueue((store) => {
    store.intake.takeIn(listed(300), 0, 0);
    const line = { at: 1, level: "info", event: "said", fields: { text: "\u4e00".repeat(7900) } } as const;
    const reports = claim(store, 300, 0).map((task) => ({
      ...report(task, { ...failure, error: "\u4e00".repeat(2000) }),
      log: { lines: [line], dropped: 0 },
    }));
    expect(store.settle(reports, 1, POLICY)).toBe(300);
    expect(store.history.attempts("task-299")[0]?.log?.lines).toEqual([line]);
    expect(store.counts.read()).toMatchObject({ failed: 300 });
  }));

it("figures are kept per minute for a day: what ended, and how long runs took", () =>
  withQueue((store) => {
    store.intake.takeIn(listed(20), 0, 0);
    const ends = claim(store, 20, 0).map((task, i): TaskReport => {
      const effort = { ...NO_EFFORT, runMs: i < 18 ? 100 : 10_000 };
      return { ...report(task, i < 15 ? { outcome: "moved", pathwayName: "Good" } : failure), effort };
    });
    store.settle(ends.slice(0, 10), 60_000, POLICY);
    store.settle(ends.slice(10), 119_999, POLICY);
    const [minute, ...others] = store.history.minutes(0);
    expect(others).toEqual([]);
    expect(minute).toMatchObject({ minute: 60_000, succeeded: 15, failed: 5 });
    expect(minute?.medianMs).toBeGreaterThanOrEqual(100);
    expect(minute?.medianMs).toBeLessThan(150);
    expect(minute?.p95Ms).toBeGreaterThanOrEqual(10_000);
  }));

it("what is long finished is forgotten bit by bit, but not what failed or stays in the stage", () =>
  withQueue((store) => {
    store.intake.takeIn(listed(3), 0, 0);
    const [moved, failed, stayed] = claim(store, 3, 0);
    store.settle(
      [
        report(moved, { outcome: "moved", pathwayName: "Good" }),
        report(failed, failure),
        report(stayed, { outcome: "stayed" }),
      ],
      0,
      POLICY,
    );
    store.history.sweep(1000);
    expect(store.rows.page({ limit: 10 }).tasks).toHaveLength(3);
    store.history.sweep(31 * 24 * 3_600_000);
    expect(store.rows.page({ limit: 10 }).tasks.map((task) => task.uuid)).toEqual([
      failed?.uuid,
      stayed?.uuid,
    ]);
    expect(store.counts.read()).toMatchObject({ succeeded: 1, failed: 1 });
    expect(store.history.attempts(moved?.uuid ?? "")).toEqual([]);
  }));

it("a stage that never rests forgets what is old as fast as new attempts come", () =>
  withQueue((store) => {
    const round = 1000;
    const ended = (i: number) => {
      const now = i * 60_000;
      store.intake.takeIn(
        listed(round).map((task) => ({ ...task, uuid: `${task.uuid}-${i}` })),
        now,
        0,
      );
      store.settle(
        claim(store, round, now).map((task) => report(task, { outcome: "moved", pathwayName: "Good" })),
        now,
        POLICY,
      );
      store.history.keepUp(now);
    };
    for (let i = 0; i < 4; i++) ended(i);
    // A month later, a stage as busy as before.
    for (let i = 0; i < 4; i++) ended(50_000 + i);
    expect(store.counts.read().succeeded).toBe(4 * round);
    // Very many: they are remembered for minutes only.
    store.counts.shift(null, "succeeded", 2_000_000);
    for (let i = 0; i < 4; i++) ended(50_010 + i);
    expect(store.counts.read().succeeded - 2_000_000).toBe(4 * round);
  }));

it("of a task that runs again and again, the newest attempts are kept", () =>
  withQueue((store) => {
    for (let run = 1; run <= 80; run++) {
      store.intake.takeIn(listed(1), run * 100, run * 100);
      store.settle([report(claim(store, 1, run * 100)[0], { outcome: "stayed" })], run * 100 + 1, POLICY);
    }
    store.history.sweep(8100);
    const attempts = store.history.attempts("task-0");
    expect(attempts).toHaveLength(50);
    expect(attempts.at(-1)).toMatchObject({ visit: 80 });
  }));

it("tasks of a state are listed in the order of their UUIDs, page by page, however they are found", () =>
  withQueue((store) => {
    store.intake.takeIn(listed(9), 0, 0);
    store.settle(
      claim(store, 6, 0).map((task) => report(task, failure)),
      1,
      POLICY,
    );
    store.start(claim(store, 1, 2).map((task) => task.token));
    const page = (state: "failed" | "running" | "pending", after = "") =>
      store.rows.page({ state, after, limit: 4 }).tasks.map((task) => task.uuid);
    const first = page("failed");
    const all = [...first, ...page("failed", first.at(-1))];
    expect(all).toHaveLength(6);
    expect(all).toEqual(all.toSorted());
    expect(page("running")).toHaveLength(1);
    expect(page("pending")).toHaveLength(2);
  }));

it("a page looks at a bounded number of rows, however many there are, and says where to go on", () =>
  withQueue((store, _controls, sql) => {
    sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 49999)
       INSERT INTO task SELECT printf('task-%05d', i), 'd', iif(i = 45000, 'The Needle', 'hay'), '', iif(i = 48000, 'canceled', 'succeeded'),
         1, 0, 1, 0, 0, 0, 0, NULL, NULL, NULL, NULL, 0, NULL, 1 FROM n`,
    );
    store.counts.shift(null, "succeeded", 49_999);
    store.counts.shift(null, "canceled", 1);
    expect(store.rows.page({ state: "canceled", limit: 10 })).toMatchObject({
      tasks: [{ uuid: "task-48000" }],
      after: null,
    });
    const pages: string[][] = [];
    let after: string | null = "";
    while (after !== null) {
      const page: TaskPage = store.rows.page({ search: "needle", after, limit: 10 });
      pages.push(page.tasks.map(({ uuid }) => uuid));
      after = page.after;
    }
    expect(pages).toEqual([[], [], ["task-45000"]]);
    expect(store.rows.page({ limit: 10 }).after).toBe("task-00009");
    expect(store.rows.page({ limit: 10, after: "task-49989" }).after).toBeNull();
  }));

it("a page has at least one row and at most a thousand, whatever is asked for", () =>
  withQueue((store) => {
    store.intake.takeIn(listed(1001), 0, 0);
    const rows = [0, -5, Number.NaN, 2.5, 1e9].map((limit) => store.rows.page({ limit }).tasks.length);
    expect(rows).toEqual([1, 1, 1, 2, 1000]);
  }));

it("a title of any length or kind is taken in, and its beginning kept", () =>
  withQueue((store) => {
    const titles = [
      "\ud800\u0000 odd",
      "x".repeat(3_000_000),
      ...Array.from({ length: 98 }, () => "\u4e00".repeat(30_000)),
    ];
    store.intake.takeIn(
      listed(100).map((task, i) => ({ ...task, dataTitle: titles[i] ?? "" })),
      0,
      0,
    );
    expect(store.counts.read()).toMatchObject({ pending: 100 });
    expect(store.rows.one("task-0")?.dataTitle).toMatch(/ odd$/);
    expect(store.rows.one("task-1")?.dataTitle).toBe("x".repeat(1000));
  }));

it("a title is found by its own letters, also those that SQLite knows no small form of", () =>
  withQueue((store) => {
    const titles = ["Ärzte 1.PNG", "Ärzte 2.png", "other.png"];
    store.intake.takeIn(
      listed(3).map((task, i) => ({ ...task, dataTitle: titles[i] ?? "" })),
      0,
      0,
    );
    const found = (search: string) =>
      store.rows.page({ search, limit: 10 }).tasks.map((task) => task.dataTitle);
    expect(found("Ärzte")).toEqual(titles.slice(0, 2));
    expect(found("1.pNg")).toEqual(titles.slice(0, 1));
  }));

it("what failed or stayed, and has left the stage, is forgotten in time like what moved on", () =>
  withQueue((store) => {
    store.intake.takeIn(listed(4), 0, 0);
    const [failed, stayed, skipped, present] = claim(store, 4, 0);
    store.settle(
      [
        report(failed, failure),
        report(stayed, { outcome: "stayed" }),
        report(skipped, { outcome: "stayed", reason: "no" }),
        report(present, failure),
      ],
      0,
      POLICY,
    );
    expect([...store.intake.kept(1, 3), ...store.intake.kept(1, 3)].map(([uuid]) => uuid).toSorted()).toEqual(
      listed(4).map(({ uuid }) => uuid),
    );
    expect(store.intake.kept(0, 10).size, "what has just ended may be missing in a list").toBe(0);
    store.intake.left([failed, stayed, skipped].map((task) => task?.uuid ?? ""));
    expect(store.rows.one(failed?.uuid ?? "")).toMatchObject({
      state: "canceled",
      detail: expect.stringMatching(/^Superseded.* had failed: no luck$/),
    });
    expect(store.counts.read()).toMatchObject({ failed: 1, canceled: 1, succeeded: 2 });
    store.history.sweep(31 * 24 * 3_600_000);
    expect(store.rows.page({ limit: 10 }).tasks.map(({ uuid }) => uuid)).toEqual([present?.uuid]);
    expect(store.counts.read()).toMatchObject({ failed: 1, canceled: 0, succeeded: 0 });
  }));

it("no more new tasks are taken up than asked for", () =>
  withQueue((store) => {
    expect(store.intake.takeIn(listed(10), 0, 0, 4)).toBe(4);
    expect(store.intake.takeIn(listed(10), 0, 0, 4)).toBe(4);
    expect(store.intake.takeIn(listed(10), 0, 0, 4)).toBe(2);
  }));
