/**
 * The variables that the Worker would get: those of the shell, overridden by `vars` of the wrangler configuration, overridden
 * by `.dev.vars` (or the file that `--env-file` names). Nothing is checked here: `readSettings` does that.
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseEnv } from "node:util";
import type { Environment } from "../settings.ts";
import type { CliContext } from "./cli-context.ts";
import { CliError } from "./cli-error.ts";

export interface DeploymentVariables {
  /** All variables, including the user's own. */
  readonly variables: Environment & Readonly<Record<string, string>>;
  /** Where they come from, for people. */
  readonly source: string;
}

const DEFAULT_FILE = ".dev.vars";
const CONFIGURATIONS = ["wrangler.jsonc", "wrangler.json", "wrangler.toml"];

/** @throws CliError when the file that was named cannot be read */
export async function readDeploymentVariables(
  context: CliContext,
  envFile: string | undefined,
): Promise<DeploymentVariables> {
  const shell = Object.fromEntries(
    Object.entries(context.environment).filter(([name]) =>
      /^(?:ENCORD|QUEUE|ADMIN|CONSOLE|ACCESS)_|^ENVIRONMENT$/.test(name),
    ),
  );
  const path = resolve(context.folder, envFile ?? DEFAULT_FILE);
  const content = await readFile(path, "utf8").catch((error: unknown) => {
    if (envFile === undefined) return null;
    throw new CliError("env-file", `The settings in ${path} cannot be read.`, { cause: error });
  });
  const file = content === null ? {} : parseEnv(content);
  const variables = { ...shell, ...(await configuredVariables(context.folder)), ...file };
  const key = await keyFromFile(variables["ENCORD_SSH_KEY_FILE"]);
  if (!variables["ENCORD_SSH_KEY"] && key !== null) variables["ENCORD_SSH_KEY"] = key;
  return {
    variables: Object.fromEntries(
      Object.entries(variables).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    ),
    source:
      content === null ? `the shell's variables (there is no ${DEFAULT_FILE})` : (envFile ?? DEFAULT_FILE),
  };
}

/** `vars` of the wrangler configuration, read by wrangler itself; none when there is no configuration or no wrangler. */
async function configuredVariables(folder: string): Promise<Record<string, string>> {
  for (const name of CONFIGURATIONS) {
    const config = join(folder, name);
    const text = await readFile(config, "utf8").catch(() => "");
    // Loading wrangler takes a second: only where there is something to find.
    if (!/\bvars\b/.test(text)) continue;
    const wrangler = createRequire(pathToFileURL(config)).resolve("wrangler");
    const { unstable_readConfig } = (await import(pathToFileURL(wrangler).href)) as typeof import("wrangler");
    const { vars } = unstable_readConfig({ config });
    return Object.fromEntries(
      Object.entries(vars).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    );
  }
  return {};
}

/** The Python library names a file where a Worker can only have the text. */
async function keyFromFile(path: string | undefined): Promise<string | null> {
  if (!path) return null;
  try {
    return await readFile(path.replace(/^~(?=\/)/, homedir()), "utf8");
  } catch (error) {
    throw new CliError("ssh-key-file", `ENCORD_SSH_KEY_FILE names ${path}, which cannot be read.`, {
      cause: error,
    });
  }
}
