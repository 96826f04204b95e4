/**
 * The wire: signs, sends, retries, and turns every answer into a value or an `EncordError`; nothing else is thrown. A
 * request keeps its signature and trace id over all attempts. At most six requests of one client run at once, a body is
 * always read to its end or cancelled, and redirects are not followed (a signature is for one host).
 *
 * Compared with the Python SDK: a body that breaks off counts as a lost connection and is retried as one (there it is an
 * error), the trace id and signing are the same, and Workers give no separate connect timeout.
 */

import { type Answer, legacyError, v2Error } from "./answer-error.ts";
import { toApiOrigin } from "./api-domain.ts";
import { ConnectionLimit } from "./connection-limit.ts";
import { type ErrorContext, quotable, RequestError, ResourceNotFoundError } from "./errors.ts";
import { isObject, parseJson } from "./json.ts";
import { Patience, readText } from "./patience.ts";
import {
  type AttemptFailure,
  neverConnected,
  RetryBudget,
  type RetryOptions,
  retryAfterSeconds,
} from "./retry.ts";
import type { Authentication } from "./signing.ts";
import type { LegacyRequest, Query, Transport, V2Request } from "./transport.ts";

/** One attempt of one request, after it ended; for counting. */
export interface RequestReport {
  /** Method and path with `{uuid}` for every id, such as `GET /v2/public/projects/{uuid}`; legacy: `POST /public labelrow GET`. */
  readonly endpoint: string;
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
  readonly ms: number;
  /** Length of the answer's text in UTF-16 units, which is bytes for what Encord sends, mostly ASCII. */
  readonly bytes: number;
  /** Counted from 1. */
  readonly attempt: number;
  /** What the answer's `Retry-After` asks to wait, in seconds; null when there is none. */
  readonly retryAfterSeconds: number | null;
}

/** How long to wait for Encord. */
export interface Timeouts {
  /** The longest wait for the head of an answer, in milliseconds; 180,000. */
  readonly responseMs?: number;
  /** The longest silence while a body arrives, in milliseconds; 180,000. */
  readonly bodyMs?: number;
}

export interface HttpTransportOptions {
  /** Origin of the API. */
  readonly domain: string;
  readonly authentication: Authentication;
  readonly userAgent: string;
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** The value of `X-Cloud-Trace-Context` for the next request. */
  readonly traceContext: () => string;
  readonly retry?: RetryOptions | undefined;
  readonly timeouts?: Timeouts | undefined;
  /** Told about each attempt; must not throw. */
  readonly onRequest?: ((report: RequestReport) => void) | undefined;
}

const DEFAULT_TIMEOUT_MS = 180_000;
const MAX_CONNECTIONS = 6;

interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
  readonly repeatable: boolean;
  readonly endpoint: string;
}

type Attempt =
  | { readonly ok: true; readonly status: number; readonly headers: Headers; readonly text: string }
  | {
      readonly ok: false;
      readonly failure: AttemptFailure;
      readonly reason: string;
      readonly cause: unknown;
    };

/** The wire over HTTP. */
export class HttpTransport implements Transport {
  readonly domain: string;
  readonly #options: HttpTransportOptions;
  readonly #connections = new ConnectionLimit(MAX_CONNECTIONS);

  /** @throws InvalidArgumentsError when the domain is not an origin */
  constructor(options: HttpTransportOptions) {
    this.domain = toApiOrigin(options.domain);
    this.#options = options;
  }

