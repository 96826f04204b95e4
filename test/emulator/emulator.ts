/**
 * An Encord in one object: answers both APIs and the signed URLs of its files from a state of its own, as the real one would
 * on the wire. A request that was answered is stored; one that was refused has changed nothing.
 *
 * It knows neither ports nor clocks: `fetch` is all there is, and time and UUIDs are passed in.
 */

import { AuthenticationFailure, callerOfLegacy, callerOfV2 } from "./auth/caller.ts";
import type { Call, World } from "./call.ts";
import { answerControl, CONTROL_PATH } from "./control.ts";
import { type AgentCall, type AgentReply, callAgent, type Outside } from "./encord-side/agent-call.ts";
import {
  look,
  type Notification,
  nextLook,
  type Subscription,
  subscribe,
} from "./encord-side/notifications.ts";
import { type Execution, type NodeRun, runNode } from "./encord-side/workflow-node.ts";
import { brokenOff, ConnectionLost, type Fault, type FaultRule, Faults, slowly } from "./faults.ts";
import { LegacyCall } from "./legacy-call.ts";
import { serveMedia } from "./media/serve-media.ts";
import { MEDIA_PATH, UrlSigner } from "./media/signed-url.ts";
import { plant } from "./plant.ts";
import { LegacyRefusal, Refusal, unprocessable } from "./refusal.ts";
import { LEGACY_ROUTES, type Route, V2_ROUTES } from "./routes.ts";
import type { EmulatorSeed } from "./seed.ts";
import type { EndpointCount, JsonObject, MoveDocument, TaskDocument } from "./state/documents.ts";
import { type Snapshot, State } from "./state/state.ts";
import type { EmulatorStorage } from "./state/storage.ts";
import { moveTask } from "./workflow.ts";

export interface EmulatorOptions {
  readonly storage: EmulatorStorage;
  /** Milliseconds since 1970; default the system's clock. */
  readonly now?: () => number;
  /** UUIDs for what the emulator makes itself, such as label hashes; default random ones. */
  readonly hashes?: () => string;
  /** Results a page of a list has; default 100. */
  readonly pageSize?: number;
  /** How long signed URLs are good for; default one hour. */
  readonly urlLifetimeMs?: number;
  /** How the emulator reaches agents, when it plays Encord's own calls; default the global `fetch`. */
  readonly agentFetch?: (request: Request) => Promise<Response>;
  /** From 0 to below 1, for faults with a probability. */
  readonly random?: () => number;
  /** Used by faults that take time. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** How many tasks stand in a stage. */
export interface StageCount {
  readonly projectHash: string;
  readonly uuid: string;
  readonly title: string;
  readonly stageType: string;
  readonly count: number;
}

/** A task, with the titles of where it stands and what it is about. */
export interface TaskView extends TaskDocument {
  /** Title of its stage. */
  readonly stage: string;
  readonly dataTitle: string;
}

export class Emulator {
  readonly #state: State;
  readonly #storage: EmulatorStorage;
  readonly #world: World;
  readonly #signer: UrlSigner;
  readonly #faults: Faults;
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #outside: Outside;

  constructor(options: EmulatorOptions) {
    this.#storage = options.storage;
    this.#state = new State(options.storage);
    const now = options.now ?? Date.now;
    const newUuid = options.hashes ?? (() => crypto.randomUUID());
    this.#signer = new UrlSigner(this.#secret(), now, options.urlLifetimeMs ?? 3_600_000);
    this.#faults = new Faults(options.random ?? Math.random);
    this.#sleep = options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
    this.#outside = { fetch: options.agentFetch ?? ((request) => fetch(request)), now };
    this.#world = {
      state: this.#state,
      now,
      newUuid,
      signUrl: (origin, media) => this.#signer.sign(origin, media),
      pageSize: options.pageSize ?? 100,
    };
  }

