/**
 * `encord-edge run`: runs an agent once on the tasks of its stage, from the terminal. The agent runs in workerd, as in
 * production: a Worker with only this agent is started on this computer with the project's settings, its queue is woken, and
 * it is stopped when the stage is empty. Nothing is left behind; tasks that failed are still in their stage in Encord.
 */

import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type AgentSet, agentForStage } from "../agent/agent-set.ts";
import type { TaskAgent } from "../agent/task-agent.ts";
import { type AgentStage, EncordClient } from "../encord/index.ts";
import { type Environment, readSettings } from "../settings.ts";
import { DEFAULT_AGENTS } from "./agent-definitions.ts";
import { type CliContext, print, printJson } from "./cli-context.ts";
import { CliError } from "./cli-error.ts";
import { dryRunStage } from "./dry-run-stage.ts";
import { LocalWorker } from "./local-worker.ts";
import { sendNotification } from "./notify-stage.ts";

export interface RunOptions {
  readonly project: string;
  /** Title or UUID. */
  readonly stage: string;
  /** How many tasks at most. */
  readonly max?: string;
  /** Writes nothing; shows what would be written. */
  readonly dryRun?: boolean;
  /** Dry: on this data unit, whatever stage its task is in. */
  readonly data?: string;
  /** Dry: where pictures with the labels on them go. */
  readonly pictures?: string;
  /** Dry: as if nobody had labelled the data yet. */
  readonly withoutLabels?: boolean;
  /** `NAME=value`: variables of the Worker, for this run. */
  readonly set?: readonly string[];
  readonly agents?: string;
  readonly json?: boolean;
}

interface StageReport {
  readonly counts: Readonly<
    Record<"pending" | "dispatched" | "running" | "succeeded" | "failed" | "timedOut" | "canceled", number>
  >;
  readonly lastPoll: { readonly at: number; readonly error: string | null } | null;
  readonly lastError: string | null;
}

interface FailedTask {
  readonly uuid: string;
  readonly dataTitle: string;
  readonly detail: string | null;
}

/** How often the queue is polled. */
const LOOK_MS = 300;
const BAR = 30;

/** @returns exit status: 0 when every task went through */
export async function runStage(
  context: CliContext,
  deployed: Environment & Readonly<Record<string, string>>,
  agents: AgentSet,
  options: RunOptions,
): Promise<number> {
  const variables = { ...deployed, ...assignments(options.set ?? []) };
  const max = readMax(options.max);
  const stage = await findStage(context, variables, options);
  const agent = agentOf(agents, stage);
  if (options.dryRun) return dryRunStage(context, variables, agent, stage, { ...options, max });
  if (options.data !== undefined || options.pictures !== undefined || options.withoutLabels) {
    throw new CliError("options", "--data, --pictures and --without-labels go with --dry-run.");
  }

  const total = await countTasks(stage, max);
  if (!options.json)
    print(context, `${agent.name} on ${total} ${total === 1 ? "task" : "tasks"} of "${stage.title}"`);
  if (total === 0) {
    if (options.json) printJson(context, { agent: agent.name, succeeded: 0, failed: 0, tasks: [] });
    return 0;
  }
  const run = await LocalRun.start(context, variables, agent, { ...options, max });
  try {
    await run.wake(stage.uuid);
    const report = await watch(context, run, stage.uuid, total, options.json ?? false);
    const tasks = await run.failedTasks(stage.uuid);
    const { succeeded } = report.counts;
    const failed = report.counts.failed + report.counts.timedOut;
    if (options.json) {
      printJson(context, { agent: agent.name, succeeded, failed, tasks });
    } else {
      print(context, `${succeeded} succeeded, ${failed} failed`);
      for (const { dataTitle, detail } of tasks)
        print(context, `  ${dataTitle}: ${detail ?? "no reason given"}`);
      if (failed > tasks.length) print(context, `  and ${failed - tasks.length} more`);
    }
    return failed === 0 && !context.stopped.aborted ? 0 : 1;
  } finally {
    await run.stop();
  }
}

function assignments(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name = "", value = ""] = /^(\w+)=(.*)$/s.exec(text) ?? [];
      if (name !== "") return [name, value];
      throw new CliError("options", `--set takes NAME=value; it is "${text}".`);
    }),
  );
}

function readMax(text: string | undefined): number {
  const max = text === undefined ? Number.MAX_SAFE_INTEGER : Number(text);
  if (Number.isInteger(max) && max > 0) return max;
  throw new CliError("max", `--max must be a whole number, 1 or more; it is "${text}".`);
}

function agentOf(agents: AgentSet, stage: AgentStage): TaskAgent {
  const agent = agentForStage(agents, stage);
  if (agent) return agent;
  const served = agents.taskAgents.map((each) => `"${each.stage}"`).join(", ") || "none";
  throw new CliError(
    "no-agent",
    `No task agent serves the stage "${stage.title}". Stages with an agent: ${served}.`,
  );
}

async function findStage(
  context: CliContext,
  variables: Environment,
  { project, stage }: RunOptions,
): Promise<AgentStage> {
  const settings = readSettings(variables);
  const client = await EncordClient.withSshKey({
    sshKey: settings.sshKey,
    password: settings.sshKeyPassword,
    domain: settings.domain,
    fetch: context.fetch,
  });
  const { stages } = await client.getWorkflow(project);
  const found = stages.find(({ uuid, title }) => uuid === stage.toLowerCase() || title === stage);
  if (found?.stageType === "AGENT") return found;
  const names = stages.flatMap(({ stageType, title }) => (stageType === "AGENT" ? `"${title}"` : []));
  throw new CliError(
    "stage",
    found
      ? `The stage "${found.title}" is of type ${found.stageType}, not an agent node. Agent nodes: ${names.join(", ") || "none"}.`
      : `The project has no stage "${stage}". Its agent nodes: ${names.join(", ") || "none"}.`,
  );
}

