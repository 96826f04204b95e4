/**
 * A project on an emulated Encord that the Worker under test talks to, and the queues of its stages under a clock of their
 * own: it stands in the far future, so that no alarm fires by itself, and jumps from alarm to alarm.
 */

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { vi } from "vitest";
import { forgetReads } from "../../src/queue/read-cache.ts";
import type { WakeReason } from "../../src/queue/stage-queue.ts";
import { createEmulator, type InProcessEmulator, type SeedData } from "../emulator/index.ts";
import authVectors from "../fixtures/vectors/auth.json";

const START = Date.UTC(2100, 0, 1);
const PROJECT = "0e57a11e-0000-4000-8000-000000000001";
const AGENT_STAGES = ["Plain", "Labels", "Frames", "Once", "Second", "Picky"];
const radio = ["Good", "Reject"];
/** An image of which no pixel is ever looked at. */
const BARE = { dataType: "IMAGE", fileType: "image/png", width: 8, height: 8 };

type QueueObject = ReturnType<typeof exports.StageQueue.getByName>;

/** What happens to a request on its way: null lets it through. */
type Intercept = (request: Request, send: () => Promise<Response>) => Promise<Response> | null;

export class EmulatedProject {
  readonly emulator: InProcessEmulator;
  readonly lines: Record<string, unknown>[] = [];
  /** Requests that reached the emulator or were intercepted, as `METHOD path`, and legacy query types. */
  readonly requests: string[] = [];
  now = START;
  intercept: Intercept = () => null;
  readonly #stages: ReadonlyMap<string, string>;
  readonly #titles: ReadonlyMap<string, string>;

  private constructor(emulator: InProcessEmulator, titles: ReadonlyMap<string, string>) {
    this.emulator = emulator;
    this.#titles = titles;
    this.#stages = new Map(emulator.stages().map((stage) => [stage.title, stage.uuid]));
  }

  /** @param stage where the tasks stand; @param data titles, or whole data units with media */
  static async create(
    stage: string,
    data: readonly (string | SeedData)[],
    media: Record<string, Uint8Array> = {},
  ): Promise<EmulatedProject> {
    const units = data.map((each, i): SeedData & { readonly dataHash: string } => ({
      dataHash: `da7a0000-0000-4000-8000-${String(i).padStart(12, "0")}`,
      stage,
      ...(typeof each === "string" ? { ...BARE, title: each } : each),
    }));
    const agentStage = (title: string, to: string) => ({
      title,
      stageType: "AGENT" as const,
      pathways: [
        { title: "Good", to },
        { title: "Reject", to: "Rejected" },
      ],
    });
    const emulator = await createEmulator({
      media,
      seed: {
        keys: [{ publicKey: authVectors.key.publicKeyHex }],
        projects: [
          {
            projectHash: PROJECT,
            title: "Test project",
            ontology: ONTOLOGY,
            stages: [
              { title: "Annotate", stageType: "ANNOTATION" },
              ...AGENT_STAGES.map((title) => agentStage(title, title === "Plain" ? "Second" : "Complete")),
              { title: "Complete", stageType: "DONE" },
              { title: "Rejected", stageType: "DONE" },
            ],
            data: units,
          },
        ],
      },
    });
    forgetReads();
    const project = new EmulatedProject(emulator, new Map(units.map((unit) => [unit.dataHash, unit.title])));
    for (const each of AGENT_STAGES) await project.#setClock(each);
    await runInDurableObject(exports.EncordGate.getByName("encord"), (gate, state) => {
      state.storage.kv.delete("closedUntil");
      Object.assign(gate, { now: () => project.now });
    });
    // One object per project and stage name; the stages of each emulator have UUIDs of their own.
    vi.spyOn(globalThis, "fetch").mockImplementation((input, init) =>
      project.#fetch(new Request(input, init)),
    );
    for (const level of ["info", "warn", "error"] as const) {
      vi.spyOn(console, level).mockImplementation(
        (line) => void project.lines.push(JSON.parse(String(line))),
      );
    }
    return project;
  }

  stageUuid(title: string): string {
    const uuid = this.#stages.get(title);
    if (uuid === undefined) throw new Error(`There is no stage "${title}".`);
    return uuid;
  }

