/** The agents of a deployment and the projects they serve; checked once, when the Worker starts. */

import type { EditorAgent } from "./editor-agent.ts";
import type { TaskAgent } from "./task-agent.ts";

export type Agent = EditorAgent | TaskAgent;

export interface AgentSet {
  /** Project hashes written into the code; the setting ENCORD_PROJECTS replaces them. */
  readonly projects: readonly string[];
  readonly editorAgents: readonly EditorAgent[];
  /** In the order of registration. */
  readonly taskAgents: readonly TaskAgent[];
}

/**
 * Lists what a deployment serves.
 *
 * @throws TypeError when two agents share a name, or two task agents a stage
 * @example
 * export default defineAgents({ agents: [imageQualityGate, frameQuality] });
 */
export function defineAgents(options: {
  readonly agents: readonly Agent[];
  readonly projects?: readonly string[];
}): AgentSet {
  const names = new Set<string>();
  const stages = new Map<string, string>();
  for (const agent of options.agents) {
    if (names.has(agent.name))
      throw new TypeError(`Two agents are named "${agent.name}". Give each its own name.`);
    names.add(agent.name);
    if (agent.kind !== "task") continue;
    const other = stages.get(agent.stage);
    if (other !== undefined) {
      throw new TypeError(
        `Agents "${other}" and "${agent.name}" both serve the stage "${agent.stage}". One stage has one agent.`,
      );
    }
    stages.set(agent.stage, agent.name);
  }
  return {
    projects: options.projects ?? [],
    editorAgents: options.agents.filter((agent) => agent.kind === "editor"),
    taskAgents: options.agents.filter((agent) => agent.kind === "task"),
  };
}

/** The task agent that serves a stage, by the stage's UUID or title; the UUID counts more. */
export function agentForStage(
  agents: AgentSet,
  stage: { readonly uuid: string; readonly title: string },
): TaskAgent | null {
  return (
    agents.taskAgents.find((agent) => agent.stage.toLowerCase() === stage.uuid) ??
    agents.taskAgents.find((agent) => agent.stage === stage.title) ??
    null
  );
}
