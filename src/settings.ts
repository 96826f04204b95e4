/**
 * The Worker's environment, checked. All faults are found at once, and each message says which setting is wrong, what it
 * should look like, and where to get it. No message ever holds the value of a secret.
 */

import { createLog, describeError, LOG_LEVELS, type Log, type LogLevel } from "./agent/log.ts";
import { EU_DOMAIN, toApiOrigin, US_DOMAIN } from "./encord/api-domain.ts";

/** The variables and secrets that a deployment can set; `.dev.vars.example` explains them. */
export interface Environment {
  readonly ENCORD_SSH_KEY?: string;
  readonly ENCORD_SSH_KEY_PASSWORD?: string;
  readonly ENCORD_DOMAIN?: string;
  readonly ENCORD_WEBHOOK_SECRET?: string;
  readonly ENCORD_PROJECTS?: string;
  readonly ENCORD_CORS_ORIGINS?: string;
  readonly ENVIRONMENT?: string;
  readonly LOG_LEVEL?: string;
  readonly QUEUE_LEASE_SECONDS?: string;
  readonly QUEUE_MAX_BATCHES?: string;
  readonly QUEUE_SHARDS?: string;
  readonly ADMIN_TOKEN?: string;
  readonly CONSOLE_VIEWER_TOKEN?: string;
  readonly CONSOLE_OPERATORS?: string;
  readonly ACCESS_TEAM_DOMAIN?: string;
  readonly ACCESS_AUD?: string;
}

/** What `wrangler.jsonc` may bind beside them; both are optional. */
export interface WorkerEnvironment extends Environment {
  /** Limits how often one caller may call one editor agent. */
  readonly AGENT_RATE_LIMIT?: RateLimit;
  /** Receives a data point for each call and each attempt. */
  readonly AGENT_METRICS?: AnalyticsEngineDataset;
}

/** The checked settings. */
export interface Settings {
  /** The text of the OpenSSH key, as it was given. */
  readonly sshKey: string;
  readonly sshKeyPassword: string | null;
  /** Origin of Encord's API, without a trailing slash. */
  readonly domain: string;
  /** Any of them may have signed a request; several during a rotation. */
  readonly webhookSecrets: readonly string[];
  /** Hashes of the projects to serve, in lower case; null: those that the code lists. */
  readonly projects: readonly string[] | null;
  /** Exact origins that replace Encord's own; null: Encord's. */
  readonly corsOrigins: readonly string[] | null;
  /** Local development: more is shown, and the loopback interface may be reached over plain http. */
  readonly development: boolean;
  /** The token that opens the operator's API; null: it is closed. */
  readonly adminToken: string | null;
  /** How long a batch of tasks may be silent before it is given to another worker. */
  readonly leaseMs: number;
  /** How many batches of all stages may be under way at the same time; each has at most six connections to Encord. */
  readonly maxBatches: number;
}

/** What is wrong with one setting. */
export interface SettingsFault {
  readonly setting: keyof Environment;
  readonly message: string;
}

/** The deployment is not set up; lists every setting that is missing or malformed. Retryable: setting them mends it. */
export class SettingsError extends Error {
  readonly code = "settings";
  readonly retryable = true;
  readonly faults: readonly SettingsFault[];

  constructor(faults: readonly SettingsFault[]) {
    super(
      `This deployment is not set up:\n${faults.map((fault) => `- ${fault.setting}: ${fault.message}`).join("\n")}`,
    );
    this.name = "SettingsError";
    this.faults = faults;
  }
}

const DOMAINS: Readonly<Record<string, string>> = { EU: EU_DOMAIN, US: US_DOMAIN };

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const KEY_HINT =
  "Give the OpenSSH Ed25519 private key whose public half is registered in Encord under Settings, Public keys " +
  "(it starts with -----BEGIN OPENSSH PRIVATE KEY-----). Locally: in .dev.vars. Deployed: `npx wrangler secret put ENCORD_SSH_KEY < keyfile`.";

/** The parts of a list that are separated by commas, spaces or line breaks. */
function parts(text: string): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== "");
}

