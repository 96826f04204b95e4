/** A terminal that keeps what is printed in it, and a world around it that a test sets. */

import type { CliContext } from "../../src/cli/cli-context.ts";

export interface Terminal extends CliContext {
  readonly output: () => string;
  readonly errors: () => string;
}

export function terminal(world: Partial<CliContext> = {}): Terminal {
  const texts = { output: "", errors: "" };
  return {
    folder: process.cwd(),
    environment: {},
    fetch: () => Promise.reject(new TypeError("fetch failed: this test reaches no network")),
    now: () => Date.UTC(2026, 0, 1),
    interactive: false,
    stopped: new AbortController().signal,
    write: (text) => {
      texts.output += text;
    },
    writeError: (text) => {
      texts.errors += text;
    },
    ...world,
    output: () => texts.output,
    errors: () => texts.errors,
  };
}
