/**
 * A bundled Worker in workerd itself, without wrangler, miniflare or their proxies; on one core if the system has `taskset` (Linux).
 * Durable Objects keep their state in memory, or in files.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../scripts/dev-server.ts";

/** What to start. */
export interface PlainWorker {
  /** Path of the bundled main module. */
  readonly main: string;
  /** Names of exported Durable Object classes. */
  readonly durableObjects: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** A path that answers 200 once the Worker is ready. */
  readonly readyPath: string;
  /** Whether Durable Objects keep their state in files, as in production; default: in memory. */
  readonly onDisk?: boolean;
}

const COMPATIBILITY_DATE = "2026-10-20";
const STARTUP_MS = 15_000;

/** A running workerd. */
export class PlainWorkerd {
  readonly port: number;
  /** Whether it is held to one core. */
  readonly pinned: boolean;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, pinned: boolean, child: ChildProcess, folder: string) {
    this.port = port;
    this.pinned = pinned;
    this.#child = child;
    this.#folder = folder;
  }

  /** Starts workerd. @throws Error with what it printed, if the Worker is not ready in time */
  static async start(worker: PlainWorker): Promise<PlainWorkerd> {
    const folder = await mkdtemp(join(tmpdir(), "plain-workerd-"));
    const port = await freePort();
    const config = join(folder, "config.capnp");
    await writeFile(config, configuration(worker, port, folder));
    const require = createRequire(createRequire(import.meta.url).resolve("wrangler/package.json"));
    // The package's default export is the path of the program itself; `bin/workerd` is a script around it.
    const { default: workerd } = require("workerd") as { default: string };
    const pinned = spawnSync("taskset", ["--version"]).status === 0;
    const command = [workerd, "serve", "--import-path=/", config];
    const [program = "", ...words] = pinned ? ["taskset", "-c", "0", ...command] : command;
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    child.stdout?.on("data", () => {});
    child.stderr?.on("data", (text) => {
      printed = `${printed}${text}`.slice(-4000);
    });
    const server = new PlainWorkerd(port, pinned, child, folder);
    const end = Date.now() + STARTUP_MS;
    while (Date.now() < end && child.exitCode === null) {
      const answer = await fetch(`http://127.0.0.1:${port}${worker.readyPath}`).catch(() => null);
      await answer?.body?.cancel();
      if (answer?.ok) return server;
      await wait(50);
    }
    await server.stop();
    throw new Error(`workerd did not start.\n${printed}`);
  }

  /** The CPU time used so far, in milliseconds; null if the system does not tell (Linux does). */
  cpuMs(): number | null {
    try {
      const [, fields = ""] = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8").split(") ");
      // utime and stime, the 14th and 15th of all (proc_pid_stat(5)), in ticks of 10 ms.
      const [user, system] = fields.split(" ").slice(11, 13).map(Number);
      return 10 * ((user ?? 0) + (system ?? 0));
    } catch {
      return null;
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const gone = new Promise((resolve) => this.#child.once("exit", resolve));
      this.#child.kill("SIGKILL");
      await gone;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Cap'n Proto's text form has C's strings. */
const quoted = (text: string) => JSON.stringify(text);

function configuration(
  { main, durableObjects, variables, onDisk = false }: PlainWorker,
  port: number,
  folder: string,
): string {
  const namespaces = durableObjects.map(
    (name) => `(className = ${quoted(name)}, uniqueKey = ${quoted(name)}, enableSql = true)`,
  );
  const bindings = Object.entries(variables).map(
    ([name, value]) => `(name = ${quoted(name)}, text = ${quoted(value)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "disk", disk = (path = ${quoted(folder)}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed ${quoted(main)})],
  compatibilityDate = ${quoted(COMPATIBILITY_DATE)},
  bindings = [${bindings.join(", ")}],
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = ${onDisk ? '(localDisk = "disk")' : "(inMemory = void)"},
);
`;
}
