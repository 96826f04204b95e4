/** Each row of the endpoint's contract that is decided before Encord is asked. */

import { createExecutionContext } from "cloudflare:test";
import {
  defineAgents,
  EditorAgentError,
  type Environment,
  editorAgent,
  retryLater,
} from "encord-edge-agents";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { signRequest } from "../../src/http/signature.ts";
import authVectors from "../fixtures/vectors/auth.json";

const PROJECT = "aaaa0001-0000-4000-8000-000000000001";
const DATA = "da7a0000-0000-4000-8000-000000000001";
const BODY = { projectHash: PROJECT, dataHash: DATA, frame: 3, objectHashes: ["abc"] };
const ORIGIN = "https://app.encord.com";

const ENVIRONMENT: Environment = {
  ENCORD_SSH_KEY: authVectors.key.opensshPrivateKey,
  ENCORD_PROJECTS: PROJECT,
};
const SECRETS = { ...ENVIRONMENT, ENCORD_WEBHOOK_SECRET: "old-secret, new-secret" };

const run = vi.fn();
const app = createApp(
  defineAgents({
    agents: [
      editorAgent({ name: "open", run: (input) => run(input) }),
      editorAgent({ name: "signed", signature: "required", run: (input) => run(input) }),
      editorAgent({ name: "slow", timeout: "20 milliseconds", run: () => new Promise<null>(() => {}) }),
    ],
  }),
);

const lines: string[] = [];

beforeEach(() => {
  run.mockReset();
  lines.length = 0;
  for (const level of ["info", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)));
  }
  return () => vi.restoreAllMocks();
});

function call(
  path: string,
  init: RequestInit = {},
  environment: Environment = ENVIRONMENT,
): Promise<Response> {
  const request = new Request(`https://worker.test${path}`, {
    method: "POST",
    body: JSON.stringify(BODY),
    ...init,
    headers: { "content-type": "application/json", ...(init.headers as Record<string, string>) },
  });
  return Promise.resolve(app.fetch(request, environment, createExecutionContext()));
}

async function answerOf(response: Response): Promise<{ status: number; body: unknown }> {
  return { status: response.status, body: await response.json() };
}

describe("what the agent says", () => {
  it("nothing to say is null", async () => {
    for (const returned of [undefined, null, {}, { message: null }, { message: "  ", decision: "" }]) {
      run.mockReturnValueOnce(returned);
      expect(await answerOf(await call("/agents/open"))).toEqual({ status: 200, body: null });
    }
  });

  it("the agent receives what was sent", async () => {
    await call("/agents/open");
    expect(run).toHaveBeenCalledWith({ frameData: BODY });
  });

  it("a message and a decision are answered, unset ones left out, the decision stripped", async () => {
    run.mockReturnValueOnce({ message: "2 objects", decision: " accept " });
    expect(await answerOf(await call("/agents/open"))).toEqual({
      status: 200,
      body: { message: "2 objects", decision: "accept" },
    });
    run.mockReturnValueOnce({ message: "2 objects", decision: " " });
    expect(await (await call("/agents/open")).json()).toEqual({ message: "2 objects" });
  });

  it("a decision that Encord would silently ignore fails loudly", async () => {
    run.mockReturnValueOnce({ decision: "x".repeat(257) });
    expect((await call("/agents/open")).status).toBe(500);
    expect(lines.join("\n")).toContain("a decision of 257 characters");
  });

  it("an answer of another kind fails, and the log says what was returned", async () => {
    run.mockReturnValueOnce("just text");
    expect((await call("/agents/open")).status).toBe(500);
    expect(lines.join("\n")).toContain("returned a string; return { message, decision }");
  });

  it("a refusal of the agent is 400 with its message", async () => {
    run.mockImplementationOnce(() => {
      throw new EditorAgentError("Select an object first.");
    });
    expect(await answerOf(await call("/agents/open"))).toEqual({
      status: 400,
      body: { message: "Select an object first." },
    });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ event: "agent_refused", dataHash: DATA });
  });

  it("an agent that wants to be called later is 503 with its reason and when, and no signed address", async () => {
    run.mockImplementationOnce(() => {
      throw retryLater("90 seconds", "The model at https://model.test/x?signature=abc is loading.");
    });
    const response = await call("/agents/open");
    expect(response.headers.get("retry-after")).toBe("90");
    const { status, body } = await answerOf(response);
    expect(status).toBe(503);
    expect((body as { message: string }).message).toMatch(/^The model at .* is loading\.$/);
    expect(JSON.stringify(body) + lines.join()).not.toContain("abc");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ event: "agent_asked_for_later", dataHash: DATA });
  });

  it("any other failure is 500, with nothing of the inside in the answer and all of it in the log", async () => {
    run.mockImplementationOnce(() => {
      throw new Error("database at 10.0.0.1 refused https://storage.test/x?signature=abc");
    });
    const { status, body } = await answerOf(await call("/agents/open"));
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toMatch(/10\.0\.0\.1|storage|Error/);
    expect(lines.join("\n")).toContain("database at 10.0.0.1");
    expect(lines.join("\n")).not.toContain("signature=abc");
  });

  it("an agent that does not end in time is 500, and the log says so", async () => {
    expect((await call("/agents/slow")).status).toBe(500);
    expect(lines.join("\n")).toContain('Agent \\"slow\\" did not end within 0.02 seconds');
  });
});

