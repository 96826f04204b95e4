/**
 * The JWT that Cloudflare Access adds to each request it lets through, for deployments where the platform does not speak
 * of Access itself (`ctx.access`). Its signature, issuer, audience and times are checked against the team's published keys; the
 * header with the email alone is never believed.
 */

import type { JWTVerifyGetKey } from "jose";
import { createRemoteJWKSet } from "jose/jwks/remote";
import { jwtVerify } from "jose/jwt/verify";

/** Clocks of two machines may differ by so much. */
const CLOCK_TOLERANCE_SECONDS = 30;

const keys = new Map<string, JWTVerifyGetKey>();

/** @returns who it was issued to (an email, or the name of a service token); null when it cannot be believed */
export async function readAccessToken(
  jwt: string,
  access: { readonly issuer: string; readonly audience: string },
): Promise<string | null> {
  let published = keys.get(access.issuer);
  if (published === undefined) {
    published = createRemoteJWKSet(new URL("/cdn-cgi/access/certs", access.issuer));
    keys.set(access.issuer, published);
  }
  try {
    const { payload } = await jwtVerify(jwt, published, {
      issuer: access.issuer,
      audience: access.audience,
      algorithms: ["RS256", "ES256"],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ["exp", "iat"],
    });
    const name = payload.email ?? payload.common_name;
    return typeof name === "string" && name !== "" ? name.toLowerCase() : null;
  } catch {
    return null;
  }
}
