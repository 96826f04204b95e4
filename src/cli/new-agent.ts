/**
 * `encord-edge new agent <name>`: writes `agents/<name>.ts` with a test that passes, and lists the agent in
 * `agents/index.ts`. No file is replaced; nothing is written when one of them exists.
 */

import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { assertAgentName } from "../agent/name.ts";
import { DEFAULT_AGENTS, readAgentDefinitions } from "./agent-definitions.ts";
import { type CliContext, print, printJson } from "./cli-context.ts";
import { CliError } from "./cli-error.ts";

/** `any`: for the Label Editor, Workflow nodes and a stage. */
export type AgentKind = "task" | "editor" | "any";

export interface NewAgentOptions {
  readonly kind: AgentKind;
  /** Title of the stage that it serves; not for editor agents. */
  readonly stage: string;
  readonly json?: boolean;
}

/** Of the template's formatter. */
const LINE_WIDTH = 110;

/** How an agent of each kind begins, and its test. */
const SCAFFOLDS: Readonly<Record<AgentKind, Readonly<Record<"agent" | "test", (names: Names) => string>>>> = {
  task: { agent: taskAgentText, test: taskAgentTest },
  editor: { agent: editorAgentText, test: editorAgentTest },
  any: { agent: anyModeAgentText, test: anyModeAgentTest },
};

interface Names {
  readonly name: string;
  /** As a variable. */
  readonly variable: string;
  readonly stage: string;
}

export async function newAgent(
  context: CliContext,
  name: string,
  { kind, stage, json }: NewAgentOptions,
): Promise<number> {
  checkName(name);
  if (!Object.hasOwn(SCAFFOLDS, kind)) {
    throw new CliError("kind", `--kind must be "task", "editor" or "any"; it is "${String(kind)}".`);
  }
  const variable = variableFor(name, kind);
  const names: Names = { name, variable, stage };
  const files: Record<string, string> = {
    [join("agents", `${name}.ts`)]: SCAFFOLDS[kind].agent(names),
    [join("test", "agents", `${name}.test.ts`)]: SCAFFOLDS[kind].test(names),
  };
  const existing = Object.keys(files).find((file) => existsSync(join(context.folder, file)));
  if (existing !== undefined)
    throw new CliError("file-exists", `${existing} exists already. Choose another name.`);
  const index = await listed(context.folder, names);
  const rival = kind === "editor" ? null : await agentOfStage(context.folder, stage);

  for (const [file, text] of Object.entries(files)) {
    const path = join(context.folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: "wx" });
  }
  if (index !== null) await writeFile(join(context.folder, DEFAULT_AGENTS), index);
  if (json) {
    printJson(context, { name, kind, files: Object.keys(files), listed: index !== null, rival });
    return 0;
  }
  const [agentFile = "", testFile = ""] = Object.keys(files);
  print(
    context,
    `Wrote    ${agentFile}`,
    `         ${testFile}`,
    index === null
      ? `List it  in ${DEFAULT_AGENTS} yourself: import { ${variable} } from "./${name}.ts", and add it to \`agents\`.`
      : `Listed   in ${DEFAULT_AGENTS}`,
    ...(rival === null
      ? []
      : [
          "",
          `The stage "${stage}" has an agent already, ${rival}, and a stage has one: nothing runs until you remove one of the`,
          `two from ${DEFAULT_AGENTS}, or name another stage in ${agentFile}.`,
        ]),
    "",
    `Try it   npx vitest run ${testFile}`,
  );
  return 0;
}

/** Name of the agent that already serves a stage; null when there is none, or the list cannot be read. */
async function agentOfStage(folder: string, stage: string): Promise<string | null> {
  const agents = await readAgentDefinitions(folder, {}).catch(() => null);
  return agents?.taskAgents.find((agent) => agent.stage === stage)?.name ?? null;
}

function checkName(name: string): void {
  try {
    assertAgentName(name);
  } catch (error) {
    throw new CliError("agent-name", (error as Error).message);
  }
}

/** The name in camel case; with `Agent` behind it where it could be a keyword (none has a dash) or the name of an import. */
function variableFor(name: string, kind: AgentKind): string {
  const variable = name
    .replaceAll(/-(.)/g, (_dash, letter: string) => letter.toUpperCase())
    .replace(/^\d/, "agent$&");
  const { agent, test } = SCAFFOLDS[kind];
  const names: Names = { name, variable: "", stage: "" };
  const imports = [agent(names), test(names)].join("\n").match(/^import \{.*\}/gm) ?? [];
  const isTaken = !name.includes("-") || imports.some((line) => line.split(/\W+/).includes(variable));
  return isTaken ? `${variable}Agent` : variable;
}

/** `agents/index.ts` with the agent added; null when the file does not have the usual form, and the user must add it. */
async function listed(folder: string, { name, variable }: Names): Promise<string | null> {
  const text = await readFile(join(folder, DEFAULT_AGENTS), "utf8").catch(() => null);
  const list = text === null ? null : /\bagents:\s*\[([^\]]*)\]/.exec(text);
  if (text === null || !list) return null;
  const agents = (list[1] ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  if (agents.some((each) => !/^\w+$/.test(each))) return null;
  const all = [...agents, variable];
  const line = `agents: [${all.join(", ")}]`;
  const fits = line.length + "  ,".length <= LINE_WIDTH;
  const lines = `agents: [\n${all.map((each) => `    ${each},\n`).join("")}  ]`;
  const withAgent = text.replace(list[0], () => (fits ? line : lines));
  const importLine = `import { ${variable} } from "./${name}.ts";\n`;
  const imports = [...withAgent.matchAll(/^import .* from "(.*)";\n/gm)];
  const next = imports.find(([, from = ""]) => from.startsWith("./") && from > `./${name}.ts`);
  const last = imports.at(-1);
  const at = next?.index ?? (last ? last.index + last[0].length : 0);
  return `${withAgent.slice(0, at)}${importLine}${withAgent.slice(at)}`;
}

