/**
 * One run of one agent: what it was called with, where its values come from, and what must be cleaned up afterwards.
 * Every dependency is made at most once, when it is first needed. `close` cleans all of them up in reverse order, and never
 * hides the error that the agent itself threw.
 */

import type { AgentStage, AgentTask, EncordClient, LabelRow, Project, StorageItem } from "../encord/index.ts";
import type { Fetch, Transfer } from "../media/index.ts";
import { withDeadline } from "./deadline.ts";
import type { AgentMode, Dependency, Needs, Resolved } from "./dependency.ts";
import { AgentTimeoutError } from "./errors.ts";
import type { FrameData } from "./frame-data.ts";
import type { Log } from "./log.ts";
import type { WriteFence } from "./write-fence.ts";

/** Where the values of an invocation come from; each is called at most once. */
export interface InvocationSources {
  project(): Promise<Project>;
  /** The label row of the data unit, initialised. */
  labelRow(): Promise<LabelRow>;
  storageItem(): Promise<StorageItem>;
}

/** The tasks that run together, for what is best fetched in bulk; all of them share one object. */
export interface Batch {
  /** For reading on behalf of all; what a single task writes goes through its own client. */
  readonly client: EncordClient;
  /** The data units of the tasks. */
  readonly dataHashes: readonly string[];
}

/** How bytes outside Encord's API are fetched. */
export interface AssetAccess {
  /** Allows plain http to the loopback interface, for the emulator; never in production. */
  readonly allowInsecureLoopback: boolean;
  /** How requests are sent; the global `fetch` by default. */
  readonly fetch?: Fetch;
  /** Called after each transfer, even a failed one. */
  readonly onTransfer: (transfer: Transfer) => void;
  /** Called for each decoded frame. */
  readonly onFrame: () => void;
}

/** `log` and `stage` are read only when something asks for them: they may be getters. */
export interface InvocationOptions {
  readonly mode: AgentMode;
  readonly agentName: string;
  readonly client: EncordClient;
  readonly sources: InvocationSources;
  readonly assets: AssetAccess;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly task?: AgentTask;
  readonly stage?: AgentStage;
  readonly frameData?: FrameData;
  /** The batch that the task belongs to. */
  readonly batch?: Batch;
  /** Guards what the agent writes; none when nobody else can have the task. */
  readonly fence?: WriteFence;
  /** 32 hex digits, from the request that is being answered; random by default. */
  readonly traceId?: string | undefined;
  /** Values to use instead of making them, by dependency; for tests. */
  readonly replacements?: Replacements | undefined;
  /** How long each dependency may take to clean up (milliseconds); 30 seconds by default. */
  readonly cleanupMs?: number;
}

/** Values that replace dependencies. */
export type Replacements = ReadonlyMap<Dependency<unknown, never>, unknown>;

/** What an agent receives beside its input. */
export interface AgentContext {
  /** Aborted when the agent's time is up or its task is cancelled; pass it to `fetch`. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Whoever waits for the agent waits for this too: a batch with its lane, a caller with the label row's lock. */
const CLEANUP_MS = 30_000;

type Cleanup = (failure: { readonly error: unknown } | null) => Promise<void>;

/** One run of one agent; a dependency's `make` receives it. */
export class Invocation {
  readonly mode: AgentMode;
  readonly agentName: string;
  readonly client: EncordClient;
  readonly sources: InvocationSources;
  readonly assets: AssetAccess;
  readonly signal: AbortSignal;
  readonly task: AgentTask | undefined;
  readonly frameData: FrameData | undefined;
  readonly batch: Batch;
  readonly fence: WriteFence | undefined;
  /** 32 hex digits shared by everything that is done for one call or task. */
  readonly traceId: string;

  readonly #options: InvocationOptions;
  #log: Log | undefined;
  readonly #replacements: Replacements | undefined;
  readonly #made = new Map<Dependency<unknown, never>, Promise<unknown>>();
  readonly #cleanups: Cleanup[] = [];
  /** Set once `close` was called. */
  #closed: { readonly failure: { readonly error: unknown } | null } | null = null;

