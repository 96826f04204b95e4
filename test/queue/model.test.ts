/**
 * Random sequences of everything that can happen to a queue, against a small model of its rules. A failure names its seed.
 */

import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { expect, it } from "vitest";
import { StageControls } from "../../src/queue/stage-controls.ts";
import { StageStore } from "../../src/queue/stage-store.ts";
import type { Effort, LeasedTask, Outcome, TaskState } from "../../src/queue/task-state.ts";
import { type ModelTask, QueueModel } from "./queue-model.ts";

const RUNS = 60;
const STEPS = 120;
const LEASE_MS = 10_000;
const MAX_ATTEMPTS = 3;
const CHECKPOINT = { pathwayUuid: "p", pathwayName: "Good", destinationUuid: "d" };

const EFFORT: Effort = {
  fetchMs: 1,
  runMs: 1,
  saveMs: null,
  moveMs: null,
  fetchedBytes: 0,
  decodedFrames: 0,
  requests: 1,
};

const OUTCOMES: readonly (Outcome & { readonly effort?: Effort })[] = [
  { outcome: "moved", pathwayName: "Good", pathwayUuid: "p" },
  { outcome: "stayed" },
  { outcome: "stayed", reason: "skipped" },
  { outcome: "superseded" },
  { outcome: "postponed", error: "Encord is down" },
  { outcome: "postponed", error: "wait", retryAfterMs: 5000 },
  { outcome: "postponed", error: "later", effort: EFFORT },
  { outcome: "failed", error: "no", retryable: true },
  { outcome: "failed", error: "no", retryable: false },
  { outcome: "timedOut", error: "slow", retryable: true },
];

