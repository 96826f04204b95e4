/** The requests to an emulator: counts by endpoint, which are stored, and the last requests in order, which are not. */

import type { EndpointCount } from "./state/documents.ts";
import type { State } from "./state/state.ts";

export interface RequestRecord {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** As in the counts. */
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  /** HTTP status, or "dropped". */
  readonly status: string;
}

export interface AnsweredRequest extends RequestRecord {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

const HISTORY_LENGTH = 1000;

export class RequestLog {
  readonly #state: State;
  #history: RequestRecord[] = [];

  constructor(state: State) {
    this.#state = state;
  }

  add({ bytesIn, bytesOut, ...record }: AnsweredRequest): void {
    const { endpoint, status } = record;
    this.#history.push(record);
    if (this.#history.length > HISTORY_LENGTH) this.#history.shift();
    const before = this.#state.counts.get(endpoint);
    this.#state.counts.put(endpoint, {
      endpoint,
      requests: (before?.requests ?? 0) + 1,
      bytesIn: (before?.bytesIn ?? 0) + bytesIn,
      bytesOut: (before?.bytesOut ?? 0) + bytesOut,
      statuses: { ...before?.statuses, [status]: (before?.statuses[status] ?? 0) + 1 },
    });
  }

  counts(): readonly EndpointCount[] {
    return [...this.#state.counts.values()];
  }

  /** Oldest first. */
  history(): readonly RequestRecord[] {
    return [...this.#history];
  }

  forgetHistory(): void {
    this.#history = [];
  }
}
