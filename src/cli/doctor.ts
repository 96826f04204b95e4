/**
 * `encord-edge doctor`: checks everything that has to be right before the agents can work, from the key to the pathways, and
 * says what to do about each fault. It only reads; nothing in Encord is changed.
 */

import { type AgentSet, agentForStage, stageFor } from "../agent/agent-set.ts";
import type { TaskAgent } from "../agent/task-agent.ts";
import { readVariable, variablesIn } from "../agent/variable.ts";
import { EU_DOMAIN, US_DOMAIN } from "../encord/api-domain.ts";
import {
  AuthenticationError,
  EncordClient,
  EncordError,
  type Project,
  RequestError,
} from "../encord/index.ts";
import { readSshKey } from "../encord/key.ts";
import { type Environment, isLoopback, readSettings, type Settings, SettingsError } from "../settings.ts";
import { readAgentDefinitions } from "./agent-definitions.ts";
import { type CliContext, print, printJson } from "./cli-context.ts";
import { CliError } from "./cli-error.ts";
import { readDeploymentVariables } from "./deployment-settings.ts";
import { examineConfiguration } from "./examine-configuration.ts";
import { examineDeployment } from "./examine-deployment.ts";
import { examineOntologies } from "./examine-ontologies.ts";
import { type Finding, fault, findingLine, note, ok, skipped } from "./finding.ts";

export interface DoctorOptions {
  readonly agents?: string;
  readonly envFile?: string;
  /** Address of a deployment to check as well. */
  readonly url?: string;
  readonly json?: boolean;
}

/** A variable or secret of a Worker holds this many bytes at most. */
const LONGEST_VARIABLE = 5 * 1024;
/** CPU time that the Free plan allows an invocation, in milliseconds. */
const FREE_CPU_MS = 10;

/** @returns exit status: 0 without faults */
export async function doctor(context: CliContext, options: DoctorOptions): Promise<number> {
  const { variables, source } = await readDeploymentVariables(context, options.envFile);
  const agents = await readAgentDefinitions(context.folder, variables, options.agents).catch(
    (error: Error) => error,
  );
  const findings = await examine(context, { variables, source, agents });
  findings.push(...(await examineConfiguration(context.folder)));
  if (options.url !== undefined) {
    findings.push(
      ...(await examineDeployment(context, options.url, agents instanceof Error ? null : agents)),
    );
  }
  const faults = findings.filter(({ verdict }) => verdict === "fault").length;
  if (options.json) printJson(context, { faults, findings });
  else {
    print(context, ...findings.map(findingLine), "");
    print(context, faults === 0 ? "Nothing is wrong." : `${faults} ${faults === 1 ? "fault" : "faults"}.`);
  }
  return faults === 0 ? 0 : 1;
}

export interface Patient {
  readonly variables: Environment & Readonly<Record<string, string>>;
  /** Where the variables come from. */
  readonly source: string;
  /** The definitions, or why they cannot be read. */
  readonly agents: AgentSet | Error;
}

/** Checks everything but the files on this computer. */
export async function examine(context: CliContext, patient: Patient): Promise<Finding[]> {
  const findings: Finding[] = [];
  const agents = patient.agents instanceof Error ? null : patient.agents;
  findings.push(
    patient.agents instanceof Error ? refusedAgents(patient.agents) : countedAgents(patient.agents),
  );

  const settings = settingsOf(patient, findings);
  findings.push(...variableSizes(patient.variables));
  if (agents) findings.push(...examineVariables(agents, patient.variables));
  const keyReadable = settings ? await examineKey(settings, findings) : false;
  const client = settings && keyReadable ? await reach(context, settings, findings) : null;
  if (!client || !settings) {
    findings.push(skipped("Projects, stages, pathways", "not checked, because Encord cannot be asked yet"));
  } else if (agents) {
    findings.push(...(await examineProjects(client, settings, agents)));
  }
  if (settings && agents) findings.push(...examineSecret(settings, agents));
  if (settings && agents) findings.push(...examineOrigins(settings, agents));
  if (settings) findings.push(...examineOperator(settings));
  return findings;
}

function refusedAgents(error: Error): Finding {
  const told = error instanceof CliError && error.code === "no-agents";
  return fault("Agents", error.message, told ? null : "correct the definition that the message names");
}

function countedAgents({ editorAgents, taskAgents }: AgentSet): Finding {
  const names = [...editorAgents, ...taskAgents].map(({ name }) => name);
  if (names.length > 0) return ok("Agents", names.join(", "));
  return fault(
    "Agents",
    "none is listed",
    "list yours in agents/index.ts, or make one: npx encord-edge new agent <name>",
  );
}

