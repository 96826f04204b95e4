/**
 * The signature of requests that Encord's servers send: lower-case hex of HMAC-SHA256 over `<timestamp>.<raw body>`,
 * keyed with the UTF-8 bytes of the secret, in `X-Encord-Signature`; whole Unix seconds in `X-Encord-Timestamp`.
 * Verified over the received bytes, in constant time, at most 300 seconds from now. The caller is not told which check failed: the
 * reason is for the log.
 */

const TOLERANCE_SECONDS = 300;

export type SignatureCheck =
  /** Signed with one of our secrets. */
  | { readonly kind: "valid" }
  /** Not signed at all. */
  | { readonly kind: "absent" }
  /** Signed, but not verifiably. */
  | { readonly kind: "refused"; readonly reason: string };

/** Checks a request's signature with each of the secrets. @param nowMs milliseconds since 1970 */
export async function checkSignature(
  headers: Headers,
  body: Uint8Array,
  secrets: readonly string[],
  nowMs: number,
): Promise<SignatureCheck> {
  const signature = headers.get("x-encord-signature");
  const timestamp = headers.get("x-encord-timestamp");
  if (signature === null) {
    const newer = [...headers.keys()].find((name) => name.startsWith("x-encord-signature"));
    if (newer === undefined) return { kind: "absent" };
    return {
      kind: "refused",
      reason: `this version is too old to read the header ${newer}: update encord-edge-agents`,
    };
  }
  if (secrets.length === 0) return { kind: "refused", reason: "ENCORD_WEBHOOK_SECRET is not set" };
  if (timestamp === null || !/^\d{1,12}$/.test(timestamp)) {
    return { kind: "refused", reason: "X-Encord-Timestamp is missing or not whole seconds" };
  }
  const age = Math.abs(nowMs / 1000 - Number(timestamp));
  if (age > TOLERANCE_SECONDS) {
    return {
      kind: "refused",
      reason: `the timestamp is ${Math.round(age)} seconds from now, ${TOLERANCE_SECONDS} are allowed`,
    };
  }
  const mac = hexBytes(signature);
  if (mac === null) return { kind: "refused", reason: "X-Encord-Signature is not 64 lower-case hex digits" };
  const message = concat(new TextEncoder().encode(`${timestamp}.`), body);
  for (const secret of secrets) {
    // `verify` compares in constant time.
    if (await crypto.subtle.verify("HMAC", await hmacKey(secret, "verify"), mac, message))
      return { kind: "valid" };
  }
  return { kind: "refused", reason: "the signature fits none of the secrets in ENCORD_WEBHOOK_SECRET" };
}

/** Signs like Encord's servers, to test a deployment: lower-case hex. */
export async function signRequest(
  secret: string,
  timestampSeconds: number,
  body: Uint8Array,
): Promise<string> {
  const message = concat(new TextEncoder().encode(`${timestampSeconds}.`), body);
  const mac = await crypto.subtle.sign("HMAC", await hmacKey(secret, "sign"), message);
  return [...new Uint8Array(mac)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function hmacKey(secret: string, use: "sign" | "verify"): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [use]);
}

function hexBytes(text: string): Uint8Array | null {
  if (!/^[0-9a-f]{64}$/.test(text)) return null;
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

function concat(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const all = new Uint8Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}
