/**
 * How a request proves who sends it. With a key, the v2 API takes an early draft of HTTP message signatures (hence
 * `@request-target`), backdated by 30 seconds in case the clock here runs ahead; the legacy API takes a signature of the
 * body's SHA-256, in hex. With a token both take `Authorization: Bearer`.
 */

import { InvalidArgumentsError } from "./errors.ts";
import { bytesToHex, type SigningKey } from "./key.ts";

/** Makes the headers that authenticate a request; they hold for all its attempts. */
export interface Authentication {
  /** @param request.target path and query exactly as sent, such as `/v2/public/projects/x?a=b` */
  v2(request: {
    readonly method: string;
    readonly target: string;
    readonly body: Uint8Array;
  }): Promise<Record<string, string>>;
  legacy(body: Uint8Array): Promise<Record<string, string>>;
}

const CLOCK_ALLOWANCE_SECONDS = 30;

/** @param now milliseconds since 1970 */
export function keyAuthentication(key: SigningKey, now: () => number): Authentication {
  return {
    async v2({ method, target, body }) {
      const digest = `sha-256=:${toBase64(await sha256(body))}:`;
      const created = Math.floor(now() / 1000) - CLOCK_ALLOWANCE_SECONDS;
      const parameters =
        `("@method" "@request-target" "content-digest");created=${created}` +
        `;keyid="${key.publicKeyHex}";alg="ed25519"`;
      const text =
        `"@method": ${method}\n"@request-target": ${target}\n` +
        `"content-digest": ${digest}\n"@signature-params": ${parameters}`;
      const signature = await key.sign(new TextEncoder().encode(text));
      return {
        "Content-Digest": digest,
        "Signature-Input": `encord-sig=${parameters}`,
        Signature: `encord-sig=:${toBase64(signature)}:`,
      };
    },
    async legacy(body) {
      const signature = await key.sign(await sha256(body));
      return { Authorization: `${key.publicKeyHex}:${bytesToHex(signature)}` };
    },
  };
}

/** @throws InvalidArgumentsError when the token cannot stand in a header */
export function bearerAuthentication(token: string): Authentication {
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new InvalidArgumentsError(
      "The bearer token is empty or holds spaces, line breaks or characters beyond ASCII.",
    );
  }
  const headers = async () => ({ Authorization: `Bearer ${token}` });
  return { v2: headers, legacy: headers };
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
