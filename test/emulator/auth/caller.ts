/**
 * Authenticates a request: checks the signature of either scheme, or the bearer token, and finds the key that it belongs to.
 * Every failure is an `AuthenticationFailure` whose message says which check failed (for tests; the real Encord says less).
 *
 * v2 signs, with the SHA-256 of the body and a creation time, the method and the target exactly as sent. Legacy signs the
 * 32 bytes of the body's SHA-256 and nothing else.
 */

import type { KeyDocument } from "../state/documents.ts";
import type { State } from "../state/state.ts";
import { fromBase64, fromHex, toBase64 } from "./byte-text.ts";

export class AuthenticationFailure extends Error {
  override readonly name = "AuthenticationFailure";
}

/** How old a v2 signature may be: retries, which may wait for minutes, send the first one again. */
const MAX_AGE_SECONDS = 600;
const MAX_AHEAD_SECONDS = 60;

const PARAMETERS =
  /^\("@method" "@request-target" "content-digest"\);created=(\d+);keyid="([0-9a-f]{64})";alg="ed25519"$/;

/**
 * @param clocks milliseconds since 1970, by the emulator and by the callers' clock: a signature is fresh if it is so by one of them, so
 *   that the emulator's time can be stopped or advanced
 * @throws AuthenticationFailure
 */
export async function callerOfV2(
  state: State,
  request: Request,
  body: Uint8Array<ArrayBuffer>,
  clocks: readonly number[],
): Promise<KeyDocument> {
  const bearer = bearerToken(request);
  if (bearer !== null) return callerOfToken(state, bearer);

  const input = label(request.headers.get("signature-input"), "Signature-Input");
  const [, created = "", keyId = ""] =
    PARAMETERS.exec(input) ?? fail(`Signature-Input does not have the expected form: ${input}`);
  const ages = clocks.map((now) => now / 1000 - Number(created));
  if (!ages.some((age) => age <= MAX_AGE_SECONDS && age >= -MAX_AHEAD_SECONDS)) {
    fail(
      `The signature was created ${Math.round(ages[0] ?? 0)} seconds ago; at most ${MAX_AGE_SECONDS} are accepted.`,
    );
  }

  const digest = request.headers.get("content-digest") ?? fail("There is no Content-Digest.");
  if (digest !== `sha-256=:${toBase64(await sha256(body))}:`) {
    fail("Content-Digest is not that of the body.");
  }

  const encoded = /^:([^:]*):$/.exec(label(request.headers.get("signature"), "Signature"))?.[1];
  const signature = fromBase64(encoded ?? "") ?? fail("Signature is not base64.");
  const text = [
    `"@method": ${request.method.toUpperCase()}`,
    `"@request-target": ${requestTarget(request.url)}`,
    `"content-digest": ${digest}`,
    `"@signature-params": ${input}`,
  ].join("\n");
  return verified(state, keyId, signature, Uint8Array.from(new TextEncoder().encode(text)));
}

/** @throws AuthenticationFailure */
export async function callerOfLegacy(
  state: State,
  request: Request,
  body: Uint8Array<ArrayBuffer>,
): Promise<KeyDocument> {
  const bearer = bearerToken(request);
  if (bearer !== null) return callerOfToken(state, bearer);
  const header = request.headers.get("authorization") ?? fail("There is no Authorization.");
  const [, keyId = "", hex = ""] =
    /^([0-9a-f]{64}):([0-9a-f]{128})$/.exec(header) ??
    fail("Authorization is not a public key and a signature in lower case hex.");
  const signature = fromHex(hex) ?? fail("The signature is not hex.");
  return verified(state, keyId, signature, await sha256(body));
}

async function verified(
  state: State,
  keyId: string,
  signature: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
): Promise<KeyDocument> {
  const known = state.keys.get(keyId) ?? fail(`The key ${keyId.slice(0, 8)}... is not registered.`);
  const raw = fromHex(keyId) ?? fail("The key is not hex.");
  const key = await crypto.subtle
    .importKey("raw", raw, "Ed25519", false, ["verify"])
    .catch(() => fail("The key is not an Ed25519 public key."));
  if (!(await crypto.subtle.verify("Ed25519", key, signature, message))) {
    fail("The signature does not belong to this request.");
  }
  return known;
}

function callerOfToken(state: State, token: string): KeyDocument {
  const publicKey = state.tokens.get(token)?.publicKey ?? fail("The bearer token is unknown.");
  return state.keys.get(publicKey) ?? fail("The bearer token's key is not registered any more.");
}

function bearerToken(request: Request): string | null {
  return /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? null;
}

/** The text behind `encord-sig=`. */
function label(header: string | null, name: string): string {
  const text = header ?? fail(`There is no ${name}.`);
  return /^encord-sig=(.*)$/.exec(text)?.[1] ?? fail(`${name} does not begin with encord-sig=.`);
}

/** Path and query, as they were sent. */
function requestTarget(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  return start < 0 ? "/" : url.slice(start).replace(/#.*$/, "");
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function fail(message: string): never {
  throw new AuthenticationFailure(message);
}
