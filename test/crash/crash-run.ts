/**
 * Kills the Worker (`kill -9`, with all its processes) again and again while it drains a project: at named points, at random moments, and
 * while an operator moves tasks by hand. Starts it again with its state, and checks at the end what Encord has: no task lost, none moved
 * twice, no label there twice.
 */

import { rm } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { SeedWithMedia } from "../../scripts/demo-seed.ts";
import { LocalStack } from "../../scripts/local-stack.ts";
import { totals, untilTasksDone } from "../../scripts/task-progress.ts";

/** The points in a batch at which the Worker is killed, right after it has logged them. */
const POINTS = ["claimed", "running", "fetched", "labels_saved", "checkpointed", "moved", "settled"] as const;
/** All points; `moved by hand`: an operator has just asked to move some tasks of the first stage. */
const KILL_POINTS = [...POINTS, "moved by hand", "any moment"] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

export interface CrashReport {
  readonly seed: number;
  readonly kills: Readonly<Record<KillPoint, number>>;
  readonly tasks: number;
  /** What went wrong, a line each; empty if nothing did. */
  readonly faults: readonly string[];
}

export interface CrashOptions {
  readonly kills: number;
  /** Decides when the Worker is killed. */
  readonly seed: number;
  readonly onProgress?: (line: string) => void;
}

const TASKS_PER_ROUND = 60;
/** Kills per project, before a fresh one starts, so that every phase of a drain is hit. */
const KILLS_PER_ROUND = 8;
const LATENCY_MS = 40;
/** How long to wait for a named point before killing anyway. */
const PATIENCE_MS = 4000;

export async function crashRun(options: CrashOptions): Promise<CrashReport> {
  const random = mulberry32(options.seed);
  const kills = Object.fromEntries(KILL_POINTS.map((point) => [point, 0])) as Record<KillPoint, number>;
  const faults: string[] = [];
  let tasks = 0;
  for (let done = 0; done < options.kills; ) {
    const most = Math.min(KILLS_PER_ROUND, options.kills - done);
    const round = await crashRound(most, random, kills);
    done += round.kills;
    tasks += TASKS_PER_ROUND;
    faults.push(...round.faults);
    options.onProgress?.(`${done} of ${options.kills} kills, ${tasks} tasks, ${faults.length} faults`);
  }
  return { seed: options.seed, kills, tasks, faults };
}

async function crashRound(
  most: number,
  random: () => number,
  tally: Record<KillPoint, number>,
): Promise<{ kills: number; faults: string[] }> {
  const steps = new StepWatcher();
  const stack = await LocalStack.start({
    config: fileURLToPath(new URL("../crash-worker/wrangler.jsonc", import.meta.url)),
    seed: projectSeed(),
    settings: { QUEUE_LEASE_SECONDS: "2", LOG_LEVEL: "debug" },
    onWorkerLine: (line) => steps.read(line),
  });
  try {
    await stack.emulator.addFault({
      endpoint: "*",
      faults: { type: "latency", ms: LATENCY_MS },
      times: 1_000_000,
    });
    await stack.cron();
    let kills = 0;
    while (kills < most) {
      const point = pick(random);
      const reached = await Promise.race([
        reach(point, stack, steps, random),
        wait(PATIENCE_MS).then((): KillPoint => "any moment"),
      ]);
      await stack.killWorker();
      kills += 1;
      tally[reached] += 1;
      await stack.restartWorker();
      // Nothing wakes the queue: its alarms have survived. Once nothing is left to do, there is nothing left to kill.
      if (await isDone(stack)) break;
    }
    await untilTasksDone(stack, 120_000);
    return { kills, faults: await faultsOf(stack) };
  } finally {
    await stack.stop();
    // Files that wrangler would have removed itself if it had not been killed.
    await rm(new URL("../crash-worker/.wrangler/tmp/", import.meta.url), { recursive: true, force: true });
  }
}

/** Resolves at the moment to kill. */
async function reach(
  point: KillPoint,
  stack: LocalStack,
  steps: StepWatcher,
  random: () => number,
): Promise<KillPoint> {
  if (point === "any moment") {
    await wait(100 + random() * 2000);
  } else if (point === "moved by hand") {
    // Those that failed or were lost before as well: their labels may be saved.
    await wait(random() * 1000);
    if (!(await beginToMove(stack, random))) return "any moment";
    // The tasks are read, listed and moved, each a request to Encord.
    await wait(random() * 5 * LATENCY_MS);
  } else {
    await steps.next(point);
  }
  return point;
}

