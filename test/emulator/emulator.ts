/**
 * An Encord in one object: it answers both APIs and the signed URLs of its files from its own state, as the real Encord does on
 * the wire. Once a request is answered, its changes are stored; a refused request changes nothing.
 *
 * It knows neither ports nor clocks: requests come through `fetch`, and time and UUIDs are passed in.
 */

import { answerLegacy, LEGACY_PATHS, matchLegacy } from "./answer-legacy.ts";
import { answerV2, matchV2, parseJson } from "./answer-v2.ts";
import type { World } from "./call.ts";
import { checkSeedShape } from "./check-seed.ts";
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
import { answerInstead, departing } from "./fault-effects.ts";
import { checkFaultRule } from "./fault-rule.ts";
import { ConnectionLost, type Fault, type FaultRule, Faults } from "./faults.ts";
import { measuredSeed } from "./media/measure-seed.ts";
import { serveMedia } from "./media/serve-media.ts";
import { MEDIA_PATH, UrlSigner } from "./media/signed-url.ts";
import { plant } from "./plant.ts";
import { RequestLog, type RequestRecord } from "./request-log.ts";
import { ENDPOINTS } from "./routes.ts";
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
  /** Results on each page of a list; default 100. */
  readonly pageSize?: number;
  /** How long signed URLs are valid; default one hour. */
  readonly urlLifetimeMs?: number;
  /** How the emulator reaches agents, when it plays Encord's own calls; default the global `fetch`. */
  readonly agentFetch?: (request: Request) => Promise<Response>;
  /** From 0 to below 1, for faults with a probability. */
  readonly random?: () => number;
  /** Used by faults that take time. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** How many tasks are in a stage. */
export interface StageCount {
  readonly projectHash: string;
  readonly uuid: string;
  readonly title: string;
  readonly stageType: string;
  readonly count: number;
}

