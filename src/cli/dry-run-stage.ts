/**
 * `encord-edge run --dry-run`: runs the agent of a stage in workerd, on its tasks or on any data unit, without writing. It
 * shows the pathway and the labels that each would get, and saves the frame with those labels on it as PNG. The Worker
 * withholds what the client would write; it only reads from Encord.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { TaskAgent } from "../agent/task-agent.ts";
import type { LabelChange } from "../dry-run/label-changes.ts";
import type { AgentStage } from "../encord/index.ts";
import { type Environment, isLoopback, readSettings } from "../settings.ts";
import { DEFAULT_AGENTS } from "./agent-definitions.ts";
import { type CliContext, print, printJson } from "./cli-context.ts";
import { CliError } from "./cli-error.ts";
import { LocalWorker } from "./local-worker.ts";

export interface DryRunStageOptions {
  readonly project: string;
  readonly max: number;
  readonly data?: string;
  readonly pictures?: string;
  /** As if nobody had labelled the data yet. */
  readonly withoutLabels?: boolean;
  readonly agents?: string;
  readonly json?: boolean;
}

/** What the Worker answers for one data unit. */
interface Answer {
  readonly pathway: string | null;
  readonly priority: number | null;
  readonly error: string | null;
  readonly skipped: string | null;
  readonly changes: readonly LabelChange[];
  /** The agent's variables, as they were for this run. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** PNG, base64; null when none was asked for, or there is none. */
  readonly picture: string | null;
  readonly pictureError: string | null;
}

interface Unit {
  readonly dataHash: string;
  readonly dataTitle: string;
}

/** @returns exit status: 0 when the agent failed on no data unit */
export async function dryRunStage(
  context: CliContext,
  variables: Environment & Readonly<Record<string, string>>,
  agent: TaskAgent,
  stage: AgentStage,
  options: DryRunStageOptions,
): Promise<number> {
  const units = options.data === undefined ? await waiting(stage, options.max) : [unit(options.data)];
  const pictures = options.pictures === undefined ? null : resolve(context.folder, options.pictures);
  if (pictures !== null) await mkdir(pictures, { recursive: true });
  const worker = await LocalWorker.start(context, {
    variables: { ...variables, ENCORD_DOMAIN: readSettings(variables).domain },
    main: (own, specifier) => {
      const agents = specifier(resolve(context.folder, options.agents ?? DEFAULT_AGENTS));
      const loopback = isLoopback(new URL(readSettings(variables).domain).hostname);
      return mainModule(own, agents, agent.name, options, loopback);
    },
    readyPath: "/",
    onLine: () => {},
  });
  try {
    if (!options.json)
      print(context, `${agent.name} on ${units.length} of "${stage.title}"; nothing is written to Encord`);
    const results: (Unit & Omit<Answer, "picture"> & { readonly pictureFile: string | null })[] = [];
    for (const each of units) {
      if (context.stopped.aborted) break;
      const { picture, ...answer } = await ask(worker, each.dataHash, pictures !== null);
      const file = pictures === null || picture === null ? null : join(pictures, `${each.dataHash}.png`);
      if (file !== null && picture !== null) await writeFile(file, Buffer.from(picture, "base64"));
      results.push({ ...each, ...answer, pictureFile: file });
      if (!options.json) print(context, ...lines(each, answer, file));
    }
    if (options.json) printJson(context, { agent: agent.name, dryRun: true, results });
    return results.length === units.length && results.every(({ error }) => error === null) ? 0 : 1;
  } finally {
    await worker.stop();
  }
}

async function waiting(stage: AgentStage, max: number): Promise<Unit[]> {
  const units: Unit[] = [];
  for await (const { dataHash, dataTitle } of stage.getTasks()) {
    if (units.push({ dataHash, dataTitle }) >= max) break;
  }
  return units;
}

function unit(dataHash: string): Unit {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(dataHash)) {
    return { dataHash: dataHash.toLowerCase(), dataTitle: dataHash };
  }
  throw new CliError("uuid", `--data must be a data hash, as in Encord's address bar; it is "${dataHash}".`);
}

async function ask(worker: LocalWorker, dataHash: string, picture: boolean): Promise<Answer> {
  const response = await fetch(worker.url, { method: "POST", body: JSON.stringify({ dataHash, picture }) });
  if (!response.ok) throw new CliError("dry-run", await response.text());
  return (await response.json()) as Answer;
}

function lines(
  { dataTitle }: Unit,
  { pathway, priority, error, skipped, changes, pictureError }: Omit<Answer, "picture">,
  pictureFile: string | null,
): string[] {
  const outcome = error ? `fails: ${error}` : skipped ? `left alone: ${skipped}` : `→ ${pathway ?? "stays"}`;
  return [
    `${dataTitle}  ${outcome}${priority === null ? "" : `, priority ${priority}`}`,
    ...changes.map(({ change, kind, name, frames, answers }) => {
      const where = frames.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
      const said = Object.entries(answers).map(([question, answer]) => `${question}: ${String(answer)}`);
      return `  ${change} ${kind} ${name}${where && ` on ${where}`}${said.length > 0 ? ` (${said.join("; ")})` : ""}`;
    }),
    ...(pictureFile === null ? [] : [`  ${pictureFile}`]),
    ...(pictureError === null ? [] : [`  no picture: ${pictureError}`]),
  ];
}

function mainModule(
  own: string,
  agents: string,
  name: string,
  { project, withoutLabels = false }: DryRunStageOptions,
  loopback: boolean,
): string {
  const asked = JSON.stringify({ projectHash: project, as: "stage", withoutLabels });
  return `import { dryRun } from "encord-edge-agents";
import { EncordClient } from "encord-edge-agents/encord";
import agents from ${agents};

const agent = agents.taskAgents.find(({ name }) => name === ${JSON.stringify(name)});
const message = (error) => (error instanceof Error ? error.message : String(error));

export * from ${own};
export default {
  async fetch(request, env) {
    if (request.method !== "POST") return new Response("ready");
    try {
      const { dataHash, picture } = await request.json();
      const client = await EncordClient.withSshKey({
        sshKey: env.ENCORD_SSH_KEY,
        password: env.ENCORD_SSH_KEY_PASSWORD,
        domain: env.ENCORD_DOMAIN,
      });
      const assets = { allowInsecureLoopback: ${loopback}, onTransfer() {}, onFrame() {} };
      const result = await dryRun(agent, { ...${asked}, client, dataHash, assets });
      const { pathway, priority, error, skipped, labels, variables } = result;
      const changes = labels.flatMap((each) => each.changes);
      const answer = { pathway, priority, error, skipped, changes, variables, picture: null, pictureError: null };
      if (picture) {
        try {
          answer.picture = (await result.picture()).toBase64();
        } catch (error) {
          answer.pictureError = message(error);
        }
      }
      return Response.json(answer);
    } catch (error) {
      return new Response(message(error), { status: 500 });
    }
  },
};
`;
}
