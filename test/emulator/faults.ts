/**
 * Faults on demand: rules that say which requests fail, and how. A rule's faults are used up one by one, one per request; the
 * oldest rule that matches is used first. Rules are kept in memory only: a restart clears them.
 */

/** What goes wrong with one request. */
export type Fault =
  /** The answer comes late. */
  | { readonly type: "latency"; readonly ms: number }
  /** A status instead of the answer; nothing was done. `body` is sent as JSON; a number in `retryAfter` is seconds. */
  | {
      readonly type: "status";
      readonly status: number;
      readonly retryAfter?: number | string;
      readonly body?: unknown;
      /** Instead of `body`, for what is not JSON. */
      readonly text?: string;
    }
  /** The connection breaks before the request was read; nothing was done. */
  | { readonly type: "drop-before" }
  /** The connection breaks when everything was done and stored, instead of the answer. */
  | { readonly type: "drop-after" }
  /** The answer ends in the middle: with a broken connection, or (`silent`) as if that were all. */
  | { readonly type: "cut-body"; readonly silent?: boolean }
  /** An HTML page with status 200; nothing was done. */
  | { readonly type: "html" }
  /** Somebody else moves the first task of a bulk action away just before. */
  | { readonly type: "stale-task" }
  /** URLs signed in the answer have already expired; a requested file is refused as expired. */
  | { readonly type: "expired-url" }
  /** A file is served whole whatever `Range` says. */
  | { readonly type: "ignore-range" }
  /** The body comes in small pieces, with pauses. */
  | { readonly type: "slow-bytes"; readonly bytesPerPiece: number; readonly pauseMs: number };

export interface FaultRule {
  /** Name as in `GET /__emulator/requests`; `tasks.*` for a group, `*` for all. */
  readonly endpoint: string;
  /** One, or several in a row; null in the row lets a request through. */
  readonly faults: Fault | readonly (Fault | null)[];
  /** How often the whole row is used; default once. */
  readonly times?: number;
  /** The probability that a matching request is hit, 0 to 1; default 1. A request that is not hit uses up nothing. */
  readonly probability?: number;
  /** Only requests whose URL or body contains this text, such as a data hash. */
  readonly containing?: string;
}

interface ActiveRule extends FaultRule {
  readonly row: readonly (Fault | null)[];
  used: number;
}

export class Faults {
  readonly #random: () => number;
  #rules: ActiveRule[] = [];

  /** @param random from 0 to below 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  add(rule: FaultRule): void {
    const row = Array.isArray(rule.faults) ? rule.faults : [rule.faults as Fault];
    this.#rules.push({ ...rule, row, used: 0 });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault of this request, or null. */
  next(endpoint: string, url: string, body: Uint8Array): Fault | null {
    let text: string | undefined;
    for (const rule of this.#rules) {
      if (!matches(rule.endpoint, endpoint)) continue;
      if (rule.containing !== undefined) {
        text ??= `${url}\n${new TextDecoder().decode(body)}`;
        if (!text.includes(rule.containing)) continue;
      }
      if (rule.probability !== undefined && this.#random() >= rule.probability) continue;
      const fault = rule.row[rule.used % rule.row.length] ?? null;
      rule.used += 1;
      if (rule.used >= rule.row.length * (rule.times ?? 1)) {
        this.#rules = this.#rules.filter((other) => other !== rule);
      }
      return fault;
    }
    return null;
  }
}

function matches(pattern: string, endpoint: string): boolean {
  if (pattern === "*") return true;
  return pattern.endsWith(".*") ? endpoint.startsWith(pattern.slice(0, -1)) : pattern === endpoint;
}

/** A connection that broke: what `fetch` rejects with. */
export class ConnectionLost extends TypeError {
  override readonly name = "ConnectionLost";

  constructor() {
    super("Network connection lost.");
  }
}
