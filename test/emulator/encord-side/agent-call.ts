/**
 * Calls an agent's URL as Encord does: from the Label Editor (a browser: preflight, `Origin`, and an answer that CORS must
 * let through), from a Workflow node (a server: signed, no `Origin`), or as a test from the app.
 *
 * Never throws for what the agent does; the result says what Encord would show.
 */

import { signedHeaders } from "./signature.ts";

export interface AgentCall {
  readonly url: string;
  readonly as: "label-editor" | "workflow" | "test";
  readonly projectHash: string;
  readonly dataHash: string;
  /** Default 0. */
  readonly frame?: number;
  /** What the annotator selected. */
  readonly objectHashes?: readonly string[] | null;
  /** Of the Label Editor; default `https://app.encord.com`. */
  readonly origin?: string;
  /** Of the Workflow node: the secret that is shown beside the URL. Without one the call is not signed. */
  readonly secret?: string;
  /** `<32 hex>/<n>;o=1` */
  readonly traceContext?: string;
}

export interface AgentReply {
  /** `no-answer`: the connection failed or took longer than Encord waits. `blocked`: the browser keeps the answer back. */
  readonly outcome: "answered" | "blocked" | "no-answer";
  readonly status: number | null;
  /** Parsed JSON, or the text. */
  readonly body: unknown;
  /** As Encord shows it: cut at 256 characters; null for none. */
  readonly message: string | null;
  /** The pathway that the agent decides for; null for none, or one that is too long, which Encord ignores. */
  readonly decision: string | null;
  /** Why there is no answer, for people. */
  readonly reason: string | null;
}

export interface Outside {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly now: () => number;
}

const EDITOR_ORIGIN = "https://app.encord.com";
/** Encord's own limits. */
const WAIT_MS = 180_000;
const MAX_TEXT = 256;

const ASKED_HEADERS = "content-type, x-cloud-trace-context";

export async function callAgent(outside: Outside, call: AgentCall): Promise<AgentReply> {
  const body = JSON.stringify({
    projectHash: call.projectHash,
    dataHash: call.dataHash,
    frame: call.frame ?? 0,
    ...(call.objectHashes === undefined ? {} : { objectHashes: call.objectHashes }),
  });
  const origin = call.as === "workflow" ? null : (call.origin ?? EDITOR_ORIGIN);
  const headers: Record<string, string> = {
    "Content-Type": "application/json",
    ...(origin === null ? {} : { Origin: origin }),
    ...(call.traceContext === undefined ? {} : { "X-Cloud-Trace-Context": call.traceContext }),
    ...(call.as === "test" ? { "X-Encord-Editor-Agent": "test-header" } : {}),
    ...(call.as === "workflow" && call.secret !== undefined
      ? await signedHeaders(call.secret, body, outside.now())
      : {}),
  };
  try {
    if (origin !== null) {
      const refused = await preflight(outside, call, origin);
      if (refused) return noReply("blocked", refused);
    }
    const signal = AbortSignal.timeout(WAIT_MS);
    const response = await outside.fetch(new Request(call.url, { method: "POST", headers, body, signal }));
    const text = await response.text();
    if (origin !== null && !allowsOrigin(response, origin)) {
      return noReply("blocked", `The answer (${response.status}) does not allow ${origin}.`);
    }
    return reply(response.status, text);
  } catch (error) {
    return noReply("no-answer", error instanceof Error ? error.message : String(error));
  }
}

/** @returns why the browser would not send the request, or null */
async function preflight(outside: Outside, call: AgentCall, origin: string): Promise<string | null> {
  const asked = call.as === "test" ? `${ASKED_HEADERS}, x-encord-editor-agent` : ASKED_HEADERS;
  const response = await outside.fetch(
    new Request(call.url, {
      method: "OPTIONS",
      headers: {
        Origin: origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": asked,
      },
    }),
  );
  await response.body?.cancel();
  if (!response.ok) return `The preflight was answered with ${response.status}.`;
  if (!allowsOrigin(response, origin)) return `The preflight does not allow ${origin}.`;
  const allowed = (response.headers.get("access-control-allow-headers") ?? "").toLowerCase().split(/\s*,\s*/);
  const missing = asked.split(", ").find((name) => !allowed.includes(name) && !allowed.includes("*"));
  return missing === undefined ? null : `The preflight does not allow the header ${missing}.`;
}

function allowsOrigin(response: Response, origin: string): boolean {
  const allowed = response.headers.get("access-control-allow-origin");
  return allowed === origin || allowed === "*";
}

function reply(status: number, text: string): AgentReply {
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // Other wrappers answer with an empty text.
  }
  const fields = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const shown = (value: unknown) => (typeof value === "string" && value.trim() !== "" ? value : null);
  const decision = shown(fields.decision)?.trim() ?? null;
  return {
    outcome: "answered",
    status,
    body,
    message: shown(fields.message)?.slice(0, MAX_TEXT) ?? null,
    decision: decision !== null && decision.length <= MAX_TEXT ? decision : null,
    reason: null,
  };
}

function noReply(outcome: "blocked" | "no-answer", reason: string): AgentReply {
  return { outcome, status: null, body: null, message: null, decision: null, reason };
}
