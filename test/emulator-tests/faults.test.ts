import { expect, it } from "vitest";
import { createEmulator, type Fault } from "../emulator/index.ts";
import { send, signV2, v2 } from "./signed-client.ts";
import { ACTIONS, data, item, PROJECT, streetProject, TASKS, task } from "./street-project.ts";

const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);

async function street(options: { random?: () => number } = {}) {
  const slept: number[] = [];
  const emulator = await createEmulator({
    seed: streetProject(),
    media: { "street-1.png": BYTES },
    sleep: async (ms) => void slept.push(ms),
    ...options,
  });
  return { emulator, slept };
}

const proceed = (...numbers: number[]) =>
  numbers.map((n) => ({ taskUuid: task(n), action: "PATHWAY_ACTION", pathwayName: "to review" }));

it("faults come one after the other, at their endpoint only, and then no more", async () => {
  const { emulator, slept } = await street();
  emulator.fault({
    endpoint: "tasks.list",
    faults: [{ type: "status", status: 429, retryAfter: 7 }, null, { type: "latency", ms: 1500 }],
  });
  expect((await v2(emulator, "GET", `projects/${PROJECT}`)).status).toBe(200);
  const limited = await v2(emulator, "GET", TASKS);
  expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
  expect((await v2(emulator, "GET", TASKS)).status).toBe(200);
  expect(slept).toEqual([]);
  expect((await v2(emulator, "GET", TASKS)).status).toBe(200);
  expect(slept).toEqual([1500]);
  expect((await v2(emulator, "GET", TASKS)).status).toBe(200);
});

it("a burst hits a group of endpoints as often as asked for, by chance, and only what contains a text", async () => {
  const chances = [0.9, 0.1, 0.2, 0.95];
  const { emulator } = await street({ random: () => chances.shift() ?? 1 });
  emulator.fault({
    endpoint: "tasks.*",
    faults: { type: "status", status: 503 },
    times: 2,
    probability: 0.5,
    containing: data(1),
  });
  const list = async (n: number) => (await v2(emulator, "GET", `${TASKS}?dataHashes=${data(n)}`)).status;
  expect(await list(2)).toBe(200);
  expect([await list(1), await list(1), await list(1), await list(1)]).toEqual([200, 503, 503, 200]);
});

it("a connection that breaks before the change leaves everything; one that breaks after it, nothing", async () => {
  const { emulator } = await street();
  for (const [type, moves] of [
    ["drop-before", 0],
    ["drop-after", 1],
  ] as const) {
    emulator.fault({ endpoint: "tasks.actions", faults: { type } });
    await expect(v2(emulator, "POST", ACTIONS, proceed(1))).rejects.toThrow("Network connection lost");
    expect(emulator.moves()).toHaveLength(moves);
  }
  expect(emulator.requests()).toMatchObject([{ endpoint: "tasks.actions", statuses: { dropped: 2 } }]);
});

it("a body is cut short, with and without a sign of it", async () => {
  const { emulator } = await street();
  emulator.fault({
    endpoint: "tasks.list",
    faults: [{ type: "cut-body" }, { type: "cut-body", silent: true }],
  });
  const get = async () => {
    const { url, ...init } = await signV2(emulator, "GET", TASKS);
    return emulator.fetch(new Request(url, init));
  };
  await expect((await get()).text()).rejects.toThrow("Network connection lost");
  const text = await (await get()).text();
  expect(() => JSON.parse(text)).toThrow(SyntaxError);
  expect((await (await get()).text()).length).toBeGreaterThan(text.length);
});

it("a page for people comes with status 200", async () => {
  const { emulator } = await street();
  emulator.fault({ endpoint: "*", faults: { type: "html" } });
  const { url, ...init } = await signV2(emulator, "GET", TASKS);
  const response = await emulator.fetch(new Request(url, init));
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
});

it("a stale task refuses the whole bulk action, and all but it can be sent again", async () => {
  const { emulator } = await street();
  emulator.fault({ endpoint: "tasks.actions", faults: { type: "stale-task" } });
  const refused = await v2(emulator, "POST", ACTIONS, proceed(2, 1, 3));
  expect([refused.status, refused.json.message]).toEqual([400, expect.stringContaining(task(2))]);
  expect(emulator.moves()).toMatchObject([{ taskUuid: task(2), by: "somebody.else@example.com" }]);
  expect((await v2(emulator, "POST", ACTIONS, proceed(1, 3))).status).toBe(200);
});