/** An operator moves some tasks that wait for the first stage's agent to the second stage. @returns whether any waits */
async function beginToMove(stack: LocalStack, random: () => number): Promise<boolean> {
  const stage = `${stack.workerUrl}/api/stages/${PROJECT}/${STAGES.first}`;
  const response = await fetch(`${stage}/tasks?state=pending&limit=1000`);
  const { tasks } = (await response.json()) as { tasks: { uuid: string }[] };
  const some = tasks.filter(() => random() < 0.1).map((task) => task.uuid);
  if (some.length === 0) return false;
  const body = JSON.stringify({ tasks: some, destinationStageUuid: STAGES.second });
  // The Worker is killed before it can answer.
  fetch(`${stage}/move`, { method: "POST", body, headers: { "content-type": "application/json" } })
    .then((answer) => answer.body?.cancel())
    .catch(() => {});
  return true;
}

async function isDone(stack: LocalStack): Promise<boolean> {
  const { waiting, running } = totals(await stack.stages());
  const counts = await stack.emulator.taskCounts();
  return waiting + running === 0 && (counts[STAGES.first] ?? 0) + (counts[STAGES.second] ?? 0) === 0;
}

async function faultsOf(stack: LocalStack): Promise<string[]> {
  const faults: string[] = [];
  const moves = await stack.emulator.moves();
  const byHand = new Set(moves.filter(({ how }) => how === "move").map((move) => move.dataHash));
  for (const { stage, counts } of await stack.stages()) {
    const atLeast = stage.uuid === STAGES.first ? TASKS_PER_ROUND - byHand.size : TASKS_PER_ROUND;
    const ended = counts.succeeded + counts.canceled;
    if (counts.succeeded < atLeast || ended !== TASKS_PER_ROUND)
      faults.push(`${stage.title}: ${JSON.stringify(counts)}`);
  }
  const departures = Map.groupBy(moves, (move) => `task ${move.taskUuid} left ${move.from}`);
  for (const [key, { length: times }] of departures) if (times !== 1) faults.push(`${key} ${times} times`);
  const { tasks } = await stack.emulator.tasks();
  if (tasks.length !== TASKS_PER_ROUND) faults.push(`${tasks.length} tasks are left in the project`);
  for (const { dataHash, stageUuid } of tasks) {
    if (stageUuid !== STAGES.complete) faults.push(`the task of ${dataHash} ended in ${stageUuid}`);
    const labels = await stack.emulator.labels(dataHash);
    const boxes = Object.keys(labels.object_answers as object).length;
    const cars = boxesOf("crObjCar", labels);
    const people = boxesOf("crObjPer", labels);
    // What was moved by hand may have left the first stage before its agent ran.
    const isRight =
      boxes === cars + people && people === 1 && (cars === 1 || (cars === 0 && byHand.has(dataHash)));
    if (!isRight) faults.push(`${dataHash} has ${cars} cars and ${people} people, ${boxes} objects`);
  }
  return faults;
}

function boxesOf(featureHash: string, labels: object): number {
  return JSON.stringify(labels).split(`"featureHash":"${featureHash}"`).length - 1;
}

/** Waits for steps in the Worker's log. */
class StepWatcher {
  readonly #waiting = new Map<string, (() => void)[]>();

  read(line: string): void {
    const step = /"event":"batch_step".*"step":"(\w+)"/.exec(line)?.[1];
    if (step === undefined) return;
    for (const resolve of this.#waiting.get(step)?.splice(0) ?? []) resolve();
  }

  next(step: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(step, [...(this.#waiting.get(step) ?? []), resolve]);
    });
  }
}

function pick(random: () => number): KillPoint {
  const chance = random();
  if (chance < 0.2) return "any moment";
  if (chance < 0.4) return "moved by hand";
  return POINTS[Math.floor(random() * POINTS.length)] ?? "any moment";
}

/** A random generator with 32 bits of state; public domain. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const PROJECT = "c4a50000-0000-4000-8000-000000000001";
const STAGES = {
  first: "57a6e000-0000-4000-8000-0000000000a1",
  second: "57a6e000-0000-4000-8000-0000000000a2",
  complete: "57a6e000-0000-4000-8000-0000000000a3",
};

function projectSeed(): SeedWithMedia {
  const object = (id: string, name: string, featureNodeHash: string) => {
    return {
      id,
      name,
      color: "#D33115",
      shape: "bounding_box",
      featureNodeHash,
      required: false,
      archived: false,
    };
  };
  return {
    media: {},
    seed: {
      projects: [
        {
          projectHash: PROJECT,
          title: "Crash test",
          ontology: { objects: [object("1", "Car", "crObjCar"), object("2", "Person", "crObjPer")] },
          stages: [
            {
              uuid: STAGES.first,
              title: "First",
              stageType: "AGENT",
              pathways: [{ title: "on", to: "Second" }],
            },
            {
              uuid: STAGES.second,
              title: "Second",
              stageType: "AGENT",
              pathways: [{ title: "on", to: "Complete" }],
            },
            { uuid: STAGES.complete, title: "Complete", stageType: "DONE" },
          ],
          data: Array.from({ length: TASKS_PER_ROUND }, (_, i) => ({
            title: `unit-${i}`,
            dataType: "IMAGE",
            fileType: "image/png",
            width: 8,
            height: 8,
            stage: "First",
          })),
        },
      ],
    },
  };
}
