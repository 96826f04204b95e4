/**
 * Projects and their Workflows, read from Encord and kept for a minute, so that pages that refresh every few seconds cause one request
 * a minute. A project that cannot be read stays in the list as it was last known, with the reason.
 */

import { type AgentSet, agentForStage } from "../agent/agent-set.ts";
import { describeError, type Log, redact } from "../agent/log.ts";
import type { TaskAgent } from "../agent/task-agent.ts";
import { connect } from "../connection.ts";
import { servedProjects } from "../queue/served-stages.ts";
import type { Settings } from "../settings.ts";

export interface DirectoryStage {
  readonly uuid: string;
  readonly title: string;
  /** The agent that serves it; null if none of this deployment does. */
  readonly agent: TaskAgent | null;
}

export interface DirectoryProject {
  readonly projectHash: string;
  /** The project's hash, if it cannot be read. */
  readonly title: string;
  readonly stages: readonly DirectoryStage[];
  readonly error: string | null;
  /** Stages that agents serve but the Workflow does not have. */
  readonly missing: readonly { readonly agent: string; readonly stage: string }[];
}

const KEEP_MS = 60_000;
/** A project that could not be read is tried again sooner. */
const KEEP_FAULTY_MS = 15_000;

export class StageDirectory {
  readonly #agents: AgentSet;
  #kept: {
    readonly until: number;
    readonly key: string;
    readonly projects: readonly DirectoryProject[];
  } | null = null;

  constructor(agents: AgentSet) {
    this.#agents = agents;
  }

  async projects(settings: Settings, log: Log, now: number): Promise<readonly DirectoryProject[]> {
    const hashes = servedProjects(settings, this.#agents);
    const key = `${settings.domain} ${hashes.join()}`;
    if (this.#kept !== null && this.#kept.key === key && this.#kept.until > now) return this.#kept.projects;
    const projects = await Promise.all(hashes.map((hash) => this.#read(hash, settings, log)));
    const faulty = projects.some((project) => project.error !== null);
    this.#kept = { until: now + (faulty ? KEEP_FAULTY_MS : KEEP_MS), key, projects };
    return projects;
  }

  async #read(projectHash: string, settings: Settings, log: Log): Promise<DirectoryProject> {
    try {
      const client = await connect(settings, { log });
      const project = await client.getProject(projectHash);
      const stages = project.workflow.stages.map(
        (stage): DirectoryStage => ({
          uuid: stage.uuid,
          title: stage.title,
          agent: stage.stageType === "AGENT" ? agentForStage(this.#agents, stage) : null,
        }),
      );
      const missing = this.#agents.taskAgents
        .filter((agent) => !stages.some((stage) => stage.agent === agent))
        .map((agent) => ({ agent: agent.name, stage: agent.stage }));
      return { projectHash, title: project.title, stages, error: null, missing };
    } catch (error) {
      log.error("project_not_read", { projectHash, error });
      const reason = redact(describeError(error));
      const known = this.#kept?.projects.find((project) => project.projectHash === projectHash);
      return known
        ? { ...known, error: reason }
        : { projectHash, title: projectHash, stages: [], error: reason, missing: [] };
    }
  }
}
