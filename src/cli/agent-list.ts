/** `encord-edge agents`: what a deployment of this project serves, and what to enter in Encord for each. */

import type { AgentSet } from "../agent/agent-set.ts";
import { type CliContext, print, printJson } from "./cli-context.ts";
import { CliError } from "./cli-error.ts";

/** @param address of the deployment; null: unknown */
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
  const editorAgents = agents.editorAgents.map(({ name, description, decisions, signature }) => ({
    name,
    description,
    url: `${base}/agents/${name}`,
    decisions,
    signature,
  }));
  const taskAgents = agents.taskAgents.map(({ name, description, stage, pathways }) => ({
    name,
    description,
    stage,
    pathways,
  }));
  if (json) {
    printJson(context, { editorAgents, taskAgents, notifications, projects: agents.projects });
    return 0;
  }
  print(context, "Editor agents (in Encord: Agents, New agent, Custom agent)");
  for (const { name, description, url, decisions, signature } of editorAgents) {
    print(context, "", `  ${name}${description ? `: ${description}` : ""}`, `    URL        ${url}`);
    if (decisions.length > 0) print(context, `    decisions  ${decisions.join(", ")}`);
    if (signature === "required") print(context, "    called by  Workflow nodes only (signed calls)");
  }
  if (editorAgents.length === 0) print(context, "", "  none");
  print(context, "", `Task agents (Advanced stages; task-ready notification URL: ${notifications})`);
  for (const { name, description, stage, pathways } of taskAgents) {
    print(context, "", `  ${name}${description ? `: ${description}` : ""}`, `    stage      ${stage}`);
    if (pathways.length > 0) print(context, `    pathways   ${pathways.join(", ")}`);
  }
  if (taskAgents.length === 0) print(context, "", "  none");
  return 0;
}
