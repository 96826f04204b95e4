/**
 * Encord as the agent of a task sees it: it reads freely, and writes as long as its task is its own. Once the task was
 * cancelled, its time is up, or another worker has it, a write that comes late would fall into what is there by then.
 */

import type { LegacyRequest, Transport, V2Request } from "../encord/index.ts";
import { onlyReads } from "../encord/transport.ts";

/** Whatever talks to Encord over a transport, and can be had over another one. */
interface Rerouted {
  through(wrap: (transport: Transport) => Transport): unknown;
}

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
  around<Thing extends Rerouted>(thing: Thing): Thing {
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
    if (!onlyReads(request)) await this.#check();
    return this.#inner.v2(request);
  }

  async legacy(request: LegacyRequest): Promise<unknown> {
    if (request.queryMethod !== "GET") await this.#check();
    return this.#inner.legacy(request);
  }
}