describe("what is asked", () => {
  it("a test request is answered with null, whatever else it carries, and runs nothing", async () => {
    for (const header of ["X-Encord-Editor-Agent", "X-Encord-Agent"]) {
      const response = await call(
        "/agents/signed",
        { body: "not json", headers: { [header]: "test-header", Origin: ORIGIN } },
        {},
      );
      expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
      expect(await answerOf(response)).toEqual({ status: 200, body: null });
    }
    expect(run).not.toHaveBeenCalled();
  });

  it("an unknown agent is 404, also for a test request: the URL is wrong", async () => {
    const response = await call("/agents/other", { headers: { "X-Encord-Agent": "1" } });
    expect(await answerOf(response)).toEqual({
      status: 404,
      body: { message: 'There is no agent named "other" here.' },
    });
  });

  it("another method is 405 and says which is right", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const response = await call("/agents/open", { method, body: null });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("POST, OPTIONS");
    }
  });

  it("a body that is not JSON is 400, one that says it is something else 415", async () => {
    for (const body of ["", "{", "\u0000"])
      expect((await call("/agents/open", { body })).status, body).toBe(400);
    expect((await call("/agents/open", { body: new Uint8Array([0xff, 0xfe, 0x7b]) })).status).toBe(400);
    const other = await call("/agents/open", { headers: { "content-type": "text/plain" } });
    expect(await answerOf(other)).toEqual({
      status: 415,
      body: { message: "Send JSON (content-type: application/json), not text/plain." },
    });
    expect(
      (await call("/agents/open", { headers: { "content-type": "application/json; charset=utf-8" } })).status,
    ).toBe(200);
  });

  it("a body over the limit is 413, whether its length is declared or not", async () => {
    const large = JSON.stringify({ ...BODY, extra: "x".repeat(1024 * 1024) });
    expect((await call("/agents/open", { body: large })).status).toBe(413);
    const stream = new Response(large).body;
    expect((await call("/agents/open", { body: stream })).status).toBe(413);
    expect(run).not.toHaveBeenCalled();
  });

  it("a body that does not fit is 422 and names every fault", async () => {
    const response = await call("/agents/open", {
      body: JSON.stringify({ projectHash: "x", frame: -1, objectHashes: "a" }),
    });
    const { status, body } = await answerOf(response);
    expect(status).toBe(422);
    const { message, errors } = body as { message: string; errors: { path: string[] }[] };
    expect(errors.map((error) => error.path.join("."))).toEqual([
      "projectHash",
      "dataHash",
      "frame",
      "objectHashes",
    ]);
    expect(message).toContain("projectHash must be a UUID");
    expect(message).toContain("frame must be a whole number, 0 or more");
    const list = await answerOf(await call("/agents/open", { body: "[]" }));
    expect(list.body).toMatchObject({ message: expect.stringContaining("body must be a JSON object") });
  });

  it("a project that is not served is 403 and says which setting decides", async () => {
    const other = JSON.stringify({ ...BODY, projectHash: "bbbb0001-0000-4000-8000-000000000001" });
    const { status, body } = await answerOf(await call("/agents/open", { body: other }));
    expect(status).toBe(403);
    expect(body).toEqual({ message: expect.stringContaining("Add it to ENCORD_PROJECTS.") });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        event: "project_not_served",
        agent: "open",
        projectHash: "bbbb0001-0000-4000-8000-000000000001",
      }),
    ]);
    const none = await call("/agents/open", {}, { ...ENVIRONMENT, ENCORD_PROJECTS: "" });
    expect(await answerOf(none)).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining("no project yet") },
    });
    expect(run).not.toHaveBeenCalled();
  });

  it("a deployment that is not set up is 500, and the log says which setting is missing", async () => {
    expect((await call("/agents/open", {}, {})).status).toBe(500);
    expect(lines.join("\n")).toContain("ENCORD_SSH_KEY: it is missing.");
  });
});

