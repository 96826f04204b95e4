/**
 * Limits how often one caller may call one agent, by the platform's rate limiting binding (`AGENT_RATE_LIMIT`), if the deployment has
 * one. If the binding fails, the call goes through: the limit protects the bill, it is not a lock.
 */

import type { Log } from "../agent/log.ts";

/** The longest period that the binding can have, in seconds; it does not tell which one it has. */
export const RETRY_AFTER_SECONDS = 60;

/** Counts the call; true if it is over the limit. @param request whose caller is identified by the address that Cloudflare notes */
export async function isOverLimit(
  limit: RateLimit | undefined,
  agent: string,
  request: Request,
  log: Log,
): Promise<boolean> {
  if (limit === undefined) return false;
  try {
    const caller = networkOf(request.headers.get("cf-connecting-ip") ?? "");
    return !(await limit.limit({ key: `${agent} ${caller}` })).success;
  } catch (error) {
    log.warn("rate_limit_not_asked", { error });
    return false;
  }
}

/** An IPv4 address, or the network (/64) of an IPv6 address: whoever has one such address has all of them. */
function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = [], tail = []] = address.split("::").map((part) => part.split(":"));
  // `::` stands for as many zero groups as are missing, perhaps among the first four.
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  return [...head, ...zeros, ...tail].slice(0, 4).join(":");
}
