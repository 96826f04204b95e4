/**
 * Collects calls and sends them in few requests. Calls are grouped by operation; operations go in the order of their first
 * use; the calls of one keep their order and are cut into chunks of the operation's limit. One chunk is one request.
 *
 * `execute` stops at the first failure. What was sent has left the bundle by then, so executing it again sends only the
 * rest (the Python SDK would resend everything). `settle` never stops: it reports what became of each call, and splits a
 * chunk that Encord refuses until the culprit stands alone.
 */

import { EncordError, InvalidArgumentsError } from "./errors.ts";

/** A kind of call that can share a request with others of its kind. */
export interface Operation<Call> {
  /** Identity inside a bundle: calls whose operations have equal keys share chunks. The first operation of a key sends. */
  readonly key: string;
  /** The most calls in one request, unless the bundle has a size of its own. */
  readonly limit: number;
  /** One request; hands the results to the calls itself. */
  send(calls: readonly Call[]): Promise<void>;
  /** Why a call had no effect although its request succeeded, for `settle`; null when it had. By default all had. */
  leftOut?(call: Call): EncordError | null;
}

/** What became of one call. */
export interface Settled {
  /** The key of its operation. */
  readonly operation: string;
  /** What was given to `add`. */
  readonly call: unknown;
  /** Absent when it went through. */
  readonly error?: EncordError;
}

interface Group {
  readonly operation: Operation<unknown>;
  readonly calls: unknown[];
}

/**
 * Calls that wait to be sent together.
 *
 * @example
 * const bundle = client.createBundle();
 * for (const task of tasks) await task.proceed({ pathwayName: "done" }, { bundle });
 * const failed = (await bundle.settle()).filter((each) => each.error);
 */
export class Bundle {
  readonly #size: number | undefined;
  readonly #groups = new Map<string, Group>();

  /**
   * @param options.size the most calls in a request, for every operation; by default each operation's own limit
   * @throws InvalidArgumentsError when the size is not a positive whole number
   */
  constructor(options: { readonly size?: number | undefined } = {}) {
    if (options.size !== undefined && !(Number.isInteger(options.size) && options.size > 0)) {
      throw new InvalidArgumentsError(
        `The size of a bundle must be a whole number above 0; it is ${options.size}.`,
      );
    }
    this.#size = options.size;
  }

  /** How many calls are waiting. */
  get pending(): number {
    let count = 0;
    for (const group of this.#groups.values()) count += group.calls.length;
    return count;
  }

  /** Adds a call; nothing is sent yet. */
  add<Call>(operation: Operation<Call>, call: Call): void {
    const group = this.#groups.get(operation.key);
    if (group) group.calls.push(call);
    // Calls of one key are only ever handed to an operation of that key, which takes them.
    else this.#groups.set(operation.key, { operation: operation as Operation<unknown>, calls: [call] });
  }

  /** Drops everything that waits, unsent. */
  cancel(): void {
    this.#groups.clear();
  }

  /**
   * Sends everything.
   *
   * @throws what the first failing request throws; its calls and all later ones stay in the bundle
   */
  async execute(): Promise<void> {
    for (const [key, { operation, calls }] of this.#groups) {
      while (calls.length > 0) {
        const chunk = calls.splice(0, this.#limitOf(operation));
        try {
          await operation.send(chunk);
        } catch (error) {
          calls.unshift(...chunk);
          throw error;
        }
      }
      this.#groups.delete(key);
    }
  }

  /**
   * Sends everything and reports on each call, operation by operation, in the order in which the calls were added. The
   * chunks of one operation go out at the same time, operations one after the other. A refused chunk is halved until the
   * refused calls stand alone and the others have gone through; a chunk hit by an outage reports that error for each of
   * its calls. The bundle is empty afterwards.
   */
  async settle(): Promise<readonly Settled[]> {
    const settled: Settled[] = [];
    for (const [key, { operation, calls }] of this.#groups) {
      this.#groups.delete(key);
      const limit = this.#limitOf(operation);
      const chunks: Promise<Settled[]>[] = [];
      for (let start = 0; start < calls.length; start += limit) {
        chunks.push(settleChunk(operation, calls.slice(start, start + limit)));
      }
      for (const chunk of await Promise.all(chunks)) for (const each of chunk) settled.push(each);
    }
    return settled;
  }

  #limitOf(operation: Operation<unknown>): number {
    return this.#size ?? operation.limit;
  }
}

async function settleChunk(operation: Operation<unknown>, calls: readonly unknown[]): Promise<Settled[]> {
  try {
    await operation.send(calls);
    return calls.map((call) => {
      const error = operation.leftOut?.(call);
      return { operation: operation.key, call, ...(error ? { error } : {}) };
    });
  } catch (thrown) {
    const error = thrown instanceof EncordError ? thrown : wrapped(operation, thrown);
    if (calls.length === 1 || !error.refusal) {
      return calls.map((call) => ({ operation: operation.key, call, error }));
    }
    const half = Math.ceil(calls.length / 2);
    const first = await settleChunk(operation, calls.slice(0, half));
    return [...first, ...(await settleChunk(operation, calls.slice(half)))];
  }
}

function wrapped(operation: Operation<unknown>, thrown: unknown): EncordError {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new EncordError(
    `Sending ${operation.key} failed: ${text}`,
    { code: "unexpected" },
    { cause: thrown },
  );
}

/** An option of calls that can wait in a bundle. */
export interface Bundled {
  /** Send with this bundle, instead of at once. */
  readonly bundle?: Bundle | undefined;
}

/** Sends one call alone, or adds it to the bundle when there is one. */
export async function sendOrAdd<Call>(
  operation: Operation<Call>,
  call: Call,
  bundle: Bundle | undefined,
): Promise<void> {
  if (bundle) bundle.add(operation, call);
  else await operation.send([call]);
}
