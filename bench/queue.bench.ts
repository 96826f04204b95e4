/**
 * How fast a stage is drained: the Worker runs in workerd itself (wrangler's proxy and its pipe for logs would be measured too) and is
 * woken by a task-ready notification; Encord is in this process.
 *
 * npm run bench queue                     an emulated Encord that answers after 50 ms, then one that answers at once
 * npm run bench queue -- --notify         how fast a task-ready notification is answered while a stage is drained
 * npm run bench queue -- --tasks 1000000  as many tasks as you like on a synthetic Encord, which only moves them
 *
 * Baseline: the Python library's runner, measured the same way (50 ms, one lane, batches of 300): 600 tasks in 1.6 s with
 * 0.035 requests a task when the agent returns its struct; 33.6 s with 1.02 when it saves by itself.
 */

import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleWorker } from "../scripts/worker-bundle.ts";
import { createEmulator, type InProcessEmulator } from "../test/emulator/index.ts";
import { PlainWorkerd } from "./plain-workerd.ts";
import { SyntheticEncord } from "./synthetic-encord.ts";

const PYTHON_STRUCT_PER_SECOND = 600 / 1.6;
const PYTHON_SAVING_PER_SECOND = 600 / 33.6;
/** More tasks if Encord answers at once, so that starting up does not count. */
const TASKS_BY_LATENCY = { 50: 1000, 0: 3000 } as const;
/** Fresh processes for each row; odd, so that there is one in the middle. */
const ROUNDS = 3;
/** The stage that keeps the tasks of the second drain until then; no agent serves it. */
const WAITING = "Waiting";
const WEBHOOK_SECRET = "a-secret-of-the-benchmark";

const { values } = parseArgs({ options: { tasks: { type: "string" }, notify: { type: "boolean" } } });
if (values.notify) await notifications();
else if (values.tasks === undefined) await onTheEmulator();
else await onSyntheticTasks(Number(values.tasks));

async function onTheEmulator(): Promise<void> {
  console.log(
    `1000 tasks (3000 without latency), an agent that adds a box to each; 6 lanes, batches of 200; median of ${ROUNDS} fresh processes.`,
  );
  console.log("Cold is the first drain of a process, warm is its second.\n");
  console.log(
    "stage          latency         seconds (least to most)  tasks/s  requests/task  baseline        ratio  goal",
  );
  for (const latencyMs of [50, 0] as const) {
    const tasks = TASKS_BY_LATENCY[latencyMs];
    for (const stage of ["Hands over", "Saves itself"]) {
      const rounds: Drained[][] = [];
      for (let round = 0; round < ROUNDS; round++) rounds.push(await drainTwice(stage, latencyMs, tasks));
      const python = stage === "Hands over" ? PYTHON_STRUCT_PER_SECOND : PYTHON_SAVING_PER_SECOND;
      const goal = latencyMs === 0 ? "3,000/s" : stage === "Hands over" ? "3, 0.06 requests" : "20";
      for (const [i, name] of ["cold", "warm"].entries()) {
        const sorted = rounds.flatMap((round) => round[i] ?? []).sort((a, b) => a.seconds - b.seconds);
        const { seconds, requests } = sorted[ROUNDS >> 1] as Drained; // One a round.
        const rate = tasks / seconds;
        const compared =
          latencyMs === 0 ? ["", ""] : [`${python.toFixed(0)} tasks/s`, (rate / python).toFixed(1)];
        const range = `(${sorted[0]?.seconds.toFixed(2)} to ${sorted.at(-1)?.seconds.toFixed(2)})`;
        console.log(
          [
            stage.padEnd(13),
            `${latencyMs} ms`.padStart(8),
            name.padStart(6),
            seconds.toFixed(2).padStart(8),
            range.padStart(16),
            rate.toFixed(0).padStart(8),
            (requests / tasks).toFixed(3).padStart(14),
            ` ${(compared[0] ?? "").padEnd(14)}`,
            (compared[1] ?? "").padStart(6),
            ` ${goal}`,
          ].join(" "),
        );
      }
    }
  }
}

interface Drained {
  readonly seconds: number;
  readonly requests: number;
}

