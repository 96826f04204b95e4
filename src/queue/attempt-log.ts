/**
 * What is logged while one attempt runs, kept for the task's page: all that the agent writes, and the warnings of the
 * library. Each line is redacted like those on the console. Bounded: the oldest lines make room, and are counted.
 */

import { createLog, type Log, type LogLevel } from "../agent/log.ts";

/** A line that was logged during an attempt. */
export interface AttemptLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly level: Exclude<LogLevel, "debug">;
  readonly event: string;
  /** What was logged with it, lists and objects as JSON; `{ cut }`, the line's beginning, when that was too much. */
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

export interface AttemptLog {
  /** The newest lines, the oldest of them first. */
  readonly lines: readonly AttemptLine[];
  /** How many older lines were not kept. */
  readonly dropped: number;
}

const MOST_LINES = 50;
/** Characters of JSON, of all lines together and of one. */
const MOST_TEXT = 8000;
const MOST_OF_A_LINE = 2000;

export class AttemptRecorder {
  readonly #secrets: readonly string[];
  readonly #lines: { readonly line: AttemptLine; readonly size: number }[] = [];
  #size = 0;
  #dropped = 0;

  /** @param secrets texts that must never be kept */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /** The log for the agent: everything that goes to `log` is kept. */
  ofAgent(log: Log): Log {
    return both(log, this.#keeping("info"));
  }

  /** The log for the library's own lines: its warnings and errors are kept. */
  ofLibrary(log: Log): Log {
    return both(log, this.#keeping("warn"));
  }

  /** What was kept; null when nothing was logged. */
  read(): AttemptLog | null {
    if (this.#lines.length === 0) return null;
    return { lines: this.#lines.map(({ line }) => line), dropped: this.#dropped };
  }

  #keeping(level: AttemptLine["level"]): Log {
    return createLog({
      secrets: this.#secrets,
      level,
      write: (at, text) => {
        if (at !== "debug") this.#keep(at, text);
      },
    });
  }

  #keep(level: AttemptLine["level"], text: string): void {
    const { level: _, event, ...rest } = JSON.parse(text) as Record<string, AttemptLine["fields"][string]>;
    const fields =
      text.length > MOST_OF_A_LINE
        ? { cut: text.slice(0, MOST_OF_A_LINE) }
        : Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, flat(value)]));
    const line: AttemptLine = { at: Date.now(), level, event: String(event).slice(0, 200), fields };
    const size = Math.min(text.length, MOST_OF_A_LINE);
    this.#lines.push({ line, size });
    this.#size += size;
    while (this.#lines.length > MOST_LINES || this.#size > MOST_TEXT) {
      this.#size -= this.#lines.shift()?.size ?? 0;
      this.#dropped++;
    }
  }
}

function flat<Value>(value: Value): Value | string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}

/** A log whose lines go to both. */
function both(one: Log, other: Log): Log {
  const line = (level: LogLevel): Log["info"] => {
    return (...given) => {
      one[level](...given);
      other[level](...given);
    };
  };
  return {
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    with: (fields) => both(one.with(fields), other.with(fields)),
  };
}
