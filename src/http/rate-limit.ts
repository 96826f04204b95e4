/**
 * How often one caller may call one agent, by the platform's rate limiting binding (`AGENT_RATE_LIMIT`), where the deployment has one.
 * A limit that cannot be asked lets the call through: it protects the bill, and is no lock.
 */

import type { Log } from "../agent/log.ts";

/** The longest period that the binding can have, in seconds; which one it has, it does not tell. */
export const RETRY_AFTER_SECONDS = 60;

/** @param caller what calls are counted by: the same text, the same count */
export async function isOverLimit(limit: RateLimit | undefined, caller: string, log: Log): Promise<boolean> {
  if (limit === undefined) return false;
  try {
    return !(await limit.limit({ key: caller })).success;
  } catch (error) {
    log.warn("rate_limit_not_asked", { error });
    return false;
  }
}
