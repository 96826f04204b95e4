/**
 * Everything at once, by chance: requests to Encord that fail before or after they were carried out, calls between the rooms
 * that are lost on the way there or back, storage that refuses in the middle of a transaction, objects that are evicted,
 * alarms that fire twice, agents that throw, and an operator who is never content. When it is over, every task has left its
 * stage once, and its labels are there once.
 */

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { retryLater } from "encord-edge-agents";
import { afterEach, expect, it, vi } from "vitest";
import { ShardedStage } from "../../src/queue/sharded-stage.ts";
import type { StageDoor, WakeReason } from "../../src/queue/stage-queue.ts";
import { EncordGate, LabelLocks, StageQueue, TaskExecutor } from "../worker.ts";
import { EmulatedProject, settings } from "./emulated-project.ts";
import { addQuality, scripts } from "./scripted-agents.ts";

const SEEDS = 6;
const STEPS = 60;
const STAGES = ["Labels", "Plain", "Second"];
const before = { lease: settings.QUEUE_LEASE_SECONDS, shards: settings.QUEUE_SHARDS };

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0)) each();
  vi.restoreAllMocks();
  const settled = { QUEUE_LEASE_SECONDS: before.lease, QUEUE_SHARDS: before.shards };
  for (const [name, value] of Object.entries(settled)) {
    if (value === undefined) delete settings[name];
    else settings[name] = value;
  }
});

class Chance {
  on = false;
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761) >>> 0;
  }

  /** Whether something happens that does so in one of `in` cases; never when it is over. */
  one(of: number): boolean {
    return this.on && this.below(of) === 0;
  }

  below(most: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * most);
  }

  pick<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T; // It is below the length.
  }
}

type Method = (this: unknown, ...given: unknown[]) => Promise<unknown>;

/** Calls that are lost before they arrive, or whose answer is. */
function loseCalls(chance: Chance, prototype: object, names: readonly string[], of: number): void {
  const methods = prototype as Record<string, Method>;
  for (const name of names) {
    const real = methods[name];
    if (!real) throw new Error(`There is no ${name}.`);
    methods[name] = async function (...given) {
      if (chance.one(of)) throw new Error(`${name} was lost on its way.`);
      const answer = await real.apply(this, given);
      if (chance.one(of)) throw new Error(`The answer of ${name} was lost.`);
      return answer;
    };
    undo.push(() => {
      methods[name] = real;
    });
  }
}

/** Statements on the queue's tables that storage refuses. */
function loseStatements(chance: Chance, sql: SqlStorage, of: number): void {
  const prototype = Object.getPrototypeOf(sql) as { exec: (...given: unknown[]) => unknown };
  const real = prototype.exec;
  prototype.exec = function (...given) {
    const ours = /\b(task|attempt|minute|state_count|stage|lock)\b/.test(String(given[0]));
    if (ours && chance.one(of)) throw new Error("SQLITE_FULL: database or disk is full");
    return real.apply(this, given);
  };
  undo.push(() => {
    prototype.exec = real;
  });
}

/** What agents do, by chance: fail, ask for later, save by themselves. */
function misbehave(chance: Chance): void {
  const stumble = () => {
    if (chance.one(8)) throw new Error("The agent stumbled.");
    if (chance.one(8)) throw retryLater("3 seconds");
  };
  scripts.plain.run = scripts.second.run = () => {
    stumble();
    return "Good";
  };
  scripts.labels.run = async ({ labelRow }) => {
    stumble();
    addQuality(labelRow);
    if (chance.one(3)) await labelRow.save();
    stumble();
    return { pathway: "Good", labelRow, labelRowPriority: 0.5 };
  };
}

/** The objects of a stage, and the door to all of them. */
class Stage {
  readonly title: string;
  readonly objects: readonly ReturnType<EmulatedProject["queue"]>[];
  readonly #project: EmulatedProject;
  readonly #door: ShardedStage;

  constructor(project: EmulatedProject, title: string, shards: number) {
    this.title = title;
    this.#project = project;
    const name = `${project.emulator.projects[0]?.projectHash}/${project.stageUuid(title)}`;
    this.objects = Array.from({ length: shards }, (_, index) =>
      exports.StageQueue.getByName(shards === 1 ? name : `${name}#${index}/${shards}`),
    );
    this.#door = new ShardedStage(this.objects);
  }

  get door(): StageDoor {
    return this.objects.length === 1 ? (this.objects[0] as StageDoor) : this.#door; // There is one.
  }

  async wake(reason: WakeReason): Promise<void> {
    for (const object of this.objects) await this.#project.setClockOf(object);
    const [projectHash = "", stageUuid = ""] = [
      this.#project.emulator.projects[0]?.projectHash,
      this.#project.stageUuid(this.title),
    ];
    await this.door.wake({ projectHash, stageUuid, agentName: this.title.toLowerCase() }, reason);
  }

  async fire(object: Stage["objects"][number]): Promise<void> {
    await this.#project.setClockOf(object);
    await runDurableObjectAlarm(object);
  }

  async drain(): Promise<void> {
    for (const object of this.objects) await this.#project.drainObject(object);
  }
}

