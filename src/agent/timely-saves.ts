/**
 * The saves of a label row that an agent makes by itself, for as long as it may: once its time is up or its task is
 * cancelled, somebody else may hold the row, and a late save would overwrite their work.
 */

import { EncordError, type Operation, RateLimitExceededError, WriteGroup } from "../encord/index.ts";

export class TimelySaves extends WriteGroup {
  readonly #mayWrite: () => void | Promise<void>;
  readonly #group: WriteGroup | null;

  /**
   * @param mayWrite throws when the agent may no longer save
   * @param group the group that the saves share requests with, if any
   */
  constructor(mayWrite: () => void | Promise<void>, group: WriteGroup | null) {
    super();
    this.#mayWrite = mayWrite;
    this.#group = group;
  }

  /**
   * A save that failed together with others is tried once more by itself: another one may have been the cause.
   *
   * @throws when the agent's time is up
   */
  override async send<Call>(operation: Operation<Call>, call: Call): Promise<void> {
    await this.#mayWrite();
    if (this.#group) {
      try {
        return await this.#group.send(operation, call);
      } catch (error) {
        const mayBeAnothers = error instanceof EncordError && error.retryable;
        if (!mayBeAnothers || error instanceof RateLimitExceededError) throw error;
        await this.#mayWrite();
      }
    }
    await super.send(operation, call);
  }
}