interface Fault {
  readonly fault: string;
}

/** Reads one setting. @param absent the value when it is not set, or the fault if it must be */
function reading<T>(read: (input: string) => T | Fault, absent: T | Fault) {
  return (value: unknown): T | Fault => {
    const input = String(value ?? "").trim();
    return input === "" ? absent : read(input);
  };
}

function isFault(value: unknown): value is Fault {
  return typeof value === "object" && value !== null && "fault" in value;
}

function wholeNumber(least: number, most: number) {
  return (text: string): number | Fault => {
    const value = Number(text);
    return Number.isInteger(value) && value >= least && value <= most
      ? value
      : { fault: `it must be a whole number from ${least} to ${most}; it is "${text}".` };
  };
}

const readers = {
  ENCORD_SSH_KEY: reading<string>(
    (key) =>
      (/OPENSSH PRIVATE KEY/.test(key) && !PLACEHOLDER.test(key)) || /^[A-Za-z0-9+/=\s]{200,}$/.test(key)
        ? key
        : { fault: `this is not an OpenSSH private key${looksLike(key)}. ${KEY_HINT}` },
    { fault: `it is missing. ${KEY_HINT}` },
  ),
  ENCORD_SSH_KEY_PASSWORD: reading<string | null>((password) => password, null),
  ENCORD_DOMAIN: reading<string>(readDomain, DOMAINS.EU as string),
  ENCORD_WEBHOOK_SECRET: reading<string[]>(parts, []),
  ENCORD_PROJECTS: reading<string[] | null>((list) => {
    const hashes = parts(list).map((hash) => hash.toLowerCase());
    const wrong = hashes.find((hash) => !UUID.test(hash));
    return wrong === undefined
      ? hashes
      : {
          fault: `"${wrong}" is not a project hash (a UUID, as in the project's URL in Encord). Separate several by commas.`,
        };
  }, null),
  ENCORD_CORS_ORIGINS: reading<string[] | null>((list) => {
    const origins = parts(list);
    const wrong = origins.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
    return wrong === undefined
      ? origins
      : {
          fault: `"${wrong}" is not an origin such as https://encord.example.com (no path, no trailing slash).`,
        };
  }, null),
  ENVIRONMENT: reading<boolean>(
    (name) =>
      name === "development" || name === "production"
        ? name === "development"
        : { fault: `it must be "production" (the default) or "development"; it is "${name}".` },
    false,
  ),
  LOG_LEVEL: reading<LogLevel>((name) => {
    const level = LOG_LEVELS.find((each) => each === name);
    return level ?? { fault: `it must be one of ${LOG_LEVELS.join(", ")}; it is "${name}".` };
  }, "info"),
  QUEUE_SHARDS: reading<number>(wholeNumber(1, 64), 1),
  QUEUE_MAX_BATCHES: reading<number>(wholeNumber(1, 1000), 16),
  ADMIN_TOKEN: reading<string | null>(
    (token) =>
      token.length >= 20
        ? token
        : { fault: "it must have at least 20 characters. Make one with `openssl rand -hex 32`." },
    null,
  ),
  QUEUE_LEASE_SECONDS: reading<number>((seconds) => {
    const value = Number(seconds);
    return value >= 2 && value <= 900
      ? value * 1000
      : { fault: `it must be from 2 to 900 seconds; it is "${seconds}".` };
  }, 60_000),
};

type Values = { readonly [Name in keyof typeof readers]: Exclude<ReturnType<(typeof readers)[Name]>, Fault> };

function readDomain(domain: string): string | { fault: string } {
  const known = DOMAINS[domain.toUpperCase()];
  if (known) return known;
  try {
    const origin = toApiOrigin(domain);
    if (origin.startsWith("https:") || isLoopback(new URL(origin).hostname)) return origin;
    return {
      fault: `it must begin with https:// (plain http is for an emulator on this computer only); it is "${origin}".`,
    };
  } catch (error) {
    return { fault: `it must be "EU", "US" or the address of an API. ${describeError(error)}` };
  }
}