function taskAgentText({ name, variable, stage }: Names): string {
  return `/**
 * Looks at every task of its stage and sends it on.
 * Change: the stage, the pathways, and what happens in between.
 */

import { storageItem, taskAgent } from "encord-edge-agents";

export const ${variable} = taskAgent({
  name: ${JSON.stringify(name)},
  stage: ${JSON.stringify(stage)}, // title or UUID of the agent node
  pathways: ["Continue"], // the pathways it may choose; another name does not compile
  dependencies: { storageItem }, // what \`run\` receives, beside the task
  run({ task, storageItem }, { log }) {
    log.info("task_seen", { title: task.dataTitle, type: storageItem.itemType });
    return "Continue"; // or null: the task stays in its stage
  },
});
`;
}

function taskAgentTest({ name, variable, stage }: Names): string {
  return `import { createEmulator, imageProject, runAgent } from "encord-edge-agents/testing";
import { expect, it } from "vitest";
import { ${variable} } from "../../agents/${name}.ts";

it("${name} sends a task along its pathway", async () => {
  const images = { "first.png": new Uint8Array() }; // real bytes once the agent looks at them
  const project = imageProject({ stage: ${JSON.stringify(stage)}, pathways: ["Continue"], images });
  const emulator = await createEmulator(project);

  const run = await runAgent(${variable}, { emulator, task: "first.png" });

  expect(run).toMatchObject({ outcome: "moved", pathway: "Continue" });
});
`;
}

function editorAgentText({ name, variable }: Names): string {
  return `/**
 * Answers a click in the Label Editor: \`POST /agents/${name}\`.
 * Change: what it asks for, and what it says.
 */

import { EditorAgentError, editorAgent } from "encord-edge-agents";

export const ${variable} = editorAgent({
  name: ${JSON.stringify(name)},
  dependencies: {}, // what \`run\` receives, beside the frame data: { labelRow, frame: singleFrame, ... }
  run({ frameData }) {
    if (!frameData.objectHashes?.length) throw new EditorAgentError("Select an object first.");
    return { message: \`\${frameData.objectHashes.length} selected on frame \${frameData.frame}\` };
  },
});
`;
}

function editorAgentTest({ name, variable }: Names): string {
  return `import { callAgent, createEmulator, imageProject } from "encord-edge-agents/testing";
import { expect, it } from "vitest";
import { ${variable} } from "../../agents/${name}.ts";

const images = { "first.png": new Uint8Array() }; // real bytes once the agent looks at them
const project = imageProject({ stage: "Agent 1", pathways: ["Continue"], images });

it("${name} counts what is selected", async () => {
  const emulator = await createEmulator(project);
  const call = { data: "first.png", objectHashes: ["a", "b"] };
  const { message } = await callAgent(${variable}, call, { emulator });
  expect(message).toBe("2 selected on frame 0");
});

it("${name} asks for a selection", async () => {
  const emulator = await createEmulator(project);
  const answer = callAgent(${variable}, { data: "first.png" }, { emulator });
  await expect(answer).rejects.toThrow("Select an object");
});
`;
}

function anyModeAgentText({ name, variable, stage }: Names): string {
  return `/**
 * Checks the labels of a data unit: for the annotator in the Label Editor, for a Workflow node that calls
 * \`POST /agents/${name}\`, and for every task of a stage.
 * Change: the modes that it is for, the outcomes, and what it checks.
 */

import { agent, labelRow } from "encord-edge-agents";

export const ${variable} = agent({
  name: ${JSON.stringify(name)},
  modes: ["editor", "node", "stage"],
  stage: ${JSON.stringify(stage)}, // title or UUID of the agent node; goes together with the mode "stage"
  outcomes: ["Accept", "Reject"], // decisions of the node and pathways of the stage; another name does not compile
  dependencies: { labelRow }, // what \`run\` receives, beside the mode, and the frame data or the task
  run({ labelRow }) {
    const count = labelRow.getObjectInstances().length;
    return { outcome: count > 0 ? "Accept" : "Reject", message: \`\${count} objects\` };
  },
});
`;
}

function anyModeAgentTest({ name, variable, stage }: Names): string {
  return `import { callAgent, createEmulator, imageProject, runAgent } from "encord-edge-agents/testing";
import { expect, it } from "vitest";
import { ${variable} } from "../../agents/${name}.ts";

const images = { "first.png": new Uint8Array() }; // real bytes once the agent looks at them
const project = imageProject({ stage: ${JSON.stringify(stage)}, pathways: ["Accept", "Reject"], images });

it("${name} tells the annotator what is there, and decides for a node", async () => {
  const emulator = await createEmulator(project);
  const { message } = await callAgent(${variable}, { data: "first.png" }, { emulator });
  expect(message).toBe("0 objects");
  const { decision } = await callAgent(${variable}, { data: "first.png" }, { emulator, as: "node" });
  expect(decision).toBe("Reject");
});

it("${name} sends a task of the stage along its pathway", async () => {
  const emulator = await createEmulator(project);
  const run = await runAgent(${variable}, { emulator, task: "first.png" });
  expect(run).toMatchObject({ outcome: "moved", pathway: "Reject" });
});
`;
}
