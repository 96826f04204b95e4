/**
 * A Worker on this computer for the duration of one command: with the project's own wrangler configuration, settings and
 * packages, but a main module that the command writes. Its state and its module are deleted afterwards.
 */

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { DevServer, freePort } from "../../scripts/dev-server.ts";
import type { CliContext } from "./cli-context.ts";
import { CliError } from "./cli-error.ts";

export interface LocalWorkerOptions {
  /** What the Worker's environment holds. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * The main module, as TypeScript.
   *
   * @param own specifier of the project's own main module
   * @param specifier makes one of a path
   */
  readonly main: (own: string, specifier: (path: string) => string) => string;
  readonly readyPath: string;
  /** Receives what the Worker prints. */
  readonly onLine: (line: string) => void;
}

const CONFIGURATIONS = ["wrangler.jsonc", "wrangler.json", "wrangler.toml"];

export class LocalWorker {
  readonly #server: DevServer;
  readonly #folders: readonly string[];

  private constructor(server: DevServer, folders: readonly string[]) {
    this.#server = server;
    this.#folders = folders;
  }

  get url(): string {
    return this.#server.url;
  }

  /** @throws CliError when there is no wrangler configuration, or the Worker does not come up */
  static async start(context: CliContext, options: LocalWorkerOptions): Promise<LocalWorker> {
    const config = CONFIGURATIONS.map((name) => join(context.folder, name)).find((path) => existsSync(path));
    if (config === undefined) {
      throw new CliError(
        "no-configuration",
        `There is no wrangler.jsonc in ${context.folder}. Run this in the folder of your project.`,
      );
    }
    const state = await mkdtemp(join(tmpdir(), "encord-edge-state-"));
    // The main module must stand in the project, so that it finds the project's packages.
    const within = join(context.folder, ".wrangler", "encord-edge");
    await mkdir(within, { recursive: true });
    const code = await mkdtemp(join(within, "worker-"));
    try {
      const main = join(code, "worker.ts");
      const specifier = (path: string) => JSON.stringify(relative(code, path).split(sep).join("/"));
      await writeFile(main, options.main(specifier(await mainOf(config)), specifier));
      const envFile = join(state, "settings.env");
      const lines = Object.entries(options.variables).map(
        ([name, value]) => `${name}=${JSON.stringify(value)}\n`,
      );
      await writeFile(envFile, lines.join(""), { mode: 0o600 });
      const server = await DevServer.start({
        name: "The local Worker",
        config,
        main,
        port: await freePort(),
        persistTo: join(state, "durable-objects"),
        envFile,
        readyPath: options.readyPath,
        onLine: options.onLine,
      });
      return new LocalWorker(server, [state, code]);
    } catch (error) {
      await remove([state, code]);
      if (error instanceof CliError) throw error;
      throw new CliError("worker-not-started", error instanceof Error ? error.message : String(error));
    }
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await remove(this.#folders);
  }
}

async function remove(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** The project's own main module, by its wrangler configuration. */
async function mainOf(config: string): Promise<string> {
  const main = /^\s*"?main"?\s*[:=]\s*"([^"]+)"/m.exec(await readFile(config, "utf8"))?.[1];
  if (main !== undefined) return resolve(dirname(config), main);
  throw new CliError("no-main", `${config} names no \`main\` module.`);
}