/** Whether a host name, or the address of a connection, means this computer. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|\[::1\]|::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/.test(host);
}

/** The placeholder in .dev.vars.example. */
const PLACEHOLDER = /-----(?:\\n|\s)*\.\.\.(?:\\n|\s)*-----/;

function looksLike(key: string): string {
  if (PLACEHOLDER.test(key)) return " but the placeholder of .dev.vars.example";
  if (key.startsWith("ssh-ed25519 ")) return " but the public half of one";
  if (/BEGIN (RSA|EC|DSA)? ?PRIVATE KEY/.test(key))
    return " but another kind of key; Encord takes Ed25519 in OpenSSH form only";
  if (/^[~./]/.test(key) || key.endsWith(".pem"))
    return " but looks like the path of a file; give the file's content";
  return "";
}

/** What was read last: an environment seldom changes, and comparing it is faster than checking it. */
let known: { readonly read: Environment; readonly settings: Settings } | null = null;

/** @throws SettingsError that lists everything that is missing or malformed */
export function readSettings(environment: Environment): Settings {
  const names = Object.keys(readers) as (keyof typeof readers)[];
  const { read } = known ?? {};
  if (known && names.every((name) => read?.[name] === environment[name])) return known.settings;
  const settings = checkedSettings(environment);
  known = { read: { ...environment }, settings };
  return settings;
}

function checkedSettings(environment: Environment): Settings {
  const read = Object.entries(readers).map(
    ([name, reader]) =>
      [name as keyof typeof readers, reader(environment[name as keyof typeof readers])] as const,
  );
  const faults = read.flatMap(([setting, value]) =>
    isFault(value) ? [{ setting, message: value.fault }] : [],
  );
  // If one of them is a fault, none is used.
  const values = Object.fromEntries(read) as unknown as Values;
  if (faults.length === 0 && values.ENCORD_DOMAIN.startsWith("http:") && !values.ENVIRONMENT) {
    faults.push({
      setting: "ENCORD_DOMAIN",
      message: "plain http needs ENVIRONMENT=development; in production it must be https.",
    });
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return {
    sshKey: values.ENCORD_SSH_KEY,
    sshKeyPassword: values.ENCORD_SSH_KEY_PASSWORD,
    domain: values.ENCORD_DOMAIN,
    webhookSecrets: values.ENCORD_WEBHOOK_SECRET,
    projects: values.ENCORD_PROJECTS,
    corsOrigins: values.ENCORD_CORS_ORIGINS,
    development: values.ENVIRONMENT,
    adminToken: values.ADMIN_TOKEN,
    leaseMs: values.QUEUE_LEASE_SECONDS,
    maxBatches: values.QUEUE_MAX_BATCHES,
  };
}

/** Over how many objects each stage's tasks are split; 1 when the setting is wrong, which `readSettings` reports. */
export function readShards(environment: Environment): number {
  const count = readers.QUEUE_SHARDS(environment.QUEUE_SHARDS);
  return isFault(count) ? 1 : count;
}

/** The values of the environment that must never be logged, stored or shown. */
export function secretsOf(environment: Environment): string[] {
  const { ENCORD_SSH_KEY, ENCORD_SSH_KEY_PASSWORD, ADMIN_TOKEN, CONSOLE_VIEWER_TOKEN } = environment;
  const single = [ENCORD_SSH_KEY, ENCORD_SSH_KEY_PASSWORD, ADMIN_TOKEN, CONSOLE_VIEWER_TOKEN];
  const several = parts(environment.ENCORD_WEBHOOK_SECRET ?? "");
  // Settings are read without the blanks around them, so a trailing line break is not part of a secret.
  return [...single.map((secret) => secret?.trim() ?? ""), ...several].filter((secret) => secret !== "");
}

/** The log of an invocation; it knows the secrets of the environment, so that none of them gets into a line. */
export function createWorkerLog(environment: Environment): Log {
  // A wrong level is reported by `readSettings`, and the report needs a log.
  const read = readers.LOG_LEVEL(environment.LOG_LEVEL);
  const level = isFault(read) ? "info" : read;
  return createLog({ secrets: secretsOf(environment), level });
}
