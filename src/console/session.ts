/**
 * The cookie for which a console token is exchanged: `1.<role>.<expires, ms since 1970>.<nonce>.<HMAC-SHA256>`. It is signed with a key
 * derived from its role's token, so that changing the token ends every session that it opened, and a viewer cannot make an operator's
 * cookie. Nothing is stored.
 */

import type { ConsoleSettings } from "./console-settings.ts";

export type Role = "viewer" | "operator";

/** A working day. */
export const SESSION_SECONDS = 12 * 60 * 60;

const COOKIE_FORM = /^1\.(viewer|operator)\.(\d{13})\.([\w-]{22})\.([\w-]{43})$/;

/** The cookie for somebody who knows a token; null if it is not one of the console's. */
export async function openSession(
  token: string,
  settings: ConsoleSettings,
  now: number,
): Promise<{ readonly role: Role; readonly cookie: string } | null> {
  // Both are always compared, so that the time taken tells nothing.
  const operator = settings.operatorToken !== null && (await sameText(token, settings.operatorToken));
  const viewer = settings.viewerToken !== null && (await sameText(token, settings.viewerToken));
  const role = operator ? "operator" : viewer ? "viewer" : null;
  if (role === null) return null;
  const nonce = base64url(crypto.getRandomValues(new Uint8Array(16)));
  const claims = `1.${role}.${now + SESSION_SECONDS * 1000}.${nonce}`;
  const mac = await crypto.subtle.sign("HMAC", await sessionKey(token), encode(claims));
  return { role, cookie: `${claims}.${base64url(new Uint8Array(mac))}` };
}

/** The session of a cookie; null if it is forged, has expired, or its token was changed. */
export async function readSession(
  cookie: string,
  settings: ConsoleSettings,
  now: number,
): Promise<{ readonly role: Role; readonly nonce: string } | null> {
  const form = COOKIE_FORM.exec(cookie);
  if (form === null) return null;
  const [, role, expires, nonce, mac] = form as unknown as [string, Role, string, string, string];
  const token = role === "operator" ? settings.operatorToken : settings.viewerToken;
  if (token === null || Number(expires) <= now) return null;
  const claims = encode(`1.${role}.${expires}.${nonce}`);
  const valid = await crypto.subtle.verify("HMAC", await sessionKey(token), fromBase64url(mac), claims);
  return valid ? { role, nonce } : null;
}

/** Compares in constant time, whatever the lengths. */
export async function sameText(a: string, b: string): Promise<boolean> {
  const digest = (text: string) => crypto.subtle.digest("SHA-256", encode(text));
  return crypto.subtle.timingSafeEqual(await digest(a), await digest(b));
}

/** HMAC-SHA256 in base64url. */
export async function sign(secret: string, text: string): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", await hmacKey(encode(secret)), encode(text));
  return base64url(new Uint8Array(mac));
}

async function sessionKey(token: string): Promise<CryptoKey> {
  // Not the token itself, so that a signature made here is useless where the token is a bearer token.
  return hmacKey(encode(await sign(token, "console session, version 1")));
}

function hmacKey(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function fromBase64url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}
