/**
 * How often one caller may call one agent, by the platform's rate limiting binding (`AGENT_RATE_LIMIT`), where the deployment has one.
 * A limit that cannot be asked lets the call through: it protects the bill, and is no lock.
 */

import type { Log } from "../agent/log.ts";

/** The longest period that the binding can have, in seconds; which one it has, it does not tell. */
export const RETRY_AFTER_SECONDS = 60;

/** Counts the call. @param request of the caller, who is known by the address that Cloudflare notes */
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
  // The two colons stand for as many zeros as are missing; in a short form they may be among the first four groups.
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  return [...head, ...zeros, ...tail].slice(0, 4).join(":");
}
