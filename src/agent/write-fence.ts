/**
 * Encord as the agent of a task sees it: it reads freely, and writes as long as it has the task. Once the task is cancelled,
 * its time is up, or another worker has it, a late write is refused: it would interfere with what happened since.
 */

import type { LegacyRequest, Transport, V2Request } from "../encord/index.ts";
import { onlyReads } from "../encord/transport.ts";

/** Whatever talks to Encord over a transport that can be wrapped. */
interface Rerouted {
  through(wrap: (transport: Transport) => Transport): unknown;
}

export class WriteFence {
  readonly #signal: AbortSignal;
  readonly #isOurs: () => Promise<boolean>;
  #open = false;

  /** @param isOurs asks whether this worker still has the task */
  constructor(signal: AbortSignal, isOurs: () => Promise<boolean>) {
    this.#signal = signal;
    this.#isOurs = isOurs;
  }

  /** To be called when the agent has ended well: what is written from then on is checked by its writer. */
  open(): void {
    this.#open = true;
  }

  /** @throws the reason why the agent may no longer write */
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
