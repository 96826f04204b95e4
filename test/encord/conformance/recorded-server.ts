/**
 * Plays the server's part of a trace: takes each request of the client in turn, compares it with the recorded one (method,
 * path, query, headers that matter, body, and the signature against the key), and gives the recorded answer. Nothing is
 * thrown for a difference; all are collected, and the answer comes as recorded, so that one difference does not hide others.
 */

import vectors from "../../fixtures/vectors/auth.json";
import { differences, type Exchange, isVolatile, type Json, type Trace } from "./trace.ts";

/** What may differ from the Python SDK, and why. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  // Names another product; what must be in it is checked by the client's own tests.
  "user-agent",
  // Of the recording's HTTP library: the runtime sets its own for v2.
  "accept-encoding",
  // Over the bytes of the body, whose white space differs; checked for themselves below.
  "content-digest",
  "signature",
  "authorization",
]);

export class RecordedServer {
  readonly problems: string[] = [];
  /** How many exchanges were played. */
  played = 0;
  /** How many request bodies were compared, and how many had, but for white space, the very bytes of the recorded one. */
  readonly bodies = { compared: 0, identical: 0 };
  readonly #trace: Trace;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** What the next request is expected to be. */
  get next(): Exchange | undefined {
    return this.#trace.exchanges[this.played];
  }

  /** The `X-Cloud-Trace-Context` of the next request: the recording's provider stands in for ours. */
  traceContext = (): string => this.next?.requestHeaders["x-cloud-trace-context"] ?? "0/1;o=1";

  fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input as string, init as RequestInit);
    const exchange = this.next;
    if (!exchange) {
      this.problems.push(`a request beyond the trace: ${request.method} ${request.url}`);
      return new Response("The trace has no more answers.", { status: 400 });
    }
    this.played += 1;
    const body = new Uint8Array(await request.arrayBuffer());
    for (const problem of await compare(request, body, exchange)) {
      if (!isVolatile(this.#trace, problem)) this.problems.push(`exchange ${exchange.seq}: ${problem}`);
    }
    if (body.length > 0) {
      const sha256 = await sha256Hex(
        new TextEncoder().encode(pythonJson(JSON.parse(new TextDecoder().decode(body)))),
      );
      this.bodies.compared += 1;
      if (sha256 === exchange.requestBodySha256) this.bodies.identical += 1;
    }
    return answerOf(exchange);
  };

  /** Plays an exchange that is not the client's (such as a download). */
  skip(): void {
    this.played += 1;
  }
}

async function compare(request: Request, body: Uint8Array, exchange: Exchange): Promise<string[]> {
  const url = new URL(request.url);
  const problems: string[] = [];
  const same = (what: string, actual: Json, expected: Json) => {
    problems.push(...differences(actual, expected, what));
  };
  same("method", request.method, exchange.method);
  same("path", url.pathname, exchange.path);
  same("query", url.search.replace(/^\?/, ""), exchange.rawQuery);
  for (const [name, value] of Object.entries(exchange.requestHeaders)) {
    if (!OWN_HEADERS.has(name)) same(`header ${name}`, request.headers.get(name), value);
  }
  const text = new TextDecoder().decode(body);
  same("body", text === "" ? null : JSON.parse(text), exchange.requestBody);
  if (body.length === 0)
    same("signature", request.headers.get("signature"), exchange.requestHeaders.signature ?? null);
  problems.push(...(await badSignature(request, url, body, exchange)));
  return problems;
}

/** Checks the signature as the server would, with the public key of the recording. */
async function badSignature(
  request: Request,
  url: URL,
  body: Uint8Array,
  exchange: Exchange,
): Promise<string[]> {
  const authorization = request.headers.get("authorization");
  const expectedBearer = exchange.requestHeaders.authorization?.startsWith("Bearer ");
  if (expectedBearer) {
    return differences(authorization, exchange.requestHeaders.authorization ?? null, "header authorization");
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  if (authorization !== null) {
    const [keyHex, signatureHex] = authorization.split(":");
    const good = await verify(fromHex(signatureHex ?? ""), digest);
    return good && keyHex === vectors.key.publicKeyHex ? [] : ["the signature of the body does not verify"];
  }
  const signature = /^encord-sig=:(.+):$/.exec(request.headers.get("signature") ?? "")?.[1] ?? "";
  const parameters = request.headers.get("signature-input")?.replace(/^encord-sig=/, "");
  const contentDigest = `sha-256=:${btoa(String.fromCharCode(...digest))}:`;
  const signed = [
    `"@method": ${request.method}`,
    `"@request-target": ${url.pathname}${url.search}`,
    `"content-digest": ${contentDigest}`,
    `"@signature-params": ${parameters}`,
  ].join("\n");
  const bytes = Uint8Array.from(atob(signature), (char) => char.charCodeAt(0));
  const problems: string[] = [];
  if (request.headers.get("content-digest") !== contentDigest)
    problems.push("the digest is not that of the body");
  if (!(await verify(bytes, new TextEncoder().encode(signed))))
    problems.push("the signature does not verify");
  return problems;
}

async function verify(signature: Uint8Array, message: Uint8Array): Promise<boolean> {
  const key = await crypto.subtle.importKey("raw", fromHex(vectors.key.publicKeyHex), "Ed25519", false, [
    "verify",
  ]);
  return crypto.subtle.verify("Ed25519", key, signature, message);
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function answerOf(exchange: Exchange): Response {
  if (exchange.status === null) throw new Error("Network connection lost.");
  const body = exchange.responseBody;
  const raw =
    typeof body === "object" && body !== null && "$raw" in body ? String(body.$raw) : JSON.stringify(body);
  return new Response(exchange.status === 204 ? null : raw, {
    status: exchange.status,
    headers: exchange.responseHeaders,
  });
}

/** JSON as Python's `json.dumps` writes it. (Whole floats cannot be told from integers here, and differ.) */
function pythonJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(([key, each]) => `${pythonJson(key)}: ${pythonJson(each)}`);
    return `{${fields.join(", ")}}`;
  }
  const text = JSON.stringify(value);
  return text.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
