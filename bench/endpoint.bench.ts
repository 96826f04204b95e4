/**
 * The agent endpoint in plain workerd on one core: requests per second, and the time of one, for the editor's test call, for calls that
 * are refused, and for a call with CORS, signature, validation and an agent that answers at once. Compared in the same run with the least
 * that a Worker can do: read nothing, answer `null`. CPU time depends least on what else the computer does.
 *
 * Options: `--seconds <n>` for each row, `--connections <n>`.
 */

import { createHmac } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleWorker } from "../scripts/worker-bundle.ts";
import { makeKeyPair } from "../src/cli/key-pair.ts";
import { type LoadResult, load } from "./http-load.ts";
import { PlainWorkerd } from "./plain-workerd.ts";

const PROJECT = "aaaa0001-0000-4000-8000-000000000001";
const SECRET = "whsec_benchmark";
const BODY = JSON.stringify({
  projectHash: PROJECT,
  dataHash: PROJECT,
  frame: 7,
  objectHashes: ["a1b2c3d4", "e5f6a7b8"],
});

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "4" }, connections: { type: "string", default: "16" } },
});
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const root = fileURLToPath(new URL("../", import.meta.url));
const folder = join(root, ".wrangler", "bench-endpoint");
await mkdir(folder, { recursive: true });

const ours = await bundled(
  "ours",
  `import { createWorker, defineAgents, editorAgent } from "encord-edge-agents";
const agent = editorAgent({ name: "answer", run: ({ frameData }) => ({ message: \`frame \${frameData.frame}\` }) });
const worker = createWorker(defineAgents({ agents: [agent] }));
export default worker.handler;
export const { StageQueue, TaskExecutor, LabelLocks, EncordGate, OperatorLog } = worker;
`,
);
const least = await bundled(
  "least",
  `import { DurableObject } from "cloudflare:workers";
export default { fetch: () => Response.json(null) };
export class StageQueue extends DurableObject {}
export class LabelLocks extends DurableObject {}
export class EncordGate extends DurableObject {}
export class OperatorLog extends DurableObject {}
`,
);

const timestamp = Math.floor(Date.now() / 1000);
const body = new TextEncoder().encode(BODY);
const signed = {
  "x-encord-timestamp": String(timestamp),
  "x-encord-signature": createHmac("sha256", SECRET).update(`${timestamp}.${BODY}`).digest("hex"),
};
const browser = { origin: "https://app.encord.com" };

const baseline = await measured(least, [["answer null, read nothing", 200, post("/agents/answer", {})]]);
const rows = await measured(ours, [
  ["test call", 200, post("/agents/answer", { ...browser, "x-encord-agent": "test" })],
  [
    "refused call (forged signature)",
    401,
    post("/agents/answer", { ...signed, "x-encord-signature": "0".repeat(64) }),
  ],
  ["refused call (not valid)", 422, post("/agents/answer", browser, "{}")],
  ["call of the editor: CORS, validation, agent", 200, post("/agents/answer", browser)],
  ["call with CORS, signature, validation, agent", 200, post("/agents/answer", { ...browser, ...signed })],
]);
const [, least1] = baseline[0] ?? [];
console.log(`${connections} connections, ${seconds} s a row, ${body.length} bytes of body`);
console.log(
  "                                               per second   p50 ms   p99 ms   CPU us   share of the least",
);
for (const [name, { perSecond, p50, p99, cpuUs }] of [...baseline, ...rows]) {
  const share = perSecond / (least1?.perSecond ?? perSecond);
  const cells = [
    perSecond.toFixed(0).padStart(10),
    p50.toFixed(2).padStart(6),
    p99.toFixed(2).padStart(6),
    (cpuUs?.toFixed(0) ?? "-").padStart(6),
    share.toFixed(2).padStart(6),
  ];
  console.log(`${name.padEnd(46)} ${cells.join("   ")}`);
}

type Row = readonly [name: string, status: number, request: Uint8Array];

/** `cpuUs`: CPU time of workerd for one request, in microseconds. */
type Measured = LoadResult & { readonly cpuUs: number | null };

async function measured(main: string, list: readonly Row[]): Promise<(readonly [string, Measured])[]> {
  const worker = await PlainWorkerd.start({
    main,
    durableObjects: ["StageQueue", "LabelLocks", "EncordGate", "OperatorLog"],
    variables: {
      ENCORD_SSH_KEY: makeKeyPair("benchmark").privateKey,
      ENCORD_PROJECTS: PROJECT,
      ENCORD_WEBHOOK_SECRET: SECRET,
    },
    readyPath: "/health",
  });
  try {
    const results: (readonly [string, Measured])[] = [];
    for (const [name, status, bytes] of list) {
      const run = { port: worker.port, request: () => bytes, status, connections };
      await load({ ...run, seconds: 0.5 });
      const before = worker.cpuMs();
      const result = await load({ ...run, seconds });
      const after = worker.cpuMs();
      const cpuUs = before === null || after === null ? null : (1000 * (after - before)) / result.requests;
      results.push([name, { ...result, cpuUs }]);
    }
    if (!worker.pinned) console.log("This system has no taskset: workerd is not held to one core.");
    return results;
  } finally {
    await worker.stop();
  }
}

async function bundled(name: string, code: string): Promise<string> {
  const main = join(folder, `${name}.ts`);
  await writeFile(main, code);
  const { main: built, modules } = await bundleWorker(
    [main, "--config", join(root, "wrangler.jsonc")],
    join(folder, name),
  );
  if (modules.length > 0) throw new Error(`The Worker of this benchmark needs no ${modules.join(", ")}.`);
  return built;
}

function post(path: string, headers: Readonly<Record<string, string>>, text = BODY): Uint8Array {
  const all = {
    host: "127.0.0.1",
    "content-type": "application/json",
    "content-length": String(text.length),
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return new TextEncoder().encode(`POST ${path} HTTP/1.1\r\n${head.join("")}\r\n${text}`);
}
