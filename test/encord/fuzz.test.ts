/**
 * Mutated answers and label rows, thousands of them: each is read correctly or refused with a typed error; never a crash, a
 * hang, an `undefined` that travels on, or something lost in silence. `npm run test:fuzz` does ten thousand; the number of
 * the failing run is its seed.
 */

import { beforeAll, describe, expect, inject, it } from "vitest";
import {
  type EncordClient,
  EncordError,
  LabelRow,
  type Project,
  type StorageItem,
  type Task,
} from "../../src/encord/index.ts";
import { describeRow } from "./conformance/label-descriptions.ts";
import { describeItem } from "./conformance/storage-steps.ts";
import { describeTask } from "./conformance/task-steps.ts";
import {
  type Exchange,
  isRecord,
  type Json,
  type JsonRecord,
  loadTrace,
  TRACE_IDS,
  type Trace,
} from "./conformance/trace.ts";
import { mutated, unreliable, unsound } from "./fuzz/mutate.ts";
import { Random } from "./fuzz/random.ts";
import { PROJECT_HASH, scriptedApi, taskAnswer, uuidOf } from "./scripted-api.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly fuzzRuns: number;
  }
}

const RUNS = inject("fuzzRuns");

/** What the server says next; set by each run. */
let respond: (target: string) => Response = () => new Response("null");
let client: EncordClient;
let project: Project;
let task: Task;
const traces: Trace[] = [];

beforeAll(async () => {
  for (const id of TRACE_IDS) traces.push(await loadTrace(id));
  ({ client } = await scriptedApi(({ target }) => respond(target)));
  const [projectAnswer, ontologyAnswer] = exchanges((each) =>
    /public\/(projects|ontologies)\/[^/]+$/.test(each.path),
  );
  respond = (target) =>
    Response.json((target.includes("ontologies") ? ontologyAnswer : projectAnswer)?.responseBody);
  project = await client.getProject(PROJECT_HASH);
  respond = () => Response.json({ results: [taskAnswer(1)], nextPageToken: null });
  for await (const listed of project.workflow.getStage("Agent 1").getTasks()) task = listed;
});

function exchanges(matches: (exchange: Exchange) => boolean): Exchange[] {
  return traces.flatMap((trace) => trace.exchanges).filter((each) => each.status === 200 && matches(each));
}

function legacy(type: string, method: string) {
  return ({ requestBody }: Exchange) =>
    isRecord(requestBody) && requestBody.query_type === type && requestBody.query_method === method;
}

/** Does something with what the server says; gives what is to be sound. Throws an EncordError, or nothing at all. */
type Reading = (answer: Json) => Promise<unknown>;

/** Something that was read and is not all there. */
class Loss extends Error {}

const lists = (answer: Json, key = "results"): number => {
  const list = isRecord(answer) ? answer[key] : undefined;
  return Array.isArray(list) ? list.length : 0;
};

