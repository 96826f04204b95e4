/** The frame of every page: head, navigation, who is signed in, and the part that the live script refreshes. */

import { LIVE_SCRIPT_PATH, STYLE_SHEET_PATH } from "../assets.ts";
import type { Child } from "../jsx-runtime.ts";
import type { Operator } from "../operator.ts";

export interface PageProps {
  readonly title: string;
  /** null if nobody is signed in. */
  readonly operator: Operator | null;
  /** Proves that a form came from one of the console's pages. */
  readonly csrf?: string;
  /** The navigation entry to which the page belongs. */
  readonly section?: "overview" | "agents" | "playground" | "audit";
  /** Whether the page refreshes while somebody looks at it. */
  readonly live?: boolean;
  /** The address of its change stream; without one, a live page refreshes every few seconds. */
  readonly changes?: string;
  readonly children?: Child;
}

const SECTIONS = [
  ["overview", "/console", "Overview"],
  ["agents", "/console/agents", "Agents"],
  ["playground", "/console/playground", "Playground"],
  ["audit", "/console/audit", "Audit"],
] as const;

export function Page({ title, operator, csrf, section, live, changes, children }: PageProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · Agents console`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={STYLE_SHEET_PATH} />
        <script src={LIVE_SCRIPT_PATH} defer />
      </head>
      <body data-live={live ? "" : undefined} data-changes={changes}>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <header class="top">
          <a class="brand" href="/console">
            Agents console
          </a>
          {operator && (
            <nav aria-label="Console">
              {SECTIONS.map(([name, href, label]) => (
                <a href={href} aria-current={section === name ? "page" : undefined}>
                  {label}
                </a>
              ))}
            </nav>
          )}
          <span class="spacer" />
          {live && (
            <button type="button" class="plain" id="live-toggle" aria-pressed="true" hidden>
              <span class="pulse" aria-hidden="true" /> Live
            </button>
          )}
          {operator && operator.by !== "local" && (
            <span class="who">
              <span title={`Identified by ${operator.by}`}>{operator.name}</span>
              {operator.role === "viewer" && <span class="badge">read only</span>}
            </span>
          )}
          {operator?.by === "token" && (
            <form method="post" action="/console/sign-out">
              <Csrf token={csrf} />
              <button type="submit" class="plain">
                Sign out
              </button>
            </form>
          )}
        </header>
        {operator?.by === "local" && (
          <aside class="notice" aria-label="Who may enter">
            Local development: open to everybody on this computer, without signing in. In a deployment it is
            closed until you configure who may enter.
          </aside>
        )}
        <main id="content" tabindex={-1}>
          {children}
        </main>
      </body>
    </html>
  );
}

/** The hidden field without which no form is accepted. */
export function Csrf({ token }: { token: string | undefined }) {
  return <input type="hidden" name="csrf" value={token ?? ""} />;
}

/** A table that may be wider than a phone; focusable, so that it can be scrolled by keys. */
export function Scroll({ labelledBy, children }: { labelledBy: string; children?: Child }) {
  return (
    <section class="scroll" aria-labelledby={labelledBy} tabindex={0}>
      {children}
    </section>
  );
}

/** Stands in place of an empty list, and says what would fill it. */
export function Empty({ children }: { children?: Child }) {
  return <p class="empty">{children}</p>;
}
