/**
 * Runs a task agent on what waits in its stage of an emulated Encord: with the real client, the real dependencies and the
 * real order of writing, but without a queue. Each task is tried once; nothing is retried.
 */

import { createLog, type Log } from "../agent/log.ts";
import type { TaskAgent } from "../agent/task-agent.ts";
import { type AgentTask, EncordClient, type Project } from "../encord/index.ts";
import { TaskBatch } from "../queue/task-batch.ts";
import type { TaskReport } from "../queue/task-state.ts";

/** What a client needs of an emulator; `createEmulator` makes one. */
export interface EmulatedEncord {
  readonly domain: string;
  readonly sshKey: string;
  readonly projects: readonly { readonly projectHash: string }[];
  fetch(request: Request): Promise<Response>;
}

export interface WorkOffOptions {
  /** Default: nothing is written. */
  readonly log?: Log;
}

/** What became of one task. */
export interface WorkedTask {
  readonly taskUuid: string;
  readonly dataHash: string;
  readonly dataTitle: string;
  readonly outcome: TaskReport["outcome"];
  /** The pathway that it took; null if it stayed. */
  readonly pathway: string | null;
  /** Why it was not moved. */
  readonly error: string | null;
}

const SILENT: Log = createLog({ write: () => {} });

/**
 * @returns one result for each task that waited in the agent's stage, in the order of the stage
 * @throws an error when no project has the agent's stage, or the emulator refuses to list it
 */
export async function workOff(
  agent: TaskAgent,
  encord: EmulatedEncord,
  options: WorkOffOptions = {},
): Promise<readonly WorkedTask[]> {
  const send = (input: RequestInfo | URL, init?: RequestInit) => encord.fetch(new Request(input, init));
  const client = await EncordClient.withSshKey({
    sshKey: encord.sshKey,
    domain: encord.domain,
    fetch: send as typeof fetch,
  });
  const projects = await Promise.all(
    encord.projects.map(({ projectHash }) => client.getProject(projectHash)),
  );
  const served = projects.filter((project) => stageFor(agent, project) !== undefined);
  if (served.length === 0) {
    throw new Error(`No project of the emulator has an agent stage "${agent.stage}" for "${agent.name}".`);
  }
  const results = await Promise.all(
    served.map((project) => workOffProject(agent, client, project, send, options.log ?? SILENT)),
  );
  return results.flat();
}

function stageFor(agent: TaskAgent, project: Project) {
  return project.workflow.stages.find(
    (stage) =>
      stage.stageType === "AGENT" &&
      (stage.uuid === agent.stage.toLowerCase() || stage.title === agent.stage),
  );
}

async function workOffProject(
  agent: TaskAgent,
  client: EncordClient,
  project: Project,
  send: (input: string, init: RequestInit) => Promise<Response>,
  log: Log,
): Promise<WorkedTask[]> {
  const stage = project.workflow.getStage({ uuid: stageFor(agent, project)?.uuid ?? "", type: "AGENT" });
  const tasks: AgentTask[] = [];
  for await (const task of stage.getTasks()) tasks.push(task);
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
      error: "error" in report ? report.error : null,
    };
  });
}