function settingsOf({ variables, source }: Patient, findings: Finding[]): Settings | null {
  try {
    const settings = readSettings(variables);
    findings.push(ok("Settings", `complete, from ${source}`));
    return settings;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const { setting, message } of error.faults) {
      // These messages say what to do already.
      const told = setting === "ENCORD_SSH_KEY" || message.includes("ENVIRONMENT=");
      const todo = `set it in .dev.vars, and for a deployment: npx wrangler secret put ${setting}`;
      findings.push(fault(setting, message, told ? null : todo));
    }
    return null;
  }
}

function variableSizes(variables: Readonly<Record<string, string>>): Finding[] {
  return Object.entries(variables).flatMap(([name, value]) => {
    const bytes = new TextEncoder().encode(value).length;
    if (bytes <= LONGEST_VARIABLE) return [];
    return fault(name, `${bytes} bytes; Cloudflare takes ${LONGEST_VARIABLE} for one variable`, "shorten it");
  });
}

/** Whether each variable that an agent names has a value of its kind. */
function examineVariables(
  { editorAgents, taskAgents }: AgentSet,
  values: Readonly<Record<string, string>>,
): Finding[] {
  const wrong = [...editorAgents, ...taskAgents].flatMap(({ dependencies }) =>
    [...variablesIn(dependencies).values()].flatMap((variable) => {
      try {
        readVariable(variable, values[variable.name] ?? null);
        return [];
      } catch (error) {
        return [[variable.name, messageOf(error)] as const];
      }
    }),
  );
  const todo = "correct it in `vars` of wrangler.jsonc, .dev.vars, or the dashboard";
  return [...new Map(wrong)].map(([name, message]) => fault(name, message, todo));
}

async function examineKey(settings: Settings, findings: Finding[]): Promise<boolean> {
  try {
    const key = await readSshKey(settings.sshKey, settings.sshKeyPassword);
    findings.push(ok("Key", `readable, public half ${key.publicKeyHex.slice(0, 16)}…`));
    if (settings.sshKeyPassword !== null) {
      findings.push(
        note(
          "Key password",
          `decrypting takes about 200 ms of CPU time, and the Free plan allows ${FREE_CPU_MS}`,
          "use a key without a password (a secret is encrypted anyway), or the Paid plan",
        ),
      );
    }
    return true;
  } catch (error) {
    const message = messageOf(error);
    const password = message.includes("password") ? "set ENCORD_SSH_KEY_PASSWORD, or " : "";
    const todo = `${password}make a pair with \`npx encord-edge keygen\`, and set ENCORD_SSH_KEY`;
    findings.push(fault("Key", message, todo));
    return false;
  }
}

/** A client that Encord accepts; null when it does not, or cannot be reached. */
async function reach(
  context: CliContext,
  settings: Settings,
  findings: Finding[],
): Promise<EncordClient | null> {
  try {
    const client = await EncordClient.withSshKey({
      sshKey: settings.sshKey,
      password: settings.sshKeyPassword,
      domain: settings.domain,
      fetch: context.fetch,
      retry: { maxRetries: 1, connectRetries: 1 },
    });
    await client.verifyAuth();
    findings.push(ok("Encord", `${settings.domain} knows the key`));
    return client;
  } catch (error) {
    if (error instanceof AuthenticationError) {
      findings.push(
        fault(
          "Encord",
          `${settings.domain} does not know the key`,
          "register its public half in Encord (Settings, Public keys); for an account in the US set ENCORD_DOMAIN=US",
        ),
      );
    } else if (error instanceof RequestError) {
      findings.push(
        fault(
          "Encord",
          `${settings.domain} cannot be reached: ${error.reason}`,
          "check ENCORD_DOMAIN and the network",
        ),
      );
    } else {
      const todo =
        "check ENCORD_DOMAIN; if it is right, try again later (Encord's status page may know more)";
      findings.push(fault("Encord", messageOf(error), todo));
    }
    return null;
  }
}

async function examineProjects(
  client: EncordClient,
  settings: Settings,
  agents: AgentSet,
): Promise<Finding[]> {
  const hashes = settings.projects ?? agents.projects;
  if (hashes.length === 0) {
    return [
      fault("Projects", "none is served", "set ENCORD_PROJECTS to the hash of yours (in its URL in Encord)"),
    ];
  }
  const findings: Finding[] = [];
  const projects: Project[] = [];
  for (const hash of hashes) {
    try {
      const project = await client.getProject(hash);
      const stages = project.workflow.stages.length;
      projects.push(project);
      findings.push(ok(`Project ${hash}`, `"${project.title}", ${stages} stages`));
    } catch (error) {
      const todo =
        error instanceof EncordError && error.code === "wrong-project-type"
          ? "use a project with a Workflow"
          : "check the hash in ENCORD_PROJECTS, and add the owner of the key to the project";
      findings.push(fault(`Project ${hash}`, messageOf(error), todo));
    }
  }
  for (const agent of agents.taskAgents) findings.push(...examineStage(agent, projects));
  findings.push(...examineRivals(agents, projects));
  findings.push(...examineOntologies(agents, projects));
  return findings;
}

