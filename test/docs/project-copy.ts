/**
 * A copy of the project in its own folder, with the installed packages of this checkout and a shell, for commands that write files or
 * start processes. Whatever is started there ends with it.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { root } from "./document-part.ts";

/** Not copied: not needed, expensive to copy, or the developer's own. */
const LEFT_OUT = new Set([".git", ".wrangler", ".dev.vars", "node_modules", "dist"]);
const QUIET = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  X_LOCAL_OBSERVABILITY: "false",
  NO_COLOR: "1",
  npm_config_loglevel: "error",
  // A missing command is an error and not downloaded.
  npm_config_offline: "true",
};

const TOOLS = ["curl", "openssl", "ssh-keygen", "python3"];
const missing = TOOLS.filter((tool) => spawnSync("bash", ["-c", `command -v ${tool}`]).status !== 0);
if (missing.length > 0)
  console.log(
    `Not on this computer: ${missing.join(", ")}. Commands of the documents that need it are skipped.`,
  );

/** The tool that a command needs and this computer lacks, if any. */
export function lacking(command: string): string | undefined {
  return missing.find((tool) => command.split(/[\s|]+/).includes(tool));
}

export interface Ran {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

export class ProjectCopy {
  readonly folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #started: RunningCommand[] = [];

  private constructor(folder: string, environment: Readonly<Record<string, string>>) {
    this.folder = folder;
    const path = `${join(root, "node_modules/.bin")}:${process.env.PATH}`;
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(?:ENCORD|CLOUDFLARE|ADMIN|CONSOLE|VITEST|npm_)/.test(name),
    );
    this.#environment = { ...Object.fromEntries(inherited), ...QUIET, ...environment, PATH: path };
  }

  static async make(environment: Readonly<Record<string, string>> = {}): Promise<ProjectCopy> {
    const folder = await mkdtemp(join(tmpdir(), "encord-edge-documents-"));
    for (const name of await readdir(root)) {
      if (!LEFT_OUT.has(name)) await cp(join(root, name), join(folder, name), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    return new ProjectCopy(folder, environment);
  }

  read(file: string): Promise<string> {
    return readFile(join(this.folder, file), "utf8");
  }

  write(file: string, text: string): Promise<void> {
    return writeFile(join(this.folder, file), text);
  }

  /** Replaces a text in a file. @throws Error if the file does not contain it */
  async edit(file: string, from: string, to: string): Promise<void> {
    const text = await this.read(file);
    if (!text.includes(from)) throw new Error(`${file} does not contain "${from}".`);
    await this.write(file, text.replaceAll(from, to));
  }

  /** Runs a line in a shell without a keyboard, and waits until it ends. */
  async run(command: string): Promise<Ran> {
    // Uses a pipe of the shell: Node's cannot be opened as /dev/stderr.
    const running = this.start("bash", "-c", `exec 2> >(cat >&2); set -o pipefail; ${command}`);
    const status = await running.ended;
    return { status, output: running.output, errors: running.errors };
  }

  /** Starts a command that runs until it is stopped. */
  start(...words: readonly string[]): RunningCommand {
    const running = new RunningCommand(words, this.folder, this.#environment);
    this.#started.push(running);
    return running;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#started.map((running) => running.stop()));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class RunningCommand {
  output = "";
  errors = "";
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #words: readonly string[];
  readonly #news = new EventEmitter();

  constructor(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
    this.#words = words;
    const [command = "", ...rest] = words;
    // In its own process group, so that whatever it starts ends with it.
    this.#child = spawn(command, rest, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout?.on("data", (text) => {
      this.output += stripVTControlCharacters(String(text));
      this.#news.emit("news");
    });
    this.#child.stderr?.on("data", (text) => {
      this.errors += stripVTControlCharacters(String(text));
      this.#news.emit("news");
    });
    this.ended = once(this.#child, "close").then(([status]) => {
      this.#news.emit("news");
      return status as number | null;
    });
  }

  /** Waits until it has printed something that matches. @throws Error with its output, if it ends before that */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(`${this.output}\n${this.errors}`);
      if (found) return found;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`${this.#words.join(" ")} ended without ${pattern}:\n${this.output}\n${this.errors}`);
      }
      await once(this.#news, "news");
    }
  }

  /** Interrupts all of its processes, as Ctrl+C does. @returns its exit status */
  interrupt(): Promise<number | null> {
    this.#signal("SIGINT");
    return this.ended;
  }

  async stop(): Promise<void> {
    this.#signal("SIGTERM");
    await this.ended;
    // Ends grandchildren that outlive it.
    this.#signal("SIGKILL");
  }

  #signal(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }
}
