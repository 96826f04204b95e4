/** An agent of several modes behind the endpoint: who calls decides what it is told. */

import { createExecutionContext } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { agent, defineAgents } from "encord-edge-agents";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { signedHeaders } from "../emulator/encord-side/signature.ts";
import { settings } from "../queue/emulated-project.ts";

const SECRET = "the-secret-of-the-node";
const environment = { ...settings, ENCORD_WEBHOOK_SECRET: SECRET };
const body = JSON.stringify({
  projectHash: settings["ENCORD_PROJECTS"],
  dataHash: "da7a0000-0000-4000-8000-000000000001",
  frame: 3,
});

const app = createApp(
  defineAgents({
    agents: [
      agent({
        name: "modes",
        modes: ["editor", "node"],
        outcomes: ["accept"],
        run: ({ mode, frameData }) => ({ outcome: "accept", message: `${mode} ${frameData.frame}` }),
      }),
      agent({ name: "only-node", modes: ["node"], run: () => ({ outcome: "accept" }) }),
      agent({ name: "only-editor", modes: ["editor"], run: () => ({ message: "hello" }) }),
    ],
  }),
);

beforeEach(() => {
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

async function call(name: string, headers: Record<string, string>) {
  const request = new Request(`https://worker.test/agents/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  const context = Object.assign(createExecutionContext(), { exports });
  const response = await app.fetch(request, environment, context);
  return { status: response.status, body: await response.json() };
}

const browser = { origin: "https://app.encord.com" };

it("a signed call is a node's, a browser's is the editor's", async () => {
  const signed = await signedHeaders(SECRET, body, Date.now());
  expect(await call("modes", signed)).toEqual({
    status: 200,
    body: { message: "node 3", decision: "accept" },
  });
  expect((await call("modes", browser)).body).toEqual({ message: "editor 3", decision: "accept" });
});

it("an agent without the editor among its modes takes signed calls only; one without nodes says so", async () => {
  const signed = await signedHeaders(SECRET, body, Date.now());
  expect((await call("only-node", browser)).status).toBe(401);
  expect(await call("only-node", signed)).toEqual({ status: 200, body: { decision: "accept" } });
  expect(await call("only-editor", signed)).toMatchObject({
    status: 400,
    body: { message: expect.stringMatching(/for the Label Editor only/) },
  });
  expect(await call("only-editor", browser)).toEqual({ status: 200, body: { message: "hello" } });
});
