/**
 * A task agent handles the tasks of one *Advanced* agent stage of a Workflow: the queue takes them in batches, runs the agent
 * on each, saves the labels, and moves the task along the pathway that the agent chose.
 */

import type { AgentStage, AgentTask, EncordClient, Project } from "../encord/index.ts";
import { checkDefinition } from "./definition.ts";
import { assertModes, isHeavy, type Needs, prefetchOf, type Resolved } from "./dependency.ts";
import { type Duration, toMilliseconds } from "./duration.ts";
import type { AgentContext } from "./invocation.ts";
import type { Log } from "./log.ts";
import type { TaskOutcome } from "./task-outcome.ts";

/** The queue waits for a batch within one alarm, and the platform ends an alarm after 15 minutes. */
const LONGEST_TIMEOUT_MS = 10 * 60_000;

/** What `taskAgent` takes. */
export interface TaskAgentOptions<N extends Needs<"task">, Pathway extends string> {
  /** Lower-case letters, digits and dashes. */
  readonly name: string;
  readonly description?: string;
  /** Title (exact, case matters) or UUID of the agent stage that it serves. */
  readonly stage: string;
  /** The pathways that it may choose, by name or UUID; when given, returning another one is a compile error. */
  readonly pathways?: readonly Pathway[];
  readonly dependencies?: N;
  /** Titles of objects and classifications that a project's ontology must have; `encord-edge doctor` looks for them. */
  readonly ontology?: readonly string[];
  /** How many times a failed task is tried again; 3 by default. */
  readonly retries?: number;
  /** The longest that one run may take; 5 minutes by default, at most 10. */
  readonly timeout?: Duration;
  /**
   * How many tasks are fetched, run, saved and moved together in one invocation; at most 300. By default 50, or 1 for an
   * agent that decodes video, so that each task has its own CPU time and memory.
   */
  readonly batchSize?: number;
  /** How many tasks of a batch run at the same time; 4 by default. */
  readonly concurrency?: number;
  /** How many batches of the stage run at the same time; 4 by default. */
  readonly lanes?: number;
  /**
   * How often the stage is polled when no notification announces work: once a minute by default. Shorter suits a stage
   * without task-ready notifications (the pauses grow to a minute while nothing is found); longer saves requests.
   */
  readonly refreshEvery?: Duration;
  /** How many new tasks one poll takes at most; all of them by default. */
  readonly maxTasksPerStage?: number;
  /**
   * Runs before each batch, within the agent's `timeout`; when it throws or takes longer, the tasks of the batch wait and use
   * up no attempt.
   */
  beforeRun?(batch: BatchContext): void | Promise<void>;
  /** Runs once per task and attempt. When it throws, the task waits and is tried again. */
  run(
    input: { readonly task: AgentTask } & Resolved<N>,
    context: AgentContext,
  ): TaskOutcome<NoInfer<Pathway>> | Promise<TaskOutcome<NoInfer<Pathway>>>;
}

/** What `beforeRun` receives. */
export interface BatchContext {
  readonly client: EncordClient;
  readonly project: Project;
  readonly stage: AgentStage;
  readonly log: Log;
}

/** A checked definition; made by `taskAgent`. */
export interface TaskAgent {
  readonly kind: "task";
  readonly name: string;
  readonly description: string;
  readonly stage: string;
  readonly pathways: readonly string[];
  readonly dependencies: Needs;
  readonly ontology: readonly string[];
  readonly retries: number;
  readonly timeoutMs: number;
  readonly batchSize: number;
  readonly concurrency: number;
  readonly lanes: number;
  /** Null: whenever cron runs, once a minute. */
  readonly refreshEveryMs: number | null;
  readonly maxTasksPerStage: number;
  readonly beforeRun: ((batch: BatchContext) => void | Promise<void>) | null;
  readonly run: (input: Record<string, unknown>, context: AgentContext) => unknown;
}

/**
 * Defines a task agent.
 *
 * @throws TypeError when a number, the name, the timeout or a dependency cannot be used
 * @example
 * export const generalExample = taskAgent({
 *   name: "general-example",
 *   stage: "Agent 1",
 *   pathways: ["continue to Review"],
 *   run: () => "continue to Review",
 * });
 */
export function taskAgent<
  const N extends Needs<"task"> = Record<never, never>,
  const Pathway extends string = string,
>(options: TaskAgentOptions<N, Pathway>): TaskAgent {
  const { name } = options;
  checkDefinition(options, ["pathways", "ontology"]);
  if (typeof options.stage !== "string" || options.stage.trim() === "")
    throw new TypeError(`Agent "${name}": stage must be the title or UUID of a stage.`);
  const dependencies = options.dependencies ?? {};
  assertModes(name, dependencies, "task");
  prefetchOf(dependencies);
  const timeoutMs = toMilliseconds(options.timeout ?? "5 minutes", `Agent "${name}": timeout`);
  if (timeoutMs > LONGEST_TIMEOUT_MS)
    throw new TypeError(`Agent "${name}": timeout must be at most 10 minutes.`);
  return {
    kind: "task",
    name,
    description: options.description ?? "",
    stage: options.stage,
    pathways: options.pathways ?? [],
    dependencies,
    ontology: options.ontology ?? [],
    retries: wholeNumber(name, "retries", options.retries ?? 3, 0, 100),
    timeoutMs,
    batchSize: wholeNumber(name, "batchSize", options.batchSize ?? (isHeavy(dependencies) ? 1 : 50), 1, 300),
    concurrency: wholeNumber(name, "concurrency", options.concurrency ?? 4, 1, 100),
    lanes: wholeNumber(name, "lanes", options.lanes ?? 4, 1, 50),
    refreshEveryMs:
      options.refreshEvery === undefined
        ? null
        : toMilliseconds(options.refreshEvery, `Agent "${name}": refreshEvery`),
    maxTasksPerStage:
      options.maxTasksPerStage === undefined
        ? Number.MAX_SAFE_INTEGER
        : wholeNumber(name, "maxTasksPerStage", options.maxTasksPerStage, 1, 1_000_000_000),
    beforeRun: options.beforeRun?.bind(options) ?? null,
    run: options.run as TaskAgent["run"],
  };
}

function wholeNumber(agent: string, option: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new TypeError(
      `Agent "${agent}": ${option} must be a whole number from ${least} to ${most}; it is ${value}.`,
    );
  }
  return value;
}
