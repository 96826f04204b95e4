/** The command `encord-edge`: its subcommands and options, and what they do. Every failure ends with one clear line. */

import { Command, CommanderError } from "commander";
import { describeError } from "../agent/log.ts";
import { EncordError } from "../encord/index.ts";
import { SettingsError } from "../settings.ts";
import { VERSION } from "../version.ts";
import { DEFAULT_AGENTS, readAgentDefinitions } from "./agent-definitions.ts";
import { listAgents } from "./agent-list.ts";
import { callAgent } from "./call-agent.ts";
import type { CliContext } from "./cli-context.ts";
import { CliError } from "./cli-error.ts";
import { readDeploymentVariables } from "./deployment-settings.ts";
import { type DoctorOptions, doctor } from "./doctor.ts";
import { type KeygenOptions, keygen } from "./key-pair.ts";
import { type NewAgentOptions, newAgent } from "./new-agent.ts";
import { notifyStage } from "./notify-stage.ts";
import { type RunOptions, runStage } from "./run-stage.ts";

const LOCAL_PORT = "8787";

/** @param words the arguments after `encord-edge` @returns exit status: 0 all is well, 1 something is wrong, 2 not understood */
export async function runCommand(words: readonly string[], context: CliContext): Promise<number> {
  let status = 0;
  const program = commands(context, (code) => {
    status = code;
  });
  try {
    await program.parseAsync(words, { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof CliError || error instanceof EncordError || error instanceof SettingsError))
      throw error;
    const message = error instanceof CliError ? describeError(error) : error.message;
    context.writeError(
      words.includes("--json") ? `${JSON.stringify({ error: error.code, message })}\n` : `${message}\n`,
    );
    return 1;
  }
}

function commands(context: CliContext, end: (status: number) => void): Command {
  const program = new Command("encord-edge")
    .description("Make, check, call and run Encord agents on Cloudflare Workers.")
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError("(--help tells more)")
    .configureOutput({ writeOut: context.write, writeErr: context.writeError });
  const files = (command: Command) =>
    command
      .option("--agents <file>", "where the agents are listed", DEFAULT_AGENTS)
      .option("--env-file <file>", "settings in dotenv form (default: .dev.vars, if it is there)");
  const json = (command: Command) => command.option("--json", "print JSON, for programs");
  const variablesOf = (envFile: string | undefined) => readDeploymentVariables(context, envFile);

  json(program.command("test <agent> <label-editor-url>"))
    .description("call an editor agent as the Label Editor would, and show what comes back")
    .option("--local", "call the Worker on this computer (the default)")
    .option("--endpoint <url>", "call this deployment, or this address of an agent")
    .option("--port <number>", "of the Worker on this computer", LOCAL_PORT)
    .option("--test-header", "only ask whether it is there, as Encord's form does; runs nothing")
    .option("--sign", "sign with ENCORD_WEBHOOK_SECRET, as a Workflow node does")
    .option("--env-file <file>", "settings in dotenv form (default: .dev.vars, if it is there)")
    .action(async (agent: string, url: string, options) => {
      if (options.local && options.endpoint)
        throw new CliError("options", "Give --local or --endpoint, not both.");
      const secret = options.sign ? secretOf((await variablesOf(options.envFile)).variables) : null;
      end(await callAgent(context, agent, url, { ...options, secret }));
    });

  json(files(program.command("doctor")))
    .description("check key, settings, projects, stages and pathways, and say what to do")
    .option("--url <url>", "check this deployment as well")
    .action(async (options: DoctorOptions) => end(await doctor(context, options)));

  json(files(program.command("agents")))
    .description("list the agents, with the URL to paste and the decisions to enter in Encord")
    .option("--url <url>", "address of the deployment")
    .action(async (options) => {
      const { variables } = await variablesOf(options.envFile);
      const agents = await readAgentDefinitions(context.folder, variables, options.agents);
      end(listAgents(context, agents, options.url ?? null, options.json ?? false));
    });

  json(program.command("new").description("write something new").command("agent <name>"))
    .description("write an agent and its test, and list it in agents/index.ts")
    .option("--kind <kind>", "task, editor, or any (of both, and Workflow nodes)", "task")
    .option("--stage <title>", "the stage that it serves", "Agent 1")
    .action(async (name: string, options: NewAgentOptions) => end(await newAgent(context, name, options)));

  json(files(program.command("run")))
    .description(
      "run an agent once on the tasks of its stage, on this computer (pause a deployment that serves it first)",
    )
    .requiredOption("--project <hash>", "the project's hash")
    .requiredOption("--stage <stage>", "title or UUID of the stage")
    .option("--max <count>", "run on at most this many tasks")
    .option("--dry-run", "run the agent, but write nothing: show labels and pathways instead")
    .option("--data <hash>", "dry: on this data unit, whatever stage its task is in")
    .option("--without-labels", "dry: start as if nobody had labelled the data yet")
    .option("--set <NAME=value...>", "variables of the Worker, for this run")
    .option("--pictures <folder>", "dry: write the frames there, with the labels on them, as PNG")
    .action(async (options: RunOptions & { envFile?: string }) => {
      const { variables } = await variablesOf(options.envFile);
      const agents = await readAgentDefinitions(context.folder, variables, options.agents);
      end(await runStage(context, variables, agents, options));
    });

  json(program.command("notify"))
    .description("sign and send a task-ready notification, as Encord does when tasks wait")
    .requiredOption("--project <hash>", "the project's hash")
    .requiredOption("--stage <uuid>", "UUID of the stage")
    .option("--endpoint <url>", "the deployment", `http://127.0.0.1:${LOCAL_PORT}`)
    .option("--pending <count>", "how many tasks wait", "1")
    .option("--env-file <file>", "settings in dotenv form (default: .dev.vars, if it is there)")
    .action(async (options) => {
      const secret = secretOf((await variablesOf(options.envFile)).variables);
      end(await notifyStage(context, { ...options, secret }));
    });

  json(program.command("keygen"))
    .description("make a key pair, and say where its public half belongs")
    .option("--out <file>", "where to write the private key", "encord-key")
    .option("--comment <text>", "names the key", "encord-edge-agents")
    .action(async (options: KeygenOptions) => end(await keygen(context, options)));

  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((each) => each.commands),
  ]) {
    command.exitOverride().configureOutput({ writeOut: context.write, writeErr: context.writeError });
  }
  return program;
}

function secretOf(variables: Readonly<Record<string, string>>): string {
  const [secret] = (variables["ENCORD_WEBHOOK_SECRET"] ?? "").split(/[\s,]+/).filter((each) => each !== "");
  if (secret !== undefined) return secret;
  throw new CliError(
    "no-secret",
    "ENCORD_WEBHOOK_SECRET is not set here. Put the deployment's secret into .dev.vars, or name a file: --env-file <file>.",
  );
}
