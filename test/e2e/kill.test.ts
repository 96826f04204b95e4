/** The Worker is killed (`kill -9`) while it works, and started again with its state. */

import { afterEach, expect, it } from "vitest";
import { demoSeed } from "../../scripts/demo-seed.ts";
import { LocalStack } from "../../scripts/local-stack.ts";
import { totals, untilTasksDone } from "../../scripts/task-progress.ts";

let stack: LocalStack | undefined;
afterEach(async () => {
  await stack?.stop();
  stack = undefined;
});

/** How often each task left each stage. */
async function departures(from: LocalStack): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const move of await from.emulator.moves()) {
    const key = `${move.taskUuid} from ${move.from}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

it("a worker that is killed in the middle of the demo and started again finishes it: no task lost, none moved twice, no label there twice", async () => {
  stack = await LocalStack.start({ settings: { QUEUE_LEASE_SECONDS: "2" } });
  // Slow enough to be killed in the middle.
  await stack.emulator.addFault({ endpoint: "*", faults: { type: "latency", ms: 80 }, times: 1_000_000 });
  await stack.cron();
  const before = await untilSomeAreDone(stack);
  await stack.killWorker();
  expect(before.succeeded).toBeGreaterThan(0);
  const movedBefore = (await stack.emulator.moves()).length;
  await stack.restartWorker();
  // No request wakes the queue: its alarm has survived.
  await untilTasksDone(stack, 90_000);

  const { data } = (await demoSeed()).seed.projects[0] ?? { data: [] };
  const { tasks, stages } = await stack.emulator.tasks();
  const agentStages = new Set(stages.filter((stage) => stage.stageType === "AGENT").map(({ uuid }) => uuid));
  expect(tasks).toHaveLength(data.length);
  expect(tasks.filter((task) => agentStages.has(task.stageUuid))).toEqual([]);
  const left = await departures(stack);
  expect([...left.values()].every((count) => count === 1)).toBe(true);
  expect(left.size).toBeGreaterThan(movedBefore);
  for (const { dataHash } of tasks) {
    const { classification_answers: answers } = await stack.emulator.labels(dataHash);
    const written = Object.values(answers as Record<string, { featureHash: string }>).map(
      (each) => each.featureHash,
    );
    expect(written.toSorted(), dataHash).toEqual(["dmClNote", "dmClQual"]);
  }
});

it("a picture that no decoder reads fails only its own task, with a clear reason", async () => {
  stack = await LocalStack.start({ seed: await demoSeed("one-corrupt") });
  await stack.cron();
  const stages = await untilTasksDone(stack, 60_000);
  const gate = stages.find((stage) => stage.agent === "image-quality-gate");
  expect(gate?.counts).toMatchObject({ succeeded: 26, failed: 1, pending: 0 });
  const url = `${stack.workerUrl}/api/stages/${gate?.projectHash}/${gate?.stage.uuid}/tasks?state=failed`;
  const { tasks } = (await (await fetch(url)).json()) as { tasks: { dataTitle: string; detail: string }[] };
  expect(tasks).toHaveLength(1);
  expect(tasks[0]).toMatchObject({
    dataTitle: "street-05.bmp",
    detail: expect.stringMatching(/cannot be decoded|damaged|cut off|ends inside/),
  });
});

/** Waits until some tasks are done; asks as often as possible, to be in the middle. */
async function untilSomeAreDone(from: LocalStack) {
  for (;;) {
    const now = totals(await from.stages());
    if (now.succeeded > 0 && now.waiting + now.running > 0) return now;
    if (now.succeeded > 0 && now.waiting + now.running === 0)
      throw new Error("The demo was over before the kill.");
  }
}
