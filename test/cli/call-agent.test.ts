/** `encord-edge test` and `encord-edge notify`: what goes over the wire, and what is shown of it. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCommand } from "../../src/cli/program.ts";
import { checkSignature } from "../../src/http/signature.ts";
import { terminal } from "./terminal.ts";

const PROJECT = "aaaa0001-0000-4000-8000-000000000001";
const STAGE = "57a6e000-0000-4000-8000-000000000001";
const EDITOR = `https://app.encord.com/label_editor/${PROJECT}/da7a0000-0000-4000-8000-000000000001/3?objectHash=it's`;
const PAYLOAD = `{"projectHash":"${PROJECT}","dataHash":"da7a0000-0000-4000-8000-000000000001","frame":3,"objectHashes":["it's"]}`;
const SECRET = "whsec_0123456789abcdef";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "encord-edge-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A Worker that remembers what it was asked. */
function worker(answer: () => Response) {
  const requests: Request[] = [];
  const send = async (input: string | URL | Request, init?: RequestInit) => {
    requests.push(new Request(input, init));
    return answer();
  };
  return { requests, context: terminal({ folder, fetch: send as typeof fetch }) };
}

const fromEncordsApp = { headers: { "access-control-allow-origin": "https://app.encord.com" } };

it("an agent is called as the Label Editor calls it, and request, answer, time, link and curl line are shown", async () => {
  const { requests, context } = worker(() => Response.json({ message: "2 boxes" }, fromEncordsApp));
  expect(await runCommand(["test", "add-box", EDITOR], context)).toBe(0);
  const [request] = requests;
  expect(request?.url).toBe("http://127.0.0.1:8787/agents/add-box");
  expect(await request?.text()).toBe(PAYLOAD);
  expect(Object.fromEntries(request?.headers ?? [])).toMatchObject({
    origin: "https://app.encord.com",
    "content-type": "application/json",
  });
  expect(context.output()).toBe(
    `POST http://127.0.0.1:8787/agents/add-box
  content-type: application/json
  origin: https://app.encord.com
  ${PAYLOAD}

200 in 0 ms
  {"message":"2 boxes"}

Label Editor  https://app.encord.com/label_editor/${PROJECT}/da7a0000-0000-4000-8000-000000000001/3?objectHash=it%27s
Again         curl -X POST 'http://127.0.0.1:8787/agents/add-box' -H 'content-type: application/json' -H 'origin: https://app.encord.com' -d '${PAYLOAD.replaceAll("'", "'\\''")}'
`,
  );
});

it.each([
  ["https://agents.example.com", "https://agents.example.com/agents/add-box"],
  ["https://agents.example.com/agents/other", "https://agents.example.com/agents/other"],
])("--endpoint %s calls %s", async (endpoint, url) => {
  const { requests, context } = worker(() => Response.json(null));
  expect(
    await runCommand(["test", "add-box", EDITOR, "--endpoint", endpoint, "--test-header"], context),
  ).toBe(0);
  expect(requests[0]?.url).toBe(url);
  expect(requests[0]?.headers.get("x-encord-agent")).toBe("test-header");
  expect(context.output()).toContain("could not read this answer");
});

it("--sign signs with the secret of the settings file, which is never shown", async () => {
  await writeFile(join(folder, ".dev.vars"), `ENCORD_WEBHOOK_SECRET="${SECRET},older"\n`);
  const { requests, context } = worker(() => Response.json({ decision: "yes" }));
  expect(await runCommand(["test", "route", EDITOR, "--sign"], context)).toBe(0);
  const request = requests[0] as Request;
  expect(request.headers.get("origin")).toBeNull();
  const body = new Uint8Array(await request.arrayBuffer());
  expect(await checkSignature(request.headers, body, [SECRET], context.now())).toEqual({ kind: "valid" });
  expect(context.output()).not.toContain(SECRET);
});

it("--json gives one document", async () => {
  const { context } = worker(() => Response.json({ message: "no" }, { status: 400, ...fromEncordsApp }));
  expect(await runCommand(["test", "add-box", EDITOR, "--json"], context)).toBe(1);
  expect(JSON.parse(context.output())).toMatchObject({
    request: { body: { frame: 3 } },
    answer: { status: 400, body: { message: "no" }, readableByEditor: true },
  });
});

it("a Worker that is not running is named, with how to start it", async () => {
  const context = terminal({ folder });
  expect(await runCommand(["test", "add-box", EDITOR], context)).toBe(1);
  expect(context.errors()).toMatch(
    /^Nothing answers at http:\/\/127\.0\.0\.1:8787\/agents\/add-box\..*npm start/,
  );
});

it("a notification is signed, and says whether it was taken", async () => {
  await writeFile(join(folder, "production.env"), `ENCORD_WEBHOOK_SECRET=${SECRET}\n`);
  const words = [
    "notify",
    "--project",
    PROJECT,
    "--stage",
    STAGE,
    "--pending",
    "7",
    "--env-file",
    "production.env",
  ];
  for (const [status, taken] of [
    ["taken", 0],
    ["not served", 1],
  ] as const) {
    const { requests, context } = worker(() => Response.json({ status }));
    expect(await runCommand([...words, "--endpoint", "https://agents.example.com"], context)).toBe(taken);
    const request = requests[0] as Request;
    expect(request.url).toBe("https://agents.example.com/notifications/task-ready");
    const body = new Uint8Array(await request.arrayBuffer());
    expect(await checkSignature(request.headers, body, [SECRET], context.now())).toEqual({ kind: "valid" });
    expect(JSON.parse(new TextDecoder().decode(body))).toMatchObject({
      version: 1,
      event_type: "agent_stage_work_available_event",
      payload: { project_hash: PROJECT, stage_uuid: STAGE, pending_count: 7, reason: "batch_size_reached" },
    });
  }
});

it.each([
  [["test", "add-box"], 2, "missing required argument"],
  [["dance"], 2, "unknown command"],
  [["test", "add-box", "https://example.com/"], 1, "is not an address of the Label Editor"],
  [["test", "add-box", EDITOR, "--sign"], 1, "ENCORD_WEBHOOK_SECRET is not set here"],
  [["test", "add-box", EDITOR, "--local", "--endpoint", "https://a.example.com"], 1, "not both"],
  [["test", "add-box", EDITOR, "--endpoint", "ftp://example.com"], 1, "is not an address such as"],
  [["notify", "--project", "x", "--stage", STAGE], 1, "ENCORD_WEBHOOK_SECRET is not set here"],
] as const)("%j ends with status %i and one clear line", async (words, status, message) => {
  const context = terminal({ folder });
  expect(await runCommand(words, context)).toBe(status);
  expect(context.errors()).toContain(message);
});

it("every command explains itself with --help", async () => {
  for (const words of [
    [],
    ["test"],
    ["doctor"],
    ["agents"],
    ["new", "agent"],
    ["run"],
    ["notify"],
    ["keygen"],
  ]) {
    const context = terminal({ folder });
    expect(await runCommand([...words, "--help"], context)).toBe(0);
    expect(context.output()).toMatch(/^Usage: encord-edge/);
  }
});
