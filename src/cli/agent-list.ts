/** `encord-edge agents`: lists the agents of this project, and what to enter in Encord for each. */

import type { AgentSet } from "../agent/agent-set.ts";
import type { TaskAgent } from "../agent/task-agent.ts";
import { type Variable, variablesIn } from "../agent/variable.ts";
import { type CliContext, print, printJson } from "./cli-context.ts";
import { CliError } from "./cli-error.ts";

/** @param address of the deployment; null when it is not known */
export function listAgents(
  context: CliContext,
  agents: AgentSet,
  address: string | null,
  json: boolean,
): number {
  if (address !== null && !URL.canParse(address))
    throw new CliError("url", `--url must be an address such as https://<your worker>; it is "${address}".`);
  const base = address === null ? "https://<your worker>" : new URL(address).origin;
  const notifications = `${base}/notifications/task-ready`;
  const editorAgents = agents.editorAgents.map((agent) => ({
    name: agent.name,
    description: agent.description,
    url: `${base}/agents/${agent.name}`,
    decisions: agent.decisions,
    signature: agent.signature,
    variables: variablesOf(agent),
  }));
  const taskAgents = agents.taskAgents.map((agent) => ({
    name: agent.name,
    description: agent.description,
    stage: agent.stage,
    pathways: agent.pathways,
    variables: variablesOf(agent),
  }));
  if (json) {
    printJson(context, { editorAgents, taskAgents, notifications, projects: agents.projects });
    return 0;
  }
  print(context, "Editor agents (in Encord: Agents, New agent, Custom agent)");
  for (const { name, description, url, decisions, signature, variables } of editorAgents) {
    print(context, "", `  ${name}${description ? `: ${description}` : ""}`, `    URL        ${url}`);
    if (decisions.length > 0) print(context, `    decisions  ${decisions.join(", ")}`);
    if (signature === "required") print(context, "    called by  Workflow nodes only (signed calls)");
    print(context, ...variables.map(variableLine));
  }
  if (editorAgents.length === 0) print(context, "", "  none");
  print(context, "", `Task agents (Advanced stages; task-ready notification URL: ${notifications})`);
  for (const { name, description, stage, pathways, variables } of taskAgents) {
    print(context, "", `  ${name}${description ? `: ${description}` : ""}`, `    stage      ${stage}`);
    if (pathways.length > 0) print(context, `    pathways   ${pathways.join(", ")}`);
    print(context, ...variables.map(variableLine));
  }
  if (taskAgents.length === 0) print(context, "", "  none");
  return 0;
}

/** What it is tuned with, by name. */
function variablesOf({ dependencies }: Pick<TaskAgent, "dependencies">): Omit<Variable, "given">[] {
  const byName = new Map([...variablesIn(dependencies).values()].map((each) => [each.name, each]));
  return [...byName.values()].map(({ given: _given, ...variable }) => variable);
}

function variableLine({ name, fallback, choices, description }: Omit<Variable, "given">): string {
  const kinds = choices.length > 0 ? `one of ${choices.join(", ")}` : "";
  const about = [description, kinds].filter((each) => each !== "").join("; ");
  return `    variable   ${name} (${String(fallback)})${about && `: ${about}`}`;
}
