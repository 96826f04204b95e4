import { RateLimitExceededError } from "../encord/index.ts";

/** What Encord asked to wait (milliseconds), if the error is Encord's "too many requests" and says so. */
export function retryAfterMs(error: unknown): number | undefined {
  if (!(error instanceof RateLimitExceededError) || error.retryAfterSeconds === null) return undefined;
  return error.retryAfterSeconds * 1000;
}
