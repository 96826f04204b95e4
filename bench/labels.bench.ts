/**
 * Labels of a long video: reads a row of 100,000 object frames, changes one object on one frame, writes the row. Compared with
 * JSON.parse and JSON.stringify of the same text, the least that any client does. Goals: at most 3 times the time, and at the peak at
 * most 2.5 times the memory of the parsed JSON (the row, the JSON it holds, what it writes, and the text).
 *
 * Options: `--frames <n>` object frames, `--shape box|polygon`, `--times GMT` for times in a form that has to be rewritten, so that no
 * annotation can be passed on unchanged.
 */

import { parseArgs } from "node:util";
import { LabelRow } from "../src/encord/labels/label-row.ts";
import { OntologyStructure } from "../src/encord/ontology/ontology-structure.ts";
import type { Transport } from "../src/encord/transport.ts";

const ROUNDS = 7;
const TIME_GOAL = 3;
const MEMORY_GOAL = 2.5;

const { values } = parseArgs({
  options: {
    frames: { type: "string", default: "100000" },
    shape: { type: "string", default: "box" },
    times: { type: "string", default: "UTC" },
  },
});
const objectFrames = Number(values.frames);
const isPolygon = values.shape === "polygon";
const objects = 20;
const frames = Math.ceil(objectFrames / objects);

const structure = OntologyStructure.fromJson({
  objects: [
    {
      id: "1",
      name: "Car",
      color: "#D33115",
      shape: isPolygon ? "polygon" : "bounding_box",
      featureNodeHash: "objCar01",
      attributes: [{ id: "1.1", name: "Plate", type: "text", featureNodeHash: "atPlate1" }],
    },
  ],
  classifications: [],
});

const metadata = {
  label_hash: "label-1",
  branch_name: "main",
  data_hash: "data-1",
  dataset_hash: "dataset-1",
  dataset_title: "Dataset",
  data_title: "long.mp4",
  data_type: "VIDEO",
  data_link: "https://files.test/long.mp4",
  label_status: "LABEL_IN_PROGRESS",
  number_of_frames: frames,
  duration: frames / 25,
  frames_per_second: 25,
  width: 1920,
  height: 1080,
  spaces: {},
  file_type: "video/mp4",
};

/** The row as Encord would send it. */
function rowText(): string {
  const labels: Record<string, unknown> = {};
  for (let frame = 0; frame < frames; frame++) {
    labels[frame] = {
      objects: Array.from({ length: objects }, (_, i) => annotation(frame, i)),
      classifications: [],
    };
  }
  const hashes = Array.from({ length: objects }, (_, i) => hashOf(i));
  return JSON.stringify({
    label_hash: "label-1",
    branch_name: "main",
    created_at: "2025-06-01 12:00:00",
    last_edited_at: "2025-06-01 12:00:00",
    data_hash: "data-1",
    dataset_hash: "dataset-1",
    dataset_title: "Dataset",
    data_title: "long.mp4",
    data_type: "video",
    data_units: {
      "data-1": {
        data_hash: "data-1",
        data_title: "long.mp4",
        data_type: "video/mp4",
        data_sequence: 0,
        data_link: "https://files.test/long.mp4",
        width: 1920,
        height: 1080,
        labels,
      },
    },
    object_answers: Object.fromEntries(
      hashes.map((hash) => [hash, { classifications: [], objectHash: hash }]),
    ),
    classification_answers: {},
    object_actions: {},
    label_status: "LABEL_IN_PROGRESS",
    annotation_task_status: "QUEUED",
    spaces: {},
  });
}

const hashOf = (i: number) => `object${String(i).padStart(2, "0")}`;

