/**
 * The saves of a label row that an agent makes by itself, as long as it may: when its time is up or its task was cancelled,
 * somebody else may hold the row, and a save that comes late would write over what is there by then.
 */

import { EncordError, type Operation, RateLimitExceededError, WriteGroup } from "../encord/index.ts";

export class TimelySaves extends WriteGroup {
  readonly #signal: AbortSignal;
  readonly #group: WriteGroup | null;

  /** @param group what the saves share requests with */
  constructor(signal: AbortSignal, group: WriteGroup | null) {
    super();
    this.#signal = signal;
    this.#group = group;
  }

  /**
   * A save that failed together with others is tried once more by itself: it may not be what failed.
   *
   * @throws the reason of the signal when the agent's time is up
   */
  override async send<Call>(operation: Operation<Call>, call: Call): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#group) {
      try {
        return await this.#group.send(operation, call);
      } catch (error) {
        const mayBeAnothers = error instanceof EncordError && error.retryable;
        if (!mayBeAnothers || error instanceof RateLimitExceededError) throw error;
        this.#signal.throwIfAborted();
      }
    }
    await super.send(operation, call);
  }
}
