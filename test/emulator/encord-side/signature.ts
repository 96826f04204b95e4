/** How Encord signs the requests that its servers send: HMAC-SHA256 over `<timestamp>.<body>`. */

import { toHex } from "../auth/byte-text.ts";

/** @param nowMs milliseconds since 1970 */
export async function signedHeaders(
  secret: string,
  body: string,
  nowMs: number,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const encode = (text: string) => new TextEncoder().encode(text);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encode(secret), algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, encode(`${timestamp}.${body}`));
  return { "X-Encord-Timestamp": timestamp, "X-Encord-Signature": toHex(new Uint8Array(mac)) };
}
