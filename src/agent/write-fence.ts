/**
 * Encord as the agent of a task sees it: it reads freely, and writes as long as its task is its own. Once the task was
 * cancelled, its time is up, or another worker has it, a write that comes late would fall into what is there by then.
 */

import type {
  AgentTask,
  EncordClient,
  LegacyRequest,
  Project,
  StorageItem,
  Transport,
  V2Request,
} from "../encord/index.ts";

/** The one request that reads and is not a GET. */
const READ_BY_POST = "storage/items/get-bulk";

export class WriteFence {
  readonly #signal: AbortSignal;
  readonly #isOurs: () => Promise<boolean>;
  #open = false;

  /** @param isOurs asks whether the task still is */
  constructor(signal: AbortSignal, isOurs: () => Promise<boolean>) {
    this.#signal = signal;
    this.#isOurs = isOurs;
  }

  /** The agent has ended well: who writes from now on asks by itself. */
  open(): void {
    this.#open = true;
  }

  /** @throws the reason why the agent may not write any more */
  readonly check = async (): Promise<void> => {
    this.#signal.throwIfAborted();
    if (!this.#open && !(await this.#isOurs())) {
      throw new Error("Nothing was written: the task was cancelled, or given to another worker.");
    }
  };

  /** The same client, project, task or storage item, behind this fence. */
  around<Thing extends EncordClient | Project | AgentTask | StorageItem>(thing: Thing): Thing {
    return thing.through((inner) => new FencedTransport(inner, this.check)) as Thing;
  }
}

class FencedTransport implements Transport {
  readonly #inner: Transport;
  readonly #check: () => Promise<void>;

  constructor(inner: Transport, check: () => Promise<void>) {
    this.#inner = inner;
    this.#check = check;
  }

  get domain(): string {
    return this.#inner.domain;
  }

  async v2(request: V2Request): Promise<unknown> {
    if (request.method !== "GET" && request.path !== READ_BY_POST) await this.#check();
    return this.#inner.v2(request);
  }

  async legacy(request: LegacyRequest): Promise<unknown> {
    if (request.queryMethod !== "GET") await this.#check();
    return this.#inner.legacy(request);
  }
}