async function attack(project: EmulatedProject, stage: Stage, chance: Chance): Promise<void> {
  const queue = stage.door;
  const object = chance.pick(stage.objects);
  const steps: (() => Promise<unknown>)[] = [
    () => stage.wake(chance.pick(["cron", "notification", "handover"])),
    () => stage.fire(object),
    () => stage.fire(object),
    // Twice at the same time, as an alarm that the platform believes lost.
    () =>
      runInDurableObject(object, async (queue) => {
        const { alarm } = queue as { alarm?: () => Promise<void> };
        await Promise.all([alarm?.call(queue), alarm?.call(queue)]);
      }),
    () => evictDurableObject(object),
    () => queue.pause(),
    () => queue.goLive(),
    () => queue.runTasks("all"),
    () => queue.retryTasks("all"),
    () => queue.cancelTasks("all"),
    async () => {
      const { tasks } = await queue.tasks({ limit: 100 });
      const some = tasks.filter(() => chance.below(3) === 0).map((task) => task.uuid);
      await queue.moveTasks(some, project.stageUuid("Second"));
    },
  ];
  // What is lost on its way is lost; the next step comes all the same.
  await chance
    .pick(steps)()
    .catch(() => {});
  project.now += chance.below(20_000);
}

/** Calm: cron goes on, and the operator has everything tried again that has not left its stage. */
async function recover(project: EmulatedProject, stages: readonly Stage[]): Promise<void> {
  for (let round = 0; round < 4; round++) {
    project.now += 2 * 60_000;
    for (const stage of stages) {
      await stage.wake("cron");
      await stage.door.goLive();
      await stage.drain();
      const { tasks } = await stage.door.tasks({ limit: 1000 });
      await stage.door.retryTasks(tasks.flatMap(({ uuid, state }) => (state === "succeeded" ? [] : uuid)));
      await stage.drain();
    }
  }
}

for (let seed = 1; seed <= SEEDS; seed++) {
  it(`no task is lost or doubled by what chance has in store (seed ${seed})`, async () => {
    const shards = 1 + (seed % 2);
    Object.assign(settings, { QUEUE_LEASE_SECONDS: "20", QUEUE_SHARDS: String(shards) });
    const chance = new Chance(seed);
    const bare = { dataType: "IMAGE", fileType: "image/png", width: 8, height: 8 } as const;
    const [labelled, plain] = [
      ["l1", "l2", "l3", "l4", "l5", "l6"],
      ["p1", "p2", "p3", "p4", "p5"],
    ];
    const project = await EmulatedProject.create("Labels", [
      ...labelled,
      ...plain.map((title) => ({ ...bare, title, stage: "Plain" })),
    ]);
    project.intercept = (_request, send) => {
      if (chance.one(12)) return Promise.resolve(new Response("{}", { status: 504 }));
      if (chance.one(12)) return send().then(() => new Response("{}", { status: 504 }));
      if (chance.one(40))
        return Promise.resolve(new Response("{}", { status: 429, headers: { "retry-after": "5" } }));
      return null;
    };
    const stages = STAGES.map((title) => new Stage(project, title, shards));
    misbehave(chance);
    loseCalls(chance, StageQueue.prototype, ["start", "renew", "checkpoint", "wake"], 15);
    loseCalls(chance, LabelLocks.prototype, ["acquire", "release"], 15);
    loseCalls(chance, EncordGate.prototype, ["enter", "leave", "closedFor", "close"], 15);
    loseCalls(chance, TaskExecutor.prototype, ["runBatch"], 12);
    await runInDurableObject(exports.StageQueue.getByName("attack"), (_queue, state) =>
      loseStatements(chance, state.storage.sql, 60),
    );
    const setLockClock = (now: () => number) =>
      runInDurableObject(
        exports.LabelLocks.getByName(project.emulator.projects[0]?.projectHash ?? ""),
        (locks) => void Object.assign(locks, { now }),
      );
    await setLockClock(() => project.now);
    chance.on = true;
    for (let step = 0; step < STEPS; step++) await attack(project, chance.pick(stages), chance);
    chance.on = false;
    await recover(project, stages);
    await setLockClock(Date.now);

    expect(project.standing("Complete"), JSON.stringify(project.emulator.stages())).toEqual([
      ...labelled,
      ...plain,
    ]);
    const moves = Map.groupBy(project.emulator.moves(), ({ taskUuid, from }) => `${taskUuid} ${from}`);
    expect([...moves.values()].filter((each) => each.length !== 1)).toEqual([]);
    const byHand = new Set(
      project.emulator.moves().flatMap((each) => (each.how === "move" ? each.taskUuid : [])),
    );
    for (const title of labelled) {
      const uuid = project.emulator.tasks().find((task) => project.titleOf(task) === title)?.uuid ?? "";
      const saved = project.savedClassifications(title).length;
      // What the operator moved may have left before its agent had saved anything.
      expect(byHand.has(uuid) ? Math.max(saved, 1) : saved, title).toBe(1);
    }
    for (const { door, title } of stages) {
      const { pending, dispatched, running, failed } = (await door.status()).counts;
      expect({ pending, dispatched, running, failed }, title).toEqual({
        pending: 0,
        dispatched: 0,
        running: 0,
        failed: 0,
      });
    }
  });
}
