/**
 * The emulator and the Worker on this computer, each under its own `wrangler dev`, with a throwaway key and a state folder that is
 * deleted at the end. The Worker alone can be killed and started again with its state.
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { demoSeed, type SeedWithMedia } from "./demo-seed.ts";
import { DevServer, freePort } from "./dev-server.ts";
import { type EmulatorProcess, startEmulatorProcess, throwawayKeyIn } from "./emulator-process.ts";

/** One stage in the answer of the Worker's `GET /api/stages`. */
export interface StageReport {
  readonly projectHash: string;
  readonly stage: { readonly uuid: string; readonly title: string };
  readonly agent: string;
  readonly counts: Readonly<
    Record<"pending" | "dispatched" | "running" | "succeeded" | "failed" | "timedOut" | "canceled", number>
  >;
  readonly lastPoll: { readonly at: number; readonly error: string | null } | null;
  readonly lastError: string | null;
}

/** What to start. */
export interface LocalStackOptions {
  /** The Worker's; default: any free one. */
  readonly port?: number;
  /** Path of the Worker's wrangler configuration; default: the project's own. */
  readonly config?: string;
  /** Further settings of the Worker. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The projects in the emulator, each with its hash; default: the demo's. */
  readonly seed?: SeedWithMedia;
  readonly onWorkerLine?: (line: string) => void;
}

/** The port at which the documents and `encord-edge` expect the Worker. */
export const USUAL_PORT = 8787;

const root = fileURLToPath(new URL("../", import.meta.url));

/** A running emulator and a running Worker. */
export class LocalStack {
  readonly emulator: EmulatorProcess;
  readonly workerUrl: string;
  readonly #folder: string;
  readonly #startWorker: () => Promise<DevServer>;
  #worker: DevServer;

  private constructor(
    folder: string,
    emulator: EmulatorProcess,
    worker: DevServer,
    startWorker: () => Promise<DevServer>,
  ) {
    this.#folder = folder;
    this.emulator = emulator;
    this.#worker = worker;
    this.workerUrl = worker.url;
    this.#startWorker = startWorker;
  }

  static async start(options: LocalStackOptions = {}): Promise<LocalStack> {
    const folder = await mkdtemp(join(tmpdir(), "encord-edge-agents-"));
    const persistTo = join(folder, "emulator");
    const { sshKey } = await throwawayKeyIn(persistTo);
    const seed = options.seed ?? (await demoSeed());
    const port = options.port ?? (await freePort());
    const emulatorPort = await freePort();
    const envFile = join(folder, "worker.env");
    const settings = {
      ENVIRONMENT: "development",
      ENCORD_DOMAIN: `http://127.0.0.1:${emulatorPort}`,
      ENCORD_SSH_KEY: sshKey,
      ENCORD_PROJECTS: seed.seed.projects.map(({ projectHash }) => projectHash).join(),
      ...options.settings,
    };
    await writeFile(envFile, environmentFile(settings), { mode: 0o600 });
    const startWorker = () =>
      DevServer.start({
        name: "The Worker",
        config: options.config ?? join(root, "wrangler.jsonc"),
        port,
        persistTo: join(folder, "worker"),
        envFile,
        readyPath: "/health",
        ...(options.onWorkerLine ? { onLine: options.onWorkerLine } : {}),
      });
    const [emulator, worker] = await Promise.allSettled([
      startEmulatorProcess({ persistTo, port: emulatorPort, seed }),
      startWorker(),
    ]);
    if (emulator.status === "fulfilled" && worker.status === "fulfilled")
      return new LocalStack(folder, emulator.value, worker.value, startWorker);
    const failures: unknown[] = [];
    for (const part of [emulator, worker]) {
      if (part.status === "fulfilled") await part.value.stop();
      else failures.push(part.reason);
    }
    await rm(folder, { recursive: true, force: true });
    throw failures[0];
  }

  /** Fires cron once, as production does every minute; `wrangler dev` never does it by itself. */
  async cron(): Promise<void> {
    const response = await fetch(`${this.workerUrl}/cdn-cgi/handler/scheduled`);
    await response.body?.cancel();
  }

  async stages(): Promise<readonly StageReport[]> {
    const response = await fetch(`${this.workerUrl}/api/stages`);
    if (!response.ok)
      throw new Error(`The Worker answered ${response.status} to /api/stages: ${await response.text()}`);
    return ((await response.json()) as { stages: StageReport[] }).stages;
  }

  /** `kill -9` for the Worker and all its processes; its state stays. */
  async killWorker(): Promise<void> {
    await this.#worker.kill();
  }

  /** Whether the Worker's process is running; an agent that throws while it is loaded ends it. */
  get workerAlive(): boolean {
    return this.#worker.alive;
  }

  /** Starts the Worker again. @throws an error with what it printed, if it does not start */
  async restartWorker(): Promise<void> {
    this.#worker = await this.#startWorker();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#worker.stop(), this.emulator.stop()]);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function environmentFile(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}\n`)
    .join("");
}