  /** Answers a request to the API, to a signed URL, or to the control API below `/__emulator/`. */
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(CONTROL_PATH)) return answerControl(this, request);
    const body = new Uint8Array(await request.arrayBuffer());
    const { endpoint, answer } = this.#find(request, body);
    const fault = this.#faults.next(endpoint, request.url, body);
    if (fault?.type === "latency") await this.#sleep(fault.ms);
    if (fault?.type === "drop-before") {
      this.#count(endpoint, body.byteLength, 0, "dropped");
      this.#state.commit();
      throw new ConnectionLost();
    }
    const response = refusalBy(fault) ?? (await answer(fault));
    const bytes = response.body === null ? null : new Uint8Array(await response.arrayBuffer());
    const status = fault?.type === "drop-after" ? "dropped" : String(response.status);
    this.#count(endpoint, body.byteLength, bytes?.byteLength ?? 0, status);
    this.#state.commit();
    return this.#sent(response, bytes, fault);
  }

  /** Calls an agent's URL as the Label Editor, a Workflow node or the app's test does. */
  callAgent(call: AgentCall): Promise<AgentReply> {
    return callAgent(this.#outside, call);
  }

  /** Runs a Workflow agent node: calls the agent for every task of the stage, and moves each as the answer decides. */
  runNode(run: NodeRun): Promise<readonly Execution[]> {
    return runNode(this.#world, this.#outside, run);
  }

  /** Sends task-ready notifications for a stage from now on; `look` takes the looks that are due. */
  subscribe(subscription: Subscription): void {
    subscribe(this.#world, subscription);
    this.#state.commit();
  }

  /** Looks at the stages whose time has come, and notifies those who asked for it. */
  look(): Promise<readonly Notification[]> {
    return look(this.#world, this.#outside);
  }

  /** When `look` has something to do next, in milliseconds since 1970; null without subscriptions. */
  get nextLookAt(): number | null {
    return nextLook(this.#world);
  }

  /** Makes requests to come go wrong; see `FaultRule`. */
  fault(rule: FaultRule): void {
    this.#faults.add(rule);
  }

  /** Takes back the faults that have not happened yet. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** Adds projects and keys. @returns the project hashes, in the order of the seed */
  seed(seed: EmulatorSeed): readonly string[] {
    const hashes = plant(this.#world, seed);
    this.#state.commit();
    return hashes;
  }

  /** Stores a media file; seeds name it. */
  putMedia(name: string, bytes: Uint8Array): void {
    this.#storage.media.put(name, bytes);
  }

  get projects(): readonly { readonly projectHash: string; readonly title: string }[] {
    return Array.from(this.#state.projects.values(), ({ projectHash, title }) => ({ projectHash, title }));
  }

  /** Every stage of every project, and how many tasks stand in it. */
  stages(): readonly StageCount[] {
    return [...this.#state.projects.values()].flatMap(({ projectHash, stages }) =>
      stages.map(({ uuid, title, stageType }) => ({
        projectHash,
        uuid,
        title,
        stageType,
        count: [...this.#state.tasksOfStage(uuid)].length,
      })),
    );
  }

  /** Every task of every project, in the order of the seed. */
  tasks(): readonly TaskView[] {
    return Array.from(this.#state.tasks(), (task) => {
      const project = this.#state.projects.get(task.projectHash);
      const row = this.#state.row(task.projectHash, task.branchName, task.dataHash);
      const stage = project && this.#state.stage(project, task.stageUuid);
      return { ...task, stage: stage?.title ?? "", dataTitle: row?.dataTitle ?? "" };
    });
  }

  /** Every step that a task made, oldest first. */
  moves(): readonly MoveDocument[] {
    return [...this.#state.moves.values()];
  }

  /** The saved labels of a data unit; null if it has none. */
  labels(dataHash: string, branchName = "main"): JsonObject | null {
    const row = this.#state.rowsOfData(dataHash).find((each) => each.branchName === branchName);
    return (row?.labelHash && this.#state.labels.get(row.labelHash)) || null;
  }

  /** Requests and bytes by endpoint. */
  requests(): readonly EndpointCount[] {
    return [...this.#state.counts.values()];
  }

  /** Everything but media, to be restored later. */
  snapshot(): Snapshot {
    return this.#state.snapshot();
  }

  restore(snapshot: Snapshot): void {
    this.#state.restore(snapshot);
    this.#state.commit();
  }

  /** Forgets projects, keys, media and counts. */
  reset(): void {
    const secret = this.#state.settings.get("urlSecret");
    this.#faults.clear();
    this.#state.clear();
    if (secret) this.#state.settings.put("urlSecret", secret);
    this.#state.commit();
  }

  /** The name of the endpoint, and what answers it. */
  #find(
    request: Request,
    body: Uint8Array<ArrayBuffer>,
  ): { endpoint: string; answer: (fault: Fault | null) => Promise<Response> } {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(MEDIA_PATH)) {
      const answer = (fault: Fault | null) =>
        serveMedia(request, {
          media: this.#storage.media,
          signer: this.#signer,
          ignoreRange: fault?.type === "ignore-range",
          expired: fault?.type === "expired-url",
        });
      return { endpoint: "media.get", answer };
    }
    if (pathname === "/public" || pathname === "/public/user" || pathname === "//public") {
      const query = readQuery(body);
      const found = LEGACY_ROUTES[`${query?.query_type} ${query?.query_method}`];
      const answer = (fault: Fault | null) =>
        this.#legacy(request, body, this.#worldWith(fault), query?.values, found?.handler);
      return { endpoint: found?.endpoint ?? "legacy.unknown", answer };
    }
    const matching = V2_ROUTES.filter(({ pattern }) => pattern.test(pathname));
    const found = matching.find(({ method }) => method === request.method);
    const answer = (fault: Fault | null) => {
      if (fault?.type === "stale-task") this.#moveFirstTaskAway(body);
      return this.#v2(request, body, this.#worldWith(fault), found, matching.length > 0);
    };
    return { endpoint: found?.endpoint ?? "v2.unknown", answer };
  }

  async #v2(
    request: Request,
    body: Uint8Array<ArrayBuffer>,
    world: World,
    route: Route | undefined,
    pathKnown: boolean,
  ): Promise<Response> {
    try {
      const caller = await callerOfV2(this.#state, request, body, this.#world.now());
      if (!route) throw pathKnown ? new Refusal(405, "Method Not Allowed") : new Refusal(404, "Not Found");
      const url = new URL(request.url);
      const groups = route.pattern.exec(url.pathname)?.groups ?? {};
      const call: Call = {
        world,
        state: this.#state,
        caller,
        origin: url.origin,
        path: Object.fromEntries(
          Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value).toLowerCase()]),
        ),
        query: url.searchParams,
        body: parseJson(body),
      };
      return json(200, await route.handler(call));
    } catch (error) {
      if (error instanceof AuthenticationFailure) return json(401, { message: error.message });
      if (error instanceof Refusal) return json(error.status, error.body);
      return json(500, { message: `The emulator failed: ${explained(error)}` });
    }
  }

  async #legacy(
    request: Request,
    body: Uint8Array<ArrayBuffer>,
    world: World,
    values: unknown,
    handler: ((call: LegacyCall) => unknown) | undefined,
  ): Promise<Response> {
    try {
      if (request.method !== "POST") throw new LegacyRefusal("METHOD_NOT_ALLOWED_ERROR", undefined, 405);
      const caller = await callerOfLegacy(this.#state, request, body);
      if (!handler) throw new LegacyRefusal("METHOD_NOT_ALLOWED_ERROR", undefined, 405);
      const call = new LegacyCall({ world, caller, request, values });
      return json(200, { status: 200, response: await handler(call) });
    } catch (error) {
      if (error instanceof AuthenticationFailure) {
        return json(200, { status: 401, response: ["AUTHENTICATION_ERROR"], payload: error.message });
      }
      if (error instanceof LegacyRefusal) {
        const { status, code, payload } = error;
        return json(200, { status, response: [code], ...(payload === undefined ? {} : { payload }) });
      }
      const payload = `The emulator failed: ${explained(error)}`;
      return json(200, { status: 500, response: ["UNKNOWN_ERROR"], payload });
    }
  }

  /** What leaves, with the faults that concern the way back. */
  #sent(response: Response, bytes: Uint8Array<ArrayBuffer> | null, fault: Fault | null): Response {
    switch (fault?.type) {
      case "drop-after":
        throw new ConnectionLost();
      case "cut-body": {
        const body = bytes ?? new Uint8Array();
        return fault.silent
          ? new Response(body.subarray(0, Math.ceil(body.length / 2)), withoutLength(response))
          : new Response(brokenOff(body, this.#sleep), withoutLength(response));
      }
      case "slow-bytes":
        return new Response(slowly(bytes ?? new Uint8Array(), fault, this.#sleep), response);
      default:
        return new Response(bytes, response);
    }
  }

  #worldWith(fault: Fault | null): World {
    if (fault?.type !== "expired-url") return this.#world;
    return { ...this.#world, signUrl: (origin, media) => this.#signer.sign(origin, media, -1000) };
  }

  /** As if another agent had been quicker. */
  #moveFirstTaskAway(body: Uint8Array): void {
    const [first] = (parseJson(body) ?? []) as { taskUuid?: string }[];
    const task = this.#state.task(first?.taskUuid ?? "");
    const project = task && this.#state.projects.get(task.projectHash);
    const stage = task && project && this.#state.stage(project, task.stageUuid);
    const destination = stage?.pathways?.[0]?.destinationUuid ?? stage?.nextUuid;
    if (!task || destination === undefined) return;
    moveTask(this.#world, task, destination, { how: "move", by: "somebody.else@example.com" });
  }

  #count(endpoint: string, bytesIn: number, bytesOut: number, status: string): void {
    const before = this.#state.counts.get(endpoint);
    this.#state.counts.put(endpoint, {
      endpoint,
      requests: (before?.requests ?? 0) + 1,
      bytesIn: (before?.bytesIn ?? 0) + bytesIn,
      bytesOut: (before?.bytesOut ?? 0) + bytesOut,
      statuses: { ...before?.statuses, [status]: (before?.statuses[status] ?? 0) + 1 },
    });
  }

  /** URLs that were signed before a restart are still good after it. */
  #secret(): string {
    const known = this.#state.settings.get("urlSecret")?.value;
    if (typeof known === "string") return known;
    const secret = crypto.randomUUID();
    this.#state.settings.put("urlSecret", { name: "urlSecret", value: secret });
    this.#state.commit();
    return secret;
  }
}

/** An answer that a fault gives instead of the emulator. */
function refusalBy(fault: Fault | null): Response | null {
  if (fault?.type === "html") {
    const page = "<!doctype html><title>Service</title><h1>We will be right back</h1>";
    return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
  }
  if (fault?.type !== "status") return null;
  const { status, retryAfter, body, text } = fault;
  const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  if (status === 204 || status === 304) return new Response(null, { status, headers });
  if (text !== undefined) return new Response(text, { status, headers });
  const content = body === undefined ? { message: `A fault was asked for: ${status}.` } : body;
  return Response.json(content, { status, headers });
}

/** Status and headers of an answer whose body is not the one that they describe. */
function withoutLength(response: Response): ResponseInit {
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  return { status: response.status, headers };
}

interface LegacyQuery {
  readonly query_type?: unknown;
  readonly query_method?: unknown;
  readonly values?: unknown;
}

function readQuery(body: Uint8Array): LegacyQuery | null {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as LegacyQuery | null;
  } catch {
    return null;
  }
}

function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw unprocessable(["body"], "The body is not JSON.");
  }
}

function explained(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function json(status: number, value: unknown): Response {
  return Response.json(value ?? null, { status });
}
