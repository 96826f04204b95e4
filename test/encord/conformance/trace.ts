/** The golden traces: what the Python SDK sent and got, step by step. `test/fixtures/traces/README.md` has the schema. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonRecord = { [key: string]: Json };

export interface Exchange {
  readonly seq: number;
  readonly method: string;
  readonly path: string;
  readonly rawQuery: string;
  readonly query: readonly (readonly [string, string])[];
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: Json;
  readonly requestBodySha256: string;
  readonly requestBodyBytes: number;
  /** Null when the connection was closed without an answer. */
  readonly status: number | null;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: Json;
  readonly assetBytes?: number;
}

export interface TraceError {
  readonly type: string;
  readonly message: Json;
  readonly retryAfter?: number | null;
  readonly traceId?: string;
  readonly spanId?: string;
}

export interface Step {
  readonly op: string;
  readonly args: JsonRecord;
  readonly exchanges?: readonly number[];
  readonly result?: Json;
  readonly error?: TraceError;
  readonly retrySleepsSeconds?: readonly number[];
}

export interface Trace {
  readonly id: string;
  readonly title: string;
  /** The time at which all of it happened, ISO 8601. */
  readonly clock: string;
  readonly notes: readonly string[];
  readonly steps: readonly Step[];
  readonly exchanges: readonly Exchange[];
}

export const TRACE_IDS = [
  "01-get-project",
  "02-workflow-stages",
  "03-tasks-paging",
  "04-tasks-filters",
  "05-task-proceed",
  "06-bulk-proceed-300",
  "07-other-task-actions",
  "08-list-label-rows",
  "09-initialise-labels",
  "10-initialise-labels-bundled",
  "11-image-all-shapes",
  "12-image-object-attributes",
  "13-image-classifications",
  "14-video-frames-and-ranges",
  "15-video-dynamic-attributes",
  "16-complex-polygons",
  "17-remove-and-round-trip",
  "18-audio-ranges",
  "19-text-and-html-ranges",
  "20-image-group",
  "21-set-priority",
  "22-bundled-save",
  "23-storage-item",
  "24-storage-items-bulk",
  "25-storage-item-update",
  "26-storage-child-items",
  "27-errors-v2",
  "28-errors-legacy",
  "29-retries",
  "30-workflow-reopen-complete",
  "31-issues",
  "32-global-classification",
  "33-annotation-metadata-defaults",
  "34-validation-errors",
  "35-bearer-auth",
  "36-queue-runner",
  "37-queue-runner-failures",
  "38-sequential-runner",
  "39-sequential-runner-batches",
  "40-runner-validation",
  "41-twin-project",
  "42-editor-agent-fastapi",
  "43-editor-agent-gcp",
  "44-editor-agent-aws",
  "45-cli-test",
  "46-data-lookup",
  "47-agent-user-client",
  "48-verify-auth",
  "49-asset-download",
] as const;

export type TraceId = (typeof TRACE_IDS)[number];

export async function loadTrace(id: TraceId): Promise<Trace> {
  const response = await fetch(`https://fixtures.test/traces/${id}.json`);
  if (!response.ok) throw new Error(`The trace ${id} cannot be read: ${await response.text()}`);
  return response.json();
}

/** The differences between two JSON values, as paths; objects are unordered, arrays ordered, 1 and 1.0 the same. */
export function differences(actual: Json, expected: Json, at = "$"): string[] {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) {
      return [`${at}: ${actual.length} entries, expected ${expected.length}`];
    }
    return expected.flatMap((each, i) => differences(actual[i] as Json, each, `${at}[${i}]`));
  }
  if (isRecord(expected) && isRecord(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...keys].flatMap((key) => {
      if (!(key in actual)) return [`${at}.${key}: missing, expected ${shown(expected[key])}`];
      if (!(key in expected)) return [`${at}.${key}: ${shown(actual[key])}, expected to be absent`];
      return differences(actual[key] as Json, expected[key] as Json, `${at}.${key}`);
    });
  }
  return Object.is(actual, expected) || (actual === 0 && expected === 0)
    ? []
    : [`${at}: ${shown(actual)}, expected ${shown(expected)}`];
}

/** As `differences`, but only of what `expected` speaks of. */
export function lacks(actual: Json, expected: Json): string[] {
  return differences(project(actual, expected), expected);
}

/** `actual` without the object keys that `expected` does not have. */
function project(actual: Json, expected: Json): Json {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.map((each, i) => (i < expected.length ? project(each, expected[i] as Json) : each));
  }
  if (isRecord(actual) && isRecord(expected)) {
    return Object.fromEntries(
      Object.keys(expected)
        .filter((key) => key in actual)
        .map((key) => [key, project(actual[key] as Json, expected[key] as Json)]),
    );
  }
  return actual;
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

/** Whether a difference is in a value that came from a random source, as the notes of the trace say. */
export function isVolatile(trace: Trace, difference: string): boolean {
  return trace.notes.some((note) => {
    const key = /^volatile: .*\.(\w+)$/.exec(note)?.[1];
    return key !== undefined && difference.split(":")[0]?.endsWith(`.${key}`);
  });
}
