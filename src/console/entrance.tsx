/**
 * The console's entrance: who gets in, and the security headers of what they get. Closed by default: with nothing configured it only
 * says how to configure it. A form is accepted only from a page of the same origin, with a token of the same session.
 */

import type { Context, MiddlewareHandler } from "hono";
import { readBody } from "../http/body.ts";
import type { HttpEnvironment } from "../http/http-environment.ts";
import { type ConsoleSettings, isConfigured, readConsoleSettings } from "./console-settings.ts";
import { type AccessContext, cookieName, identify, type Operator } from "./operator.ts";
import { operatorLog } from "./operator-log.ts";
import { ClosedPage, MessagePage, SignInPage } from "./pages/entrance-pages.tsx";
import { openSession, SESSION_SECONDS, sameText, sign } from "./session.ts";

/** What the console's handlers find in their context. */
export interface ConsoleEnvironment extends HttpEnvironment {
  readonly Variables: HttpEnvironment["Variables"] & {
    readonly operator: Operator;
    /** The token for a page's forms. */
    readonly csrf: string;
    /** The fields of the form that was sent; empty for GET. */
    readonly form: URLSearchParams;
  };
}

/** A selection of a thousand tasks has 50 kB. */
const FORM_LIMIT_BYTES = 1024 * 1024;

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
  // Not `no-referrer`: under it browsers send forms with `Origin: null`.
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex, nofollow",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

/** Sets the headers that protect every page. */
export const withHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  }
};

/** Lets in only known operators, and only the console's own forms. */
export function entrance(): MiddlewareHandler<ConsoleEnvironment> {
  let secret: string | null = null;
  return async (c, next) => {
    const settings = readConsoleSettings(c.env);
    const request = c.req.raw;
    const posts = request.method === "POST";
    if (!posts && request.method !== "GET" && request.method !== "HEAD") {
      return c.text("Pages are read with GET and forms sent with POST.", 405, { allow: "GET, HEAD, POST" });
    }
    const url = new URL(request.url);
    if (url.protocol === "http:" && !settings.development) {
      // A token must not travel in the clear.
      url.protocol = "https:";
      return posts ? c.text("Use https.", 403) : c.redirect(url.href, 308);
    }
    const form = posts ? await readForm(request) : new URLSearchParams();
    if (form === null) {
      return refuse(c, null, 400, "This form cannot be read. Open the console and try again.");
    }
    if (posts && !isFromHere(request, url.origin)) {
      return refuse(
        c,
        null,
        403,
        "This form was not sent from a page of the console. Open the console and try again.",
      );
    }

    const operator = await identify(request, settings, c.executionCtx as AccessContext, Date.now());
    if (operator === null) return outside(c, settings, form);
    secret ??= await operatorLog(c.executionCtx).secret();
    const csrf = await sign(secret, `${operator.by} ${operator.session}`);
    if (posts && !(await sameText(form.get("csrf") ?? "", csrf))) {
      return refuse(
        c,
        operator,
        403,
        "This form is from another session. Go back, reload the page, and try again.",
      );
    }
    if (url.pathname === "/console/sign-out" && posts) {
      c.header("set-cookie", `${cookieName(request)}=; ${cookieRules(url)}; Max-Age=0`);
      return c.redirect("/console", 303);
    }
    if (url.pathname === "/console/sign-in") return c.redirect("/console", 303);
    if (posts && operator.role !== "operator") {
      return refuse(
        c,
        operator,
        403,
        "You may look, but not act. The settings of this deployment say who may act.",
      );
    }
    c.set("operator", operator);
    c.set("csrf", csrf);
    c.set("form", form);
    return next();
  };
}

/** What unknown visitors see: that the console is closed, or where to sign in. */
async function outside(
  c: Context<ConsoleEnvironment>,
  settings: ConsoleSettings,
  form: URLSearchParams,
): Promise<Response> {
  const url = new URL(c.req.url);
  if (!isConfigured(settings)) return html(c, <ClosedPage faults={settings.faults} />, 403);
  if (c.req.method !== "POST" || url.pathname !== "/console/sign-in") {
    const back = c.req.method === "GET" ? url.pathname + url.search : "/console";
    return html(c, <SignInPage {...{ settings, back }} wrong={false} />, 401);
  }
  const back = pathOfOurs(form.get("back"), c.req.url) ?? "/console";
  const session = await openSession(form.get("token")?.trim() ?? "", settings, Date.now());
  if (session === null) {
    c.var.log.warn("console_sign_in_refused", {});
    return html(c, <SignInPage {...{ settings, back }} wrong={true} />, 401);
  }
  const log = operatorLog(c.executionCtx);
  await log.end(await log.begin({ who: `${session.role} token`, by: "token", kind: "sign in" }), {
    ok: true,
  });
  c.header(
    "set-cookie",
    `${cookieName(c.req.raw)}=${session.cookie}; ${cookieRules(url)}; Max-Age=${SESSION_SECONDS}`,
  );
  return c.redirect(back, 303);
}

/** A path of the console, from a form; null if it leads anywhere else. */
export function pathOfOurs(path: string | null, base: string): string | null {
  if (path === null || !URL.canParse(path, base)) return null;
  const url = new URL(path, base);
  const ours = url.origin === new URL(base).origin && /^\/console(?:\/|$)/.test(url.pathname);
  return ours ? url.pathname + url.search : null;
}

/** A page, with the doctype that JSX cannot express. */
export function html(
  c: Context,
  page: { toString(): string | Promise<string> },
  status: 200 | 400 | 401 | 403 | 404 | 500 | 503 = 200,
): Response {
  return c.html(`<!doctype html>${page}`, status);
}

/** A page that says why a request is refused. @param back where its link leads */
export function refuse(
  c: Context,
  operator: Operator | null,
  status: 400 | 403 | 404,
  message: string,
  back = "/console",
): Response {
  const title = status === 404 ? "Not found" : "Refused";
  return html(c, <MessagePage operator={operator} title={title} message={message} back={back} />, status);
}

function cookieRules(url: URL): string {
  return `Path=/; HttpOnly; SameSite=Strict${url.protocol === "https:" ? "; Secure" : ""}`;
}

async function readForm(request: Request): Promise<URLSearchParams | null> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers.get("content-type") ?? "")) return null;
  const body = await readBody(request, FORM_LIMIT_BYTES);
  return body === null ? null : new URLSearchParams(new TextDecoder().decode(body));
}

/** Whether a form comes from this origin: browsers tell, and no page can make them lie. A request that does not tell is refused. */
function isFromHere(request: Request, origin: string): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") return false;
  return request.headers.get("origin") === origin;
}