/** Numerical Recipes' linear congruential generator; the high bits are good enough to choose with. */
function generator(seed: number): (below: number) => number {
  let state = (seed * 2654435761) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

class Run {
  readonly #storage: DurableObjectStorage;
  readonly #below: (limit: number) => number;
  readonly #model = new QueueModel(MAX_ATTEMPTS);
  readonly #policy = { maxAttempts: MAX_ATTEMPTS, random: () => 0.5 };
  /** Leases that were ever given out, also those that are long lost. */
  readonly #leases: LeasedTask[] = [];
  #store: StageStore;
  #controls: StageControls;
  #now = 1_000_000;
  #tokens = 0;

  constructor(storage: DurableObjectStorage, seed: number) {
    this.#storage = storage;
    this.#below = generator(seed);
    this.#store = new StageStore(storage);
    this.#controls = new StageControls(storage, this.#store.counts, this.#store.history);
  }

  step(): string {
    const steps = [
      this.#list,
      this.#list,
      this.#claim,
      this.#claim,
      this.#claim,
      this.#start,
      this.#checkpoint,
      this.#settle,
      this.#settle,
      this.#settle,
      this.#reap,
      this.#renew,
      this.#pause,
      this.#operate,
      this.#restart,
      this.#wait,
      this.#wait,
    ];
    const step = steps[this.#below(steps.length)] ?? this.#wait;
    step.call(this);
    this.#compare();
    return step.name;
  }

  #list() {
    const uuids = Array.from({ length: 12 }, (_, i) => `task-${i}`).filter(() => this.#below(3) > 0);
    const listed = uuids.map((uuid) => {
      const updatedAt = new Date(this.#now - this.#below(3) * 20_000).toISOString();
      return { uuid, dataHash: uuid, dataTitle: uuid, updatedAt };
    });
    const stayedBefore = this.#below(2) === 0 ? this.#now - this.#below(20_000) : 0;
    expect(this.#store.intake.takeIn(listed, this.#now, stayedBefore)).toBe(
      this.#model.takeIn(listed, this.#now, stayedBefore),
    );
    if (this.#below(4) > 0) return;
    const gone = [...this.#model.tasks].filter(
      ([uuid, task]) => task.state === "pending" && !this.#model.mayHaveRun(task) && !uuids.includes(uuid),
    );
    const missing = this.#store.intake.pendingUuids().filter((uuid) => !uuids.includes(uuid));
    expect(this.#store.intake.supersede(missing, this.#now)).toBe(gone.length);
    for (const [, task] of gone) Object.assign(task, { state: "canceled", finishedAt: this.#now });
  }

  #claim() {
    const most = 1 + this.#below(5);
    const eligible = new Map(this.#model.eligible(this.#now));
    const claimed = this.#store.claim(most, this.#now, LEASE_MS, () => `lease-${this.#tokens++}`);
    const tasks = claimed.map(({ uuid }) => eligible.get(uuid));
    expect(tasks).not.toContain(undefined);
    expect(claimed.length === 0).toBe(eligible.size === 0);
    const alone = tasks.some((task) => (task?.lost ?? 0) > 0);
    if (alone) expect(claimed).toHaveLength(1);
    else expect(claimed.length).toBeLessThanOrEqual(most);
    this.#model.claimed(claimed, this.#now, LEASE_MS);
    this.#leases.push(...claimed);
  }

  #start() {
    const tokens = this.#someTokens();
    const held = tokens.filter((token) => this.#model.holder(token));
    expect(this.#store.start(tokens).toSorted()).toEqual(held.toSorted());
    for (const token of held) Object.assign(this.#model.holder(token) ?? {}, { state: "running" });
  }

  #checkpoint() {
    const tokens = this.#someTokens();
    const held = tokens.filter((token) => this.#model.holder(token));
    const stored = this.#store.checkpoint(tokens.map((token) => ({ token, checkpoint: CHECKPOINT })));
    expect(stored.toSorted()).toEqual(held.toSorted());
    for (const token of held) Object.assign(this.#model.holder(token) ?? {}, { checkpoint: CHECKPOINT });
  }

  /** Also late reports, of leases that are long lost. */
  #settle() {
    const lease = this.#leases[this.#below(this.#leases.length)];
    const outcome = OUTCOMES[this.#below(OUTCOMES.length)];
    if (!lease || !outcome) return;
    const task = this.#model.holder(lease.token);
    const counted = this.#store.settle(
      [{ uuid: lease.uuid, token: lease.token, ...outcome }],
      this.#now,
      this.#policy,
    );
    expect(counted).toBe(task ? 1 : 0);
    if (task)
      this.#model.settle(task, outcome, this.#now, this.#dueOf(lease.uuid), outcome.effort !== undefined);
  }

  #reap() {
    const expired = this.#model.expired(this.#now);
    expect(this.#store.reap(this.#now, this.#policy)).toBe(expired.length);
    const batchOf = (task: ModelTask) => task.token?.split(":")[0];
    const batches = Map.groupBy(expired, batchOf);
    for (const task of expired) {
      const inCompany = (batches.get(batchOf(task))?.length ?? 0) > 1;
      const [uuid] = [...this.#model.tasks].find(([, each]) => each === task) ?? [""];
      task.lost += 1;
      const lost = { outcome: inCompany ? "postponed" : "failed", error: "lost", retryable: true } as const;
      this.#model.settle(task, lost, this.#now, this.#dueOf(uuid));
    }
  }

  #renew() {
    const tokens = this.#someTokens();
    const held = tokens.filter((token) => this.#model.holder(token));
    expect(this.#store.renew(tokens, this.#now + LEASE_MS).toSorted()).toEqual(held.toSorted());
    for (const token of held)
      Object.assign(this.#model.holder(token) ?? {}, { leaseUntil: this.#now + LEASE_MS });
  }

  #pause() {
    this.#model.paused = this.#below(3) === 0;
    this.#store.write("paused", this.#model.paused);
  }

  #operate() {
    const uuids = [...this.#model.tasks.keys()].filter(() => this.#below(3) === 0);
    const chosen = uuids.map((uuid) => this.#model.tasks.get(uuid)).filter((task) => task !== undefined);
    const inStates = (...states: TaskState[]) => chosen.filter((task) => states.includes(task.state));
    const control = this.#below(3);
    if (control === 0) {
      const tasks = inStates("pending");
      expect(this.#controls.run(uuids, this.#now).changed).toBe(tasks.length);
      for (const task of tasks) Object.assign(task, { forced: true, due: Math.min(task.due, this.#now) });
    } else if (control === 1) {
      const tasks = inStates("failed", "timedOut", "canceled");
      expect(this.#controls.retry(uuids, this.#now).changed).toBe(tasks.length);
      for (const task of tasks) {
        const again = {
          state: "pending",
          granted: task.attempt,
          lost: 0,
          due: this.#now,
          forced: true,
          stayed: "no",
        };
        Object.assign(task, again);
      }
    } else {
      const tasks = inStates("pending", "dispatched", "running");
      expect(this.#controls.cancel(uuids, this.#now, "by hand").changed).toBe(tasks.length);
      for (const task of tasks) {
        Object.assign(task, {
          state: "canceled",
          token: null,
          stayed: "untilItComesBack",
          finishedAt: this.#now,
        });
      }
    }
  }

  /** The object is lost and made anew on its storage. */
  #restart() {
    this.#store = new StageStore(this.#storage);
    this.#controls = new StageControls(this.#storage, this.#store.counts, this.#store.history);
  }

  #wait() {
    this.#now += this.#below(40_000);
  }

  #someTokens(): string[] {
    return this.#leases.filter(() => this.#below(4) === 0).map((lease) => lease.token);
  }

  /** Jitter is the store's own; where it put the task is not the model's business, that it waits is. */
  #dueOf(uuid: string): number {
    return this.#store.rows.one(uuid)?.due ?? 0;
  }

  #compare(): void {
    const rows = this.#store.rows.page({ limit: 1000 }).tasks;
    const stored = Object.fromEntries(
      rows.map(({ uuid, state, visit, attempt }) => [uuid, { state, visit, attempt }]),
    );
    const expected = Object.fromEntries(
      [...this.#model.tasks].map(([uuid, { state, visit, attempt }]) => [uuid, { state, visit, attempt }]),
    );
    expect(stored).toEqual(expected);
    const counts = this.#store.counts.read();
    for (const state of Object.keys(counts) as TaskState[]) {
      expect(counts[state], state).toBe(rows.filter((row) => row.state === state).length);
    }
    const due = this.#model.eligible(Number.POSITIVE_INFINITY).map(([, task]) => task.due);
    const leases = [...this.#model.tasks.values()]
      .filter((task) => task.token !== null)
      .map((task) => task.leaseUntil);
    const next = Math.min(...due, ...leases);
    expect(this.#store.nextDue(), "whatever waits has a time at which the queue wakes").toBe(
      next === Number.POSITIVE_INFINITY ? null : next,
    );
  }
}

it(`${RUNS} random histories of ${STEPS} steps end as the rules say`, async () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const stub = exports.StageQueue.getByName(`model-test-${seed}`);
    await runInDurableObject(stub, (_queue, state) => {
      const run = new Run(state.storage, seed);
      const history: string[] = [];
      try {
        for (let step = 0; step < STEPS; step++) history.push(run.step());
      } catch (error) {
        throw new Error(`Seed ${seed} after ${history.join(" ")}`, { cause: error });
      }
    });
  }
});
