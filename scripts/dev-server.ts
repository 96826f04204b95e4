/**
 * A Worker under `wrangler dev`, as a process that can be stopped, killed and started again with the same state. It is ready when it
 * says that it listens and its address answers. Its output goes to the caller line by line; if it does not start, its errors, or else its
 * last lines, are part of the error.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";

/** What to start, and where. */
export interface DevServerOptions {
  /** For messages, such as "the Worker". */
  readonly name: string;
  /** Path of the wrangler configuration. */
  readonly config: string;
  /** A main module in place of the one that the configuration names. */
  readonly main?: string;
  readonly port: number;
  /** Folder for the state of the Durable Objects. */
  readonly persistTo: string;
  /** File with variables and secrets, in dotenv form; they win over `.dev.vars`. */
  readonly envFile?: string;
  /** The path to request until it answers. */
  readonly readyPath: string;
  readonly onLine?: (line: string) => void;
}

const STARTUP_MS = 60_000;
const ANSWER_MS = 3000;
const TAIL_LINES = 30;
/** An error, or its place in a file. */
const ERROR_LINE = /\[ERROR\]|^Error:|^\s+\S+:\d+:\d+:$/;
const MOST_ERRORS = 5;
/** Wrangler prints this as soon as it has the port. */
const LISTENS = /\bReady on http/;
/** Messages that follow when a Worker throws while it is loaded; they do not help to find the cause. */
const AFTERMATH =
  /no such Durable Object class is exported|The Workers runtime failed to start|^\s*\{"timestamp":.*"source":"src\/workerd|newer version of Wrangler/;

/** A running `wrangler dev`. */
export class DevServer {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #tail: string[] = [];
  /** The first errors, each once; what fails because of them comes later. */
  readonly #errors = new Set<string>();
  readonly #options: DevServerOptions;
  /** Whether wrangler has the port: another program may have taken it meanwhile, and would answer instead. */
  #listens = false;

  private constructor(options: DevServerOptions) {
    this.#options = options;
    this.url = `http://127.0.0.1:${options.port}`;
    const wrangler = createRequire(import.meta.url)
      .resolve("wrangler/package.json")
      .replace(/package\.json$/, "bin/wrangler.js");
    const args = [
      ...["dev", ...(options.main === undefined ? [] : [options.main]), "--config", options.config],
      ...["--ip", "127.0.0.1", "--port", String(options.port), "--inspector-port", "0"],
      ...["--persist-to", options.persistTo, "--show-interactive-dev-session=false"],
      ...(options.envFile ? ["--env-file", options.envFile] : []),
    ];
    this.#child = spawn(process.execPath, [wrangler, ...args], {
      // In its own process group, so that `kill` also ends workerd and the bundler, and Ctrl+C reaches only the script.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        WRANGLER_SEND_METRICS: "false",
        WRANGLER_HIDE_BANNER: "true",
        CLOUDFLARE_CF_FETCH_ENABLED: "false",
        X_LOCAL_OBSERVABILITY: "false",
        NO_COLOR: "1",
      },
    });
    // The caller may end without stopping it, after an error or when a test run is aborted.
    const endWithParent = () => this.#signal("SIGKILL");
    process.once("exit", endWithParent);
    this.#child.once("exit", () => process.off("exit", endWithParent));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (printed) => {
        const line = stripVTControlCharacters(printed);
        if (LISTENS.test(line)) this.#listens = true;
        if (this.#errors.size > 0 && AFTERMATH.test(line)) return;
        if (ERROR_LINE.test(line) && this.#errors.size < MOST_ERRORS) this.#errors.add(line.trim());
        this.#tail.push(line);
        if (this.#tail.length > TAIL_LINES) this.#tail.shift();
        options.onLine?.(line);
      });
    }
  }

  /** Starts a server. @throws an error with what the process printed, if it ends, cannot be built, or does not answer within a minute */
  static async start(options: DevServerOptions): Promise<DevServer> {
    const server = new DevServer(options);
    try {
      await server.#untilReady();
      return server;
    } catch (error) {
      await server.kill();
      throw error;
    }
  }

  /** Whether the process is still there. */
  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends it properly; kills it if that takes longer than a few seconds. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Ends it at once, with all its children, as a power cut would. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  get #buildFailed(): boolean {
    return [...this.#errors].some((line) => line.includes("Build failed"));
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (!this.alive) return;
    const gone = once(this.#child, "exit");
    this.#signal(signal);
    // The timer must not keep this program alive once the process is gone.
    await Promise.race([gone, wait(3000, undefined, { ref: false })]);
    if (this.alive) {
      this.#signal("SIGKILL");
      await gone;
    }
    // Children that outlive their parent would keep the port.
    this.#signal("SIGKILL");
  }

  #signal(signal: "SIGTERM" | "SIGKILL"): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }

  async #untilReady(): Promise<void> {
    const end = Date.now() + STARTUP_MS;
    while (this.alive && Date.now() < end) {
      // Before the first build, wrangler accepts requests but does not answer them.
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answered = await fetch(`${this.url}${this.#options.readyPath}`, { signal }).then(
        async (response) => {
          await response.body?.cancel();
          return true;
        },
        () => false,
      );
      if (answered && this.#listens) return;
      // After a failed build wrangler waits for the next saved file; the caller should know at once.
      const failed = this.#buildFailed;
      await wait(100);
      if (failed) break;
    }
    const stuck = this.#buildFailed ? "could not be built" : "did not answer within a minute";
    const what = this.alive ? stuck : "ended while it was starting";
    const { size } = this.#errors;
    const lines = size > 0 ? [...this.#errors] : this.#tail;
    const said = lines.map((line) => `  ${line}`).join("\n");
    throw new Error(`${this.#options.name} ${what}. ${size > 0 ? "It said" : "Its last lines"}:\n${said}`);
  }
}

/**
 * A free port of the loopback interface.
 *
 * @param wanted the port to prefer; 0 for any
 */
export async function freePort(wanted = 0): Promise<number> {
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? raise("No port of 127.0.0.1 is free.");
}

/** This port, if it is free. @throws an error that says what to do if another program listens there */
export async function requirePort(port: number): Promise<number> {
  return (
    (await tryPort(port)) ??
    raise(`Port ${port} is taken by another program. Stop that, or choose another: --port ${port + 1}`)
  );
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(null));
    probe.listen({ port, host: "127.0.0.1" }, () => {
      const address = probe.address();
      const taken = typeof address === "object" && address !== null ? address.port : null;
      probe.close(() => resolve(taken));
    });
  });
}

function raise(message: string): never {
  throw new Error(message);
}