  queue(stage: string) {
    return exports.StageQueue.getByName(`${PROJECT}/${this.stageUuid(stage)}`);
  }

  async wake(stage: string, reason: WakeReason = "cron"): Promise<void> {
    await this.#setClock(stage);
    const agentName = stage.toLowerCase();
    await this.queue(stage).wake(
      { projectHash: PROJECT, stageUuid: this.stageUuid(stage), agentName },
      reason,
    );
  }

  /** Fires the alarms of a stage, one after the other, each at its time, until none is set. */
  drain(stage: string, most = 60): Promise<void> {
    return this.drainObject(this.queue(stage), most);
  }

  /** The same for one object among several that share a stage. */
  async drainObject(object: QueueObject, most = 60): Promise<void> {
    for (let i = 0; i < most; i++) {
      const at = await runInDurableObject(object, (_queue, state) => state.storage.getAlarm());
      if (at === null) return;
      this.now = Math.max(this.now, at);
      await this.setClockOf(object);
      await runDurableObjectAlarm(object);
    }
    throw new Error(`The queue still wants to be woken after ${most} alarms.`);
  }

  async fire(stage: string): Promise<void> {
    await this.#setClock(stage);
    await runDurableObjectAlarm(this.queue(stage));
  }

  alarm(stage: string): Promise<number | null> {
    return runInDurableObject(this.queue(stage), (_queue, state) => state.storage.getAlarm());
  }

  async run(stage: string, reason: WakeReason = "cron"): Promise<void> {
    await this.wake(stage, reason);
    await this.drain(stage);
  }

  async counts(stage: string) {
    return (await this.queue(stage).status()).counts;
  }

  async tasks(stage: string) {
    return (await this.queue(stage).tasks({ limit: 1000 })).tasks;
  }

  /** Titles of the data units whose tasks stand in a stage at Encord. */
  standing(stage: string): string[] {
    const uuid = this.stageUuid(stage);
    return this.emulator
      .tasks()
      .filter((task) => task.stageUuid === uuid)
      .map((task) => this.titleOf(task))
      .sort();
  }

  titleOf(task: { readonly dataHash: string }): string {
    return this.#titles.get(task.dataHash) ?? "";
  }

  /** Hashes of the classifications that are saved for a data unit. */
  savedClassifications(title: string): string[] {
    const task = this.emulator.tasks().find((each) => this.titleOf(each) === title);
    const labels = task ? this.emulator.labels(task.dataHash) : null;
    return Object.keys((labels?.classification_answers as object | undefined) ?? {});
  }

  #setClock(stage: string): Promise<void> {
    return this.setClockOf(this.queue(stage));
  }

  async setClockOf(object: QueueObject): Promise<void> {
    await runInDurableObject(object, (queue) => {
      Object.assign(queue, { now: () => this.now, random: () => 0.5 });
    });
  }

  async #fetch(request: Request): Promise<Response> {
    const { origin, pathname } = new URL(request.url);
    if (origin !== this.emulator.domain) throw new Error(`Unexpected request to ${origin}`);
    const copy = request.clone();
    const body = pathname === "/public" ? ` ${(await copy.json<{ query_type: string }>()).query_type}` : "";
    this.requests.push(`${request.method} ${pathname}${body}`);
    const send = () => this.emulator.fetch(request.clone());
    return (await this.intercept(request.clone(), send)) ?? send();
  }
}

/** The settings under which the tests run (vitest.config.ts). */
export const settings = env as unknown as Record<string, string>;

const ONTOLOGY = {
  title: "Test ontology",
  classifications: [
    {
      id: "1",
      featureNodeHash: "tsClQual",
      attributes: [
        {
          id: "1.1",
          name: "Quality",
          type: "radio",
          featureNodeHash: "tsAtQual",
          required: false,
          archived: false,
          dynamic: false,
          options: radio.map((label, index) => ({
            id: `1.1.${index + 1}`,
            label,
            value: label.toLowerCase(),
            featureNodeHash: `tsOpQua${index + 1}`,
            archived: false,
          })),
        },
      ],
    },
  ],
};

/** Titles of so many data units, in the order of the alphabet. */
export function titles(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `unit-${String(i).padStart(2, "0")}`);
}
