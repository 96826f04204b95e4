/** How long to wait before trying again: exponential with full jitter and a cap, so that retries do not come in waves. */

const BASE_MS = 1000;
const CAP_MS = 5 * 60_000;

/**
 * @param attempt how many attempts were made, from 1
 * @param random gives numbers in [0, 1)
 * @param atLeastMs what the other side asked for (`Retry-After`); it counts more than the formula
 * @returns milliseconds: uniformly in (0, min(cap, base * 2^(attempt - 1))], or `atLeastMs` and up to a second more
 */
export function backoffMs(attempt: number, random: () => number, atLeastMs = 0): number {
  if (atLeastMs > 0) return atLeastMs + Math.ceil(random() * BASE_MS);
  return Math.max(1, Math.ceil(random() * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt - 1, 20))));
}
