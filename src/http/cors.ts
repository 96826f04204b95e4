/**
 * Which pages may call an agent from a browser: Encord's app, or the origins that the deployment sets. Every answer has the headers,
 * also errors, because otherwise the Label Editor could not show their message. Credentials are never allowed, and CORS is not
 * authentication: any program can send any Origin.
 */

import type { MiddlewareHandler } from "hono";

const ALLOWED_HEADERS =
  "Content-Type, X-Encord-Editor-Agent, X-Encord-Agent, X-Cloud-Trace-Context, Authorization";

const ENCORD_ORIGIN =
  /^https:\/\/(?:(?:app|dev|staging)\.(?:us\.)?encord\.com|cord-ai-development--\w+-\w+\.web\.app)$/;

/** Whether a page of this origin may call. @param custom exact origins that replace Encord's own */
export function isAllowedOrigin(origin: string, custom: readonly string[] | null): boolean {
  return custom ? custom.includes(origin) : ENCORD_ORIGIN.test(origin);
}

/** Answers preflights (204, or 403 for an origin that is not allowed) and marks every other answer. */
export function cors(customOrigins: () => readonly string[] | null): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header("origin");
    const allowed = origin !== undefined && isAllowedOrigin(origin, customOrigins());
    const preflight =
      c.req.method === "OPTIONS" && c.req.header("access-control-request-method") !== undefined;
    if (preflight) {
      c.res = new Response(null, { status: allowed ? 204 : 403 });
      if (allowed) {
        c.res.headers.set("access-control-allow-methods", "POST");
        c.res.headers.set("access-control-allow-headers", ALLOWED_HEADERS);
        c.res.headers.set("access-control-max-age", "3600");
      }
    } else {
      await next();
    }
    if (allowed) c.res.headers.set("access-control-allow-origin", origin);
    c.res.headers.append("vary", "Origin");
  };
}
