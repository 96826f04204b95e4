/**
 * A bundle that knows for whom each call was added. `settle` reports the calls grouped by operation; with two operations
 * (label rows of two projects, rows to create and rows to read) that is not the order in which they were added.
 */

import { Bundle, type EncordError, type Operation } from "../encord/index.ts";

export class OwnedBundle<Owner> extends Bundle {
  readonly #owners = new Map<unknown, Owner>();
  #adding: Owner | undefined;

  /** Lets `add` add calls to this bundle for `owner`; one `addFor` at a time. @throws what `add` throws */
  async addFor(owner: Owner, add: () => Promise<void>): Promise<void> {
    this.#adding = owner;
    try {
      await add();
    } finally {
      this.#adding = undefined;
    }
  }

  override add<Call>(operation: Operation<Call>, call: Call): void {
    super.add(operation, call);
    if (this.#adding !== undefined) this.#owners.set(call, this.#adding);
  }

  /** Sends everything. @returns what went wrong, by owner; nothing went wrong for an owner that is missing */
  async settleOwned(): Promise<ReadonlyMap<Owner, EncordError>> {
    const errors = new Map<Owner, EncordError>();
    for (const { call, error } of await this.settle()) {
      const owner = this.#owners.get(call);
      if (error !== undefined && owner !== undefined && !errors.has(owner)) errors.set(owner, error);
    }
    this.#owners.clear();
    return errors;
  }
}
