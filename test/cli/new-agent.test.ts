/** `encord-edge new agent`: what is written. That it runs is tested with the package (`npm run test:package`). */

import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCommand } from "../../src/cli/program.ts";
import { terminal } from "./terminal.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "encord-edge-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const text = (file: string) => readFile(join(folder, file), "utf8");

const INDEX = `import { defineAgents } from "encord-edge-agents";
import { alpha } from "./alpha.ts";
import { zulu } from "./zulu.ts";

export default defineAgents({
  agents: [alpha, zulu],
});
`;

it("an agent and its test are written, and the agent is listed, its import in its place", async () => {
  await mkdir(join(folder, "agents"));
  await writeFile(join(folder, "agents/index.ts"), INDEX);
  expect(await runCommand(["new", "agent", "gate-2", "--stage", 'My "Gate"'], terminal({ folder }))).toBe(0);
  expect(await text("agents/gate-2.ts")).toContain(`export const gate2 = taskAgent({
  name: "gate-2",
  stage: "My \\"Gate\\"",`);
  expect(await text("test/agents/gate-2.test.ts")).toContain(
    'import { gate2 } from "../../agents/gate-2.ts";',
  );
  expect(await text("agents/index.ts")).toBe(
    INDEX.replace("import { zulu", 'import { gate2 } from "./gate-2.ts";\nimport { zulu').replace(
      "[alpha, zulu]",
      "[alpha, zulu, gate2]",
    ),
  );
});

it("a stage that has an agent already is told of, for a stage has one; the agent is written all the same", async () => {
  await mkdir(join(folder, "agents"));
  // Definitions are read by the bundler of the project's own wrangler.
  await symlink(
    fileURLToPath(new URL("../../node_modules", import.meta.url).href),
    join(folder, "node_modules"),
  );
  const other = `const other = { name: "other", stage: "Agent 1" };
export default { projects: [], editorAgents: [], taskAgents: [other] };`;
  await writeFile(join(folder, "agents/index.ts"), other);
  const says = async (...words: string[]) => {
    const context = terminal({ folder });
    expect(await runCommand(["new", "agent", ...words], context)).toBe(0);
    return context.output();
  };
  const warning = 'The stage "Agent 1" has an agent already, other, and a stage has one';
  expect(await says("first")).toContain(warning);
  expect(await says("second", "--kind", "any", "--stage", "Agent 1")).toContain(warning);
  expect(await says("third", "--stage", "Agent 2")).not.toContain("already");
  expect(await says("fourth", "--kind", "editor")).not.toContain("already");
  expect(JSON.parse(await says("fifth", "--json"))).toMatchObject({ name: "fifth", rival: "other" });
});

it("without an agents/index.ts of the usual form, it says what to add", async () => {
  const context = terminal({ folder });
  expect(await runCommand(["new", "agent", "look", "--kind", "editor"], context)).toBe(0);
  expect(await text("agents/look.ts")).toContain("editorAgent({");
  expect(context.output()).toContain('import { lookAgent } from "./look.ts", and add it to `agents`');
});

it("its variable is no word of the language, and none of what its files import", async () => {
  for (const [name, kind, variable] of [
    ["class", "task", "classAgent"],
    ["run-agent", "task", "runAgentAgent"],
    ["run-agent", "editor", "runAgent"],
    ["storage-item", "task", "storageItemAgent"],
    ["3d-boxes", "task", "agent3dBoxes"],
  ] as const) {
    const own = join(folder, kind);
    expect(await runCommand(["new", "agent", name, "--kind", kind], terminal({ folder: own }))).toBe(0);
    expect(await text(`${kind}/agents/${name}.ts`)).toContain(`export const ${variable} = ${kind}Agent({`);
  }
});

it("a list that grows too long for its line gets a line for each", async () => {
  await mkdir(join(folder, "agents"));
  const many = Array.from({ length: 12 }, (_, i) => `agentNumber${i}`);
  await writeFile(join(folder, "agents/index.ts"), INDEX.replace("alpha, zulu", many.join(", ")));
  expect(await runCommand(["new", "agent", "one-more"], terminal({ folder }))).toBe(0);
  expect(await text("agents/index.ts")).toContain(
    `  agents: [\n${[...many, "oneMore"].map((each) => `    ${each},\n`).join("")}  ],\n`,
  );
});

it("an agent of kind any is for all modes, with its stage", async () => {
  const words = ["new", "agent", "label-check", "--kind", "any", "--stage", "Label check"];
  expect(await runCommand(words, terminal({ folder }))).toBe(0);
  const written = await text("agents/label-check.ts");
  expect(written).toContain("export const labelCheck = agent({");
  expect(written).toContain('modes: ["editor", "node", "stage"],\n  stage: "Label check",');
  expect(await text("test/agents/label-check.test.ts")).toContain("runAgent(labelCheck,");
});

it("no file is replaced, and names that cannot stand in a URL are refused", async () => {
  expect(await runCommand(["new", "agent", "look"], terminal({ folder }))).toBe(0);
  const before = await text("agents/look.ts");
  const again = terminal({ folder });
  expect(await runCommand(["new", "agent", "look", "--kind", "editor"], again)).toBe(1);
  expect(again.errors()).toContain("exists already");
  expect(await text("agents/look.ts")).toBe(before);
  for (const words of [["Look"], ["../evil"], ["ok", "--kind", "other"]]) {
    expect(await runCommand(["new", "agent", ...words], terminal({ folder }))).toBe(1);
  }
});
