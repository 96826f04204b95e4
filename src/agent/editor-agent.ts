/**
 * An editor agent answers a call to `POST /agents/<name>`: from an annotator's browser in the Label Editor, or, signed,
 * from a Workflow node. It can say something (`message`), decide where the task goes (`decision`), or do neither.
 */

import { checkDefinition } from "./definition.ts";
import { assertModes, type Needs, prefetchOf, type Resolved } from "./dependency.ts";
import { type Duration, toMilliseconds } from "./duration.ts";
import { InvalidOutcomeError } from "./errors.ts";
import type { FrameData } from "./frame-data.ts";
import type { AgentContext } from "./invocation.ts";
import { fieldsOf, kindOf } from "./returned-value.ts";

/** Encord waits this long for an answer. */
const LONGEST_TIMEOUT_MS = 180_000;
const DEFAULT_TIMEOUT: Duration = "170 seconds";
/** Encord silently ignores a longer decision. */
const LONGEST_DECISION = 256;

/**
 * What an editor agent answers; `EditorAgentResponse` of the Python library. Both fields may be left out.
 *
 * @example
 * const done: EditorAnswer<"accept" | "reject"> = { message: "3 boxes added", decision: "accept" };
 */
export interface EditorAnswer<Decision extends string = string> {
  /** Shown to the person; Encord cuts it at 256 characters. Blank counts as unset. */
  readonly message?: string | null;
  /** The name of the Workflow pathway to follow; ignored for calls from the Label Editor. */
  readonly decision?: Decision | null;
}

/** What `editorAgent` takes. */
export interface EditorAgentOptions<N extends Needs<"editor">, Decision extends string> {
  /** Names the endpoint, `POST /agents/<name>`. Lower-case letters, digits and dashes. */
  readonly name: string;
  readonly description?: string;
  readonly dependencies?: N;
  /** Titles of objects and classifications that a project's ontology must have; `encord-edge doctor` looks for them. */
  readonly ontology?: readonly string[];
  /** The decisions to enter in Encord's form; when given, returning another one is a compile error. */
  readonly decisions?: readonly Decision[];
  /** `"required"`: only calls signed by Encord's servers; `"optional"` (default): also those of the Label Editor. */
  readonly signature?: "required" | "optional";
  /** 170 seconds by default; at most 180, as long as Encord waits. */
  readonly timeout?: Duration;
  /** Runs once per call. Throw an `EditorAgentError` to refuse the input with a message for the annotator. */
  run(
    input: { readonly frameData: FrameData } & Resolved<N>,
    context: AgentContext,
    // biome-ignore lint/suspicious/noConfusingVoidType: an agent with nothing to say may end without a return
  ): MaybePromise<EditorAnswer<NoInfer<Decision>> | null | undefined | void>;
}

type MaybePromise<T> = T | Promise<T>;

/** Who calls: the Label Editor for an annotator, or a Workflow node for a task. */
export type EditorCaller = "editor" | "node";

/** A checked definition; made by `editorAgent`. */
export interface EditorAgent {
  readonly kind: "editor";
  readonly name: string;
  readonly description: string;
  readonly dependencies: Needs;
  readonly ontology: readonly string[];
  readonly decisions: readonly string[];
  readonly signature: "required" | "optional";
  readonly timeoutMs: number;
  readonly run: (
    input: Record<string, unknown>,
    context: AgentContext,
    caller: EditorCaller,
  ) => MaybePromise<unknown>;
}

/**
 * Defines an editor agent.
 *
 * @throws TypeError when the name, the timeout or a dependency cannot be used
 * @example
 * export const hello = editorAgent({
 *   name: "hello",
 *   dependencies: { labelRow },
 *   run: ({ labelRow }) => ({ message: `${labelRow.getObjectInstances().length} objects` }),
 * });
 */
export function editorAgent<
  const N extends Needs<"editor"> = Record<never, never>,
  const Decision extends string = string,
>(options: EditorAgentOptions<N, Decision>): EditorAgent {
  checkDefinition(options, ["decisions", "ontology"]);
  const { signature = "optional" } = options;
  if (signature !== "optional" && signature !== "required")
    throw new TypeError(`Agent "${options.name}": signature must be "required" or "optional".`);
  const dependencies = options.dependencies ?? {};
  assertModes(options.name, dependencies, "editor");
  prefetchOf(dependencies);
  const timeoutMs = toMilliseconds(options.timeout ?? DEFAULT_TIMEOUT, `Agent "${options.name}": timeout`);
  if (timeoutMs > LONGEST_TIMEOUT_MS) {
    throw new TypeError(
      `Agent "${options.name}": timeout must be at most 180 seconds, as long as Encord waits for an answer.`,
    );
  }
  return {
    kind: "editor",
    name: options.name,
    description: options.description ?? "",
    dependencies,
    ontology: options.ontology ?? [],
    decisions: options.decisions ?? [],
    signature,
    timeoutMs,
    run: (input, context) => options.run(input as Parameters<typeof options.run>[0], context),
  };
}

/**
 * The body to answer with, without blank fields; null when nothing is left.
 *
 * @throws InvalidOutcomeError when the agent returned something else, or a decision that Encord would not honour
 */
export function normaliseAnswer(
  agent: EditorAgent,
  returned: unknown,
): { message?: string; decision?: string } | null {
  if (returned === undefined || returned === null) return null;
  const { message, decision } = fieldsOf(agent.name, returned, FIELDS, "{ message, decision }, or nothing");
  const answer: { message?: string; decision?: string } = {};
  const shown = text(agent, "message", message);
  const decided = text(agent, "decision", decision);
  if (decided !== undefined && decided.length > LONGEST_DECISION) {
    throw new InvalidOutcomeError(
      `Agent "${agent.name}" returned a decision of ${decided.length} characters; Encord ignores more than ` +
        `${LONGEST_DECISION}. Return the name of a pathway.`,
    );
  }
  if (shown !== undefined) answer.message = shown;
  if (decided !== undefined) answer.decision = decided;
  return Object.keys(answer).length > 0 ? answer : null;
}

const FIELDS = ["message", "decision"] as const;

function text(agent: EditorAgent, field: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") {
    throw new InvalidOutcomeError(
      `Agent "${agent.name}" returned a ${field} that is ${kindOf(value)}, not text.`,
    );
  }
  // Encord trims it too.
  return value.trim() || undefined;
}
