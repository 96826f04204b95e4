/**
 * Whether a request was made on this very computer, for what is open in local development only. Two witnesses must say so: the
 * address that was asked for, which is whatever the caller writes into `Host`, and where the connection came from, which the
 * development server notes, and in a deployment Cloudflare's edge. So neither a neighbour who says `Host: localhost` gets in, nor
 * anybody who reaches a deployment that was left in development by mistake.
 */

import { isLoopback } from "../settings.ts";

export function isFromThisComputer(request: Request): boolean {
  const from = request.headers.get("cf-connecting-ip");
  return isLoopback(new URL(request.url).hostname) && (from === null || isLoopback(from));
}
