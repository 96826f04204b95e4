/**
 * One definition that serves the Label Editor, a Workflow node and an *Advanced* stage. `mode` tells `run` which of them it
 * works for, and it gets what that mode has: frame data from the editor or a node, a task from a stage. What it returns means
 * the same everywhere: the label row is saved; the outcome becomes the decision of a node or the pathway of a stage; the
 * message is shown by the editor and the node, and logged for a stage.
 */

import type { AgentTask, LabelRow } from "../encord/index.ts";
import { checkDefinition } from "./definition.ts";
import { builtIn, type Needs, type Resolved } from "./dependency.ts";
import type { Duration } from "./duration.ts";
import { type EditorAgent, type EditorCaller, editorAgent } from "./editor-agent.ts";
import { EditorAgentError } from "./errors.ts";
import type { FrameData } from "./frame-data.ts";
import type { AgentContext, Invocation } from "./invocation.ts";
import { fieldsOf } from "./returned-value.ts";
import { type TaskAgent, type TaskAgentOptions, taskAgent } from "./task-agent.ts";
import { checkLabelRow, checkPriority } from "./task-outcome.ts";

/** `editor`: the Label Editor. `node`: a Workflow node that calls the agent. `stage`: an *Advanced* stage, through the queue. */
export type CallMode = EditorCaller | "stage";

/** What `run` receives beside its dependencies; `mode` tells the forms apart. */
export type ModeInput<Mode extends CallMode> = Mode extends "stage"
  ? { readonly mode: "stage"; readonly task: AgentTask }
  : { readonly mode: Mode; readonly frameData: FrameData };

/** All that an agent of several modes may return. */
export interface AnyModeResult<Outcome extends string = string> {
  /** The decision of a node or the pathway of a stage; the Label Editor ignores it. Null: stay, decide nothing. */
  readonly outcome?: Outcome | null;
  /** Shown by the editor and a node; logged for a stage. */
  readonly message?: string | null;
  /** Saved: at once in the editor and for a node, together with the batch in a stage. */
  readonly labelRow?: LabelRow | null;
  /** From 0 to 1. */
  readonly labelRowPriority?: number | null;
}

/** The dependencies that can be made in all of the modes. */
type NeedsOf<Mode extends CallMode> = Needs<Mode extends "stage" ? "task" : "editor">;

type StageOptions = Pick<
  TaskAgentOptions<Record<never, never>, string>,
  | "stage"
  | "retries"
  | "batchSize"
  | "concurrency"
  | "lanes"
  | "refreshEvery"
  | "maxTasksPerStage"
  | "beforeRun"
>;

type WithoutStage = { readonly [Option in keyof StageOptions]?: never };

/** What `agent` takes; the options of the queue (`stage`, `retries`, ...) only with the mode `stage`. */
export type AnyModeAgentOptions<Mode extends CallMode, N extends NeedsOf<Mode>, Outcome extends string> = {
  /** Lower-case letters, digits and dashes; also names the endpoint, `POST /agents/<name>`. */
  readonly name: string;
  readonly description?: string;
  /** Who may use it. Without `editor`, only calls signed by Encord are answered. */
  readonly modes: readonly Mode[];
  /** The outcomes that it may have: the decisions to enter in Encord's form, or the names of the stage's pathways. */
  readonly outcomes?: readonly Outcome[];
  readonly dependencies?: N;
  /** Titles of objects and classifications that a project's ontology must have; `encord-edge doctor` looks for them. */
  readonly ontology?: readonly string[];
  /** 170 seconds by default, at most 180, as long as Encord waits; up to 10 minutes for an agent with `stage` only. */
  readonly timeout?: Duration;
  run(
    input: ModeInput<Mode> & Resolved<N>,
    context: AgentContext,
  ): AnyModeReturn<NoInfer<Outcome>> | Promise<AnyModeReturn<NoInfer<Outcome>>>;
} & ("stage" extends Mode ? StageOptions : WithoutStage);

/** An outcome, null (stay, decide nothing), or all of it as a struct. */
export type AnyModeReturn<Outcome extends string> = Outcome | null | AnyModeResult<Outcome>;

/** One agent, listed once; `editor` and `task` are its forms for the modes that it allows. */
export interface AnyModeAgent {
  readonly kind: "any-mode";
  readonly name: string;
  readonly description: string;
  readonly modes: readonly CallMode[];
  readonly editor: EditorAgent | null;
  readonly task: TaskAgent | null;
}