/** Two drains of a Worker that was just started: of all its tasks, and of as many that arrive then. */
async function drainTwice(stage: string, latencyMs: number, tasks: number): Promise<Drained[]> {
  const emulator = await createEmulator({ seed: { projects: [projectWith(stage, tasks)] } });
  const encord = await serve(emulator, latencyMs);
  const stageUuid = (title: string) => emulator.stages().find((each) => each.title === title)?.uuid ?? "";
  const projectHash = emulator.projects[0]?.projectHash ?? "";
  const worker = await startWorker({ domain: encord.url, projectHash, sshKey: emulator.sshKey });
  const drained = async () => {
    const before = { moves: emulator.moves().length, requests: requestsTo(emulator), at: performance.now() };
    await worker.notify(stageUuid(stage));
    while (emulator.moves().length < before.moves + tasks) {
      if (performance.now() - before.at > 120_000)
        throw new Error(`Only ${emulator.moves().length - before.moves} tasks were moved.`);
      await wait(5);
    }
    const seconds = (performance.now() - before.at) / 1000;
    await wait(300);
    return { seconds, requests: requestsTo(emulator) - before.requests };
  };
  try {
    const cold = await drained();
    moveAll(emulator, stageUuid(WAITING), stageUuid(stage));
    // Garbage of moving must not be collected during the measurement.
    globalThis.gc?.();
    await wait(300);
    return [cold, await drained()];
  } finally {
    await worker.stop();
    encord.close();
  }
}

/** Moves all tasks as if another stage had sent them on. */
function moveAll(emulator: InProcessEmulator, from: string, to: string): void {
  const snapshot = emulator.snapshot();
  const task = (snapshot.task ?? []).map(([id, document]) => {
    const { stageUuid } = document as { stageUuid: string };
    return [id, { ...(document as object), stageUuid: stageUuid === from ? to : stageUuid }] as const;
  });
  emulator.restore({ ...snapshot, task });
}

function requestsTo(emulator: InProcessEmulator): number {
  return emulator.requests().reduce((sum, each) => sum + each.requests, 0);
}

async function onSyntheticTasks(tasks: number): Promise<void> {
  const encord = new SyntheticEncord(tasks);
  const worker = await startOnSynthetic(encord);
  try {
    console.log(`${tasks} tasks, an agent that only moves them; 6 lanes, batches of 200\n`);
    console.log("moved        seconds  tasks/s (of this tenth)  console call");
    const started = performance.now();
    let from = started;
    const rates: number[] = [];
    let slowest = 0;
    await worker.notify();
    for (let tenth = 1; tenth <= 10; tenth++) {
      while (encord.moves < (tasks * tenth) / 10) {
        const asked = performance.now();
        await worker.stages();
        slowest = Math.max(slowest, performance.now() - asked);
        await wait(100);
      }
      const now = performance.now();
      rates.push(tasks / 10 / ((now - from) / 1000));
      console.log(
        `${String(encord.moves).padEnd(10)} ${((now - started) / 1000).toFixed(1).padStart(9)}  ${(rates.at(-1) ?? 0).toFixed(0).padStart(23)}  slowest ${slowest.toFixed(0)} ms`,
      );
      from = now;
      slowest = 0;
    }
    const ratio = (rates.at(-1) ?? 0) / (rates[0] ?? 1);
    console.log(
      `\nlast tenth at ${ratio.toFixed(2)} of the first's speed (goal 0.8); ${encord.doubles} tasks moved twice`,
    );
    console.log(`${(encord.requests / tasks).toFixed(4)} requests a task`);
  } finally {
    await worker.stop();
    encord.close();
  }
}

async function notifications(): Promise<void> {
  const encord = new SyntheticEncord(200_000);
  const worker = await startOnSynthetic(encord);
  try {
    await worker.notify();
    const times = { notification: [] as number[], nothing: [] as number[] };
    const timed = async (ask: () => Promise<unknown>, into: number[]) => {
      const sent = performance.now();
      await ask();
      into.push(performance.now() - sent);
      await wait(5);
    };
    const sender = async () => {
      for (let i = 0; i < 200; i++) {
        await timed(worker.notify, times.notification);
        await timed(worker.health, times.nothing);
      }
    };
    await Promise.all(Array.from({ length: 4 }, sender));
    console.log(
      `4 at a time, while ${encord.moves} tasks were moved; answered with 200 after (ms, goal: p99 50)`,
    );
    for (const [name, list] of Object.entries(times)) {
      list.sort((a, b) => a - b);
      const at = (share: number) => (list[Math.floor(share * list.length)] ?? 0).toFixed(1);
      const what = name === "nothing" ? "a call that does nothing (/health)" : "a notification";
      console.log(`${what.padEnd(36)} median ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}`);
    }
  } finally {
    await worker.stop();
    encord.close();
  }
}

