/**
 * The emulator as a process under `wrangler dev`, filled with a project if its state folder is new. Its key is kept beside the state, so
 * that a process started again with the same folder is the same Encord.
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeThrowawayKey, type ThrowawayKey } from "../test/emulator/auth/throwaway-key.ts";
import type {
  EndpointCount,
  FaultRule,
  JsonObject,
  MoveDocument,
  StageCount,
  TaskView,
} from "../test/emulator/index.ts";
import { demoSeed, type SeedWithMedia } from "./demo-seed.ts";
import { DevServer, freePort } from "./dev-server.ts";
import { type EmulatorFront, openFront } from "./emulator-front.ts";

/** Where the emulator keeps its state, where it listens, and what it holds. */
export interface EmulatorProcessOptions {
  /** Folder for the state; created if it does not exist. */
  readonly persistTo: string;
  /** Default: any free one. */
  readonly port?: number | undefined;
  /** Default: the demo's project. Its keys are accepted besides the emulator's own. */
  readonly seed?: SeedWithMedia | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
}

/** A running emulator: what a client needs, and what happened in it. */
export class EmulatorProcess {
  readonly url: string;
  readonly sshKey: string;
  /** The first project's. */
  readonly projectHash: string;
  readonly #server: DevServer;
  readonly #front: EmulatorFront;
  readonly #key: ThrowawayKey;

  constructor(server: DevServer, front: EmulatorFront, key: ThrowawayKey, projectHash: string) {
    this.#server = server;
    this.#front = front;
    this.#key = key;
    this.url = front.url;
    this.sshKey = key.sshKey;
    this.projectHash = projectHash;
  }

  async stop(): Promise<void> {
    this.#front.close();
    await this.#server.stop();
  }

  /** Ends it at once, as a power cut would. */
  async kill(): Promise<void> {
    this.#front.close();
    await this.#server.kill();
  }

  /** Forgets everything and takes another seed. */
  async refill(seed: SeedWithMedia): Promise<void> {
    await this.#ask("reset", { method: "POST" });
    await fill(this.url, this.#key, seed);
  }

  /** Replaces one of the seed's media files. */
  async putMedia(name: string, bytes: Uint8Array): Promise<void> {
    await putMedia(this.url, name, bytes);
  }

  /** A data unit of the project, for trying something. */
  async anyDataHash(): Promise<string> {
    const [task] = (await this.tasks()).tasks;
    if (!task) throw new Error("The emulated project holds no task.");
    return task.dataHash;
  }

  /** How many tasks are in each stage, by the stage's UUID. */
  async taskCounts(): Promise<Readonly<Record<string, number>>> {
    const { stages } = await this.tasks();
    return Object.fromEntries(stages.map(({ uuid, count }) => [uuid, count]));
  }

  /** All tasks, and how many are in each stage. */
  tasks(): Promise<{ readonly stages: readonly StageCount[]; readonly tasks: readonly TaskView[] }> {
    return this.#ask("tasks");
  }

  /** Every move of a task from stage to stage, oldest first. */
  async moves(): Promise<readonly MoveDocument[]> {
    return (await this.#ask<{ moves: readonly MoveDocument[] }>("moves")).moves;
  }

  /** Requests and bytes by endpoint. */
  async requests(): Promise<readonly EndpointCount[]> {
    return (await this.#ask<{ requests: readonly EndpointCount[] }>("requests")).requests;
  }

  /** The labels of a data unit, as they were saved. */
  labels(dataHash: string): Promise<JsonObject> {
    return this.#ask(`labels/${dataHash}`);
  }

  /** Makes requests go wrong, as the rule says. */
  async addFault(rule: FaultRule): Promise<void> {
    await this.#ask("faults", { method: "POST", body: JSON.stringify(rule) });
  }

  #ask<T>(what: string, init?: RequestInit): Promise<T> {
    return ask(this.url, what, init);
  }
}

/** Starts the emulator. @throws an error with what the process printed, if it does not start */
export async function startEmulatorProcess(options: EmulatorProcessOptions): Promise<EmulatorProcess> {
  const server = await DevServer.start({
    name: "The emulator of Encord",
    config: fileURLToPath(new URL("../test/emulator/wrangler.jsonc", import.meta.url)),
    port: await freePort(),
    persistTo: options.persistTo,
    readyPath: "/__emulator/projects",
    ...(options.onLine ? { onLine: options.onLine } : {}),
  });
  let front: EmulatorFront | undefined;
  try {
    front = await openFront(server.url, options.port ?? 0);
    const key = await throwawayKeyIn(options.persistTo);
    const known = await ask<{ projects: { projectHash: string }[] }>(front.url, "projects");
    const projectHash =
      known.projects[0]?.projectHash ?? (await fill(front.url, key, options.seed ?? (await demoSeed())));
    return new EmulatorProcess(server, front, key, projectHash);
  } catch (error) {
    front?.close();
    await server.kill();
    throw error;
  }
}

async function fill(url: string, key: ThrowawayKey, { seed, media }: SeedWithMedia): Promise<string> {
  for (const [name, bytes] of Object.entries(media)) {
    await putMedia(url, name, bytes);
  }
  const keys = [{ publicKey: key.publicKey }, ...(seed.keys ?? [])];
  const { projects } = await ask<{ projects: string[] }>(url, "seed", {
    method: "POST",
    body: JSON.stringify({ ...seed, keys }),
  });
  const [projectHash] = projects;
  if (projectHash === undefined) throw new Error("The seed holds no project.");
  return projectHash;
}

async function putMedia(url: string, name: string, bytes: Uint8Array): Promise<void> {
  await ask(url, `media/${encodeURIComponent(name)}`, { method: "PUT", body: new Uint8Array(bytes) });
}

/** The key of the emulator with this state folder; made and kept there if there is none. */
export async function throwawayKeyIn(folder: string): Promise<ThrowawayKey> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "throwaway-key.json");
  const kept = await readFile(file, "utf8").catch(() => null);
  if (kept !== null) return JSON.parse(kept) as ThrowawayKey;
  const key = await makeThrowawayKey();
  await writeFile(file, JSON.stringify(key), { mode: 0o600 });
  return key;
}

async function ask<T>(url: string, what: string, init?: RequestInit): Promise<T> {
  const response = await fetch(`${url}/__emulator/${what}`, init);
  if (!response.ok) {
    throw new Error(`The emulator answered ${response.status} to ${what}: ${await response.text()}`);
  }
  return (await response.json()) as T;
}
