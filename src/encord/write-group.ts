/**
 * Lets calls that are made at about the same time share a request. The first call goes out at once, with those made in the
 * same moment; calls made while a request is under way wait for the next one. Each caller learns of its own call only: a
 * refused one does not fail its neighbours.
 */

import { Bundle, type Operation } from "./bundle.ts";

interface Waiting {
  readonly operation: Operation<unknown>;
  readonly call: unknown;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class WriteGroup {
  readonly #size: number | undefined;
  #waiting: Waiting[] = [];
  #sending = false;

  /** @param options.size the most calls in a request; by default each operation's own limit */
  constructor(options: { readonly size?: number } = {}) {
    this.#size = options.size;
  }

  /** Resolves when the call has gone through. @throws the error that Encord gave for this very call */
  send<Call>(operation: Operation<Call>, call: Call): Promise<void> {
    return new Promise((resolve, reject) => {
      // Calls of one key are only ever handed to an operation of that key, which takes them.
      this.#waiting.push({ operation: operation as Operation<unknown>, call, resolve, reject });
      if (!this.#sending) void this.#sendAll();
    });
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    // Agents that were started together save together: let the other calls of this moment join.
    await new Promise((resolve) => setTimeout(resolve, 0));
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      const bundle = new Bundle({ size: this.#size });
      const byCall = Map.groupBy(waiting, (each) => each.call);
      for (const { operation, call } of waiting) bundle.add(operation, call);
      for (const { operation, call, error } of await bundle.settle()) {
        // Calls may be equal (a label row's hash is a call of several operations); those of one operation settle in order.
        const equal = byCall.get(call) ?? [];
        const [one] = equal.splice(
          equal.findIndex((each) => each.operation.key === operation),
          1,
        );
        if (error) one?.reject(error);
        else one?.resolve();
      }
    }
    this.#sending = false;
  }
}
