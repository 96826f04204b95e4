/**
 * A thousand hostile requests: too big, too deep, of wrong types, with tricks in path and headers, forged, replayed. Each is
 * refused with the right 4xx; none reaches an agent, none ends in a 5xx, and neither answers nor log tell a secret or how the
 * Worker looks inside.
 */

import { createExecutionContext } from "cloudflare:test";
import { defineAgents, type Environment, editorAgent } from "encord-edge-agents";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { signRequest } from "../../src/http/signature.ts";
import authVectors from "../fixtures/vectors/auth.json";

const PROJECT = "aaaa0001-0000-4000-8000-000000000001";
const DATA = "da7a0000-0000-4000-8000-000000000001";
const STAGE = "57a6e000-0000-4000-8000-000000000001";
const SECRET = "whsec_3f0c1d5a9b7e";
const TOKEN = "5e1f9c0d7b3a2468ace013579bdf2468";
const KEY = authVectors.key.opensshPrivateKey;
const COUNT = 1000;

const ENVIRONMENT: Environment = {
  ENCORD_SSH_KEY: KEY,
  ENCORD_PROJECTS: PROJECT,
  ENCORD_WEBHOOK_SECRET: SECRET,
  ADMIN_TOKEN: TOKEN,
};
const FRAME_DATA = { projectHash: PROJECT, dataHash: DATA, frame: 0 };
const BROWSER = { "content-type": "application/json", origin: "https://app.encord.com" };

/** One request, and the statuses that are right for it. */
interface Attack {
  readonly what: string;
  readonly path: string;
  readonly init: RequestInit;
  readonly right: readonly number[];
}

const run = vi.fn(() => ({ message: "ran" }));
const app = createApp(
  defineAgents({
    agents: [editorAgent({ name: "open", run }), editorAgent({ name: "signed", signature: "required", run })],
  }),
);

const lines: string[] = [];
beforeEach(() => {
  for (const level of ["info", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)));
  }
});
afterEach(() => vi.restoreAllMocks());

/** Repeatable chance. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = dice(20_260_101);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T; // Never empty.
const whole = (below: number) => Math.floor(random() * below);
const hex = (digits: number) => Array.from({ length: digits }, () => "0123456789abcdef"[whole(16)]).join("");

const post = (body: BodyInit, headers: Record<string, string> = BROWSER): RequestInit => ({
  method: "POST",
  headers,
  body,
});

function tooBig(): Attack {
  const notification = random() < 0.5;
  const filler = " ".repeat((notification ? 64 : 1024) * 1024 + whole(1000));
  return notification
    ? { what: "too big", path: "/notifications/task-ready", init: post(`{}${filler}`), right: [413] }
    : {
        what: "too big",
        path: "/agents/open",
        init: post(JSON.stringify(FRAME_DATA) + filler),
        right: [413],
      };
}

function tooDeep(): Attack {
  const depth = 10 + whole(40_000);
  const [open, close] = pick([
    ["[", "]"],
    ['{"a":', "}"],
    ['{"projectHash":', "}"],
    ['{"objectHashes":[', "]}"],
  ] as const);
  const closed = random() < 0.5;
  const body = `${open.repeat(depth)}1${closed ? close.repeat(depth) : ""}`;
  return { what: "too deep", path: "/agents/open", init: post(body), right: [closed ? 422 : 400] };
}

/** None of them is a UUID, a whole number from 0, or a list of texts. */
const WRONG: readonly unknown[] = [
  -1,
  1.5,
  1e300,
  "",
  "x",
  "NaN",
  "0x10",
  "١",
  [],
  {},
  [[]],
  [null],
  { toString: "x" },
  "\u0000",
  `${PROJECT}0`,
  "'; DROP TABLE task; --",
  "../../etc/passwd",
  "<script>",
  "x".repeat(5000),
];

function wrongTypes(): Attack {
  const field = pick(["projectHash", "dataHash", "frame"]);
  let value = pick(WRONG);
  if (value === 1e300 && field === "frame") value = -1e300;
  const lists = random() < 0.3 ? { objectHashes: pick([1, "abc", {}, [1], [null], [["a"]]]) } : {};
  const body =
    random() < 0.15
      ? pick([null, 1, "text", [], [FRAME_DATA], true])
      : { ...FRAME_DATA, [field]: value, ...lists };
  return {
    what: `wrong type: ${JSON.stringify(body).slice(0, 80)}`,
    path: "/agents/open",
    init: post(JSON.stringify(body)),
    right: [422],
  };
}

