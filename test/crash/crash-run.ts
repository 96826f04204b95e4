/**
 * Kills the Worker (`kill -9`, with all its processes) again and again while it works off a project, at named points and at
 * random moments, starts it again on its state, and checks at the end what Encord holds: no task lost, none moved twice, no
 * label doubled.
 */

import { rm } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { SeedWithMedia } from "../../scripts/demo-seed.ts";
import { LocalStack } from "../../scripts/local-stack.ts";
import { totals, untilWorkedOff } from "../../scripts/work-off.ts";

/** Where in the life of a batch the Worker is killed: right after it has said so in its log. */
const POINTS = ["claimed", "running", "fetched", "labels_saved", "checkpointed", "moved", "settled"] as const;
export type KillPoint = (typeof POINTS)[number] | "any moment";

export interface CrashReport {
  readonly seed: number;
  readonly kills: Readonly<Record<KillPoint, number>>;
  readonly tasks: number;
  /** What is wrong, one line each; empty when all is well. */
  readonly faults: readonly string[];
}

export interface CrashOptions {
  readonly kills: number;
  /** Decides where and when. */
  readonly seed: number;
  readonly onProgress?: (line: string) => void;
}

const TASKS_PER_ROUND = 60;
/** Kills per project; then a fresh one, so that every phase of a drain is hit. */
const KILLS_PER_ROUND = 8;
const LATENCY_MS = 40;
/** How long a named point may take to come by; then the kill comes all the same. */
const PATIENCE_MS = 4000;

export async function crashRun(options: CrashOptions): Promise<CrashReport> {
  const random = mulberry32(options.seed);
  const kills = Object.fromEntries([...POINTS, "any moment"].map((point) => [point, 0])) as Record<
    KillPoint,
    number
  >;
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
        point === "any moment"
          ? wait(100 + random() * 2000).then(() => point)
          : steps.next(point).then(() => point),
        wait(PATIENCE_MS).then((): KillPoint => "any moment"),
      ]);
      await stack.killWorker();
      kills += 1;
      tally[reached] += 1;
      await stack.restartWorker();
      // Nothing wakes the queue: its alarms live on. When there is nothing left to do, the project is used up.
      if (await isWorkedOff(stack)) break;
    }
    await untilWorkedOff(stack, 120_000);
    return { kills, faults: await faultsOf(stack) };
  } finally {
    await stack.stop();
    // What wrangler would have tidied up itself, had it not been killed.
    await rm(new URL("../crash-worker/.wrangler/tmp/", import.meta.url), { recursive: true, force: true });
  }
}

async function isWorkedOff(stack: LocalStack): Promise<boolean> {
  const { waiting, running } = totals(await stack.stages());
  const counts = await stack.emulator.taskCounts();
  return waiting + running === 0 && (counts[STAGES.first] ?? 0) + (counts[STAGES.second] ?? 0) === 0;
}

async function faultsOf(stack: LocalStack): Promise<string[]> {
  const faults: string[] = [];
  for (const { stage, counts } of await stack.stages()) {
    if (counts.succeeded !== TASKS_PER_ROUND) faults.push(`${stage.title}: ${JSON.stringify(counts)}`);
  }
  const moves = new Map<string, number>();
  for (const move of await stack.emulator.moves()) {
    const key = `task ${move.taskUuid} left ${move.from}`;
    moves.set(key, (moves.get(key) ?? 0) + 1);
  }
  for (const [key, times] of moves) if (times !== 1) faults.push(`${key} ${times} times`);
  const { tasks } = await stack.emulator.tasks();
  if (tasks.length !== TASKS_PER_ROUND) faults.push(`${tasks.length} tasks are left in the project`);
  for (const { dataHash, stageUuid } of tasks) {
    if (stageUuid !== STAGES.complete) faults.push(`the task of ${dataHash} ended in ${stageUuid}`);
    const labels = await stack.emulator.labels(dataHash);
    const found = JSON.stringify(labels).match(/"featureHash":"crObj(?:Car|Per)"/g) ?? [];
    const boxes = Object.keys(labels.object_answers as object).length;
    if (boxes !== 2) faults.push(`${dataHash} has ${boxes} objects (${found.length} places)`);
  }
  return faults;
}

/** Tells when a step is next said in the Worker's log. */
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
  if (random() < 0.3) return "any moment";
  return POINTS[Math.floor(random() * POINTS.length)] ?? "any moment";
}

/** Public domain; a generator of 32 bits of state. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

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
          projectHash: "c4a50000-0000-4000-8000-000000000001",
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