function expectAll(count: number, expected: number, what: string): void {
  if (count !== expected) throw new Loss(`${count} of ${expected} ${what} were read`);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

interface Subject {
  readonly name: string;
  readonly matches: (exchange: Exchange) => boolean;
  readonly read: Reading;
}

const subjects: readonly Subject[] = [
  {
    name: "projects",
    matches: (each) => /public\/projects\/[^/]+$/.test(each.path),
    read: async () => {
      const workflow = await client.getWorkflow(PROJECT_HASH);
      return workflow.stages.map(({ uuid, title, stageType }) => ({ uuid, title, stageType }));
    },
  },
  {
    name: "ontologies",
    matches: (each) => each.path.includes("/ontologies/"),
    read: async () => {
      const ontology = await client.getOntology(uuidOf(1));
      return [
        ontology.title,
        ontology.createdAt,
        ontology.structure.children.map((child) => [child.title, child.featureNodeHash]),
      ];
    },
  },
  {
    name: "tasks",
    matches: (each) => each.path.endsWith("/tasks"),
    read: async (answer) => {
      const tasks = await all(project.workflow.getStage({ name: "Agent 1", type: "AGENT" }).getTasks());
      expectAll(tasks.length, lists(answer), "tasks");
      return tasks.map(describeTask);
    },
  },
  {
    name: "issues",
    matches: (each) => each.path.endsWith("/issues") && each.method === "GET",
    read: async (answer) => {
      const listed = await all(task.issues.list());
      expectAll(listed.length, lists(answer), "issues");
      return listed;
    },
  },
  {
    name: "storage items",
    matches: (each) => /storage\/items\/[0-9a-f-]+$/.test(each.path),
    read: async () => {
      const item = await client.getStorageItem(uuidOf(1));
      return [describeItem(item), await item.getSignedUrl()];
    },
  },
  {
    name: "storage items in bulk",
    matches: (each) => each.path.endsWith("/get-bulk"),
    read: async (answer) => {
      const asked = isRecord(answer) && Array.isArray(answer.results) ? answer.results : [];
      const uuids = asked.flatMap((item) =>
        isRecord(item) && typeof item.uuid === "string" && /^[0-9a-f-]{36}$/.test(item.uuid)
          ? [String(item.uuid)]
          : [],
      );
      const items: StorageItem[] = await client.getStorageItems(uuids, { skipMissing: true });
      expectAll(items.length, uuids.length, "items");
      return items.map(describeItem);
    },
  },
  {
    name: "datasets",
    matches: legacy("dataset", "GET"),
    read: async (answer) => {
      const dataset = await client.getDataset(uuidOf(1));
      const response = isRecord(answer) ? (answer.response ?? null) : null;
      expectAll(dataset.dataRows.length, lists(response, "data_rows"), "data rows");
      return dataset;
    },
  },
  {
    name: "listings of label rows",
    matches: legacy("labelrowmetadata", "GET"),
    read: async (answer) => {
      const rows = await project.listLabelRows();
      expectAll(rows.length, lists(answer, "response"), "label rows");
      return rows.map(describeRow);
    },
  },
];

/** Runs until the number is used up; each run with a seed of its own. */
async function runAll(runs: number, name: string, work: (random: Random) => Promise<unknown>): Promise<void> {
  let refused = 0;
  for (let seed = 1; seed <= runs; seed++) {
    try {
      const flaw = unsound(await work(new Random(seed)));
      if (flaw !== null) expect.fail(`${name}, run ${seed}: ${flaw}`);
    } catch (error) {
      if (!(error instanceof EncordError)) {
        expect.fail(
          `${name}, run ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      }
      expect(error.code, `${name}, run ${seed}`).toMatch(/^[a-z-]+$/);
      refused += 1;
    }
  }
  // A test in which nothing, or everything, is refused tests nothing.
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(runs);
}

describe("a mutated answer is read correctly or refused with a typed error", () => {
  const runs = Math.ceil(RUNS / 2 / subjects.length);
  for (const { name, matches, read } of subjects) {
    it(`${name}: ${runs} answers`, { timeout: 300_000 }, async () => {
      const recorded = exchanges(matches);
      expect(recorded.length).toBeGreaterThan(0);
      await runAll(runs, name, async (random) => {
        const answer = mutated(random.pick(recorded).responseBody, random);
        let last: Response | null = null;
        respond = () => {
          last = unreliable(answer, random);
          return last;
        };
        return read(answer);
      });
    });
  }
});

describe("a mutated label row is read without loss or refused with a typed error", () => {
  const runs = Math.ceil(RUNS / 2);

  it(`${runs} label rows`, { timeout: 300_000 }, async () => {
    const sources = labelRows();
    expect(sources.length).toBeGreaterThan(20);
    await runAll(runs, "labels", async (random) => {
      const source = random.pick(sources);
      const blob = mutated(source.blob, random) as JsonRecord;
      const row = rowOf(source.metadata);
      row.fromLabelsDict(blob);
      const written = JSON.parse(JSON.stringify(row.toEncordDict())) as JsonRecord;
      const lost = inventory(blob).filter((each) => !inventory(written).includes(each));
      if (lost.length > 0) throw new Loss(`lost without a word: ${lost.join(", ")}`);
      return [
        row.toEncordDict(),
        row.getObjectInstances().map((object) => [object.objectHash, object.getAnnotationFrames()]),
      ];
    });
  });
});

/** Label rows that the traces hold, each with the listing of its data. */
function labelRows(): { blob: JsonRecord; metadata: JsonRecord }[] {
  return traces.flatMap((trace) => {
    const listed = new Map<string, JsonRecord>();
    const found: { blob: JsonRecord; metadata: JsonRecord }[] = [];
    for (const exchange of trace.exchanges) {
      const rows = isRecord(exchange.responseBody) ? exchange.responseBody.response : null;
      const saved = isRecord(exchange.requestBody)
        ? (exchange.requestBody as { values?: { payload?: JsonRecord } })
        : {};
      for (const row of [rows, saved.values?.payload?.labels ?? null].flat()) {
        if (!isRecord(row) || typeof row.data_hash !== "string") continue;
        const metadata = listed.get(row.data_hash);
        if (!("data_units" in row)) listed.set(row.data_hash, row);
        else if (metadata) found.push({ blob: row, metadata });
      }
    }
    return found;
  });
}

function rowOf(metadata: JsonRecord): LabelRow {
  return new LabelRow({
    transport: {
      domain: "https://api.test",
      v2: () => Promise.reject(new Error("Nothing is sent here.")),
      legacy: () => Promise.reject(new Error("Nothing is sent here.")),
    },
    projectHash: PROJECT_HASH,
    ontologyStructure: project.ontologyStructure,
    metadata,
    now: () => 0,
  });
}

/**
 * What is on the frames of a label row: hash and frame of each object and classification. A classification on a frame
 * without an answer is a leftover, which the SDK passes over too.
 */
function inventory(blob: JsonRecord): string[] {
  const found: string[] = [];
  const answers = isRecord(blob.classification_answers) ? blob.classification_answers : {};
  const collect = (labels: Json | undefined, frame: string) => {
    if (!isRecord(labels)) return;
    for (const kind of ["objects", "classifications"]) {
      const list = labels[kind];
      if (!Array.isArray(list)) continue;
      for (const each of list) {
        if (!isRecord(each)) continue;
        const hash = each.objectHash ?? each.classificationHash;
        if (typeof hash !== "string") continue;
        if (kind === "objects" || Object.hasOwn(answers, hash))
          found.push(`${kind} ${hash} on frame ${frame}`);
      }
    }
  };
  for (const unit of Object.values(isRecord(blob.data_units) ? blob.data_units : {})) {
    if (!isRecord(unit) || !isRecord(unit.labels)) continue;
    collect(unit.labels, "itself");
    for (const [frame, labels] of Object.entries(unit.labels)) collect(labels, frame);
  }
  return found;
}
