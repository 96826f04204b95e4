/**
 * Verifies the JWT that Cloudflare Access adds to each request it lets through, for deployments where the platform itself does not
 * tell about Access (`ctx.access`). The signature (RS256, whatever the token claims) is checked with the team's published keys, and so
 * are issuer, audience and times; a token that fails any check identifies nobody. The header with just the email is never trusted.
 */

/** How far the clocks of two machines may differ. */
const CLOCK_TOLERANCE_SECONDS = 30;
/** How long published keys are kept; Access renews them every six weeks. */
const KEEP_KEYS_MS = 60 * 60_000;
/** An unknown key may be a new one, so the keys are fetched again, but not for every forged token. */
const ASK_AGAIN_MS = 30_000;
const KEYS_TIMEOUT_MS = 5_000;

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

interface PublishedKeys {
  readonly at: number;
  readonly keys: ReadonlyMap<string, CryptoKey>;
}

/** By issuer. Requests share only keys that have arrived, never a promise, which would belong to one of them. */
const published = new Map<string, PublishedKeys>();

/**
 * Verifies a token.
 *
 * @param now milliseconds since 1970
 * @returns whom it was issued to (an email, or the name of a service token); null if any check fails
 */
export async function readAccessToken(
  jwt: string,
  access: { readonly issuer: string; readonly audience: string },
  now: number,
): Promise<string | null> {
  const [head = "", body = "", signature = "", ...more] = jwt.split(".");
  const header = readPart(head);
  const claims = readPart(body);
  const mac = fromBase64url(signature);
  if (more.length > 0 || header === null || claims === null || mac === null) return null;
  if (header.alg !== "RS256" || typeof header.kid !== "string") return null;

  const key = await findKey(access.issuer, header.kid, now);
  const signed = new TextEncoder().encode(`${head}.${body}`);
  if (key === null || !(await crypto.subtle.verify(ALGORITHM, key, mac, signed))) return null;

  const audiences = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  const seconds = now / 1000;
  const fits =
    claims.iss === access.issuer &&
    audiences.includes(access.audience) &&
    typeof claims.exp === "number" &&
    claims.exp > seconds - CLOCK_TOLERANCE_SECONDS &&
    (claims.nbf === undefined ||
      (typeof claims.nbf === "number" && claims.nbf <= seconds + CLOCK_TOLERANCE_SECONDS));
  const name = claims.email ?? claims.common_name;
  return fits && typeof name === "string" && name !== "" ? name.toLowerCase() : null;
}

async function findKey(issuer: string, id: string, now: number): Promise<CryptoKey | null> {
  const known = published.get(issuer);
  const key = known?.keys.get(id);
  const age = now - (known?.at ?? Number.NEGATIVE_INFINITY);
  if (age < (key ? KEEP_KEYS_MS : ASK_AGAIN_MS)) return key ?? null;
  const fetched = await fetchKeys(issuer);
  // Known keys stay valid while the list cannot be fetched; otherwise forged tokens could lock others out.
  const keys = fetched.size > 0 ? fetched : (known?.keys ?? fetched);
  published.set(issuer, { at: now, keys });
  return keys.get(id) ?? null;
}

/** The published keys; none if they cannot be fetched. */
async function fetchKeys(issuer: string): Promise<ReadonlyMap<string, CryptoKey>> {
  const keys = new Map<string, CryptoKey>();
  try {
    const response = await fetch(`${issuer}/cdn-cgi/access/certs`, {
      redirect: "manual",
      signal: AbortSignal.timeout(KEYS_TIMEOUT_MS),
    });
    if (!response.ok) return keys;
    const answer = (await response.json()) as { keys?: readonly (JsonWebKey & { kid?: string })[] };
    for (const jwk of answer.keys ?? []) {
      if (jwk.kty !== "RSA" || jwk.kid === undefined) continue;
      keys.set(jwk.kid, await crypto.subtle.importKey("jwk", jwk, ALGORITHM, false, ["verify"]));
    }
  } catch {
    // The keys read so far are used.
  }
  return keys;
}

function readPart(part: string): Readonly<Record<string, unknown>> | null {
  const bytes = fromBase64url(part);
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function fromBase64url(text: string): Uint8Array | null {
  if (!/^[\w-]+$/.test(text)) return null;
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
      char.charCodeAt(0),
    );
  } catch {
    return null;
  }
}
