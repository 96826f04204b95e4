/**
 * `POST /agents/<name>`: the endpoint by which the Label Editor and Workflow nodes call an editor agent.
 * In this order: known agent → test request → media type → size → signature → JSON → shape → project → rate limit → run.
 * Every answer is JSON. A refusal says what to do; a failure tells nothing of the inside, which is only in the log.
 */

import type { Context } from "hono";
import type { AgentSet } from "../agent/agent-set.ts";
import { callEditorAgent } from "../agent/call-editor-agent.ts";
import type { EditorAgent } from "../agent/editor-agent.ts";
import { EditorAgentError, RetryLaterError } from "../agent/errors.ts";
import { parseFrameData } from "../agent/frame-data.ts";
import { errorText, type Log } from "../agent/log.ts";
import { connect, traceIdOf } from "../connection.ts";
import { AuthorisationError } from "../encord/index.ts";
import { LockHolder } from "../queue/label-locks.ts";
import { labelLocks } from "../queue/loopback.ts";
import { servedProjects } from "../queue/served-stages.ts";
import type { Settings } from "../settings.ts";
import { jsonOf, readBody } from "./body.ts";
import { isAllowedOrigin } from "./cors.ts";
import type { HttpEnvironment } from "./http-environment.ts";
import { isOverLimit, RETRY_AFTER_SECONDS } from "./rate-limit.ts";
import { checkSignature } from "./signature.ts";
import { WebApp } from "./web-app.ts";

/** Far more than the largest selection of objects needs. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** The route of all editor agents. */
export function agentEndpoint(agents: AgentSet): WebApp<HttpEnvironment> {
  const app = new WebApp<HttpEnvironment>();
  app.all("/agents/:name", async (c) => {
    const agent = agents.editorAgents.find((each) => each.name === c.req.param("name"));
    if (!agent) return c.json({ message: `There is no agent named "${c.req.param("name")}" here.` }, 404);
    if (c.req.method !== "POST") {
      return c.json({ message: "Agents are called with POST." }, 405, { allow: "POST, OPTIONS" });
    }
    if (isTestRequest(c.req.raw.headers)) return c.json(null);
    const log = c.var.log.with({ agent: agent.name });
    const type = c.req.header("content-type");
    if (type !== undefined && !/^application\/(?:[\w.+-]+\+)?json\b/i.test(type)) {
      return c.json({ message: `Send JSON (content-type: application/json), not ${type}.` }, 415);
    }
    const body = await readBody(c.req.raw, BODY_LIMIT_BYTES);
    if (body === null) return c.json({ message: `The body is over ${BODY_LIMIT_BYTES} bytes.` }, 413);

    const settings = c.var.settings();
    const caller = await identify(agent, c.req.raw.headers, body, settings, log);
    if ("refusal" in caller) {
      log.warn("call_refused", { reason: caller.refusal });
      return c.json({ message: "This call could not be verified." }, 401);
    }
    const json = jsonOf(body);
    if (json === undefined) return c.json({ message: "The body is not JSON." }, 400);
    const frameData = parseFrameData(json);
    if (!frameData.ok) {
      const faults = frameData.faults.map((fault) => `${fault.path.join(".") || "body"} ${fault.message}`);
      return c.json(
        { message: `The body does not fit: ${faults.join("; ")}.`, errors: frameData.faults },
        422,
      );
    }
    const projects = servedProjects(settings, agents);
    if (!projects.includes(frameData.value.projectHash)) {
      log.warn("project_not_served", { projectHash: frameData.value.projectHash });
      return c.json({ message: notServed(projects, frameData.value.projectHash) }, 403);
    }
    // A Workflow node is never told to try later: it would count that as the failure of its task.
    if (!caller.signed && (await isOverLimit(c.env.AGENT_RATE_LIMIT, agent.name, c.req.raw, log))) {
      log.warn("call_over_limit");
      const message = "This agent is called too often from here. Wait a minute, and try again.";
      return c.json({ message }, 429, { "retry-after": String(RETRY_AFTER_SECONDS) });
    }
    c.set("calledOn", frameData.value);
    return answer(c, agent, settings, frameData.value, log);
  });
  return app;
}

