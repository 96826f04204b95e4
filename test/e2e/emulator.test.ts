/** The emulator as a Worker in its own process: durable, faulty on demand, and sending notifications on schedule. */

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort } from "../../scripts/dev-server.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../../scripts/emulator-process.ts";
import { signedHeaders } from "../emulator/encord-side/signature.ts";
import { v2 } from "../emulator-tests/signed-client.ts";
import { ACTIONS, AGENT, item, streetProject, TASKS, task } from "../emulator-tests/street-project.ts";

const FILM = Uint8Array.from({ length: 1_500_000 }, (_, index) => index % 251);

const SEED = { seed: streetProject(), media: { "street-1.png": FILM } };

let folder: string;
let running: EmulatorProcess | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "encord-emulator-test-"));
});

afterAll(async () => {
  await running?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function start(port?: number) {
  running = await startEmulatorProcess({ persistTo: folder, seed: SEED, port });
  return withClient(running);
}

/** The running emulator, with the project as it was at first. */
async function fresh() {
  if (running === null) return start();
  await running.refill(SEED);
  return withClient(running);
}

function withClient(emulator: EmulatorProcess) {
  const send = (request: Request) => fetch(request);
  return { emulator, client: { domain: emulator.url, sshKey: emulator.sshKey, fetch: send } };
}

const proceed = (n: number) => [{ taskUuid: task(n), action: "PATHWAY_ACTION", pathwayName: "to review" }];

it("answered changes survive a power cut, and the key and signed URLs stay valid", async () => {
  const port = await freePort();
  const first = await start(port);
  expect((await v2(first.client, "POST", ACTIONS, proceed(3))).status).toBe(200);
  const { signedUrl } = (await v2(first.client, "GET", `storage/items/${item(1)}?signUrl=True`)).json;
  await first.emulator.kill();

  const second = await start(port);
  expect(second.emulator.sshKey).toBe(first.emulator.sshKey);
  expect(await second.emulator.moves()).toMatchObject([{ taskUuid: task(3), how: "proceed:to review" }]);
  expect((await v2(second.client, "POST", ACTIONS, proceed(3))).status).toBe(400);
  const part = await fetch(signedUrl, { headers: { range: "bytes=999999-1000001" } });
  expect([part.status, ...new Uint8Array(await part.arrayBuffer())]).toEqual([
    206,
    ...FILM.slice(999_999, 1_000_002),
  ]);
});

it("a connection that breaks after the change is a failed request, and the change is there", async () => {
  const { emulator, client } = await fresh();
  await emulator.addFault({ endpoint: "tasks.actions", faults: { type: "drop-after" } });
  await expect(v2(client, "POST", ACTIONS, proceed(1))).rejects.toThrow();
  expect(await emulator.moves()).toMatchObject([{ taskUuid: task(1) }]);
});

it("a dropped connection ends without a single byte of an answer, before the change or after it", async () => {
  const { emulator, client } = await fresh();
  const arrived: string[] = [];
  for (const type of ["drop-before", "drop-after"] as const) {
    await emulator.addFault({ endpoint: "tasks.actions", faults: { type } });
    const error = await v2(client, "POST", ACTIONS, proceed(type === "drop-before" ? 1 : 2)).then(
      () => null,
      (reason: unknown) => reason,
    );
    // Node's code for a socket that closed before the head of an answer.
    arrived.push(String((error as { cause?: { code?: string } } | null)?.cause?.code));
  }
  expect(arrived).toEqual(["UND_ERR_SOCKET", "UND_ERR_SOCKET"]);
  expect(await emulator.moves()).toMatchObject([{ taskUuid: task(2) }]);
});

it("a URL that names a thousand data units is answered", async () => {
  const { client } = await fresh();
  const { results } = (await v2(client, "GET", TASKS)).json;
  const names = [results[0].dataHash, ...Array.from({ length: 1000 }, () => crypto.randomUUID())];
  const query = names.map((hash) => `dataHashes=${hash}`).join("&");
  expect((await v2(client, "GET", `${TASKS}?${query}`)).json.results).toEqual([results[0]]);
});

it("a subscriber is notified of work, signed, and again while work remains", async () => {
  const { emulator } = await fresh();
  const heard: { headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer(async (request, response) => {
    heard.push({ headers: request.headers, body: await text(request) });
    response.end();
  }).listen(0, "127.0.0.1");
  try {
    await once(server, "listening");
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("no address");
    const subscription = { stage: "Agent 1", url: `http://127.0.0.1:${address.port}/notify`, secret: "s" };
    await fetch(`${emulator.url}/__emulator/subscriptions`, {
      method: "POST",
      body: JSON.stringify({ ...subscription, everyMs: 300 }),
    });
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBeGreaterThan(1);
    const [{ headers, body }] = heard as [(typeof heard)[0]];
    expect(JSON.parse(body)).toMatchObject({ payload: { stage_uuid: AGENT, pending_count: 5 } });
    const expected = await signedHeaders("s", body, Number(headers["x-encord-timestamp"]) * 1000);
    expect(headers["x-encord-signature"]).toBe(expected["X-Encord-Signature"]);
  } finally {
    server.close();
  }
});
