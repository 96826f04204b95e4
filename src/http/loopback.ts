/**
 * Whether a request was made on this computer, for everything that is open only in local development. Both the requested address must
 * say so, which is whatever the caller writes into `Host`, and the origin of the connection, which the development server notes, or
 * Cloudflare's edge in a deployment. So neither another computer that sends `Host: localhost` gets in, nor anybody who reaches a
 * deployment with `ENVIRONMENT=development` by mistake.
 */

import { isLoopback } from "../settings.ts";

/** Whether a request comes from this computer. */
export function isFromThisComputer(request: Request): boolean {
  const from = request.headers.get("cf-connecting-ip");
  return isLoopback(new URL(request.url).hostname) && (from === null || isLoopback(from));
}
