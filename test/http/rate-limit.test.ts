/** The endpoint with the platform's rate limiting binding: three calls a minute. */

import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { defineAgents, editorAgent } from "encord-edge-agents";
import { beforeEach, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { signRequest } from "../../src/http/signature.ts";
import type { WorkerEnvironment } from "../../src/settings.ts";
import authVectors from "../fixtures/vectors/auth.json";

const PROJECT = "aaaa0001-0000-4000-8000-000000000001";
const BODY = JSON.stringify({
  projectHash: PROJECT,
  dataHash: "da7a0000-0000-4000-8000-000000000001",
  frame: 0,
});
const SECRET = "whsec_3f0c1d5a9b7e";
const { THREE_A_MINUTE } = env as unknown as { readonly THREE_A_MINUTE: RateLimit };
const ENVIRONMENT: WorkerEnvironment = {
  ENCORD_SSH_KEY: authVectors.key.opensshPrivateKey,
  ENCORD_PROJECTS: PROJECT,
  ENCORD_WEBHOOK_SECRET: SECRET,
  AGENT_RATE_LIMIT: THREE_A_MINUTE,
};

const run = vi.fn(() => null);
const app = createApp(
  defineAgents({ agents: [editorAgent({ name: "one", run }), editorAgent({ name: "two", run })] }),
);
const lines: string[] = [];

beforeEach(() => {
  run.mockClear();
  lines.length = 0;
  for (const level of ["info", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)));
  }
  return () => vi.restoreAllMocks();
});

async function call(
  path: string,
  headers: Record<string, string>,
  environment = ENVIRONMENT,
): Promise<Response> {
  const request = new Request(`https://worker.test${path}`, {
    method: "POST",
    body: BODY,
    headers: { "content-type": "application/json", ...headers },
  });
  return app.fetch(request, environment, createExecutionContext());
}

const fromBrowser = (address: string) => ({
  origin: "https://app.encord.com",
  "cf-connecting-ip": address,
});

async function fromNode(): Promise<Record<string, string>> {
  const now = Math.floor(Date.now() / 1000);
  const signature = await signRequest(SECRET, now, new TextEncoder().encode(BODY));
  return { "x-encord-timestamp": String(now), "x-encord-signature": signature };
}

const statuses = async (calls: readonly Promise<Response>[]) =>
  (await Promise.all(calls)).map(({ status }) => status);

it("one caller may call one agent so often, and no more; others go on", async () => {
  const four = Array.from({ length: 4 }, () => call("/agents/one", fromBrowser("192.0.2.1")));
  expect((await statuses(four)).sort()).toEqual([200, 200, 200, 429]);
  expect(run).toHaveBeenCalledTimes(3);
  expect(
    await statuses([
      call("/agents/two", fromBrowser("192.0.2.1")),
      call("/agents/one", fromBrowser("192.0.2.2")),
    ]),
  ).toEqual([200, 200]);
});

it("all addresses of one IPv6 network count as one", async () => {
  const addresses = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::9"];
  const calls = addresses.map((address) => call("/agents/one", fromBrowser(address)));
  expect((await statuses(calls)).sort()).toEqual([200, 200, 200, 429]);
  expect((await call("/agents/one", fromBrowser("2001:db8:1:3::1"))).status).toBe(200);
});

it("zeros that an IPv6 address leaves out make two networks neither one nor one two", async () => {
  const from = (address: string) => call("/agents/one", fromBrowser(address));
  const one = ["2001:db8:0:1::1", "2001:db8:0:1:2::", "2001:db8:0:1:2:3:4:5", "2001:db8:0:1::9"];
  expect((await statuses(one.map(from))).sort()).toEqual([200, 200, 200, 429]);
  const other = ["2001::1:2:3:4:5", "2001:0:0:1::9", "2001:0:0:1:2::", "2001:0:0:1:2:3:4:5"];
  expect((await statuses(other.map(from))).sort()).toEqual([200, 200, 200, 429]);
  expect((await from("2001::2:2:3:4:5")).status).toBe(200);
});

it("who is over the limit is told when to come back, in JSON that the Label Editor can read", async () => {
  for (let i = 0; i < 3; i++) await call("/agents/one", fromBrowser("192.0.2.3"));
  const answer = await call("/agents/one", fromBrowser("192.0.2.3"));
  expect(answer.status).toBe(429);
  expect(answer.headers.get("retry-after")).toBe("60");
  expect(answer.headers.get("access-control-allow-origin")).toBe("https://app.encord.com");
  expect(await answer.json()).toEqual({
    message: "This agent is called too often from here. Wait a minute, and try again.",
  });
  expect(lines.filter((line) => line.includes('"call_over_limit"'))).toHaveLength(1);
});

it("a signed call of a Workflow node is never held up, and one that only claims to be is", async () => {
  const signed = await fromNode();
  expect(await statuses(Array.from({ length: 8 }, () => call("/agents/one", signed)))).toEqual(
    Array<number>(8).fill(200),
  );
  const forged = { ...signed, "x-encord-signature": "0".repeat(64) };
  expect((await call("/agents/one", forged)).status).toBe(401);
});

it("what is refused anyway does not count", async () => {
  const address = fromBrowser("192.0.2.4");
  for (let i = 0; i < 5; i++) await call("/agents/none", address);
  for (let i = 0; i < 5; i++) await call("/agents/one", { ...address, origin: "https://evil.example" });
  expect((await call("/agents/one", address)).status).toBe(200);
});

it("a limit that cannot be asked lets calls through, and the log says so", async () => {
  const limit = vi.fn().mockRejectedValue(new Error("out of reach"));
  const answer = await call("/agents/one", fromBrowser("192.0.2.5"), {
    ...ENVIRONMENT,
    AGENT_RATE_LIMIT: { limit },
  });
  expect(answer.status).toBe(200);
  expect(lines.some((line) => line.includes('"rate_limit_not_asked"'))).toBe(true);
});
