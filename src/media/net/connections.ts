/** Limits how many requests run at a time, first come, first served; a Worker has six connections (Cloudflare's limits page). */

/** How many connections a Worker's invocation may have waiting for an answer. */
export const MAX_CONNECTIONS = 6;

/** A fixed number of places; work waits until one is free. */
export class Connections {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Runs `work` when a place is free. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
