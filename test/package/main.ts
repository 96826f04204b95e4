/**
 * `npm run test:package`: packs this library as `npm pack` does, installs it offline in an empty folder somewhere else, writes
 * agents with its own command, type-checks them, tests them in workerd, bundles them, runs them, and calls one.
 *
 * Packing happens in a copy of the checkout, because `npm pack` changes package.json for a moment.
 */

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DevServer, freePort } from "../../scripts/dev-server.ts";
import { makeKeyPair } from "../../src/cli/key-pair.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const installed = join(root, "node_modules");
/** Tools that a project has of its own; borrowed from this checkout, because there is no network. */
const TOOLS = ["wrangler", "typescript", "vitest", "@cloudflare/vitest-plugin", "@cloudflare/workers-types"];
const PROJECT = "aaaa0001-0000-4000-8000-000000000001";
/** Of the tarball; it is little but the decoders. */
const LARGEST_BYTES = 3_700_000;
const QUIET = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  X_LOCAL_OBSERVABILITY: "false",
};

const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), "encord-edge-package-"));
try {
  const tarball = await step("npm pack", pack);
  const project = join(folder, "project");
  await step("install in an empty folder, offline", () => install(project, tarball));
  await step("npx encord-edge new agent", () => writeProject(project));
  await step("types: what must compile does, what must not does not", () =>
    tool(project, "typescript/bin/tsc"),
  );
  await step("the same as Node resolves modules, with the library's own types looked at", () =>
    tool(project, "typescript/bin/tsc", "-p", "tsconfig.node.json"),
  );
  await step("the agents' tests, in workerd", () => tool(project, "vitest/vitest.mjs", "run"));
  await step("wrangler deploy --dry-run", () =>
    tool(project, "wrangler/bin/wrangler.js", "deploy", "--dry-run", "--outdir", "out"),
  );
  await step("a call, in workerd", () => call(project));
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    const result = await work();
    console.log(`ok  ${name}  (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    console.error(`BAD ${name}`);
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error([error instanceof Error ? error.message : String(error), stdout, stderr].join("\n"));
  }
}

/** @returns path of the tarball */
async function pack(): Promise<string> {
  const copy = join(folder, "checkout");
  const { stdout: list } = await run("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root });
  for (const file of list.trim().split("\n")) {
    if (/^(?:test\/(?!emulator\/)|wasm\/.*\/build\/)/.test(file)) continue;
    await cp(join(root, file), join(copy, file)).catch((error: NodeJS.ErrnoException) => {
      // Deleted, but not committed yet.
      if (error.code !== "ENOENT") throw error;
    });
  }
  await symlink(installed, join(copy, "node_modules"));
  const before = await readFile(join(copy, "package.json"), "utf8");
  const { stdout } = await run("npm", ["pack", "--json", "--loglevel=error"], { cwd: copy });
  const [packed] = JSON.parse(stdout) as [{ filename: string; size: number; files: { path: string }[] }];
  const stray = packed.files.find(
    ({ path }) => !/^(?:bin|dist|docs|wasm\/licences)\/|^[A-Z-]+(?:\.md)?$|^package\.json$/.test(path),
  );
  const picture = packed.files.find(({ path }) => path.startsWith("docs/images/"));
  if (picture)
    throw new Error(`${picture.path} is for readers of the repository: leave it out of the package.`);
  if (packed.size > LARGEST_BYTES) {
    throw new Error(
      `The package is ${packed.size} bytes; at most ${LARGEST_BYTES} are meant. What has grown?`,
    );
  }
  if (stray) throw new Error(`${stray.path} does not belong into the package.`);
  if ((await readFile(join(copy, "package.json"), "utf8")) !== before) {
    throw new Error("Packing left another package.json behind.");
  }
  console.log(`    ${packed.files.length} files, ${(packed.size / 1024).toFixed(0)} kB`);
  return join(copy, packed.filename);
}

async function install(project: string, tarball: string): Promise<void> {
  await mkdir(project);
  await writeFile(
    join(project, "package.json"),
    JSON.stringify({ name: "somebody-elses", private: true, type: "module" }),
  );
  const { dependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  // The registry is out of reach: its part is played by what is installed here.
  const names = await withTheirOwn(Object.keys(dependencies));
  const packed = await Promise.all(
    names.map(async (name) => {
      const words = ["pack", join(installed, name), "--json", "--ignore-scripts", "--loglevel=error"];
      const { stdout } = await run("npm", words, { cwd: folder });
      return join(folder, (JSON.parse(stdout) as [{ filename: string }])[0].filename);
    }),
  );
  await run("npm", ["install", "--offline", "--ignore-scripts", "--loglevel=error", tarball, ...packed], {
    cwd: project,
  });
  for (const name of TOOLS) {
    const target = join(project, "node_modules", name);
    await mkdir(dirname(target), { recursive: true });
    await symlink(join(installed, name), target);
  }
}

/** These packages, and those that they depend on. */
async function withTheirOwn(names: readonly string[]): Promise<string[]> {
  const all = new Set<string>();
  const add = async (name: string): Promise<void> => {
    if (all.has(name)) return;
    all.add(name);
    const { dependencies = {} } = JSON.parse(await readFile(join(installed, name, "package.json"), "utf8"));
    for (const each of Object.keys(dependencies)) await add(each);
  };
  for (const name of names) await add(name);
  return [...all];
}

async function writeProject(project: string): Promise<void> {
  const files: Record<string, string> = {
    "agents/index.ts": `import { defineAgents } from "encord-edge-agents";\n\nexport default defineAgents({\n  agents: [],\n});\n`,
    "worker.ts": await readFile(join(root, "worker.ts"), "utf8"),
    // The template's choice of decoders is a path in the template; a package names it.
    "wrangler.jsonc": (await readFile(join(root, "wrangler.jsonc"), "utf8")).replace(
      "./src/media/codecs/common.ts",
      "encord-edge-agents/media/codecs/common",
    ),
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        target: "es2024",
        lib: ["es2024"],
        module: "esnext",
        moduleResolution: "bundler",
        types: ["@cloudflare/workers-types"],
        strict: true,
        allowImportingTsExtensions: true,
        noEmit: true,
        skipLibCheck: true,
      },
      include: ["agents", "worker.ts", "test"],
    }),
    "tsconfig.node.json": JSON.stringify({
      extends: "./tsconfig.json",
      compilerOptions: { module: "nodenext", moduleResolution: "nodenext", skipLibCheck: false },
    }),
    "vitest.config.ts": `import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
export default defineConfig({
  plugins: [cloudflareTest({ main: "./worker.ts", wrangler: { configPath: "./wrangler.jsonc" } })],
  test: { include: ["test/**/*.test.ts"] },
});
`,
    "test/types.ts": `import { editorAgent, singleFrame, task, taskAgent } from "encord-edge-agents";
import type { LabelRow } from "encord-edge-agents/encord";
import type { Frame } from "encord-edge-agents/media";

export const rowTitle = (row: LabelRow): string => row.dataTitle;
// @ts-expect-error a frame's width is a number
export const width = (frame: Frame): string => frame.width;
// @ts-expect-error there is no such pathway
taskAgent({ name: "a", stage: "b", pathways: ["Good"], run: () => "Bad" });
// @ts-expect-error a call of the editor has no task
editorAgent({ name: "a", dependencies: { task }, run: () => null });
editorAgent({ name: "a", dependencies: { frame: singleFrame }, run: ({ frame }) => ({ message: String(frame.data.length satisfies number) }) });
`,
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, file)), { recursive: true });
    await writeFile(join(project, file), text);
  }
  const npx = (...words: string[]) => run("npx", ["--offline", "encord-edge", ...words], { cwd: project });
  await npx("new", "agent", "count-selected", "--kind", "editor");
  await npx("new", "agent", "send-on", "--stage", "Gate");
  await npx("new", "agent", "check-it", "--kind", "any", "--stage", "Check");
  const { stdout } = await npx("agents", "--json");
  const { editorAgents, taskAgents } = JSON.parse(stdout);
  const names = (agents: readonly { readonly name: string }[]) => agents.map(({ name }) => name).join();
  if (names(editorAgents) !== "count-selected,check-it" || names(taskAgents) !== "send-on,check-it") {
    throw new Error(`The agents were not listed: ${stdout}`);
  }
}

async function tool(project: string, path: string, ...words: string[]): Promise<void> {
  const env = { ...process.env, ...QUIET };
  await run(process.execPath, [join(project, "node_modules", path), ...words], { cwd: project, env });
}

async function call(project: string): Promise<void> {
  const settings = { ENCORD_SSH_KEY: makeKeyPair("package test").privateKey, ENCORD_PROJECTS: PROJECT };
  const envFile = join(folder, "settings.env");
  await writeFile(
    envFile,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}\n`)
      .join(""),
  );
  const server = await DevServer.start({
    name: "The Worker of the installed package",
    config: join(project, "wrangler.jsonc"),
    port: await freePort(),
    persistTo: join(folder, "state"),
    envFile,
    readyPath: "/health",
  });
  try {
    const response = await fetch(`${server.url}/agents/count-selected`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        projectHash: PROJECT,
        dataHash: PROJECT,
        frame: 4,
        objectHashes: ["a", "b", "c"],
      }),
    });
    const answer = await response.text();
    if (answer !== '{"message":"3 selected on frame 4"}')
      throw new Error(`It answered ${response.status} ${answer}`);
  } finally {
    await server.stop();
  }
  if ((await readdir(project)).includes(".dev.vars"))
    throw new Error("A settings file was left in the project.");
}
