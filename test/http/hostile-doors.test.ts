/**
 * Attacks on how requests arrive: a forged `Host` on a Worker in development, bodies that lie about themselves, cookies and
 * signatures that belong elsewhere, upgrades, overridden methods, and answers that a cache might keep for somebody else.
 */

import { createExecutionContext, reset } from "cloudflare:test";
import { defineAgents, type Environment, editorAgent } from "encord-edge-agents";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readConsoleSettings } from "../../src/console/console-settings.ts";
import { openSession } from "../../src/console/session.ts";
import { createApp } from "../../src/http/app.ts";
import { signRequest } from "../../src/http/signature.ts";
import authVectors from "../fixtures/vectors/auth.json";

const PROJECT = "aaaa0001-0000-4000-8000-000000000001";
const OTHER = "bbbb0001-0000-4000-8000-000000000001";
const SECRET = "whsec_3f0c1d5a9b7e";
const OPERATOR_TOKEN = "5e1f9c0d7b3a2468ace013579bdf2468";
const VIEWER_TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const FRAME_DATA = { projectHash: PROJECT, dataHash: PROJECT, frame: 0 };
const JSON_TYPE = { "content-type": "application/json" };
const BROWSER = { ...JSON_TYPE, origin: "https://app.encord.com" };

const DEPLOYED: Environment = {
  ENCORD_SSH_KEY: authVectors.key.opensshPrivateKey,
  ENCORD_PROJECTS: PROJECT,
  ENCORD_WEBHOOK_SECRET: SECRET,
  ADMIN_TOKEN: OPERATOR_TOKEN,
  CONSOLE_VIEWER_TOKEN: VIEWER_TOKEN,
};
const DEVELOPMENT: Environment = { ...DEPLOYED, ENVIRONMENT: "development" };

const run = vi.fn(() => ({ message: "ran" }));
const app = createApp(
  defineAgents({
    agents: [editorAgent({ name: "open", run }), editorAgent({ name: "signed", signature: "required", run })],
  }),
);

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  run.mockClear();
  for (const level of ["info", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)));
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

async function send(url: string, init: RequestInit = {}, environment = DEPLOYED): Promise<Response> {
  const address = url.startsWith("/") ? `https://worker.test${url}` : url;
  const request = new Request(address, { redirect: "manual", ...init });
  return app.fetch(request, environment, createExecutionContext());
}

const call = (body: BodyInit, headers: Record<string, string> = BROWSER) =>
  send("/agents/open", { method: "POST", headers, body });

async function signed(text: string, at = Math.floor(Date.now() / 1000)): Promise<Record<string, string>> {
  const signature = await signRequest(SECRET, at, new TextEncoder().encode(text));
  return { ...JSON_TYPE, "x-encord-timestamp": String(at), "x-encord-signature": signature };
}