function notJson(): Attack {
  const body = pick<BodyInit>([
    "",
    "{",
    `${JSON.stringify(FRAME_DATA)}x`,
    "{'projectHash': 1}",
    "projectHash=1&dataHash=2",
    "\uFEFF\uFEFF{}",
    "NaN",
    "undefined",
    new Uint8Array([0xff, 0xfe, 0x00, 0x22]),
    new Uint8Array([0x22, 0xc3, 0x28, 0x22]),
    new Uint8Array(whole(500)).fill(0),
    `{"projectHash": "${PROJECT}", "dataHash": "\\ud800" `,
  ]);
  return { what: "not JSON", path: "/agents/open", init: post(body), right: [400] };
}

function polluted(): Attack {
  const body = pick([
    '{"__proto__": {"projectHash": "x", "frame": 1}}',
    `{"constructor": {"prototype": {"frame": 1}}, "projectHash": "${PROJECT}"}`,
    `{"__proto__": ${JSON.stringify(FRAME_DATA)}}`,
    '{"projectHash": {"__proto__": []}, "dataHash": {"length": 36}}',
  ]);
  return { what: "prototypes", path: "/agents/open", init: post(body), right: [422] };
}

function foreignProject(): Attack {
  const projectHash = `${hex(8)}-0000-4000-8000-${hex(12)}`;
  const body = JSON.stringify({ ...FRAME_DATA, projectHash });
  return { what: "another project", path: "/agents/open", init: post(body), right: [403] };
}

function otherMethod(): Attack {
  const method = pick(["GET", "PUT", "DELETE", "PATCH", "HEAD", "PROPFIND"]);
  const path = pick(["/agents/open", "/agents/signed", "/notifications/task-ready"]);
  return { what: method, path, init: { method, headers: BROWSER }, right: [405] };
}

function otherMediaType(): Attack {
  const type = pick([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/jsonp",
    "image/png",
    "text/html;charset=utf-7",
    "x".repeat(2000),
  ]);
  const headers = { ...BROWSER, "content-type": type };
  return {
    what: type.slice(0, 40),
    path: "/agents/open",
    init: post(JSON.stringify(FRAME_DATA), headers),
    right: [415],
  };
}

function strangePath(): Attack {
  const path = pick([
    "/agents/../api/stages",
    "/agents/%2e%2e/api/stages",
    "/agents/..%2fapi%2fstages",
    "/agents/..%5capi",
    "//agents//open",
    "/agents/open/",
    "/agents/open/../signed/x",
    "/agents/%00",
    "/agents/__proto__",
    "/agents/constructor",
    "/agents/%ff%fe",
    "/agents/%",
    "/agents/open%20",
    "/agents/OPEN",
    "/agents/",
    "/agents",
    "/.env",
    "/.dev.vars",
    "/wrangler.jsonc",
    "/src/worker.ts",
    "/__emulator/projects",
    "/cdn-cgi/handler/scheduled",
    "/notifications",
    "/notifications/task-ready/x",
    "/api",
    "/api/",
    "/api/../api/stages",
    "/api/stages/x/y/../../..",
    `/${"a".repeat(8000)}`,
    `/agents/${"%41".repeat(2000)}`,
    `/agents/${encodeURIComponent("<img src=x onerror=alert(1)>")}`,
    "/agents/open;x=1",
    "/agents/ōpen",
  ]);
  return {
    what: `path ${path.slice(0, 60)}`,
    path,
    init: post(JSON.stringify(FRAME_DATA)),
    right: [404, 401, 405],
  };
}

/** Neither a signature nor a page that may call. */
function nobody(): Attack {
  const origin = pick([
    "https://app.encord.com.evil.example",
    "http://app.encord.com",
    "https://app.encord.com:8443",
    "https://evil.example",
    "null",
    "https://appXencord.com",
    "https://a.web.app",
    "https://cord-ai-development--x.web.app",
    "file://",
    "",
  ]);
  const spoofed = pick([
    {},
    { "x-forwarded-host": "app.encord.com" },
    { "x-original-url": "/health" },
    { "x-http-method-override": "GET" },
    { referer: "https://app.encord.com/" },
    { "cf-connecting-ip": "127.0.0.1" },
    { host: "localhost" },
    { "x-forwarded-for": "127.0.0.1" },
  ]);
  const headers: Record<string, string> = {
    "content-type": "application/json",
    ...spoofed,
    ...(origin === "" ? {} : { origin }),
  };
  return {
    what: `origin ${origin}`,
    path: "/agents/open",
    init: post(JSON.stringify(FRAME_DATA), headers),
    right: [401],
  };
}

