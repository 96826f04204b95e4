/**
 * The JWT that Cloudflare Access adds to each request it lets through, for deployments where the platform does not speak
 * of Access itself (`ctx.access`). Signature (RS256, and nothing else that a token may claim), issuer, audience and times are
 * checked against the team's published keys; what does not fit in every point is nobody's. The header with the email alone is never
 * believed.
 */

/** Clocks of two machines may differ by so much. */
const CLOCK_TOLERANCE_SECONDS = 30;
/** How long published keys are believed; Access renews them every six weeks. */
const KEEP_KEYS_MS = 60 * 60_000;
/** A key that is not known may be a new one: the keys are asked for again, but not for every forged token. */
const ASK_AGAIN_MS = 30_000;
const KEYS_TIMEOUT_MS = 5_000;

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

interface PublishedKeys {
  readonly at: number;
  readonly keys: ReadonlyMap<string, CryptoKey>;
}

/** By issuer. Only what has arrived is shared among requests, never a promise: it would belong to one of them. */
const published = new Map<string, PublishedKeys>();

/**
 * @param now milliseconds since 1970
 * @returns who it was issued to (an email, or the name of a service token); null when it cannot be believed
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
  // A key that was believed stays so while the list is out of reach; else forged tokens could shut others out.
  const keys = fetched.size > 0 ? fetched : (known?.keys ?? fetched);
  published.set(issuer, { at: now, keys });
  return keys.get(id) ?? null;
}

/** None when they cannot be had. */
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
    // Those that were read until then are all there are.
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