describe("what is open in local development", () => {
  const OPEN_LOCALLY = ["/agents", "/console", "/api/stages"];

  it.each([
    ["http://localhost:8787", undefined],
    ["http://127.0.0.1:8787", "127.0.0.1"],
    ["http://[::1]:8787", "::1"],
    ["http://localhost:8787", "::ffff:127.0.0.1"],
  ])("is open to this computer: %s from %s", async (origin, from) => {
    const headers = from === undefined ? {} : { "cf-connecting-ip": from };
    expect((await send(`${origin}/agents`, { headers }, DEVELOPMENT)).status).toBe(200);
    expect((await send(`${origin}/console/audit`, { headers }, DEVELOPMENT)).status).toBe(200);
  });

  it.each([
    // Another computer that says it wants `localhost`, and a deployment left in development.
    ["http://localhost:8787", { "cf-connecting-ip": "192.168.1.20" }],
    ["http://127.0.0.1", { "cf-connecting-ip": "203.0.113.9" }],
    ["http://127.0.0.1", { "cf-connecting-ip": "127.0.0.1, 203.0.113.9" }],
    ["http://localhost", { "cf-connecting-ip": "localhost.evil.example" }],
    ["http://localhost", { "cf-connecting-ip": "" }],
    // A name that was made to point at this computer.
    ["http://evil.example:8787", { "cf-connecting-ip": "127.0.0.1" }],
    ["http://127.0.0.1.evil.example", {}],
    ["http://localhost.evil.example", {}],
    ["http://localhost.", {}],
    ["http://127.0.0.1@evil.example", {}],
    ["http://0.0.0.0:8787", {}],
    ["http://[::]:8787", {}],
    ["http://[::ffff:7f00:1]", {}],
    ["https://worker.test", { host: "localhost" }],
    ["https://worker.test", { "x-forwarded-host": "localhost", "x-forwarded-for": "127.0.0.1" }],
    ["https://worker.test", { forwarded: "for=127.0.0.1;host=localhost" }],
    ["https://worker.test", { "x-original-host": "localhost", "x-real-ip": "127.0.0.1" }],
  ])("is closed to everybody else: %s with %o", async (origin, headers) => {
    for (const path of OPEN_LOCALLY) {
      const response = await send(`${origin}${path}`, { headers }, DEVELOPMENT);
      expect([401, 403, 404], path).toContain(response.status);
    }
  });

  it("is closed in a deployment, whatever the address", async () => {
    for (const path of OPEN_LOCALLY) {
      const response = await send(`http://localhost:8787${path}`);
      expect([308, 401, 403, 404], path).toContain(response.status);
    }
  });
});

describe("bodies", () => {
  it("that break off are refused, not a failure", async () => {
    const broken = () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"projectHash":'));
          controller.error(new Error("gone"));
        },
      });
    expect((await call(broken())).status).toBe(400);
    const headers = await signed("{}");
    const notification = { method: "POST", headers, body: broken() };
    expect((await send("/notifications/task-ready", notification)).status).toBe(401);
    const authorization = { authorization: `Bearer ${OPERATOR_TOKEN}`, ...JSON_TYPE };
    expect(
      (await send("/api/stages/x/y/pause", { method: "POST", headers: authorization, body: broken() }))
        .status,
    ).toBe(404);
  });

  it("that come in small pieces without an end are cut off at the limit", async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1000;
        controller.enqueue(new Uint8Array(1000).fill(0x20));
      },
    });
    expect((await call(endless)).status).toBe(413);
    expect(sent).toBeLessThan(1_100_000);
  });

  it("in pieces of one byte are put together again", async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(FRAME_DATA).padEnd(9000));
    const pieces = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect((await call(pieces)).status).toBe(200);
  });

  it("that declare more than the limit are refused unread", async () => {
    const headers = { ...BROWSER, "content-length": String(2 ** 40) };
    const response = await call(JSON.stringify(FRAME_DATA), headers);
    expect(response.status).toBe(413);
  });

  it("that are compressed are not unpacked: a small one could become a large one", async () => {
    const packed = new Response(JSON.stringify(FRAME_DATA)).body?.pipeThrough(new CompressionStream("gzip"));
    const body = await new Response(packed).arrayBuffer();
    expect((await call(body, { ...BROWSER, "content-encoding": "gzip" })).status).toBe(400);
  });

  it("with a key twice mean the last one everywhere", async () => {
    const twice = (first: string, last: string) =>
      `{"projectHash":"${first}","dataHash":"${PROJECT}","frame":0,"projectHash":"${last}"}`;
    expect((await call(twice(PROJECT, OTHER))).status).toBe(403);
    expect(run).not.toHaveBeenCalled();
    expect((await call(twice(OTHER, PROJECT))).status).toBe(200);
  });

  it("with keys of prototypes change nothing for those after them", async () => {
    for (const key of ["__proto__", "constructor", "prototype"]) {
      const body = `{"${key}":{"frame":9,"polluted":true},${JSON.stringify(FRAME_DATA).slice(1)}`;
      expect((await call(body)).status).toBe(200);
    }
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    const inputs = run.mock.calls as unknown as [{ frameData: object }][];
    for (const [{ frameData }] of inputs) expect(Reflect.get(frameData, "polluted")).toBeUndefined();
  });
});

