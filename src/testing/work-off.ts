/**
 * Runs a task agent on all tasks in its stage of an emulated Encord: with the real client, the real dependencies and the real
 * order of writing, but without a queue. Each task is run once; nothing is retried.
 */

import { type Agent, stageFor, taskForm } from "../agent/agent-set.ts";
import type { Replacements } from "../agent/invocation.ts";
import { createLog, type Log } from "../agent/log.ts";
import type { TaskAgent } from "../agent/task-agent.ts";
import type { AgentStage, AgentTask, EncordClient, Project } from "../encord/index.ts";
import { TaskBatch } from "../queue/task-batch.ts";
import type { TaskReport } from "../queue/task-state.ts";
import { clientOf, type EmulatedEncord, sendTo } from "./emulated-client.ts";
import { replacements, type StandIn } from "./stand-in.ts";

/** Which tasks to run, and how. */
export interface WorkOffOptions {
  /** Only this task: its UUID, or the title or hash of its data unit; all of them by default. */
  readonly task?: string | undefined;
  /** The most tasks to run; all of them by default. */
  readonly limit?: number;
  /** Values that replace dependencies. */
  readonly replace?: readonly StandIn[];
  /** Nothing is logged by default. */
  readonly log?: Log;
}

/** What became of one task. */
export interface WorkedTask {
  readonly taskUuid: string;
  readonly dataHash: string;
  readonly dataTitle: string;
  readonly outcome: TaskReport["outcome"];
  /** Name of the pathway that it took; null if it stayed. */
  readonly pathway: string | null;
  /** Why it was not moved. */
  readonly error: string | null;
}

interface Work {
  readonly agent: TaskAgent;
  readonly client: EncordClient;
  readonly send: ReturnType<typeof sendTo>;
  readonly log: Log;
  readonly replacements: Replacements;
}

const SILENT: Log = createLog({ write: () => {} });

/**
 * Runs the agent.
 *
 * @returns one result for each task that waited in the agent's stage, in the order of the stage
 * @throws an error when no project has the agent's stage, or the emulator refuses to list it
 */
export async function workOff(
  agent: Agent,
  encord: EmulatedEncord,
  options: WorkOffOptions = {},
): Promise<readonly WorkedTask[]> {
  const form = taskForm(agent);
  if (!form) throw new TypeError(`Agent "${agent.name}" serves no stage. Use callAgent for editor agents.`);
  const client = await clientOf(encord);
  const projects = await Promise.all(
    encord.projects.map(({ projectHash }) => client.getProject(projectHash)),
  );
  const served = projects.flatMap((project) => {
    const stage = agentStageOf(form, project);
    return stage ? [{ project, stage }] : [];
  });
  if (served.length === 0) {
    throw new Error(`No project of the emulator has an agent stage "${form.stage}" for "${form.name}".`);
  }
  const work: Work = {
    agent: form,
    client,
    send: sendTo(encord),
    log: options.log ?? SILENT,
    replacements: replacements(options.replace),
  };
  const results: WorkedTask[] = [];
  for (const { project, stage } of served) {
    const tasks: AgentTask[] = [];
    for await (const task of stage.getTasks()) if (isWanted(task, options.task)) tasks.push(task);
    const some = tasks.slice(0, options.limit === undefined ? undefined : options.limit - results.length);
    results.push(...(await workOffTasks(work, project, stage, some)));
  }
  return results;
}

function isWanted(task: AgentTask, wish: string | undefined): boolean {
  return wish === undefined || [task.uuid, task.dataHash, task.dataTitle].includes(wish);
}

function agentStageOf(agent: TaskAgent, project: Project): AgentStage | undefined {
  if (project.projectType !== "workflow") return undefined;
  return stageFor(
    agent,
    project.workflow.stages.filter((stage) => stage.stageType === "AGENT"),
  );
}

async function workOffTasks(
  { agent, client, send, log, replacements }: Work,
  project: Project,
  stage: AgentStage,
  tasks: readonly AgentTask[],
): Promise<WorkedTask[]> {
  const reports = new Map<string, TaskReport>();
  for (let start = 0; start < tasks.length; start += agent.batchSize) {
    const batch = new TaskBatch({
      agent,
      client,
      project,
      stage,
      leases: {
        start: async (tokens) => tokens,
        checkpoint: async (entries) => entries.map(({ token }) => token),
      },
      locks: { acquire: async (rows) => rows, release: async () => {} },
      leaseSignal: () => new AbortController().signal,
      assets: { allowInsecureLoopback: false, fetch: send, onTransfer: () => {}, onFrame: () => {} },
      requests: () => 0,
      log,
      replacements,
    });
    const { reports: ended } = await batch.run(
      tasks.slice(start, start + agent.batchSize).map(({ uuid, dataHash }) => ({
        uuid,
        dataHash,
        token: uuid,
        attempt: 1,
        visit: 1,
        enteredAt: 0,
        checkpoint: null,
      })),
    );
    for (const report of ended) reports.set(report.uuid, report);
  }
  return tasks.flatMap(({ uuid, dataHash, dataTitle }) => {
    const report = reports.get(uuid);
    if (!report) return [];
    return {
      taskUuid: uuid,
      dataHash,
      dataTitle,
      outcome: report.outcome,
      pathway: report.outcome === "moved" ? report.pathwayName : null,
      error: "error" in report ? report.error : "reason" in report ? (report.reason ?? null) : null,
    };
  });
}
