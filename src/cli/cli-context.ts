/** The outside world of a command: where it prints, where it runs, what it may reach. Tests pass their own. */

export interface CliContext {
  /** Folder of the project: where `agents/index.ts`, `.dev.vars` and `wrangler.jsonc` are. */
  readonly folder: string;
  /** The variables of the shell. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether the output is a terminal, so that a line may be redrawn. */
  readonly interactive: boolean;
  /** Aborts at Ctrl+C. */
  readonly stopped: AbortSignal;
  /** Writes text as it is. */
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
}

export function print(context: CliContext, ...lines: readonly string[]): void {
  for (const line of lines) context.write(`${line}\n`);
}

/** One JSON document, for programs. */
export function printJson(context: CliContext, value: unknown): void {
  context.write(`${JSON.stringify(value, null, 2)}\n`);
}
