/** Definitions that cannot be read are told with the place in the agents' own files. */

import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readAgentDefinitions } from "../../src/cli/agent-definitions.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "encord-edge-test-"));
  await mkdir(join(folder, "agents"));
  // Definitions are read by the bundler of the project's own wrangler.
  await symlink(
    fileURLToPath(new URL("../../node_modules", import.meta.url).href),
    join(folder, "node_modules"),
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function reading(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, "agents", name), text);
  return readAgentDefinitions(folder, { LIMIT: "7" });
}

const INDEX = `import "./agent.ts";\nexport default { projects: [], editorAgents: [], taskAgents: [] };\n`;

it("an agent that throws while it is loaded is named with its line", async () => {
  const agent = `import { refuse } from "./library/refuse.ts";\n\n  refuse("no");\n`;
  await mkdir(join(folder, "agents", "library"));
  const files = { "index.ts": INDEX, "agent.ts": agent };
  const thrown = {
    "library/refuse.ts": `export const refuse = (why: string) => {\n  throw new Error(why);\n};\n`,
  };
  await expect(reading({ ...files, ...thrown })).rejects.toThrow(
    "agents/index.ts cannot be used: no (agents/library/refuse.ts:2:9)",
  );
  // Thrown by a library: the line of the agent that called it.
  await expect(reading({ ...files, "agent.ts": "\n  decodeURIComponent('%');" })).rejects.toThrow(
    "agents/index.ts cannot be used: URI malformed (agents/agent.ts:2:3)",
  );
});

it("what is no error is told without a place; variables are there while agents are read, and not after", async () => {
  await expect(reading({ "index.ts": INDEX, "agent.ts": "throw 'plain';" })).rejects.toThrow(
    /^agents\/index\.ts cannot be used: plain$/,
  );
  const agent = `import { env } from "cloudflare:workers";\nif (env.LIMIT !== "7") throw new Error("no LIMIT");`;
  expect(await reading({ "index.ts": INDEX, "agent.ts": agent })).toMatchObject({ taskAgents: [] });
  expect(Object.keys(globalThis).filter((name) => name.includes("encordEdge"))).toEqual([]);
});
