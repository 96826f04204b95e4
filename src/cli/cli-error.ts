/** A fault that the user can correct: its message is printed without a stack, and the command ends with status 1. */

export class CliError extends Error {
  readonly code: string;
  /** Whether the same command may succeed later without a change. */
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CliError";
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
