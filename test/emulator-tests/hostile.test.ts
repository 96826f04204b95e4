/**
 * Requests that are signed well and hold anything: each is answered or refused, and whatever was taken can be worked with
 * afterwards. The number in a failure is the seed of its run.
 */

import { expect, it } from "vitest";
import { createEmulator, type InProcessEmulator } from "../emulator/index.ts";
import { mutated } from "../encord/fuzz/mutate.ts";
import { Random } from "../encord/fuzz/random.ts";
import { legacy, listing, v2 } from "./signed-client.ts";
import {
  ACTIONS,
  AGENT,
  data,
  FOLDER,
  item,
  PROJECT,
  REVIEW,
  streetProject,
  TASKS,
  task,
} from "./street-project.ts";

const RUNS = 150;
const RESOURCE = ["project", PROJECT] as const;
const STAGE = `projects/${PROJECT}/workflow/stages/${AGENT}`;

const WRITES: readonly (readonly [method: string, path: string, body: unknown])[] = [
  ["POST", ACTIONS, [{ taskUuid: task(1), action: "PATHWAY_ACTION", pathwayName: "to review" }]],
  ["POST", `${STAGE}/move-tasks`, { taskUuids: [task(1), task(2)], destinationStageUuid: REVIEW }],
  ["POST", `projects/${PROJECT}/priorities`, { priorities: [[data(1), 0.5]] }],
  [
    "POST",
    `projects/${PROJECT}/issues`,
    {
      issues: [
        {
          anchor: { type: "frameCoordinate", dataUuid: data(1), frameIndex: 0, x: 0.5, y: 0.5 },
          comment: "c",
          issueTags: ["t"],
        },
      ],
    },
  ],
  ["POST", "storage/items/get-bulk", { itemUuids: [item(1), item(2)], signUrls: true }],
  [
    "PATCH",
    "storage/items/patch-bulk",
    { itemPatches: { [item(1)]: { name: "n", clientMetadata: { a: 1 } } } },
  ],
  ["PATCH", `storage/folders/${FOLDER}/items/${item(1)}`, { description: "d", clientMetadata: {} }],
];

function blobOf(labels: Record<string, unknown>): Record<string, unknown> {
  const author = {
    createdAt: "Sun, 01 Jun 2025 12:00:00 UTC",
    createdBy: null,
    confidence: 1,
    manualAnnotation: true,
  };
  const car = {
    ...author,
    name: "Car",
    color: "#D33115",
    shape: "bounding_box",
    value: "car",
    objectHash: "objHash1",
    featureHash: "objCar01",
    boundingBox: { h: 0.1, w: 0.1, x: 0.1, y: 0.1 },
  };
  const weather = {
    ...author,
    name: "Weather",
    value: "weather",
    classificationHash: "clsHash1",
    featureHash: "clWeath1",
  };
  const sunny = {
    name: "Weather",
    value: "weather",
    answers: [{ name: "Sunny", value: "sunny", featureHash: "opSunny1" }],
    featureHash: "atWeath1",
    manualAnnotation: true,
  };
  const units = labels.data_units as Record<string, object>;
  return {
    ...labels,
    data_units: {
      [data(1)]: { ...units[data(1)], labels: { objects: [car], classifications: [weather] } },
    },
    object_answers: { objHash1: { classifications: [], objectHash: "objHash1" } },
    classification_answers: {
      clsHash1: {
        classifications: [sunny],
        classificationHash: "clsHash1",
        featureHash: "clWeath1",
        spaces: {},
      },
    },
  };
}

/** Every answer of a look around; none of them may be the emulator's own failure. */
async function lookAround(emulator: InProcessEmulator, labelHash: string): Promise<unknown[]> {
  const ask = async (query: readonly [string, string], uid: unknown, payload: unknown) =>
    (await legacy(emulator, RESOURCE, query, uid, payload)).json;
  return [
    (await v2(emulator, "GET", TASKS)).json,
    (await v2(emulator, "GET", `projects/${PROJECT}/issues`)).json,
    (await v2(emulator, "GET", `storage/items/${item(1)}?signUrl=True`)).json,
    await ask(["labelrowmetadata", "GET"], null, listing({ include_client_metadata: true })),
    await ask(["labelrow", "GET"], [labelHash], {
      include_object_feature_hashes: ["objCar01"],
      include_classification_feature_hashes: [],
    }),
    (
      await v2(emulator, "POST", `${STAGE}/move-tasks`, {
        taskUuids: [task(1)],
        destinationStageUuid: REVIEW,
      })
    ).json,
  ];
}

it(`${RUNS} mutated requests of each kind are answered or refused, and leave an emulator that works`, async () => {
  const emulator = await createEmulator({ seed: streetProject(3) });
  const created = (await legacy(emulator, RESOURCE, ["labelrow", "PUT"], [data(1)], { branch_name: "main" }))
    .json;
  const labels = created.response[0] as Record<string, unknown>;
  const labelHash = labels.label_hash as string;
  const save = { uid: [labelHash], payload: { multi_request: true, labels: [blobOf(labels)] } };
  const good = await legacy(emulator, RESOURCE, ["labelrow", "POST"], save.uid, save.payload);
  expect(good.json).toEqual({ status: 200, response: true });
  const list = {
    uid: null,
    payload: listing({ data_hashes: [data(1)], edited_after: "2025-01-01T00:00:00" }),
  };
  const snapshot = emulator.snapshot();

  for (let seed = 1; seed <= RUNS; seed++) {
    const random = new Random(seed);
    const answers: unknown[] = [];
    for (const [method, path, body] of WRITES) {
      answers.push((await v2(emulator, method, path, mutated(body as never, random))).json);
    }
    for (const [query, request] of [
      [["labelrow", "POST"], save],
      [["labelrow", "GET"], save],
      [["labelrow", "PUT"], save],
      [["labelrowmetadata", "GET"], list],
      [["labelworkflowgraphnode", "POST"], { uid: [labelHash], payload: { action: "complete" } }],
      [["dataset", "GET"], list],
    ] as const) {
      const values: unknown = mutated(request as never, random);
      const { uid, payload } = (values ?? {}) as { readonly uid?: unknown; readonly payload?: unknown };
      answers.push((await legacy(emulator, RESOURCE, query, uid, payload)).json);
    }
    const query = mutated(["labelrow", "GET"], random) as never;
    answers.push(
      (await legacy(emulator, RESOURCE, Array.isArray(query) ? query : ["", ""], null, null)).json,
    );
    answers.push(...(await lookAround(emulator, labelHash)));
    for (const answer of answers) {
      expect(JSON.stringify(answer), `run ${seed}`).not.toContain("The emulator failed");
    }
    emulator.restore(snapshot);
  }
});
