/**
 * The errors that agents throw on purpose, and those that this library throws about agents. All have `code` and `retryable`:
 * the queue tries a task again after any error unless it says `retryable: false`.
 */

import { type Duration, toMilliseconds } from "./duration.ts";

/**
 * An error with a code, for agents and dependencies of your own. Unless `retryable` is set, the task fails at once.
 *
 * @example
 * throw new AgentError("no-license", "The model has no license.", { retryable: false });
 */
export class AgentError extends Error {
  /** Written out, because a minifier renames classes. */
  override name = "AgentError";
  /** A stable name for programs. */
  readonly code: string;
  /** Whether the same run may succeed later. */
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/**
 * The agent refuses this input and says why: the call is answered with status 400, and the Label Editor shows the message.
 * `EncordEditorAgentException` of the Python library.
 *
 * @example
 * editorAgent({
 *   name: "needs-selection",
 *   run({ frameData }) {
 *     if (!frameData.objectHashes?.length) throw new EditorAgentError("Select an object first.");
 *   },
 * });
 */
export class EditorAgentError extends AgentError {
  override name = "EditorAgentError";

  constructor(message: string, options: { cause?: unknown } = {}) {
    super("refused-by-agent", message, options);
  }
}

/** The agent did not end within its timeout, nor did its `beforeRun`, or the cleaning up of a dependency. */
export class AgentTimeoutError extends AgentError {
  override name = "AgentTimeoutError";

  /** @param agent its name; behind a colon, what of it took too long */
  constructor(agent: string, milliseconds: number) {
    super(
      "timed-out",
      `Agent "${agent}" did not end within ${milliseconds / 1000} seconds. Raise its \`timeout\`, or do less per call.`,
      { retryable: true },
    );
  }
}

/** The agent wants the task again later; made by `retryLater`. */
export class RetryLaterError extends AgentError {
  override name = "RetryLaterError";
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super("retry-later", message, { retryable: true });
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Postpones a task: it waits that long in its stage, and uses up no attempt.
 *
 * @throws TypeError when the duration cannot be read
 * @example
 * if (response.status === 503) throw retryLater("10 minutes", "The model is loading.");
 */
export function retryLater(wait: Duration, reason = "The agent postponed the task."): RetryLaterError {
  return new RetryLaterError(reason, toMilliseconds(wait, "retryLater"));
}

/** The agent leaves the task alone; made by `skip`. */
export class SkipError extends AgentError {
  override name = "SkipError";

  constructor(reason: string) {
    super("skipped", reason);
  }
}

/**
 * Leaves a task in its stage, with the reason, and does not run it again until it has left the stage and come back. (An
 * agent that returns null is run again when the stage is next polled.)
 *
 * @example
 * if (task.dataTitle.endsWith(".txt")) throw skip("This is not an image.");
 */
export function skip(reason: string): SkipError {
  return new SkipError(reason);
}

/** What an agent returned is neither an outcome nor an answer; running it again would not help. */
export class InvalidOutcomeError extends AgentError {
  override name = "InvalidOutcomeError";

  constructor(message: string) {
    super("invalid-outcome", message);
  }
}

/** Whether trying again later may help, for anything that was thrown. Unknown errors are worth another try. */
export function isRetryable(error: unknown): boolean {
  if (typeof error === "object" && error !== null && "retryable" in error) return error.retryable !== false;
  return !(error instanceof TypeError && error.message.startsWith("Agent "));
}