async function countTasks(stage: AgentStage, max: number): Promise<number> {
  let count = 0;
  for await (const _task of stage.getTasks()) if (++count >= max) break;
  return count;
}

/** Shows the progress until nothing waits or runs; at Ctrl+C, what still runs ends with the Worker. */
async function watch(
  context: CliContext,
  run: LocalRun,
  stageUuid: string,
  total: number,
  json: boolean,
): Promise<StageReport> {
  let shown = "";
  for (;;) {
    const report = await run.report(stageUuid);
    const { pending, dispatched, running, succeeded, failed, timedOut, canceled } = report.counts;
    const ended = succeeded + failed + timedOut + canceled;
    const line = `${bar(ended, Math.max(total, ended))} ${succeeded} done, ${dispatched + running} running, ${pending} waiting, ${failed + timedOut} failed`;
    if (!json && line !== shown) {
      context.write(context.interactive ? `\r\x1b[2K${line}` : `${line}\n`);
      shown = line;
    }
    const trouble = report.lastPoll?.error ?? report.lastError;
    const left = pending + dispatched + running;
    const over = report.lastPoll !== null && report.lastPoll.error === null && left === 0;
    if (over || context.stopped.aborted) {
      if (!json && context.interactive) context.write("\n");
      return report;
    }
    if (trouble && left === 0) throw new CliError("run", trouble, { retryable: true });
    await wait(LOOK_MS, undefined, { signal: context.stopped }).catch(() => {});
  }
}

function bar(done: number, total: number): string {
  const full = total === 0 ? BAR : Math.round((BAR * done) / total);
  return `[${"#".repeat(full)}${" ".repeat(BAR - full)}]`;
}

/** The Worker with the one agent, and its queue. */
class LocalRun {
  readonly #worker: LocalWorker;
  readonly #context: CliContext;
  readonly #project: string;
  readonly #secret: string;

  private constructor(worker: LocalWorker, context: CliContext, project: string, secret: string) {
    this.#worker = worker;
    this.#context = context;
    this.#project = project;
    this.#secret = secret;
  }

  static async start(
    context: CliContext,
    variables: Readonly<Record<string, string>>,
    agent: TaskAgent,
    options: Omit<RunOptions, "max"> & { readonly max: number },
  ): Promise<LocalRun> {
    const agentsFile = resolve(context.folder, options.agents ?? DEFAULT_AGENTS);
    const secret = randomBytes(16).toString("hex");
    const worker = await LocalWorker.start(context, {
      variables: {
        ...variables,
        ENVIRONMENT: "development",
        ENCORD_PROJECTS: options.project,
        ENCORD_WEBHOOK_SECRET: secret,
      },
      main: (own, specifier) => mainModule(own, specifier(agentsFile), agent, options.max),
      readyPath: "/health",
      onLine: (line) => {
        if (!options.json && /"by":"agent"|"level":"(?:warn|error)"/.test(line))
          context.writeError(`${line}\n`);
      },
    });
    return new LocalRun(worker, context, options.project, secret);
  }

  async wake(stageUuid: string): Promise<void> {
    const { status, answer } = await sendNotification(this.#context, {
      endpoint: this.#worker.url,
      project: this.#project,
      stage: stageUuid,
      pending: "1",
      secret: this.#secret,
    });
    if (status !== 200)
      throw new CliError("run", `The local Worker answered ${status}: ${JSON.stringify(answer)}`);
  }

  report(stageUuid: string): Promise<StageReport> {
    return this.#ask(stageUuid);
  }

  /** The first page of each kind. */
  async failedTasks(stageUuid: string): Promise<readonly FailedTask[]> {
    const lists = await Promise.all(
      ["failed", "timedOut"].map((state) =>
        this.#ask<{ tasks: readonly FailedTask[] }>(`${stageUuid}/tasks?limit=1000&state=${state}`),
      ),
    );
    return lists.flatMap(({ tasks }) =>
      tasks.map(({ uuid, dataTitle, detail }) => ({ uuid, dataTitle, detail })),
    );
  }

  stop(): Promise<void> {
    return this.#worker.stop();
  }

  async #ask<T>(path: string): Promise<T> {
    const response = await fetch(`${this.#worker.url}/api/stages/${this.#project}/${path}`);
    if (!response.ok)
      throw new CliError("run", `The local Worker answered ${response.status} about the stage.`);
    return (await response.json()) as T;
  }
}

/**
 * Only this agent, so that the stages behind it are left alone; and no more tasks than asked for. What knows no agents
 * comes from the project's own main module.
 */
function mainModule(own: string, agents: string, agent: TaskAgent, max: number): string {
  return `import { createWorker } from "encord-edge-agents";
import agents from ${agents};

const taskAgents = agents.taskAgents
  .filter(({ name }) => name === ${JSON.stringify(agent.name)})
  .map((agent) => ({ ...agent, refreshEveryMs: null, maxTasksPerStage: Math.min(agent.maxTasksPerStage, ${max}) }));
const worker = createWorker({ ...agents, editorAgents: [], taskAgents });

export * from ${own};
export default worker.handler;
export const { StageQueue, TaskExecutor } = worker;
`;
}
