/** The agents of a deployment and the projects that they serve; checked once, when the Worker starts. */

import type { AnyModeAgent } from "./any-mode-agent.ts";
import type { EditorAgent } from "./editor-agent.ts";
import { kindOf } from "./returned-value.ts";
import type { TaskAgent } from "./task-agent.ts";

/** What `editorAgent`, `taskAgent` and `agent` define. */
export type Agent = EditorAgent | TaskAgent | AnyModeAgent;

/** What a deployment serves; made by `defineAgents`. */
export interface AgentSet {
  /** Project hashes given in the code; the setting ENCORD_PROJECTS replaces them. */
  readonly projects: readonly string[];
  readonly editorAgents: readonly EditorAgent[];
  /** In the order of registration. */
  readonly taskAgents: readonly TaskAgent[];
}

/**
 * Lists what a deployment serves.
 *
 * @param options.overwrite lets a later agent with the same name or stage replace the earlier one, instead of failing
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
      ? ". Call the function: it makes the agent."
      : ". Is it exported, and is its import right?";
  throw new TypeError(`defineAgents: agents[${i}] must be an agent; it is ${kindOf(agent)}${hint}`);
}

/** Why two agents cannot both be served; null when they can. */
function collision(one: Agent, other: Agent): string | null {
  if (one.name === other.name) return `Two agents are named "${one.name}". Give each its own name.`;
  const stage = taskForm(one)?.stage;
  if (stage === undefined || stage !== taskForm(other)?.stage) return null;
  return `Agents "${one.name}" and "${other.name}" both serve the stage "${stage}". A stage has one agent: remove one of them from the list.`;
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

/** The stage that a task agent names by UUID or, failing that, by title; undefined when it is none of these. */
export function stageFor<Stage extends { readonly uuid: string; readonly title: string }>(
  agent: Pick<TaskAgent, "stage">,
  stages: readonly Stage[],
): Stage | undefined {
  return (
    stages.find((stage) => stage.uuid === agent.stage.toLowerCase()) ??
    stages.find((stage) => stage.title === agent.stage)
  );
}

/** The task agent that names this stage by UUID or, failing that, by title; null when none does. */
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