function examineStage(agent: TaskAgent, projects: readonly Project[]): Finding[] {
  const subject = `Agent ${agent.name}`;
  if (projects.length === 0)
    return [skipped(subject, "its stage was not checked, because no project can be read")];
  const findings: Finding[] = [];
  for (const project of projects) {
    const found = stageFor(agent, project.workflow.stages);
    if (!found) continue;
    if (found.stageType !== "AGENT") {
      const detail = `the stage "${found.title}" of "${project.title}" is of type ${found.stageType}, not an agent node`;
      findings.push(fault(subject, detail, "name an agent node in `stage`"));
      continue;
    }
    const existing = found.pathways.flatMap(({ name, uuid }) => [name, uuid]);
    const missing = agent.pathways.filter((pathway) => !existing.includes(pathway));
    const names = found.pathways.map(({ name }) => `"${name}"`).join(", ") || "none";
    findings.push(
      missing.length === 0
        ? ok(subject, `stage "${found.title}" of "${project.title}", pathways ${names}`)
        : fault(
            subject,
            `stage "${found.title}" of "${project.title}" has no pathway "${missing.join('", "')}"; it has ${names}`,
            "rename it in `pathways` of the agent, or in the Workflow",
          ),
    );
  }
  if (findings.length > 0) return findings;
  const titles = projects.flatMap(({ workflow }) =>
    workflow.stages.filter(({ stageType }) => stageType === "AGENT").map(({ title }) => title),
  );
  const alike = titles.find((title) => title.trim().toLowerCase() === agent.stage.trim().toLowerCase());
  const hint =
    alike === undefined ? `agent nodes are ${titles.map((title) => `"${title}"`).join(", ") || "none"}` : "";
  return [
    fault(
      subject,
      `no served project has a stage "${agent.stage}"${alike === undefined ? `; ${hint}` : `, but "${alike}"`}`,
      "write `stage` exactly as the title in the Workflow, or use its UUID",
    ),
  ];
}

/** If one agent names a stage by its title and another by its UUID, only the latter ever runs. */
function examineRivals(agents: AgentSet, projects: readonly Project[]): Finding[] {
  return projects.flatMap((project) =>
    project.workflow.stages.flatMap((stage) => {
      const runs = agentForStage(agents, stage);
      const idle = agents.taskAgents.filter(
        (agent) => agent !== runs && stageFor(agent, project.workflow.stages) === stage,
      );
      return idle.map(({ name }) =>
        fault(
          `Agent ${name}`,
          `never runs: "${runs?.name}" serves the stage "${stage.title}" of "${project.title}" too, by its UUID`,
          "remove one of them from the list",
        ),
      );
    }),
  );
}

function examineSecret({ webhookSecrets }: Settings, { editorAgents, taskAgents }: AgentSet): Finding[] {
  if (webhookSecrets.length > 0) return [ok("Webhook secret", `${webhookSecrets.length} set`)];
  const signedOnly = editorAgents.filter(({ signature }) => signature === "required").map(({ name }) => name);
  const todo = "set ENCORD_WEBHOOK_SECRET to the secret that Encord shows beside the URL";
  if (signedOnly.length > 0) {
    return [fault("Webhook secret", `missing, and ${signedOnly.join(", ")} takes signed calls only`, todo)];
  }
  const what =
    taskAgents.length > 0
      ? "missing: task-ready notifications are refused, and stages are polled once a minute instead"
      : "missing: calls of Workflow nodes cannot be told from forged ones";
  return [note("Webhook secret", what, todo)];
}

/** With a custom domain, the address of Encord's app cannot be guessed. */
function examineOrigins({ domain, corsOrigins }: Settings, { editorAgents }: AgentSet): Finding[] {
  const subject = "ENCORD_CORS_ORIGINS";
  if (corsOrigins !== null) return [ok(subject, corsOrigins.join(", "))];
  if (domain === EU_DOMAIN || domain === US_DOMAIN || isLoopback(new URL(domain).hostname)) return [];
  const calls = editorAgents.length > 0 ? "; there, the Label Editor could not read what agents answer" : "";
  return [
    note(
      subject,
      `missing, and ${domain} is a custom domain, so the address of its app is not known here${calls}`,
      "set it to the address of the app, such as https://encord.example.com",
    ),
  ];
}

function examineOperator({ adminToken, development }: Settings): Finding[] {
  const findings = [
    adminToken === null
      ? note(
          "Operator's API",
          "closed in a deployment",
          "to open it, set ADMIN_TOKEN (`openssl rand -hex 32`)",
        )
      : ok("Operator's API", "opens with ADMIN_TOKEN"),
  ];
  if (development) {
    findings.push(
      note(
        "ENVIRONMENT",
        "development: console and API are open on this computer",
        "keep it in .dev.vars; never set it in a deployment",
      ),
    );
  }
  return findings;
}

function messageOf(error: unknown): string {
  if (error instanceof EncordError) return error.reason;
  return error instanceof Error ? error.message : String(error);
}