  constructor(options: InvocationOptions) {
    this.#options = options;
    this.mode = options.mode;
    this.agentName = options.agentName;
    this.client = options.client;
    this.sources = memoised(options.sources);
    this.assets = options.assets;
    this.signal = options.signal;
    this.task = options.task;
    this.frameData = options.frameData;
    this.batch = options.batch ?? { client: options.client, dataHashes: [] };
    this.fence = options.fence;
    this.traceId = options.traceId ?? crypto.randomUUID().replaceAll("-", "");
    this.#replacements = options.replacements;
  }

  get log(): Log {
    this.#log ??= this.#options.log;
    return this.#log;
  }

  /** The stage that the task is in; undefined for an editor call. */
  get stage(): AgentStage | undefined {
    return this.#options.stage;
  }

  /** The data unit that the agent was called for. */
  get dataHash(): string {
    const hash = this.task?.dataHash ?? this.frameData?.dataHash;
    if (hash === undefined) throw new TypeError(`Agent "${this.agentName}" was not called for a data unit.`);
    return hash;
  }

  /** Makes the values of `needs`, one after the other. */
  async resolve<N extends Needs>(needs: N): Promise<Resolved<N>> {
    const values: Record<string, unknown> = {};
    for (const [name, need] of Object.entries(needs)) {
      this.signal.throwIfAborted();
      values[name] = await this.#value(need);
    }
    return values as Resolved<N>;
  }

  /**
   * Lets the dependencies clean up, the last made first. All of them get their turn even if one fails or does not end; the
   * first failure is thrown afterwards, unless the agent itself had failed (`failure`).
   */
  async close(failure: { readonly error: unknown } | null): Promise<void> {
    this.#closed = { failure };
    const { cleanupMs = CLEANUP_MS } = this.#options;
    const tooLong = () => new AgentTimeoutError(`${this.agentName}: a dependency's cleaning up`, cleanupMs);
    let first: { readonly error: unknown } | null = null;
    for (const cleanup of this.#cleanups.splice(0).reverse()) {
      try {
        await withDeadline(cleanupMs, null, tooLong, () => cleanup(failure));
      } catch (error) {
        this.log.error("dependency_cleanup_failed", { error });
        first ??= { error };
      }
    }
    if (first && !failure) throw first.error;
  }

  #value(need: Dependency<unknown, never>): Promise<unknown> {
    if (this.#replacements?.has(need)) return Promise.resolve(this.#replacements.get(need));
    let made = this.#made.get(need);
    if (!made) {
      made = this.#make(need);
      this.#made.set(need, made);
    }
    return made;
  }

  async #make(need: Dependency<unknown, never>): Promise<unknown> {
    const needs = await this.resolve(need.needs);
    const making = need.make(needs as never, this);
    if (!isAsyncGenerator(making)) return making;
    const first = await making.next();
    if (first.done)
      throw new TypeError(
        "A dependency written as a generator must yield its value once; it yielded nothing.",
      );
    if (this.#closed) {
      // Time ran out while it was being made: nobody will use it.
      await finish(making, this.#closed.failure);
      throw new Error(`Agent "${this.agentName}" had ended before this dependency was made.`);
    }
    this.#cleanups.push((failure) => finish(making, failure));
    return first.value;
  }
}

/** Runs a generator to its end; if the agent failed, its error is thrown at the `yield`. */
async function finish(
  generator: AsyncGenerator<unknown, void, void>,
  failure: { readonly error: unknown } | null,
) {
  try {
    const end = failure ? await generator.throw(failure.error) : await generator.next();
    if (!end.done) {
      await generator.return();
      throw new TypeError("A dependency written as a generator must yield its value once; it yielded twice.");
    }
  } catch (error) {
    if (!failure || error !== failure.error) throw error;
  }
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator<unknown, void, void> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value && "throw" in value;
}

function memoised(sources: InvocationSources): InvocationSources {
  let project: Promise<Project> | undefined;
  let labelRow: Promise<LabelRow> | undefined;
  let storageItem: Promise<StorageItem> | undefined;
  return {
    project: () => (project ??= sources.project()),
    labelRow: () => (labelRow ??= sources.labelRow()),
    storageItem: () => (storageItem ??= sources.storageItem()),
  };
}
