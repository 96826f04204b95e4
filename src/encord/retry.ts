/**
 * When a request is sent again, and after how long: the rules of the Python SDK (urllib3's, with its settings). Answers
 * with a status worth retrying, connections lost after sending, and connections never made have a budget each; all together
 * there are at most ten retries. The first retry does not wait, the next ones wait 3, 6, 12, 24 seconds and so on, at most
 * 120; `Retry-After` replaces that wait. A request that may not be repeated is sent again only if it never reached the
 * server.
 *
 * One difference: the SDK obeys any `Retry-After`, even of a day. Here one above 120 seconds ends the request with an error
 * that carries the seconds, and the caller decides.
 */

/** How often a request is sent again, and with what waits. */
export interface RetryOptions {
  /** Retries after an answer, and retries after a lost connection; 3 each. 0 turns both off. */
  readonly maxRetries?: number;
  /** Seconds that the waits grow from; 1.5. */
  readonly backoffFactor?: number;
  /** Retries when no connection could be made; 3. */
  readonly connectRetries?: number;
}

/** How an attempt failed. */
export type AttemptFailure =
  | { readonly kind: "status"; readonly status: number; readonly retryAfter: string | null }
  /** The connection broke, or was too slow, when the request may have arrived. */
  | { readonly kind: "read" }
  /** The request cannot have arrived. */
  | { readonly kind: "connect" };

export type Decision =
  | { readonly kind: "retry"; readonly waitSeconds: number }
  | { readonly kind: "stop" }
  /** `Retry-After` is neither whole seconds nor a date; the SDK gives up at once. */
  | { readonly kind: "unreadable-retry-after" };

const RETRIED_STATUSES: ReadonlySet<number> = new Set([413, 429, 500, 502, 503]);
const TOTAL_RETRIES = 10;
const LONGEST_WAIT_SECONDS = 120;

/** Counts the retries of one request. */
export class RetryBudget {
  readonly #left: { status: number; read: number; connect: number };
  readonly #repeatable: boolean;
  readonly #backoffFactor: number;
  readonly #now: () => number;
  #retries = 0;

  /**
   * @param repeatable whether the request may arrive twice
   * @param now milliseconds since 1970, for a `Retry-After` that is a date
   */
  constructor(options: RetryOptions, repeatable: boolean, now: () => number) {
    const retries = options.maxRetries ?? 3;
    this.#left = { status: retries, read: retries, connect: options.connectRetries ?? 3 };
    this.#backoffFactor = options.backoffFactor ?? 1.5;
    this.#repeatable = repeatable;
    this.#now = now;
  }

  decide(failure: AttemptFailure): Decision {
    if (failure.kind !== "connect" && !this.#repeatable) return { kind: "stop" };
    if (failure.kind === "status" && !RETRIED_STATUSES.has(failure.status)) return { kind: "stop" };
    if (this.#left[failure.kind] <= 0 || this.#retries >= TOTAL_RETRIES) return { kind: "stop" };
    this.#left[failure.kind] -= 1;
    this.#retries += 1;

    const backoff = this.#retries === 1 ? 0 : this.#backoffFactor * 2 ** (this.#retries - 1);
    const ownWait = Math.min(backoff, LONGEST_WAIT_SECONDS);
    if (failure.kind !== "status" || failure.retryAfter === null)
      return { kind: "retry", waitSeconds: ownWait };

    const asked = retryAfterSeconds(failure.retryAfter, this.#now());
    if (asked === null) return { kind: "unreadable-retry-after" };
    if (asked > LONGEST_WAIT_SECONDS) return { kind: "stop" };
    return { kind: "retry", waitSeconds: asked > 0 ? asked : ownWait };
  }
}

/** The value of a `Retry-After` header in seconds (0 when it lies in the past), or null when it cannot be read. */
export function retryAfterSeconds(header: string, nowMs: number): number | null {
  if (/^\s*\d+\s*$/.test(header)) return Number(header);
  // Date.parse takes "1.5" for a day in January; an HTTP date names its month.
  const date = /[a-z]{3}/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, (date - nowMs) / 1000);
}

/**
 * Whether a failed `fetch` certainly never reached the server. The runtime says little about failures; when in doubt the
 * request counts as sent, so that nothing is done twice.
 */
export function neverConnected(error: unknown): boolean {
  const texts: string[] = [];
  for (let each = error, depth = 0; each instanceof Error && depth < 4; each = each.cause, depth++) {
    texts.push(each.message, "code" in each ? String(each.code) : "");
  }
  return /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|connection refused|dns lookup failed|could not connect/i.test(
    texts.join(" "),
  );
}