async function forged(): Promise<Attack> {
  const body = JSON.stringify({
    version: 1,
    event_type: "agent_stage_work_available_event",
    payload: { project_hash: PROJECT, stage_uuid: STAGE, pending_count: 1, reason: "batch_size_reached" },
  });
  const bytes = new TextEncoder().encode(body);
  const now = Math.floor(Date.now() / 1000);
  const sign = (secret: string, at: number, what = bytes) => signRequest(secret, at, what);
  const old = now - 301 - whole(100_000);
  const coming = now + 302 + whole(100_000);
  const [timestamp, signature] = await pick<() => Promise<[string, string]>>([
    async () => [String(now), hex(64)],
    async () => [String(now), await sign("wrong", now)],
    async () => [String(now), await sign("", now).catch(() => hex(64))],
    async () => [String(now), (await sign(SECRET, now)).toUpperCase().replace(/^[0-9]*$/, "A")],
    async () => [String(now), (await sign(SECRET, now)).slice(1)],
    async () => [String(now), `${await sign(SECRET, now)}00`],
    async () => [String(now), await sign(SECRET, now, bytes.subarray(1))],
    async () => [String(now), await sign(SECRET, now - 1)],
    async () => [String(old), await sign(SECRET, old)],
    async () => [String(coming), await sign(SECRET, coming)],
    async () => [`+${now}`, await sign(SECRET, now)],
    async () => [`${now}.0`, await sign(SECRET, now)],
    async () => [`${now}e0`, await sign(SECRET, now)],
    async () => ["", await sign(SECRET, now)],
    async () => ["NaN", await sign(SECRET, now)],
    async () => ["9".repeat(40), await sign(SECRET, now)],
    async () => [String(now), ""],
    async () => [String(now), `sha256=${await sign(SECRET, now)}`],
  ])();
  const headers = {
    "content-type": "application/json",
    "x-encord-timestamp": timestamp,
    "x-encord-signature": signature,
  };
  const path = pick(["/notifications/task-ready", "/agents/signed", "/agents/open"]);
  return {
    what: `forged ${timestamp.slice(0, 20)} ${signature.slice(0, 20)}`,
    path,
    init: post(body, headers),
    right: [401],
  };
}

/** Signed with the right secret, but no notification. */
async function malformedNotification(): Promise<Attack> {
  const payload = { project_hash: PROJECT, stage_uuid: STAGE, pending_count: 1, reason: "x" };
  const event = { version: 1, event_type: "agent_stage_work_available_event", payload };
  const value = pick([null, 1, "", "x", [], {}, -1, "../..", "x".repeat(1000)]);
  const body = pick<unknown>([
    { ...event, payload: { ...payload, [pick(["project_hash", "stage_uuid"])]: value } },
    { ...event, payload: { ...payload, pending_count: pick([-1, 1.5, "1", null]) } },
    { ...event, payload: value === "" ? null : pick([1, [], "x", null]) },
    { ...event, version: pick(["1", null, 1.5, {}]) },
    { ...event, event_type: pick([1, null, [], {}]) },
    [event],
    null,
    "text",
  ]);
  const text = random() < 0.1 ? pick(["", "{", "\u0000", "[".repeat(5000)]) : JSON.stringify(body);
  const now = Math.floor(Date.now() / 1000);
  const signature = await signRequest(SECRET, now, new TextEncoder().encode(text));
  const headers = {
    "content-type": "application/json",
    "x-encord-timestamp": String(now),
    "x-encord-signature": signature,
  };
  return {
    what: `notification ${text.slice(0, 80)}`,
    path: "/notifications/task-ready",
    init: post(text, headers),
    right: [422],
  };
}

function forgedOperator(): Attack {
  const authorization = pick([
    "",
    "Bearer",
    "Bearer ",
    `Bearer ${hex(32)}`,
    `Bearer ${TOKEN}0`,
    `Bearer ${TOKEN.slice(1)}`,
    `Basic ${btoa(`admin:${TOKEN}`)}`,
    TOKEN,
    `Bearer ${TOKEN.toUpperCase()}`,
    "Bearer undefined",
    "Bearer null",
    `Token ${TOKEN}`,
  ]);
  const method = pick(["GET", "POST"]);
  const path = pick([
    "/api/stages",
    `/api/stages/${PROJECT}/${STAGE}`,
    `/api/stages/${PROJECT}/${STAGE}/tasks`,
    `/api/stages/${PROJECT}/${STAGE}/pause`,
    `/api/stages/${PROJECT}/${STAGE}/cancel`,
    `/api/stages/${PROJECT}/${STAGE}/tasks/x`,
  ]);
  const headers = {
    "content-type": "application/json",
    "x-forwarded-for": "127.0.0.1",
    ...(authorization === "" ? {} : { authorization }),
  };
  const init = method === "GET" ? { headers } : post('{"tasks":"all"}', headers);
  return { what: `operator "${authorization.replace(TOKEN, "TOKEN")}"`, path, init, right: [401, 404] };
}