/** A task, with the titles of its stage and its data unit. */
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
  readonly #log: RequestLog;

  constructor(options: EmulatorOptions) {
    this.#storage = options.storage;
    this.#state = new State(options.storage);
    const clock = options.now ?? Date.now;
    const now = () => clock() + this.#clockOffset;
    const newUuid = options.hashes ?? (() => crypto.randomUUID());
    this.#signer = new UrlSigner(this.#secret(), now, options.urlLifetimeMs ?? 3_600_000);
    this.#log = new RequestLog(this.#state);
    this.#faults = new Faults(options.random ?? Math.random);
    this.#sleep = options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
    this.#outside = { fetch: options.agentFetch ?? ((request) => fetch(request)), now };
    this.#world = {
      state: this.#state,
      now,
      newUuid,
      signUrl: (origin, media) => this.#signer.sign(origin, media),
      glance: (media) => this.#storage.media.glance(media),
      pageSize: options.pageSize ?? 100,
    };
  }

  /**
   * Answers a request to the API, to a signed URL, or to the control API below `/__emulator/`. As with the global `fetch`, the
   * request's signal only ends the wait: what has begun may still be done.
   */
  fetch(request: Request): Promise<Response> {
    return unlessAborted(request.signal, this.#answer(request));
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(CONTROL_PATH)) return answerControl(this, request);
    const body = new Uint8Array(await request.arrayBuffer());
    const { endpoint, answer } = this.#find(request, body);
    const fault = this.#faults.next(endpoint, request.url, body);
    if (fault?.type === "latency") await this.#sleep(fault.ms);
    if (fault?.type === "drop-before") {
      this.#close(request, endpoint, { status: "dropped", bytesIn: body.byteLength, bytesOut: 0 });
      throw new ConnectionLost();
    }
    const response = answerInstead(fault) ?? (await answer(fault));
    const bytes = response.body === null ? null : new Uint8Array(await response.arrayBuffer());
    this.#close(request, endpoint, {
      status: fault?.type === "drop-after" ? "dropped" : String(response.status),
      bytesIn: body.byteLength,
      bytesOut: bytes?.byteLength ?? 0,
    });
    return departing({ response, bytes, fault, sleep: this.#sleep, signal: request.signal });
  }

  /** Records the request, and stores its changes. */
  #close(
    { method, url }: Request,
    endpoint: string,
    rest: { readonly status: string; readonly bytesIn: number; readonly bytesOut: number },
  ): void {
    this.#log.add({ at: this.#world.now(), endpoint, method, path: new URL(url).pathname, ...rest });
    this.#state.commit();
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

  /** Lets time pass, for everything that expires or falls due. */
  advance(ms: number): void {
    const value = this.#clockOffset + ms;
    this.#state.settings.put("clockOffset", { name: "clockOffset", value });
    this.#state.commit();
  }

  get #clockOffset(): number {
    const value = this.#state.settings.get("clockOffset")?.value;
    return typeof value === "number" ? value : 0;
  }

  /** Makes future requests fail; see `FaultRule`. @throws Error when no request could ever match the rule */
  fault(rule: FaultRule): void {
    checkFaultRule(rule, ENDPOINTS);
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

  /** The seed, with frame counts, sizes and lengths from its files where it does not give them itself. */
  async measured(seed: EmulatorSeed): Promise<EmulatorSeed> {
    checkSeedShape(seed);
    return measuredSeed(seed, this.#storage.media);
  }

  /** Stores a media file; seeds name it. */
  putMedia(name: string, bytes: Uint8Array): void {
    this.#storage.media.put(name, bytes);
  }

  get projects(): readonly { readonly projectHash: string; readonly title: string }[] {
    return Array.from(this.#state.projects.values(), ({ projectHash, title }) => ({ projectHash, title }));
  }

  /** Every stage of every project, and how many tasks are in it. */
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

  /** Every move of a task, oldest first. */
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
    return this.#log.counts();
  }

  /** The last thousand requests, oldest first: for the order in which a client does things. */
  history(): readonly RequestRecord[] {
    return this.#log.history();
  }

  /** Everything except media, to be restored later. */
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
    this.#log.forgetHistory();
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
    if (LEGACY_PATHS.has(pathname)) {
      const match = matchLegacy(body);
      const answer = (fault: Fault | null) => answerLegacy(this.#worldWith(fault), request, body, match);
      return { endpoint: match.route?.endpoint ?? "legacy.unknown", answer };
    }
    const match = matchV2(request.method, pathname);
    const answer = (fault: Fault | null) => {
      if (fault?.type === "stale-task") this.#moveFirstTaskAway(body);
      return answerV2(this.#worldWith(fault), request, body, match);
    };
    return { endpoint: match.route?.endpoint ?? "v2.unknown", answer };
  }

  #worldWith(fault: Fault | null): World {
    if (fault?.type !== "expired-url") return this.#world;
    return { ...this.#world, signUrl: (origin, media) => this.#signer.sign(origin, media, -1000) };
  }

  /** Moves the first task as if another agent had been faster. */
  #moveFirstTaskAway(body: Uint8Array): void {
    const [first] = (parseJson(body) ?? []) as { taskUuid?: string }[];
    const task = this.#state.task(first?.taskUuid ?? "");
    const project = task && this.#state.projects.get(task.projectHash);
    const stage = task && project && this.#state.stage(project, task.stageUuid);
    const destination = stage?.pathways?.[0]?.destinationUuid ?? stage?.nextUuid;
    if (!task || destination === undefined) return;
    moveTask(this.#world, task, destination, { how: "move", by: "somebody.else@example.com" });
  }

  /** The secret for signed URLs; kept, so that URLs stay valid after a restart. */
  #secret(): string {
    const known = this.#state.settings.get("urlSecret")?.value;
    if (typeof known === "string") return known;
    const secret = crypto.randomUUID();
    this.#state.settings.put("urlSecret", { name: "urlSecret", value: secret });
    this.#state.commit();
    return secret;
  }
}

/** Rejects with the signal's reason as soon as it is aborted. */
function unlessAborted<T>(signal: AbortSignal, result: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
