/**
 * Label rows of the Python SDK's own tests, each with what the SDK makes of it when it reads and writes it. They are not part
 * of this repository; where they are not at hand there is nothing to compare.
 */

import { LabelRow, OntologyStructure } from "../../../src/encord/index.ts";
import { differences, isRecord, type Json, type JsonRecord } from "./trace.ts";

interface LabelBlob {
  readonly rowMetadata: Json;
  readonly ontology: Json;
  readonly input: JsonRecord;
  /** Null when it equals the input. */
  readonly expected: JsonRecord | null;
  readonly expectedIsFixedPoint: boolean;
}

/** When the expected results were written. */
const CLOCK = Date.parse("2025-06-01T12:00:00Z");

/** The names of the label rows at hand; null when there are none. */
export async function listLabelBlobs(): Promise<string[] | null> {
  const response = await fetch("https://blobs.test/index.json");
  if (!response.ok) {
    await response.body?.cancel();
    return null;
  }
  const index = (await response.json()) as { id: string; skipped?: unknown; file?: string }[];
  return index.filter((entry) => !("skipped" in entry)).map((entry) => entry.id);
}

/** Reads a label row, writes it, and lists what differs from what the SDK writes; then the same with what was written. */
export async function roundTrip(id: string): Promise<string[]> {
  const blob: LabelBlob = await (await fetch(`https://blobs.test/${id}.json`)).json();
  const expected = blob.expected ?? blob.input;
  const written = readAndWrite(blob, blob.input);
  const again = readAndWrite(blob, expected);
  return [
    ...differences(withoutOrder(written), withoutOrder(expected), "written"),
    ...(blob.expectedIsFixedPoint
      ? differences(withoutOrder(again), withoutOrder(expected), "written again")
      : []),
  ];
}

function readAndWrite(blob: LabelBlob, labels: JsonRecord): JsonRecord {
  const row = new LabelRow({
    transport: {
      domain: "https://api.test",
      v2: () => Promise.reject(new Error("Nothing is sent here.")),
      legacy: () => Promise.reject(new Error("Nothing is sent here.")),
    },
    projectHash: "aaaa0001-0000-4000-8000-000000000001",
    ontologyStructure: OntologyStructure.fromJson(blob.ontology),
    metadata: blob.rowMetadata,
    now: () => CLOCK,
  });
  row.fromLabelsDict(structuredClone(labels));
  return JSON.parse(JSON.stringify(row.toEncordDict()));
}

/** Dynamic answers are a set, and their track hashes random. */
function withoutOrder(blob: JsonRecord): Json {
  const actions = isRecord(blob.object_actions) ? blob.object_actions : {};
  const sorted = Object.entries(actions).map(([hash, entry]) => {
    const list = isRecord(entry) && Array.isArray(entry.actions) ? (entry.actions as JsonRecord[]) : [];
    const texts = list.map(({ trackHash: _, ...action }) => JSON.stringify(sortedKeys(action))).sort();
    return [hash, { ...(entry as JsonRecord), actions: texts }];
  });
  return { ...blob, object_actions: Object.fromEntries(sorted) };
}

function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortedKeys(value[key] as Json)]),
  );
}