describe("signatures", () => {
  it("of one door open no other", async () => {
    const asNode = JSON.stringify(FRAME_DATA);
    const toQueue = { method: "POST", headers: await signed(asNode), body: asNode };
    expect((await send("/notifications/task-ready", toQueue)).status).toBe(422);
    const ready = JSON.stringify({ event_type: "agent_stage_work_available_event", version: 1, payload: {} });
    const toAgent = { method: "POST", headers: await signed(ready), body: ready };
    expect((await send("/agents/signed", toAgent)).status).toBe(422);
  });

  it("hold for 300 seconds, to the second", async () => {
    const body = JSON.stringify(FRAME_DATA);
    const now = Date.now();
    vi.spyOn(Date, "now").mockReturnValue(Math.floor(now / 1000) * 1000);
    const at = async (seconds: number) => {
      const headers = await signed(body, Math.floor(now / 1000) + seconds);
      return (await send("/agents/signed", { method: "POST", headers, body })).status;
    };
    expect(await Promise.all([-301, -300, 0, 300, 301].map(at))).toEqual([401, 200, 200, 200, 401]);
  });

  it("are not made of two headers", async () => {
    const body = JSON.stringify(FRAME_DATA);
    const headers = new Headers(await signed(body));
    headers.append("x-encord-signature", "0".repeat(64));
    expect((await send("/agents/signed", { method: "POST", headers, body })).status).toBe(401);
    const times = new Headers(await signed(body));
    times.append("x-encord-timestamp", "1");
    expect((await send("/agents/signed", { method: "POST", headers: times, body })).status).toBe(401);
  });
});

describe("sessions of the console", () => {
  const settings = readConsoleSettings(DEPLOYED);
  const withCookie = async (cookie: string) =>
    (await send("/console/audit", { headers: { cookie: `__Host-console=${cookie}` } })).status;

  it("are not made from parts of others", async () => {
    const viewer = (await openSession(VIEWER_TOKEN, settings, Date.now()))?.cookie ?? "";
    expect(await withCookie(viewer)).toBe(200);
    const [version, , expires, nonce, mac] = viewer.split(".");
    const parts = (role: string, until = expires) => [version, role, until, nonce, mac].join(".");
    const forgeries = [
      parts("operator"),
      parts("viewer", String(Number(expires) + 1)),
      parts("viewer", "9".repeat(13)),
      parts("admin"),
      `${viewer}x`,
      viewer.slice(0, -1),
      viewer.toUpperCase(),
      viewer.replace("1.", "2."),
      `${viewer.slice(0, -43)}${"A".repeat(43)}`,
      VIEWER_TOKEN,
      OPERATOR_TOKEN,
      `"${viewer}"`,
      encodeURIComponent(viewer).replace("1", "%31"),
    ];
    expect(await Promise.all(forgeries.map(withCookie))).toEqual(forgeries.map(() => 401));
  });

  it("end with their time, with their token, and do not pass as the token of the API", async () => {
    const old = (await openSession(OPERATOR_TOKEN, settings, Date.now() - 13 * 3_600_000))?.cookie ?? "";
    expect(await withCookie(old)).toBe(401);
    const current = (await openSession(OPERATOR_TOKEN, settings, Date.now()))?.cookie ?? "";
    const changed = { ...DEPLOYED, ADMIN_TOKEN: `${OPERATOR_TOKEN}-new` };
    const headers = { cookie: `__Host-console=${current}` };
    expect((await send("/console/audit", { headers }, changed)).status).toBe(401);
    const bearer = { authorization: `Bearer ${current}` };
    expect((await send("/api/stages", { headers: bearer })).status).toBe(401);
  });
});