it("signed URLs are expired on arrival, or expire later", async () => {
  const { emulator } = await street();
  const sign = async () =>
    (await v2(emulator, "GET", `storage/items/${item(1)}?signUrl=True`)).json.signedUrl;
  emulator.fault({ endpoint: "items.get", faults: { type: "expired-url" } });
  expect((await emulator.fetch(new Request(await sign()))).status).toBe(403);
  const good = await sign();
  emulator.fault({ endpoint: "media.get", faults: { type: "expired-url" } });
  expect((await emulator.fetch(new Request(good))).status).toBe(403);
  expect((await emulator.fetch(new Request(good))).status).toBe(200);
});

it("a file server ignores ranges, and sends slowly", async () => {
  const { emulator, slept } = await street();
  const { signedUrl } = (await v2(emulator, "GET", `storage/items/${item(1)}?signUrl=True`)).json;
  const faults: Fault[] = [{ type: "ignore-range" }, { type: "slow-bytes", bytesPerPiece: 300, pauseMs: 50 }];
  emulator.fault({ endpoint: "media.get", faults });
  const get = () => emulator.fetch(new Request(signedUrl, { headers: { range: "bytes=0-9" } }));
  const whole = await get();
  expect([whole.status, (await whole.arrayBuffer()).byteLength]).toEqual([200, 1000]);
  expect(whole.headers.get("accept-ranges")).toBeNull();
  emulator.clearFaults();
  emulator.fault({ endpoint: "media.get", faults: { type: "slow-bytes", bytesPerPiece: 4, pauseMs: 50 } });
  const slow = await get();
  expect(new Uint8Array(await slow.arrayBuffer())).toEqual(BYTES.slice(0, 10));
  expect(slept).toEqual([50, 50]);
});

it("the harness asks for faults and takes them back", async () => {
  const { emulator } = await street();
  const ask = (method: string, body?: unknown) =>
    emulator.fetch(
      new Request(`${emulator.domain}/__emulator/faults`, {
        method,
        body: body ? JSON.stringify(body) : null,
      }),
    );
  await ask("POST", { endpoint: "*", faults: { type: "status", status: 500 }, times: 9 });
  const request = await signV2(emulator, "GET", TASKS);
  expect((await send(emulator, request)).status).toBe(500);
  await ask("DELETE");
  expect((await send(emulator, request)).status).toBe(200);
});

it("a caller that gives up waiting is let go, in the answer and in the middle of a body", async () => {
  const emulator = await createEmulator({
    seed: streetProject(),
    media: { "street-1.png": BYTES },
    sleep: () => scheduler.wait(1),
  });
  const { signedUrl } = (await v2(emulator, "GET", `storage/items/${item(1)}?signUrl=True`)).json;
  const get = (signal: AbortSignal) => emulator.fetch(new Request(signedUrl, { signal }));
  emulator.fault({
    endpoint: "media.get",
    faults: [
      { type: "latency", ms: 1000 },
      { type: "slow-bytes", bytesPerPiece: 10, pauseMs: 1000 },
    ],
  });
  const early = new AbortController();
  const waiting = get(early.signal);
  early.abort(new Error("too slow"));
  await expect(waiting).rejects.toThrow("too slow");
  const late = new AbortController();
  const response = await get(late.signal);
  late.abort(new Error("still too slow"));
  await expect(response.arrayBuffer()).rejects.toThrow("still too slow");
});

it.each<[unknown, RegExp]>([
  [{ endpoint: "task.list", faults: { type: "html" } }, /No endpoint is called "task.list".*tasks.list/],
  [{ endpoint: "task.*", faults: { type: "html" } }, /No endpoint is called "task.\*"/],
  [{ faults: { type: "html" } }, /No endpoint is called undefined/],
  [null, /No endpoint is called undefined/],
  [{ endpoint: "*", faults: [] }, /has no faults/],
  [{ endpoint: "*", faults: { type: "drop" } }, /"drop".*drop-before/],
  [{ endpoint: "*", faults: null }, /has the fault null/],
  [{ endpoint: "*", faults: { type: "latency" } }, /needs ms/],
  [{ endpoint: "*", faults: { type: "status", status: 101 } }, /needs status from 200 to 599/],
  [{ endpoint: "*", faults: { type: "slow-bytes", bytesPerPiece: 0, pauseMs: 1 } }, /needs bytesPerPiece/],
  [{ endpoint: "*", faults: { type: "html" }, times: 0 }, /the times 0/],
  [{ endpoint: "*", faults: { type: "html" }, probability: 50 }, /the probability 50/],
])("the rule %j, which could not happen, is refused", async (rule, message) => {
  const { emulator } = await street();
  expect(() => emulator.fault(rule as never)).toThrow(message);
  const request = new Request(`${emulator.domain}/__emulator/faults`, {
    method: "POST",
    body: JSON.stringify(rule),
  });
  expect((await emulator.fetch(request)).status).toBe(400);
  expect((await v2(emulator, "GET", `projects/${PROJECT}`)).status).toBe(200);
});
