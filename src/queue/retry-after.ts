import { RateLimitExceededError } from "../encord/index.ts";

/** A header that asks for more is not believed: one answer must not put anything off for good. */
export const LONGEST_RETRY_AFTER_MS = 60 * 60_000;

/** What Encord asked to wait (milliseconds), if the error is Encord's "too many requests" and says so. */
export function retryAfterMs(error: unknown): number | undefined {
  if (!(error instanceof RateLimitExceededError) || error.retryAfterSeconds === null) return undefined;
  return Math.min(error.retryAfterSeconds * 1000, LONGEST_RETRY_AFTER_MS);
}

/**
 * A moment until which something waits, as it was stored (milliseconds since 1970). One that lies further ahead than anything
 * is put off was written before the clock was set back, and counts for nothing.
 */
export function waitsUntil(stored: number | null | undefined, now: number): number {
  return stored && stored - now <= 2 * LONGEST_RETRY_AFTER_MS ? stored : 0;
}