describe("other tricks", () => {
  it("no header changes what a request is", async () => {
    const tricks = [
      { "x-http-method-override": "POST" },
      { "x-method-override": "POST" },
      { "x-original-url": "/console" },
      { "x-rewrite-url": "/api/stages" },
      { "x-forwarded-proto": "http" },
    ];
    for (const headers of tricks) {
      expect((await send("/agents/open?_method=POST", { headers })).status).toBe(405);
      expect((await send("/api/stages", { headers })).status).toBe(401);
    }
    expect(run).not.toHaveBeenCalled();
  });

  it("nothing is upgraded to a WebSocket", async () => {
    const headers = {
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    for (const path of ["/agents/open", "/console", "/api/stages", "/notifications/task-ready", "/health"]) {
      const response = await send(path, { headers });
      expect(response.status, path).not.toBe(101);
      expect(response.webSocket, path).toBeNull();
    }
  });

  it("doors are found by their plain path alone: no encoding leads past a check", async () => {
    const paths = [
      "/%63onsole",
      "/console%2Faudit",
      "/console/%2e%2e/api/stages",
      "/console//audit",
      "//console/audit",
      "/console/assets/../audit",
      "/console/assets/%2e%2e/audit",
      "/console/assets/..%2faudit",
      "/console/assets/..%5caudit",
      "/console;/audit",
      "/CONSOLE",
      "/api%2fstages",
      "/%61pi/stages",
      "/api/./stages",
      "/api/%2e/stages",
      "/api//stages",
      "/api/stages%00",
      "/api/stages%20",
      "/ap%C4%B1/stages",
      "/console/sign-in/../audit",
      "/console/sign-in%2f..%2faudit",
    ];
    for (const path of paths) {
      const response = await send(path);
      expect([400, 401, 403, 404], path).toContain(response.status);
      expect(await response.text()).not.toContain("Audit list");
    }
  });

  it("no answer that a cache might keep says what a caller put into it", async () => {
    const headers = {
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "gopher",
      "x-host": "evil.example",
      forwarded: "host=evil.example",
      range: "bytes=0-1",
      "accept-encoding": "evil.example",
    };
    for (const path of ["/", "/health", "/console", "/console/sign-in", "/agents/none", "/api/stages"]) {
      const response = await send(path, { headers });
      expect(response.status, path).not.toBe(206);
      const text = `${[...response.headers].join()}${await response.text()}`;
      expect(text.includes("evil.example"), path).toBe(false);
    }
    const asset = /\/console\/assets\/\w+\.css/.exec(await (await send("/console")).text())?.[0] ?? "";
    const kept = await send(asset, { headers });
    expect([kept.status, kept.headers.get("set-cookie")]).toEqual([200, null]);
  });

  it("an answer to one origin is not one to another", async () => {
    const origins = ["https://app.encord.com", "https://app.us.encord.com", "https://evil.example"];
    const answers = origins.map((origin) =>
      send("/agents/open", {
        method: "POST",
        headers: { ...BROWSER, origin },
        body: JSON.stringify(FRAME_DATA),
      }),
    );
    const allowed = (await Promise.all(answers)).map(({ headers }) => [
      headers.get("access-control-allow-origin"),
      headers.get("access-control-allow-credentials"),
      headers.get("vary"),
    ]);
    expect(allowed).toEqual([
      [origins[0], null, "Origin"],
      [origins[1], null, "Origin"],
      [null, null, "Origin"],
    ]);
  });

  it("a flood of calls does not flood the object that lists them", async () => {
    vi.spyOn(Date, "now").mockReturnValue(1_800_000_000_000);
    const waiting = vi.fn();
    const context = { ...createExecutionContext(), waitUntil: waiting } as unknown as ExecutionContext;
    const flood = Array.from({ length: 100 }, () =>
      app.fetch(
        new Request("https://worker.test/agents/open", {
          method: "POST",
          headers: BROWSER,
          body: JSON.stringify(FRAME_DATA),
        }),
        DEPLOYED,
        context,
      ),
    );
    expect((await Promise.all(flood)).filter(({ status }) => status === 200)).toHaveLength(100);
    expect(waiting.mock.calls.length).toBeLessThanOrEqual(20);
    expect(waiting.mock.calls.length).toBeGreaterThan(0);
  });
});