  async v2(request: V2Request): Promise<unknown> {
    const url = new URL(`${this.domain}/v2/public/${request.path}${queryText(request.query ?? {})}`);
    const body = request.body === undefined ? null : new TextEncoder().encode(JSON.stringify(request.body));
    const answer = await this.#send({
      method: request.method,
      url: url.href,
      headers: {
        ...(await this.#options.authentication.v2({
          method: request.method,
          target: url.pathname + url.search,
          body: body ?? new Uint8Array(),
        })),
        ...(body ? { "Content-Type": "application/json" } : {}),
      },
      body,
      repeatable: request.repeatable ?? (request.method === "GET" || request.method === "POST"),
      endpoint: `${request.method} ${url.pathname}`,
    });
    if (answer.status === 204) {
      if (request.expects === "nothing") return null;
      throw new RequestError(
        "Encord answered without content (204) where content was expected.",
        answer.context,
        false,
      );
    }
    if (answer.status !== 200) throw v2Error(answer, this.#options.now());
    return parsed(answer);
  }

  async legacy(request: LegacyRequest): Promise<unknown> {
    const { queryType, queryMethod, uid, payload } = request;
    const message = { query_type: queryType, query_method: queryMethod, values: { uid, payload } };
    const body = new TextEncoder().encode(JSON.stringify(message));
    const answer = await this.#send({
      method: "POST",
      url: `${this.domain}/public${request.scope === "user" ? "/user" : ""}`,
      headers: {
        Accept: "application/json",
        "Content-Type": "application/json",
        "Accept-Encoding": "gzip",
        ResourceType: request.resource?.type ?? "",
        ResourceID: request.resource?.id ?? "",
        ...(await this.#options.authentication.legacy(body)),
      },
      body,
      repeatable: request.retryable,
      endpoint: `POST /public ${queryType} ${queryMethod}`,
    });
    const envelope = parsed(answer);
    if (!isObject(envelope)) throw new RequestError("Encord's answer is not an object.", answer.context);
    if (envelope.status !== 200) throw legacyError(answer, envelope, this.#options.now());
    return expected(envelope.response, request, answer.context);
  }

  /** Sends, and sends again as the retry rules allow, until there is an answer or no retry left. */
  async #send(outgoing: Outgoing): Promise<Answer> {
    const { now, sleep, retry, userAgent, traceContext } = this.#options;
    const trace = traceContext();
    const [, traceId, spanId] = /^([^/;]+)(?:\/([^;]*))?/.exec(trace) ?? [];
    const context: ErrorContext = { endpoint: outgoing.endpoint, domain: this.domain, traceId, spanId };
    const headers = { ...outgoing.headers, "User-Agent": userAgent, "X-Cloud-Trace-Context": trace };
    const budget = new RetryBudget(retry ?? {}, outgoing.repeatable, now);
    for (let number = 1; ; number++) {
      const attempt = await this.#connections.run(() => this.#attempt({ ...outgoing, headers }, number));
      const decision = budget.decide(
        attempt.ok
          ? { kind: "status", status: attempt.status, retryAfter: attempt.headers.get("Retry-After") }
          : attempt.failure,
      );
      if (decision.kind === "retry") {
        if (decision.waitSeconds > 0) await sleep(decision.waitSeconds * 1000);
        continue;
      }
      if (!attempt.ok) {
        const tries = number === 1 ? "" : ` after ${number} attempts`;
        throw new RequestError(`No answer from Encord${tries}: ${attempt.reason}`, {
          ...context,
          cause: attempt.cause,
        });
      }
      if (decision.kind === "unreadable-retry-after") {
        throw new RequestError(
          "Encord asked to wait, but its Retry-After header is neither seconds nor a date.",
          {
            ...context,
            status: attempt.status,
          },
        );
      }
      return { status: attempt.status, headers: attempt.headers, text: attempt.text, context };
    }
  }

  async #attempt(outgoing: Outgoing, number: number): Promise<Attempt> {
    const { now, onRequest, timeouts } = this.#options;
    const started = now();
    const patience = new Patience();
    let status: number | null = null;
    let text = "";
    let retryAfter: string | null = null;
    try {
      patience.expectWithin(timeouts?.responseMs ?? DEFAULT_TIMEOUT_MS, "an answer");
      // Called as a plain function: the runtime's own fetch refuses a foreign `this`.
      const send = this.#options.fetch;
      const response = await send(outgoing.url, {
        method: outgoing.method,
        headers: outgoing.headers,
        body: outgoing.body,
        redirect: "manual",
        signal: patience.signal,
      });
      status = response.status;
      retryAfter = response.headers.get("Retry-After");
      text = await readText(response, patience, timeouts?.bodyMs ?? DEFAULT_TIMEOUT_MS);
      return { ok: true, status, headers: response.headers, text };
    } catch (error) {
      const kind = status === null && patience.lost === null && neverConnected(error) ? "connect" : "read";
      const told = error instanceof Error ? quotable(error.message) : "the connection broke";
      return { ok: false, failure: { kind }, reason: patience.lost ?? told, cause: error };
    } finally {
      patience.end();
      onRequest?.({
        endpoint: outgoing.endpoint.replace(
          /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi,
          "{uuid}",
        ),
        status,
        ms: now() - started,
        bytes: text.length,
        attempt: number,
        retryAfterSeconds: retryAfter === null ? null : retryAfterSeconds(retryAfter, now()),
      });
    }
  }
}

function parsed(answer: Answer): unknown {
  const json = parseJson(answer.text);
  if (json.ok) return json.value;
  const start = quotable(answer.text.slice(0, 200).trim());
  throw new RequestError(`Encord's answer is not JSON; it begins with ${JSON.stringify(start)}.`, {
    ...answer.context,
    status: answer.status,
  });
}

function expected(response: unknown, request: LegacyRequest, context: ErrorContext): unknown {
  const missing = response === null || response === undefined;
  if (request.expects === "written") {
    if (missing) throw new RequestError(`Encord did not confirm the ${request.queryType}.`, context);
    return response;
  }
  const empty = request.expects === "object" && isEmpty(response);
  if (missing || empty) {
    throw new ResourceNotFoundError(`Encord has no ${request.queryType} for this request.`, context);
  }
  return response;
}

/** What Python counts as false. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return !value;
}

/** Python's way of writing a query: booleans as True and False, lists by repeating the key, nothing for null. */
function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    for (const each of Array.isArray(value) ? value : [value]) {
      parameters.append(key, typeof each === "boolean" ? (each ? "True" : "False") : String(each));
    }
  }
  return parameters.size === 0 ? "" : `?${parameters}`;
}