function annotation(frame: number, i: number) {
  const time = new Date(1_750_000_000_000 + (frame * objects + i) * 1000)
    .toUTCString()
    .replace("GMT", values.times);
  const x = ((frame * 7 + i * 13) % 9000) / 10_000;
  const y = ((frame * 3 + i * 29) % 9000) / 10_000;
  const ring = Array.from({ length: 24 }, (_, k) => [x + k / 1000, y + (k % 5) / 1000]);
  return {
    name: "Car",
    color: "#D33115",
    shape: isPolygon ? "polygon" : "bounding_box",
    value: "car",
    createdAt: time,
    createdBy: "annotator@example.com",
    confidence: 1,
    objectHash: hashOf(i),
    featureHash: "objCar01",
    manualAnnotation: true,
    lastEditedAt: time,
    lastEditedBy: "annotator@example.com",
    ...(isPolygon
      ? {
          polygon: Object.fromEntries(ring.map(([px, py], k) => [k, { x: px, y: py }])),
          polygons: [[ring.flat()]],
        }
      : { boundingBox: { h: 0.0421, w: 0.0817, x, y } }),
  };
}

const unused: Transport = {
  domain: "https://api.test",
  v2: () => Promise.reject(new Error("The benchmark sends nothing.")),
  legacy: () => Promise.reject(new Error("The benchmark sends nothing.")),
};

const newRow = () =>
  new LabelRow({ transport: unused, projectHash: "project-1", ontologyStructure: structure, metadata });

function change(row: LabelRow): void {
  const [car] = row.getObjectInstances();
  if (!car) throw new Error("The row has no object.");
  const annotation = car.getAnnotation(Math.floor(frames / 2));
  annotation.coordinates = isPolygon
    ? {
        values: [
          { x: 0, y: 0 },
          { x: 1, y: 0 },
          { x: 1, y: 1 },
        ],
      }
    : { height: 0.5, width: 0.5, topLeftX: 0.25, topLeftY: 0.25 };
}

function withJson(text: string): number {
  return JSON.stringify(JSON.parse(text)).length;
}

function withRow(text: string): number {
  const row = newRow();
  row.fromLabelsDict(JSON.parse(text));
  change(row);
  return JSON.stringify(row.toEncordDict()).length;
}

function milliseconds(work: () => unknown): number {
  globalThis.gc?.();
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** The medians of several rounds, taken in turn so that both meet the same disturbances. */
function medians(first: () => unknown, second: () => unknown): [number, number] {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    times[0].push(milliseconds(first));
    times[1].push(milliseconds(second));
  }
  const middle = (list: number[]) => list.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  return [middle(times[0]), middle(times[1])];
}

/** Bytes in use after garbage collection, strings included. */
function live(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function memory(text: string): { parsed: number; peak: number; steps: string[] } {
  const before = live();
  const held: unknown[] = [JSON.parse(text)];
  const parsed = live() - before;
  const row = newRow();
  row.fromLabelsDict(held.pop());
  const read = live() - before;
  change(row);
  held.push(row.toEncordDict());
  const written = live() - before;
  held.push(JSON.stringify(held[0]));
  const sent = live() - before;
  const steps = [
    `parsed JSON ${megabytes(parsed)}`,
    `row ${megabytes(read)}`,
    `row and what it writes ${megabytes(written)}`,
    `and its text ${megabytes(sent)}`,
  ];
  // Keeps both alive up to here.
  if (held.length + row.getObjectInstances().length === 0) throw new Error("unreachable");
  return { parsed, peak: Math.max(parsed, read, written, sent), steps };
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

const text = rowText();
console.log(
  `${objects * frames} object frames (${objects} objects, ${frames} frames, ${values.shape}), ${megabytes(text.length)} of JSON, median of ${ROUNDS} rounds`,
);
const [json, row] = medians(
  () => withJson(text),
  () => withRow(text),
);
const { parsed, peak, steps } = memory(text);
console.log(
  `time    JSON.parse + JSON.stringify ${json.toFixed(0)} ms, read + change + write ${row.toFixed(0)} ms`,
);
console.log(`memory  ${steps.join(", ")}`);
const results = [
  { name: "time", ratio: row / json, goal: TIME_GOAL },
  { name: "memory", ratio: peak / parsed, goal: MEMORY_GOAL },
];
for (const { name, ratio, goal } of results) {
  console.log(
    `${name.padEnd(7)} ${ratio.toFixed(2)} times, goal at most ${goal}: ${ratio <= goal ? "met" : "MISSED"}`,
  );
}
process.exitCode = results.every(({ ratio, goal }) => ratio <= goal) ? 0 : 1;
