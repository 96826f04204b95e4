/**
 * The settings that say who may enter the console. They are read apart from all others, so that the console can show what is wrong with
 * those. A faulty setting opens nothing: its way in stays closed, and `faults` says why, without its value.
 */

import type { Environment, SettingsFault } from "../settings.ts";

/** Who may enter the console, and how. */
export interface ConsoleSettings {
  /** `ENVIRONMENT=development`: open on the loopback interface. */
  readonly development: boolean;
  /** Signs in an operator; null if nobody can sign in with a token. */
  readonly operatorToken: string | null;
  /** Signs in a viewer. */
  readonly viewerToken: string | null;
  /** Who signed the JWT of Cloudflare Access, and for which application. */
  readonly access: { readonly issuer: string; readonly audience: string } | null;
  /** The audience tag that `ctx.access` must have; null for any application in front of this Worker. */
  readonly accessAudience: string | null;
  /** Who may act, of those whom Access lets in: emails or `@domain`, in lower case. */
  readonly operators: readonly string[];
  readonly faults: readonly SettingsFault[];
}

const LEAST_TOKEN = 20;

/** Reads them; whatever is wrong is in `faults`. */
export function readConsoleSettings(environment: Environment): ConsoleSettings {
  const faults: SettingsFault[] = [];
  const token = (setting: "ADMIN_TOKEN" | "CONSOLE_VIEWER_TOKEN"): string | null => {
    const value = environment[setting]?.trim() ?? "";
    if (value === "" || value.length >= LEAST_TOKEN) return value || null;
    faults.push({
      setting,
      message: `it must have at least ${LEAST_TOKEN} characters. Make one with \`openssl rand -hex 32\`.`,
    });
    return null;
  };
  const operatorToken = token("ADMIN_TOKEN");
  let viewerToken = token("CONSOLE_VIEWER_TOKEN");
  if (viewerToken !== null && viewerToken === operatorToken) {
    faults.push({ setting: "CONSOLE_VIEWER_TOKEN", message: "it must differ from ADMIN_TOKEN." });
    viewerToken = null;
  }
  const audience = environment.ACCESS_AUD?.trim() || null;
  return {
    development: environment.ENVIRONMENT?.trim() === "development",
    operatorToken,
    viewerToken,
    access: readAccess(environment.ACCESS_TEAM_DOMAIN?.trim() ?? "", audience, faults),
    accessAudience: audience,
    operators: (environment.CONSOLE_OPERATORS ?? "")
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((part) => part !== ""),
    faults,
  };
}

function readAccess(
  team: string,
  audience: string | null,
  faults: SettingsFault[],
): ConsoleSettings["access"] {
  if (team === "") return null;
  const host = /^(?:https:\/\/)?([a-z0-9-]+\.cloudflareaccess\.com)\/?$/i.exec(team)?.[1];
  if (host === undefined) {
    faults.push({
      setting: "ACCESS_TEAM_DOMAIN",
      message: "it must be your team's domain, such as https://your-team.cloudflareaccess.com.",
    });
    return null;
  }
  if (audience === null) {
    faults.push({
      setting: "ACCESS_AUD",
      message: "it is missing: the audience tag of the Access application that protects the console.",
    });
    return null;
  }
  return { issuer: `https://${host.toLowerCase()}`, audience };
}

/** Whether anybody can get in at all, as far as settings tell: Access in front of the Worker shows only in a request. */
export function isConfigured(settings: ConsoleSettings): boolean {
  return settings.operatorToken !== null || settings.viewerToken !== null || settings.access !== null;
}
