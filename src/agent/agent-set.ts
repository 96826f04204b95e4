/** The agents of a deployment and the projects they serve; checked once, when the Worker starts. */

import type { AnyModeAgent } from "./any-mode-agent.ts";
import type { EditorAgent } from "./editor-agent.ts";
import { kindOf } from "./returned-value.ts";
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
 * @param options.overwrite a later agent of the same name, or for the same stage, takes the earlier one's place instead of
 *   being an error
 * @throws TypeError when two agents share a name, or two task agents a stage
 * @example
 * export default defineAgents({ agents: [imageQualityGate, frameQuality] });
 */
export function defineAgents(options: {
  readonly agents: readonly Agent[];
  readonly projects?: readonly string[];
  readonly overwrite?: boolean;
}): AgentSet {
  if (!Array.isArray(options.agents))
    throw new TypeError("defineAgents: agents must be a list, such as [myAgent].");
  const agents: Agent[] = [];
  for (const [i, agent] of options.agents.entries()) {
    checkAgent(agent, i);
    const rival = agents.findIndex((other) => collision(other, agent) !== null);
    const other = agents[rival];
    if (other === undefined) agents.push(agent);
    else if (options.overwrite) agents[rival] = agent;
    else throw new TypeError(collision(other, agent) ?? "");
  }
  return {
    projects: options.projects ?? [],
    editorAgents: agents.flatMap((agent) => editorForm(agent) ?? []),
    taskAgents: agents.flatMap((agent) => taskForm(agent) ?? []),
  };
}

function checkAgent(agent: unknown, i: number): void {
  if (typeof agent === "object" && agent !== null && "kind" in agent) return;
  const hint =
    typeof agent === "function"
      ? "; call it: it makes the agent."
      : "; is it exported, and is its import right?";
  throw new TypeError(`defineAgents: agents[${i}] is no agent but ${kindOf(agent)}${hint}`);
}

/** Why two agents cannot both be served; null when they can. */
function collision(one: Agent, other: Agent): string | null {
  if (one.name === other.name) return `Two agents are named "${one.name}". Give each its own name.`;
  const stage = taskForm(one)?.stage;
  if (stage === undefined || stage !== taskForm(other)?.stage) return null;
  return `Agents "${one.name}" and "${other.name}" both serve the stage "${stage}". A stage has one agent: take one of them out of the list.`;
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

/** The stage that a task agent names, by its UUID or title; the UUID counts more. Undefined when it is none of these. */
export function stageFor<Stage extends { readonly uuid: string; readonly title: string }>(
  agent: Pick<TaskAgent, "stage">,
  stages: readonly Stage[],
): Stage | undefined {
  return (
    stages.find((stage) => stage.uuid === agent.stage.toLowerCase()) ??
    stages.find((stage) => stage.title === agent.stage)
  );
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
