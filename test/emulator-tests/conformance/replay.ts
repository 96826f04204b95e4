/**
 * Sends every recorded request of a trace to an emulator that holds the recorded project, and compares what comes back.
 * Requests that reproduce byte for byte keep their recorded signature; the others are signed again with the same key.
 * What the recording server answered on order (error codes, broken connections) is ordered here as a fault.
 */

import { createEmulator, type InProcessEmulator } from "../../emulator/index.ts";
import type { Exchange, Json, Trace } from "../../encord/conformance/trace.ts";
import vectors from "../../fixtures/vectors/auth.json";
import { type SignedRequest, signLegacy, signV2 } from "../signed-client.ts";
import { pythonJson } from "./python-json.ts";
import { seedFromTrace } from "./seed-from-trace.ts";
import { shapeDifferences } from "./shape.ts";

export interface Replayed {
  readonly id: string;
  readonly requests: number;
  /** Sent with the recorded signature. */
  readonly recordedSignatures: number;
  /** Answered by an ordered fault. */
  readonly faults: number;
  /** The answer equals the recorded one in every value. */
  readonly equal: number;
  readonly problems: readonly string[];
}

const KEY = { sshKey: vectors.key.opensshPrivateKey };

interface Listed {
  readonly results: readonly { readonly uuid?: string }[];
  readonly nextPageToken?: string | null;
}

/**
 * Where the recording server did something of its own: what of the emulator's list is comparable.
 *
 * - 07: it left an approved task where it was, so the final stage lists one less; and it does not note who moved a task.
 * - 31: it listed five fixed issues whatever had been added; the added ones come after them here.
 * - 39: its page tokens count places, so that tasks are skipped when others leave; tasks 4 and 5 came as the second page.
 */
const COMPARABLE: Readonly<Record<string, (given: Listed, recorded: Listed) => Listed>> = {
  "07-other-task-actions 14": (given, recorded) => ({
    ...given,
    results: given.results
      .filter(({ uuid }) => recorded.results.some((each) => each.uuid === uuid))
      .map((task) => ({ ...task, lastActionedBy: null })),
  }),
  "31-issues 6": (given, recorded) => ({
    ...given,
    results: given.results.slice(0, recorded.results.length),
  }),
  "39-sequential-runner-batches 9": (given) => ({ ...given, nextPageToken: null }),
};

export async function replayOnEmulator(trace: Trace): Promise<Replayed> {
  const { seed, labelHashes, pageSize } = seedFromTrace(trace);
  const queue: string[] = [];
  const emulator = await createEmulator({
    now: () => Date.parse(trace.clock),
    hashes: () => queue.shift() ?? crypto.randomUUID(),
    pageSize,
    seed: { ...seed, keys: [{ publicKey: vectors.key.publicKeyHex, email: "agent@example.com" }] },
  });
  queue.push(...labelHashes);
  const tokens = new Map<string, string>();
  const result = { requests: 0, recordedSignatures: 0, faults: 0, equal: 0 };
  const problems: string[] = [];
  for (const exchange of trace.exchanges) {
    if (!isForEncord(exchange)) continue;
    result.requests += 1;
    const ordered = isOrdered(exchange);
    if (ordered) {
      result.faults += 1;
      order(emulator, exchange);
    }
    const { request, recorded } = await requestFor(emulator, exchange, tokens, Date.parse(trace.clock));
    if (recorded) result.recordedSignatures += 1;
    const given = await answer(emulator, request);
    emulator.clearFaults();
    const name = `${exchange.seq} ${exchange.method} ${exchange.path}`;
    if (given.status !== exchange.status) {
      problems.push(
        `${name}: ${given.status} ${JSON.stringify(given.body).slice(0, 200)}, recorded was ${exchange.status}`,
      );
      continue;
    }
    rememberTokens(tokens, exchange.responseBody, given.body);
    const comparable = COMPARABLE[`${trace.id} ${exchange.seq}`];
    const body = comparable
      ? (comparable(
          given.body as unknown as Listed,
          exchange.responseBody as unknown as Listed,
        ) as unknown as Json)
      : given.body;
    problems.push(...shapeDifferences(exchange.responseBody, body).map((each) => `${name}: ${each}`));
    if (JSON.stringify(sorted(body)) === JSON.stringify(sorted(exchange.responseBody))) result.equal += 1;
  }
  return { id: trace.id, ...result, problems };
}