describe("who asks", () => {
  async function signed(
    secret: string,
    timestamp = Math.floor(Date.now() / 1000),
  ): Promise<Record<string, string>> {
    const body = new TextEncoder().encode(JSON.stringify(BODY));
    return {
      "X-Encord-Timestamp": String(timestamp),
      "X-Encord-Signature": await signRequest(secret, timestamp, body),
    };
  }

  it("a signed call is taken with either of two secrets", async () => {
    for (const secret of ["old-secret", "new-secret"]) {
      for (const agent of ["open", "signed"]) {
        expect((await call(`/agents/${agent}`, { headers: await signed(secret) }, SECRETS)).status).toBe(200);
      }
    }
  });

  it("a wrong signature is 401 everywhere; the reason is in the log only", async () => {
    for (const agent of ["open", "signed"]) {
      const headers = { ...(await signed("stolen")), Origin: ORIGIN };
      const response = await call(`/agents/${agent}`, { headers }, SECRETS);
      expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
      expect(await answerOf(response)).toEqual({
        status: 401,
        body: { message: "This call could not be verified." },
      });
    }
    expect(lines.join("\n")).toContain("fits none of the secrets");
    expect(run).not.toHaveBeenCalled();
  });

  it("an old signature is 401", async () => {
    const headers = await signed("old-secret", Math.floor(Date.now() / 1000) - 301);
    expect((await call("/agents/signed", { headers }, SECRETS)).status).toBe(401);
  });

  it("where the signature is required, an unsigned call is 401, also from the editor", async () => {
    expect((await call("/agents/signed", {}, SECRETS)).status).toBe(401);
    expect((await call("/agents/signed", { headers: { Origin: ORIGIN } }, SECRETS)).status).toBe(401);
    expect((await call("/agents/signed", {}, ENVIRONMENT)).status, "no secret set").toBe(401);
  });

  it("where it is optional, an unsigned call must come from an allowed page once a secret is set", async () => {
    expect((await call("/agents/open", { headers: { Origin: ORIGIN } }, SECRETS)).status).toBe(200);
    expect(
      (await call("/agents/open", { headers: { Origin: "https://evil.example" } }, SECRETS)).status,
    ).toBe(401);
    expect((await call("/agents/open", {}, SECRETS)).status).toBe(401);
    expect((await call("/agents/open", {}, ENVIRONMENT)).status, "no secret set").toBe(200);
  });

  it("a signature that cannot be checked is no reason to refuse an open agent, and the log says so", async () => {
    expect((await call("/agents/open", { headers: await signed("any") })).status).toBe(200);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      event: "signature_not_checked",
      reason: "ENCORD_WEBHOOK_SECRET is not set",
    });
    expect((await call("/agents/signed", { headers: await signed("any") })).status).toBe(401);
  });
});

describe("what else is there", () => {
  it("health tells whether the deployment is set up, and nothing more", async () => {
    const health = (environment: Environment) => call("/health", { method: "GET", body: null }, environment);
    expect(await answerOf(await health(SECRETS))).toEqual({
      status: 200,
      body: { status: "ok", version: "0.1.0" },
    });
    expect(await answerOf(await health({ ENCORD_DOMAIN: "nowhere" }))).toEqual({
      status: 503,
      body: { status: "not set up", version: "0.1.0", missing: ["ENCORD_SSH_KEY", "ENCORD_DOMAIN"] },
    });
  });

  it("what is served is told in local development only", async () => {
    const list = (host: string, environment: Environment) =>
      app.fetch(new Request(`http://${host}/agents`), environment, createExecutionContext());
    expect((await list("localhost:8787", ENVIRONMENT)).status).toBe(404);
    const development = { ...ENVIRONMENT, ENVIRONMENT: "development" };
    expect((await list("worker.example", development)).status).toBe(404);
    const response = await list("localhost:8787", development);
    expect(await response.json()).toMatchObject({
      editorAgents: [
        { name: "open", url: "http://localhost:8787/agents/open", signature: "optional" },
        {},
        {},
      ],
    });
  });

  it("anything else is 404, as JSON", async () => {
    expect(await answerOf(await call("/nowhere"))).toEqual({
      status: 404,
      body: { message: "There is nothing at this address." },
    });
  });
});
