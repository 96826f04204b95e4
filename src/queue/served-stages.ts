/** Which stages of which projects this deployment serves, found in the live Workflows; cron wakes each of them. */

import { type AgentSet, agentForStage } from "../agent/agent-set.ts";
import type { Log } from "../agent/log.ts";
import type { TaskAgent } from "../agent/task-agent.ts";
import { connect } from "../connection.ts";
import type { AgentStage } from "../encord/index.ts";
import type { Settings } from "../settings.ts";
import { stageQueue } from "./loopback.ts";
import { cachedReads } from "./read-cache.ts";

export interface ServedStage {
  readonly projectHash: string;
  readonly stage: AgentStage;
  readonly agent: TaskAgent;
}

/** The projects a deployment serves: the setting overrides the code. */
export function servedProjects(settings: Settings, agents: AgentSet): readonly string[] {
  return settings.projects ?? agents.projects.map((hash) => hash.toLowerCase());
}

/** In the order in which the agents are registered. A project that cannot be read is logged and left out; the others are served. */
export async function servedStages(settings: Settings, agents: AgentSet, log: Log): Promise<ServedStage[]> {
  if (agents.taskAgents.length === 0) return [];
  const client = await connect(settings, { log, fetch: cachedReads() });
  const served: ServedStage[] = [];
  for (const projectHash of servedProjects(settings, agents)) {
    try {
      const workflow = await client.getWorkflow(projectHash);
      for (const agent of agents.taskAgents) {
        const stage = workflow.stages.find((each) => agentForStage(agents, each) === agent);
        if (stage?.stageType === "AGENT") served.push({ projectHash, stage, agent });
        else log.warn("stage_not_found", { projectHash, agent: agent.name, stage: agent.stage });
      }
    } catch (error) {
      log.error("project_not_read", { projectHash, error });
    }
  }
  return served;
}

/** Wakes the queue of every served stage; one that does not answer does not keep the others from being woken. */
export async function wakeServedStages(
  ctx: ExecutionContext,
  settings: Settings,
  agents: AgentSet,
  log: Log,
): Promise<void> {
  const served = await servedStages(settings, agents, log);
  const woken = await Promise.allSettled(
    served.map(({ projectHash, stage, agent }) => {
      const identity = { projectHash, stageUuid: stage.uuid, agentName: agent.name };
      return stageQueue(ctx, projectHash, stage.uuid).wake(identity, "cron");
    }),
  );
  for (const each of woken) {
    if (each.status === "rejected") log.error("stage_not_woken", { error: each.reason });
  }
}