/** Others went to an agent or to a file server. */
function isForEncord({ path }: Exchange): boolean {
  return path.startsWith("/v2/public/") || path === "/public" || path === "/public/user";
}

/** Whether the recorded answer is one that a server gives only when something is wrong with it, or with the caller. */
function isOrdered(exchange: Exchange): boolean {
  const { status, responseBody } = exchange;
  if (status === null || status === 201 || status === 204) return true;
  if (status === 400 || status === 404) return !natural(exchange);
  if (status !== 200) return true;
  if (typeof responseBody !== "object" || responseBody === null || Array.isArray(responseBody)) return false;
  if ("$raw" in responseBody) return true;
  const isLegacyRefusal =
    exchange.path.startsWith("/public") && (responseBody.status !== 200 || responseBody.response === null);
  const isIncomplete =
    exchange.path.includes("/storage/items/") && !("results" in responseBody) && !("name" in responseBody);
  return isLegacyRefusal || isIncomplete;
}

/** Refusals that the emulator comes to by itself. */
function natural({ path, responseBody }: Exchange): boolean {
  const text = JSON.stringify(responseBody);
  return path.endsWith("/actions") || text.includes("item not found");
}

function order(emulator: InProcessEmulator, { status, responseBody, responseHeaders }: Exchange): void {
  if (status === null) {
    emulator.fault({ endpoint: "*", faults: { type: "drop-before" } });
    return;
  }
  const retryAfter = responseHeaders["Retry-After"] ?? responseHeaders["retry-after"];
  const raw = (responseBody as { $raw?: string } | null)?.$raw;
  emulator.fault({
    endpoint: "*",
    faults: {
      type: "status",
      status,
      ...(raw === undefined ? { body: responseBody } : { text: raw }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    },
  });
}

async function requestFor(
  emulator: InProcessEmulator,
  exchange: Exchange,
  tokens: ReadonlyMap<string, string>,
  now: number,
): Promise<{ request: SignedRequest; recorded: boolean }> {
  const body = exchange.requestBody === null ? null : pythonJson(exchange.requestBody);
  const { domain } = emulator;
  const query = new URLSearchParams(exchange.rawQuery);
  const token = query.get("pageToken");
  const fits = (await sha256(body ?? "")) === exchange.requestBodySha256 && token === null;
  if (fits && !exchange.requestHeaders.authorization?.startsWith("Bearer ")) {
    const target = exchange.rawQuery === "" ? exchange.path : `${exchange.path}?${exchange.rawQuery}`;
    const headers = { ...exchange.requestHeaders };
    return { request: { url: `${domain}${target}`, method: exchange.method, headers, body }, recorded: true };
  }
  const key = { ...KEY, domain };
  if (exchange.path.startsWith("/public")) {
    const { query_type, query_method, values } = exchange.requestBody as {
      query_type: string;
      query_method: string;
      values: { uid: Json; payload: Json };
    };
    const { resourcetype = "", resourceid = "" } = exchange.requestHeaders;
    const request = await signLegacy(
      key,
      [resourcetype, resourceid],
      [query_type, query_method],
      values.uid,
      values.payload,
    );
    return { request: { ...request, url: `${domain}${exchange.path}` }, recorded: false };
  }
  if (token !== null) query.set("pageToken", tokens.get(token) ?? token);
  const path = `${exchange.path.replace("/v2/public/", "")}${query.size > 0 ? `?${query}` : ""}`;
  const request = await signV2(key, exchange.method, path, exchange.requestBody ?? undefined, now);
  return { request, recorded: false };
}

async function answer(
  emulator: InProcessEmulator,
  { url, ...init }: SignedRequest,
): Promise<{ status: number | null; body: Json }> {
  try {
    const response = await emulator.fetch(new Request(url, init));
    const text = await response.text();
    return { status: response.status, body: parsed(text) };
  } catch (error) {
    if (error instanceof TypeError) return { status: null, body: null };
    throw error;
  }
}

function parsed(text: string): Json {
  try {
    return text === "" ? null : (JSON.parse(text) as Json);
  } catch {
    return { $raw: text };
  }
}

/** Later pages are asked for with the tokens that this server gave. */
function rememberTokens(tokens: Map<string, string>, recorded: Json, given: Json): void {
  const token = (body: Json) => (body as { nextPageToken?: Json } | null)?.nextPageToken;
  const [from, to] = [token(recorded), token(given)];
  if (typeof from === "string" && typeof to === "string") tokens.set(from, to);
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
