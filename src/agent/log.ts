/**
 * One JSON line per event on the console, which is what Workers Logs and `wrangler tail` read. What is known to be secret
 * never gets into a line: registered secrets are replaced wherever they occur, and every URL loses its query, because
 * signed URLs carry their signature there.
 */

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A log that adds these fields to every line. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  /** Texts that must never appear: keys, tokens, webhook secrets. */
  readonly secrets?: readonly string[];
  /** Where a finished line goes; the console by default. */
  readonly write?: (level: "info" | "warn" | "error", line: string) => void;
}

const URL_QUERY = /(\bhttps?:\/\/[^\s"'<>?#]+)\?[^\s"'<>]*/gi;

/** The text without registered secrets and without the query of any URL in it. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text.replace(URL_QUERY, "$1?[redacted]");
  for (const secret of secrets) {
    if (secret.length > 0) clean = clean.replaceAll(secret, "[redacted]");
  }
  return clean;
}

/** The message of anything thrown, with the messages of its causes, for people. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : ` (cause: ${describeError(error.cause)})`;
  return `${error.message || error.name}${cause}`;
}

/** The most of an error that is logged, stored or answered, in characters. */
const LONGEST_TEXT = 2000;

/** What went wrong as it may be stored and shown: without signed URLs and secrets, and not too long (a page of HTML, a whole prompt). */
export function errorText(error: unknown, secrets: readonly string[] = []): string {
  return clip(redact(describeError(error), secrets));
}

function clip(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

export function createLog(options: LogOptions = {}): Log {
  const secrets = options.secrets ?? [];
  const write = options.write ?? ((level, line) => console[level](line));
  const build = (context: LogFields): Log => {
    const line =
      (level: "info" | "warn" | "error") =>
      (event: string, fields: LogFields = {}) => {
        const record = { level, event, ...context, ...fields };
        const clean = (_key: string, value: unknown) => {
          if (typeof value === "bigint") return String(value);
          if (value instanceof Error) return errorText(value, secrets);
          return typeof value === "string" ? redact(value, secrets) : value;
        };
        try {
          write(level, JSON.stringify(record, clean));
        } catch (error) {
          // What refers to itself cannot be written; that is no reason for its agent to fail.
          write(level, JSON.stringify({ level, event, fieldsNotWritten: error }, clean));
        }
      };
    return {
      info: line("info"),
      warn: line("warn"),
      error: line("error"),
      with: (fields) => build({ ...context, ...fields }),
    };
  };
  return build({});
}
