/**
 * One JSON line per event on the console, which is what Workers Logs and `wrangler tail` read. Secrets never get into a
 * line: registered ones are replaced wherever they occur, and every URL loses its query, because signed URLs carry their
 * signature there.
 */

/** What an event says; errors, dates and bytes are written as text. */
export type LogFields = Readonly<Record<string, unknown>>;

/** In ascending order of importance. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes events; never throws. */
export interface Log {
  /** Details; written only when the setting LOG_LEVEL is `debug`. */
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A log that adds these fields to every line. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  /** Texts that must never appear: keys, tokens, webhook secrets. */
  readonly secrets?: readonly string[];
  /** The lowest level that is written; `info` by default. */
  readonly level?: LogLevel;
  /** Where a finished line goes; the console by default. */
  readonly write?: (level: LogLevel, line: string) => void;
}

/** Matches a whole URL at a time, so that the time stays proportional to the text's length. */
const URLS = /\bhttps?:\/\/[^\s"'<>]+/gi;

/** The text without registered secrets and without the query of any URL in it. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text.replace(URLS, (url) => url.replace(/\?.*/, "?[redacted]"));
  for (const secret of secrets) {
    if (secret.length > 0) clean = clean.replaceAll(secret, "[redacted]");
  }
  return clean;
}

/** How many levels of causes are described. */
const DEEPEST_CAUSE = 5;

/** The message of anything that was thrown, with those of its causes, for people. Never throws. */
export function describeError(error: unknown): string {
  return described(error, 0);
}

function described(error: unknown, depth: number): string {
  try {
    const message = messageOf(error);
    const cause = error instanceof Error && depth < DEEPEST_CAUSE ? error.cause : undefined;
    if (cause === undefined || cause === error) return message;
    const reason = described(cause, depth + 1);
    return message.includes(reason) ? message : `${message} (cause: ${reason})`;
  } catch {
    return "Something was thrown that cannot be described.";
  }
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return String(thrown.message || thrown.name);
  if (typeof thrown === "string") return thrown || "An empty text was thrown.";
  if (typeof thrown !== "object" || thrown === null) return `${String(thrown)} was thrown.`;
  const { message } = thrown as { readonly message?: unknown };
  return typeof message === "string" ? message : `An object was thrown: ${JSON.stringify(thrown)}`;
}

/** The most of an error that is logged, stored or answered, in characters. */
const LONGEST_TEXT = 2000;

/** An error in a form that may be stored and shown: without signed URLs and secrets, and cut off when it is too long. */
export function errorText(error: unknown, secrets: readonly string[] = []): string {
  return clip(redact(describeError(error), secrets));
}

function clip(text: string, longest = LONGEST_TEXT): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** The most characters of one text, and of a line: the platform cuts off longer lines, which then are not JSON. */
const LONGEST_FIELD = 10_000;
const LONGEST_LINE = 100_000;

export function createLog(options: LogOptions = {}): Log {
  const secrets = options.secrets ?? [];
  const least = LOG_LEVELS.indexOf(options.level ?? "info");
  const write = options.write ?? ((level, line) => console[level](line));
  const cleanText = (text: string) => clip(redact(text, secrets), LONGEST_FIELD);
  const clean = (_key: string, value: unknown) => {
    if (typeof value === "string") return cleanText(value);
    if (typeof value === "bigint") return String(value);
    if (value instanceof Error) return errorText(value, secrets);
    if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    // A key can hold a URL too.
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [cleanText(name), inner]));
  };
  const build = (context: LogFields): Log => {
    const line = (level: LogLevel): Log["info"] => {
      if (LOG_LEVELS.indexOf(level) < least) return () => {};
      return (event, fields = {}) => {
        const render = (...parts: LogFields[]) => {
          // `level` and `event` come first, and no field can replace them.
          const text = JSON.stringify(Object.assign({ level, event }, ...parts, { level, event }), clean);
          if (text.length <= LONGEST_LINE) return text;
          throw new RangeError(`The line would have ${text.length} characters; it may have ${LONGEST_LINE}.`);
        };
        write(level, readable(render, context, fields));
      };
    };
    return {
      debug: line("debug"),
      info: line("info"),
      warn: line("warn"),
      error: line("error"),
      with: (fields) => build({ ...context, ...fields }),
    };
  };
  return build({});
}

/** The line. Fields that cannot be written (circular, too long) are replaced by the reason: logging must not fail an agent. */
function readable(render: (...parts: LogFields[]) => string, context: LogFields, fields: LogFields): string {
  try {
    return render(context, fields);
  } catch (error) {
    const fieldsNotWritten = describeError(error);
    try {
      return render(context, { fieldsNotWritten });
    } catch {
      return render({ fieldsNotWritten });
    }
  }
}