function forgedConsole(): Attack {
  const cookie = pick([
    "session=admin",
    `__Host-session=${hex(64)}`,
    `session=${btoa('{"role":"operator"}')}.${hex(64)}`,
    `console=${"x".repeat(3000)}`,
    `session=${hex(32)}; session=${hex(32)}`,
    "session=%00; role=operator",
    "=; ;;==",
  ]);
  const spoofed = pick<Record<string, string>>([
    {},
    { "cf-access-authenticated-user-email": "boss@example.com" },
    { "cf-access-jwt-assertion": "e30.e30.x" },
    { "cf-access-jwt-assertion": "x" },
  ]);
  const path = pick([
    "/console",
    "/console/agents",
    "/console/audit",
    `/console/stages/${PROJECT}/${STAGE}`,
    `/console/stages/${PROJECT}/${STAGE}/actions`,
    "/console/agents/open/call",
  ]);
  const headers = { cookie, ...spoofed };
  const acting = random() < 0.5;
  const form = { ...headers, "content-type": "application/x-www-form-urlencoded" };
  const init = acting ? post(`csrf=${hex(32)}&action=pause&task=all`, form) : { headers };
  return { what: `console ${cookie.slice(0, 30)}`, path, init, right: [303, 302, 401, 403, 404, 405] };
}

const FAMILIES: readonly (() => Attack | Promise<Attack>)[] = [
  tooBig,
  tooDeep,
  wrongTypes,
  wrongTypes,
  notJson,
  polluted,
  foreignProject,
  otherMethod,
  otherMediaType,
  strangePath,
  strangePath,
  nobody,
  forged,
  forged,
  malformedNotification,
  forgedOperator,
  forgedConsole,
];

async function send({ path, init }: Attack): Promise<Response> {
  const request = new Request(`https://worker.test${path}`, { redirect: "manual", ...init });
  return app.fetch(request, ENVIRONMENT, createExecutionContext());
}

const SECRETS = [
  SECRET,
  TOKEN,
  ...KEY.split("\n").filter((line) => line.length > 20 && !line.startsWith("-")),
];
/** A stack, a path of a source, or a name that only the platform or a library uses. */
const INSIDE = /\n\s+at |\.tsx?:\d+|node_modules|file:\/\/|ZodError|SQLITE|TypeError|RangeError/;

it(`${COUNT} hostile requests are refused as they should be, and learn nothing`, async () => {
  const wrong: string[] = [];
  const met = new Map<number, number>();
  for (let at = 0; at < COUNT; at++) {
    const attack = await (FAMILIES[at % FAMILIES.length] as () => Attack | Promise<Attack>)(); // The index is within the list.
    const response = await send(attack);
    const text = await response.text();
    const said = `${[...response.headers].join("\n")}\n${text}`;
    met.set(response.status, (met.get(response.status) ?? 0) + 1);
    if (!attack.right.includes(response.status)) {
      wrong.push(
        `${attack.init.method ?? "GET"} ${attack.path.slice(0, 60)} (${attack.what}): ${response.status} ${text.slice(0, 200)}`,
      );
    }
    if (INSIDE.test(said)) wrong.push(`${attack.what}: tells of the inside: ${said.slice(0, 300)}`);
    for (const secret of SECRETS) if (said.includes(secret)) wrong.push(`${attack.what}: tells a secret`);
  }
  expect(wrong).toEqual([]);
  expect(run).not.toHaveBeenCalled();
  // Every kind of refusal was met.
  expect([400, 401, 403, 404, 405, 413, 415, 422].filter((status) => !met.has(status))).toEqual([]);

  const log = lines.join("\n");
  for (const secret of SECRETS) expect(log.includes(secret)).toBe(false);
  const failures = lines.filter((line) => line.includes('"request_failed"'));
  expect(failures).toEqual([]);

  const sound = await send({
    what: "sound",
    path: "/agents/open",
    init: post(JSON.stringify(FRAME_DATA)),
    right: [200],
  });
  expect([sound.status, await sound.json()]).toEqual([200, { message: "ran" }]);
});