async function answer(
  c: Context<HttpEnvironment>,
  agent: EditorAgent,
  settings: Settings,
  frameData: Parameters<typeof callEditorAgent>[1],
  log: Log,
): Promise<Response> {
  const started = Date.now();
  const media = { fetchedBytes: 0, decodedFrames: 0 };
  c.set("media", media);
  try {
    const traceContext = c.req.header("x-cloud-trace-context") ?? null;
    const client = await connect(settings, { log, traceContext });
    const answered = await callEditorAgent(agent, frameData, {
      client,
      // Only Encord's servers sign; whether the signature counts was decided above.
      caller: c.req.header("x-encord-signature") === undefined ? "editor" : "node",
      traceId: traceIdOf(traceContext),
      locks: new LockHolder(labelLocks(c.executionCtx, frameData.projectHash), agent.timeoutMs),
      assets: {
        allowInsecureLoopback: settings.development,
        onTransfer: (transfer) => {
          media.fetchedBytes += transfer.bytes;
        },
        onFrame: () => {
          media.decodedFrames += 1;
        },
      },
      log,
    });
    log.info("agent_answered", {
      dataHash: frameData.dataHash,
      frame: frameData.frame,
      ms: Date.now() - started,
      bytes: media.fetchedBytes,
    });
    return c.json(answered);
  } catch (error) {
    if (error instanceof EditorAgentError) {
      log.info("agent_refused", { dataHash: frameData.dataHash, error });
      return c.json({ message: error.message }, 400);
    }
    if (error instanceof RetryLaterError) {
      log.info("agent_asked_for_later", { dataHash: frameData.dataHash, error });
      const seconds = String(Math.ceil(error.retryAfterMs / 1000));
      return c.json({ message: errorText(error.message) }, 503, { "retry-after": seconds });
    }
    if (error instanceof AuthorisationError) {
      log.warn("encord_denied", { dataHash: frameData.dataHash, error });
      return c.json({ message: error.reason }, 403);
    }
    throw error;
  }
}

/** Whether the editor only tests that the agent is there; both names of the header are in use. */
function isTestRequest(headers: Headers): boolean {
  return Boolean(headers.get("x-encord-agent") || headers.get("x-encord-editor-agent"));
}

/** Whether Encord's servers call, which sign, or an annotator's browser; or, for the log, why the call is refused. */
async function identify(
  agent: EditorAgent,
  headers: Headers,
  body: Uint8Array,
  settings: Settings,
  log: Log,
): Promise<{ readonly signed: boolean } | { readonly refusal: string }> {
  const check = await checkSignature(headers, body, settings.webhookSecrets, Date.now());
  if (check.kind === "valid") return { signed: true };
  const verifiable = settings.webhookSecrets.length > 0;
  const required = agent.signature === "required";
  if (check.kind === "refused" && (verifiable || required)) return { refusal: check.reason };
  if (required) return { refusal: "the agent takes signed calls only, and this one is not signed" };
  if (check.kind === "refused") log.warn("signature_not_checked", { reason: check.reason });
  // If calls can be signed, an unsigned one must at least come from a page that may call.
  const origin = headers.get("origin");
  if (verifiable && (origin === null || !isAllowedOrigin(origin, settings.corsOrigins))) {
    return { refusal: "the call is neither signed nor from an allowed origin" };
  }
  return { signed: false };
}

function notServed(projects: readonly string[], projectHash: string): string {
  if (projects.length === 0)
    return "This deployment serves no project yet. Set ENCORD_PROJECTS to the hashes of yours.";
  return `This deployment does not serve the project ${projectHash}. Add it to ENCORD_PROJECTS.`;
}