/** The Worker, connected to a synthetic Encord. */
async function startOnSynthetic(encord: SyntheticEncord) {
  const { projectHash, stageUuid } = encord;
  const { sshKey } = await createEmulator();
  const worker = await startWorker({ domain: await encord.listen(), projectHash, sshKey });
  return { ...worker, notify: () => worker.notify(stageUuid) };
}

interface Deployment {
  readonly domain: string;
  readonly projectHash: string;
  readonly sshKey: string;
}

async function startWorker({ domain, projectHash, sshKey }: Deployment) {
  const folder = fileURLToPath(new URL("../.wrangler/bench-queue", import.meta.url));
  const config = fileURLToPath(new URL("queue-worker/wrangler.jsonc", import.meta.url));
  const { main } = await bundleWorker(["--config", config], folder);
  const server = await PlainWorkerd.start({
    main,
    durableObjects: ["StageQueue", "LabelLocks", "EncordGate", "OperatorLog"],
    variables: {
      ENVIRONMENT: "development",
      ENCORD_DOMAIN: domain,
      ENCORD_PROJECTS: projectHash,
      ENCORD_SSH_KEY: sshKey,
      ENCORD_WEBHOOK_SECRET: WEBHOOK_SECRET,
    },
    readyPath: "/health",
    onDisk: true,
  });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    stages: async () => (await fetch(`${url}/api/stages`)).text(),
    health: async () => (await fetch(`${url}/health`)).text(),
    async notify(stageUuid: string) {
      const { headers, body } = notificationOf(projectHash, stageUuid);
      const response = await fetch(`${url}/notifications/task-ready`, { method: "POST", headers, body });
      await response.text();
      if (response.status !== 200) throw new Error(`A notification was answered ${response.status}.`);
    },
    stop: () => server.stop(),
  };
}

function notificationOf(projectHash: string, stageUuid: string) {
  const body = JSON.stringify({
    uid: crypto.randomUUID(),
    version: 1,
    source: "Encord",
    event_type: "agent_stage_work_available_event",
    event_created_timestamp: new Date().toISOString(),
    payload: {
      project_hash: projectHash,
      stage_uuid: stageUuid,
      pending_count: 1,
      reason: "batch_size_reached",
    },
  });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", WEBHOOK_SECRET).update(`${timestamp}.${body}`).digest("hex");
  return { body, headers: { "x-encord-timestamp": timestamp, "x-encord-signature": signature } };
}

/** The emulator on a port, with every answer delayed. */
async function serve(emulator: InProcessEmulator, latencyMs: number) {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if (latencyMs > 0) await wait(latencyMs);
    const body = Buffer.concat(chunks);
    const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
      method: incoming.method ?? "GET",
      headers: incoming.headers as Record<string, string>,
      ...(body.length > 0 ? { body } : {}),
    });
    const response = await emulator.fetch(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function projectWith(stage: string, tasks: number) {
  const agentStage = (title: string) => {
    return { title, stageType: "AGENT" as const, pathways: [{ title: "on", to: "Complete" }] };
  };
  return {
    title: "Benchmark",
    ontology: {
      objects: [
        {
          id: "1",
          name: "Car",
          color: "#D33115",
          shape: "bounding_box",
          featureNodeHash: "bnObjCar",
          required: false,
          archived: false,
        },
      ],
    },
    stages: [
      agentStage(WAITING),
      agentStage("Hands over"),
      agentStage("Saves itself"),
      { title: "Complete", stageType: "DONE" as const },
    ],
    data: Array.from({ length: 2 * tasks }, (_, i) => {
      const at = i < tasks ? stage : WAITING;
      return { title: `unit-${i}`, dataType: "IMAGE", fileType: "image/png", width: 8, height: 8, stage: at };
    }),
  };
}
