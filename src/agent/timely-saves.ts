/**
 * The saves of a label row that an agent makes by itself, as long as it may: when its time is up or its task was cancelled,
 * somebody else may hold the row, and a save that comes late would write over what is there by then.
 */

import { type Operation, WriteGroup } from "../encord/index.ts";

export class TimelySaves extends WriteGroup {
  readonly #signal: AbortSignal;
  readonly #group: WriteGroup | null;

  /** @param group what the saves share requests with */
  constructor(signal: AbortSignal, group: WriteGroup | null) {
    super();
    this.#signal = signal;
    this.#group = group;
  }

  /** @throws the reason of the signal when the agent's time is up */
  override async send<Call>(operation: Operation<Call>, call: Call): Promise<void> {
    this.#signal.throwIfAborted();
    await (this.#group ? this.#group.send(operation, call) : super.send(operation, call));
  }
}
