/**
 * Reads what the project's `agents/index.ts` defines, without starting a Worker: it is bundled as for a deployment, with the
 * platform's own modules replaced by empty ones. Only definitions are read here; no agent runs.
 */

import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { builtinModules, createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { AgentSet } from "../agent/agent-set.ts";
import { describeError } from "../agent/log.ts";
import { CliError } from "./cli-error.ts";

export const DEFAULT_AGENTS = "agents/index.ts";

/** The part of esbuild that is used; it comes with wrangler, which bundles with it as well. */
interface Bundler {
  build(
    options: Record<string, unknown>,
  ): Promise<{ readonly outputFiles: readonly { readonly text: string }[] }>;
}

interface PluginBuild {
  onResolve(on: { filter: RegExp }, found: (found: { path: string }) => Record<string, unknown>): void;
  onLoad(on: { filter: RegExp; namespace: string }, load: () => Record<string, unknown>): void;
}

/** Where agents find their variables while they are only being read. */
const VARIABLES = "__encordEdgeVariables";

const PLATFORM = `
export const env = globalThis.${VARIABLES} ?? {};
export const exports = {};
export const cache = {};
export const waitUntil = () => {};
export class DurableObject {}
export class WorkerEntrypoint {}
export class WorkflowEntrypoint {}
export class RpcTarget {}
export class RpcStub {}
export class EmailMessage {}
export const connect = () => { throw new Error("There is no network while agents are being read."); };
export default {};
`;

/**
 * @param variables what `env` of `cloudflare:workers` holds while the modules are evaluated
 * @throws CliError when there is no such file, when it does not compile, or when a definition is refused
 */
export async function readAgentDefinitions(
  folder: string,
  variables: Readonly<Record<string, string>>,
  file = DEFAULT_AGENTS,
): Promise<AgentSet> {
  const entry = resolve(folder, file);
  if (!existsSync(entry)) {
    throw new CliError(
      "no-agents",
      `There is no ${file} in ${folder}. Run this in the folder of your project, or name the file: --agents <file>.`,
    );
  }
  const output = await mkdtemp(join(tmpdir(), "encord-edge-"));
  try {
    const bundle = join(output, "agents.mjs");
    await writeFile(bundle, await bundleOf(folder, entry, bundle));
    const scope = globalThis as Record<string, unknown>;
    scope[VARIABLES] = variables;
    process.setSourceMapsEnabled(true);
    const module: { default?: unknown } = await import(pathToFileURL(bundle).href)
      .catch((error: unknown) => {
        const place = placeIn(dirname(entry), error);
        const where = place === null ? "" : ` (${relative(folder, place)})`;
        throw new CliError("agents-not-read", `${file} cannot be used: ${describeError(error)}${where}`);
      })
      .finally(() => {
        delete scope[VARIABLES];
        process.setSourceMapsEnabled(false);
      });
    if (isAgentSet(module.default)) return module.default;
    throw new CliError(
      "no-agents",
      `${file} must end with \`export default defineAgents({ agents: [...] })\`.`,
    );
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError("agents-not-read", `${file} cannot be used: ${describeError(error)}`);
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

/** The first place of an error's trace that is below a folder: `<path>:<line>:<column>`; null when there is none. */
function placeIn(folder: string, error: unknown): string | null {
  const trace = error instanceof Error ? (error.stack ?? "") : "";
  const places = Array.from(
    trace.matchAll(/(?:\(|at |file:\/\/)(\/[^()\n]*:\d+:\d+)/g),
    ([, place = ""]) => place,
  );
  return places.find((place) => place.startsWith(folder + sep)) ?? null;
}

/** @param bundle where it will be, for the way back from it to the sources */
async function bundleOf(folder: string, entry: string, bundle: string): Promise<string> {
  const { build } = await bundler(folder);
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    bundle: true,
    write: false,
    outfile: bundle,
    sourcemap: "inline",
    format: "esm",
    target: "es2024",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    logLevel: "silent",
    external: ["node:*", ...builtinModules],
    plugins: [{ name: "platform", setup: withoutPlatform }],
  });
  return outputFiles[0]?.text ?? "";
}

function withoutPlatform(build: PluginBuild): void {
  build.onResolve(
    { filter: /^cloudflare:|\.wasm(?:\?module)?$|\.(?:bin|txt|html|sql|css|svg)$/ },
    ({ path }) => ({
      path,
      namespace: path.startsWith("cloudflare:") ? "platform" : "bytes",
    }),
  );
  build.onLoad({ filter: /.*/, namespace: "platform" }, () => ({ contents: PLATFORM, loader: "js" }));
  build.onLoad({ filter: /.*/, namespace: "bytes" }, () => ({
    contents: "export default null;",
    loader: "js",
  }));
}

async function bundler(folder: string): Promise<Bundler> {
  try {
    const wrangler = createRequire(join(folder, "package.json")).resolve("wrangler/package.json");
    const esbuild = createRequire(wrangler).resolve("esbuild");
    const module = (await import(pathToFileURL(esbuild).href)) as Bundler & { default?: Bundler };
    return module.default ?? module;
  } catch (error) {
    throw new CliError(
      "no-wrangler",
      "wrangler is not installed here. Run `npm install` in your project first.",
      {
        cause: error,
      },
    );
  }
}

function isAgentSet(value: unknown): value is AgentSet {
  return (
    typeof value === "object" &&
    value !== null &&
    "editorAgents" in value &&
    "taskAgents" in value &&
    "projects" in value
  );
}
