/** The agents of a deployment and the projects they serve; checked once, when the Worker starts. */

import type { AnyModeAgent } from "./any-mode-agent.ts";
import type { EditorAgent } from "./editor-agent.ts";
import type { TaskAgent } from "./task-agent.ts";

/** What `editorAgent`, `taskAgent` and `agent` define. */
export type Agent = EditorAgent | TaskAgent | AnyModeAgent;

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
    const task = taskForm(agent);
    if (!task) continue;
    const other = stages.get(task.stage);
    if (other !== undefined) {
      throw new TypeError(
        `Agents "${other}" and "${agent.name}" both serve the stage "${task.stage}". One stage has one agent.`,
      );
    }
    stages.set(task.stage, agent.name);
  }
  return {
    projects: options.projects ?? [],
    editorAgents: options.agents.flatMap((agent) => editorForm(agent) ?? []),
    taskAgents: options.agents.flatMap((agent) => taskForm(agent) ?? []),
  };
}

/** The agent as the queue runs it; null when it serves no stage. */
export function taskForm(agent: Agent): TaskAgent | null {
  if (agent.kind === "any-mode") return agent.task;
  return agent.kind === "task" ? agent : null;
}

/** The agent as the endpoint calls it; null when it cannot be called. */
export function editorForm(agent: Agent): EditorAgent | null {
  if (agent.kind === "any-mode") return agent.editor;
  return agent.kind === "editor" ? agent : null;
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
