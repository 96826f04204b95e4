/**
 * Who requests a page, and what they may do. Tried in this order: local development on the loopback interface, Cloudflare Access as the
 * platform reports it (`ctx.access`), Access by its JWT, the cookie of a console token. Nobody else gets in.
 */

import { isFromThisComputer } from "../http/loopback.ts";
import { readAccessToken } from "./access-token.ts";
import type { ConsoleSettings } from "./console-settings.ts";
import { type Role, readSession } from "./session.ts";

/** Somebody who was let in. */
export interface Operator {
  /** An email, or what replaces it ("operator token"); goes into the audit list. */
  readonly name: string;
  readonly role: Role;
  readonly by: "local" | "access" | "token";
  /** Identifies the session, for tokens in forms. */
  readonly session: string;
}

/** The part of an execution context that tells about Cloudflare Access. */
export interface AccessContext {
  readonly access?: {
    readonly aud: string;
    getIdentity(): Promise<{ readonly email?: string } | undefined>;
  };
}

/** Whether this request is local development on this computer. */
export function isLocal(request: Request, settings: ConsoleSettings): boolean {
  return settings.development && isFromThisComputer(request);
}

/** `__Host-` keeps a cookie to this host and to https; a browser refuses it over http. */
export function cookieName(request: Request): string {
  return new URL(request.url).protocol === "https:" ? "__Host-console" : "console";
}

/** Finds out who sent a request; null for unknown visitors. @param now milliseconds since 1970 */
export async function identify(
  request: Request,
  settings: ConsoleSettings,
  context: AccessContext,
  now: number,
): Promise<Operator | null> {
  if (isLocal(request, settings)) {
    return { name: "local development", role: "operator", by: "local", session: "local" };
  }
  const email = await accessIdentity(request, settings, context, now);
  if (email !== null) {
    return { name: email, role: mayAct(email, settings.operators), by: "access", session: email };
  }
  const cookie = readCookie(request.headers.get("cookie") ?? "", cookieName(request));
  const session = cookie === null ? null : await readSession(cookie, settings, now);
  if (session === null) return null;
  return { name: `${session.role} token`, role: session.role, by: "token", session: session.nonce };
}

async function accessIdentity(
  request: Request,
  settings: ConsoleSettings,
  { access }: AccessContext,
  now: number,
): Promise<string | null> {
  if (access !== undefined && (settings.accessAudience ?? access.aud) === access.aud) {
    const identity = await access.getIdentity();
    if (identity?.email) return identity.email.toLowerCase();
  }
  const jwt = request.headers.get("cf-access-jwt-assertion");
  return jwt !== null && settings.access !== null ? readAccessToken(jwt, settings.access, now) : null;
}

function mayAct(email: string, operators: readonly string[]): Role {
  const domain = /@[^@]+$/.exec(email)?.[0] ?? email;
  return operators.includes(email) || operators.includes(domain) ? "operator" : "viewer";
}

function readCookie(header: string, name: string): string | null {
  for (const part of header.split(";")) {
    const [key, value] = part.split("=", 2);
    if (key?.trim() === name) return value?.trim() ?? null;
  }
  return null;
}