/**
 * Defines an agent for several modes.
 *
 * @throws TypeError when the name, a number, the timeout or a dependency cannot be used in one of the modes
 * @example
 * export const labelCheck = agent({
 *   name: "label-check",
 *   modes: ["editor", "node", "stage"],
 *   stage: "Label check",
 *   outcomes: ["accept", "reject"],
 *   dependencies: { labelRow },
 *   run({ labelRow }) {
 *     const count = labelRow.getObjectInstances().length;
 *     return { outcome: count > 0 ? "accept" : "reject", message: `${count} objects` };
 *   },
 * });
 */
export function agent<
  const Mode extends CallMode,
  const N extends NeedsOf<Mode> = Record<never, never>,
  const Outcome extends string = string,
>(options: AnyModeAgentOptions<Mode, N, Outcome>): AnyModeAgent {
  const { name, modes } = options;
  checkDefinition(options, ["outcomes", "ontology"]);
  if (!Array.isArray(modes) || modes.length === 0 || modes.some((mode) => !MODES.includes(mode))) {
    throw new TypeError(
      `Agent "${name}": modes must be a list of at least one of "editor", "node" and "stage".`,
    );
  }
  if (modes.some((mode) => mode === "stage") && typeof options.stage !== "string") {
    throw new TypeError(`Agent "${name}": stage must be the title or UUID of the stage that it serves.`);
  }
  const run = options.run as unknown as Run;
  const byDoor = modes.some((mode) => mode === "editor" || mode === "node");
  return {
    kind: "any-mode",
    name,
    description: options.description ?? "",
    modes,
    editor: byDoor ? editorForm(options as unknown as Options, run) : null,
    task: modes.some((mode) => mode === "stage") ? taskForm(options as unknown as Options, run) : null,
  };
}

const MODES: readonly string[] = ["editor", "node", "stage"] satisfies CallMode[];

/** The options without their type parameters. */
type Options = AnyModeAgentOptions<CallMode, NeedsOf<CallMode>, string>;
type Run = (input: Record<string, unknown>, context: AgentContext) => unknown;

/** A name for a dependency that no agent can have by chance. */
const INVOCATION = "\u0000invocation";
const invocation = builtIn({ modes: ["editor"], make: (made): Invocation => made });

function editorForm(options: Options, run: Run): EditorAgent {
  const { name, modes } = options;
  const form = editorAgent({
    name,
    description: options.description ?? "",
    dependencies: { ...options.dependencies, [INVOCATION]: invocation },
    ontology: options.ontology ?? [],
    decisions: options.outcomes ?? [],
    signature: modes.includes("editor") ? "optional" : "required",
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    run: () => null,
  });
  return {
    ...form,
    async run({ [INVOCATION]: made, ...input }, context, caller) {
      if (!modes.includes(caller)) throw new EditorAgentError(notServed(name, caller));
      const result = resultOf(name, await run({ ...input, mode: caller }, context));
      await result.labelRow?.save();
      if (result.priority !== null) {
        const { sources, dataHash } = made as Invocation;
        await (await sources.project()).setPriority(dataHash, result.priority);
      }
      return { message: result.message, decision: result.outcome };
    },
  };
}

function taskForm(options: Options, run: Run): TaskAgent {
  const { name, modes: _modes, outcomes, timeout, dependencies, ontology, run: _run, ...rest } = options;
  return taskAgent({
    ...(rest as StageOptions),
    name,
    description: options.description ?? "",
    pathways: outcomes ?? [],
    dependencies: dependencies ?? {},
    ontology: ontology ?? [],
    timeout: timeout ?? "170 seconds",
    async run(input, context) {
      const result = resultOf(name, await run({ ...input, mode: "stage" }, context));
      if (result.message) context.log.info("agent_message", { message: result.message });
      return {
        // Checked against the stage's pathways by the caller, which knows the stage.
        pathway: (result.outcome ?? null) as string | null,
        labelRow: result.labelRow,
        labelRowPriority: result.priority,
      };
    },
  });
}

const FIELDS = ["outcome", "message", "labelRow", "labelRowPriority"] as const;
const FORM = "an outcome, null, or { outcome, message, labelRow, labelRowPriority }";

/** @throws InvalidOutcomeError for anything but an outcome, null or a struct */
function resultOf(name: string, returned: unknown) {
  const isWhole = returned === null || typeof returned === "string";
  const struct = isWhole ? { outcome: returned } : fieldsOf(name, returned, FIELDS, FORM);
  return {
    outcome: struct.outcome,
    message: struct.message,
    labelRow: checkLabelRow(name, struct.labelRow),
    priority: checkPriority(name, struct.labelRowPriority),
  };
}

function notServed(name: string, caller: EditorCaller): string {
  return caller === "editor"
    ? `The agent "${name}" is for Workflows only, not for the Label Editor.`
    : `The agent "${name}" is for the Label Editor only, not for Workflow nodes.`;
}
