/**
 * The golden traces of the Python SDK, replayed through the client, and a table of how many hold. Part of `npm test`;
 * `npm run conformance encord` runs it alone.
 */

import { afterAll, describe, expect, it } from "vitest";
import { decodeBitmask, encodeBitmask, runLengths } from "../../src/encord/labels/bitmask.ts";
import { formatLabelTime, parseLabelTime } from "../../src/encord/labels/label-time.ts";
import { type Frames, Ranges, rangesOf } from "../../src/encord/labels/ranges.ts";
import bitmaskVectors from "../fixtures/vectors/bitmask.json";
import datetimeVectors from "../fixtures/vectors/datetimes.json";
import rangeVectors from "../fixtures/vectors/ranges.json";
import { bundleSteps } from "./conformance/bundle-steps.ts";
import { endpointSteps } from "./conformance/endpoint-steps.ts";
import { listLabelBlobs, roundTrip } from "./conformance/label-blobs.ts";
import { labelSteps } from "./conformance/label-steps.ts";
import { projectSteps } from "./conformance/project-steps.ts";
import { type Operations, type Replay, replaySteps } from "./conformance/replay.ts";
import { storageSteps } from "./conformance/storage-steps.ts";
import { taskSteps } from "./conformance/task-steps.ts";
import { loadTrace, TRACE_IDS, type TraceId } from "./conformance/trace.ts";
import { replayWire } from "./conformance/wire-replay.ts";

const operations: Operations = {
  ...projectSteps,
  ...taskSteps,
  ...storageSteps,
  ...labelSteps,
  ...bundleSteps,
  ...endpointSteps,
};

/**
 * Traces of programs around the client: runners and editor agents. Their requests are replayed here; what they did with the
 * answers is held against ours in `test/testing/conformance.test.ts` and `test/http/conformance.test.ts`.
 */
const WIRE_ONLY: ReadonlySet<TraceId> = new Set<TraceId>([
  "36-queue-runner",
  "37-queue-runner-failures",
  "38-sequential-runner",
  "39-sequential-runner-batches",
  "40-runner-validation",
  "41-twin-project",
  "42-editor-agent-fastapi",
  "43-editor-agent-gcp",
  "44-editor-agent-aws",
]);

const replays: Replay[] = [];
const blobs: { readonly id: string; readonly problems: readonly string[] }[] = [];
const names = await listLabelBlobs();

describe("the client does on the wire what the Python SDK does", () => {
  for (const id of TRACE_IDS) {
    it(id, async () => {
      const trace = await loadTrace(id);
      const replay = WIRE_ONLY.has(id) ? await replayWire(trace) : await replaySteps(trace, operations);
      replays.push(replay);
      expect(replay.problems).toEqual([]);
    });
  }
});

describe("a label row that is read and written is what the Python SDK writes", () => {
  if (names === null)
    it("with label rows of real projects", ({ skip }) =>
      skip("there are no label blobs beside the checkout, nor in LABEL_BLOBS"));
  for (const id of names ?? []) {
    it(id, async () => {
      const problems = await roundTrip(id);
      blobs.push({ id, problems });
      expect(problems).toEqual([]);
    });
  }
});

describe("the vectors of labels hold", () => {
  it.each(bitmaskVectors.cases.map((each) => [each.encoded.rleString.slice(0, 40), each] as const))(
    "bitmask %s",
    (_, vector) => {
      const { width, height, rleString } = vector.encoded;
      const pixels =
        vector.rows?.flatMap((row) => [...row].map((char) => (char === "#" ? 1 : 0))) ?? bigMask();
      if (vector.rleCounts) expect(runLengths(pixels)).toEqual(vector.rleCounts);
      expect(encodeBitmask(pixels, { width, height })).toEqual({ width, height, rleString });
      const decoded = decodeBitmask({ width, height, rleString });
      // Compared pixel by pixel here: an assertion on two million elements takes seconds.
      expect(decoded.length).toBe(pixels.length);
      expect(decoded.every((pixel, i) => pixel === pixels[i])).toBe(true);
    },
  );

  it.each(datetimeVectors.cases.map((each) => [each.input, each] as const))("time %s", (text, vector) => {
    const time = parseLabelTime(text);
    expect(time?.getTime()).toBe(Date.parse(vector.iso));
    expect(time && formatLabelTime(time)).toBe(vector.longString);
  });

  it.each(rangeVectors.rangeManager.map((each) => [JSON.stringify(each.ops), each] as const))(
    "ranges %s",
    (_, vector) => {
      const ranges = new Ranges();
      for (const [operation, start, end] of vector.ops as ["add" | "remove", number, number][])
        ranges[operation](start, end);
      const [from = 0, to = 0] = vector.intersectWith;
      expect(ranges.pairs()).toEqual(vector.ranges);
      expect(ranges.intersect(new Ranges([[from, to]])).pairs()).toEqual(vector.intersection);
    },
  );

  it.each(rangeVectors.framesClassToList.map((each) => [JSON.stringify(each.input), each] as const))(
    "frames %s",
    (_, { input, frames }) => {
      expect([...rangesOf(framesAsGiven(input)).values()]).toEqual(frames);
    },
  );
});

/** The one mask that the vectors describe in words: a box on 1920 × 1080 pixels, and the last pixel. */
function bigMask(): number[] {
  const mask = new Array<number>(1920 * 1080).fill(0);
  for (let row = 100; row < 700; row++) mask.fill(1, row * 1920 + 300, row * 1920 + 1500);
  mask[mask.length - 1] = 1;
  return mask;
}

/** The SDK's `Range` objects stand in the vectors as `range` and `ranges`. */
function framesAsGiven(input: unknown): Frames {
  const range = ([start, end]: [number, number]) => ({ start, end });
  if (typeof input === "object" && input !== null) {
    if ("range" in input) return range(input.range as [number, number]);
    if ("ranges" in input) return (input.ranges as [number, number][]).map(range);
  }
  return input as Frames;
}

afterAll(() => {
  const good = replays.filter((replay) => replay.problems.length === 0);
  const bodies = { compared: 0, identical: 0 };
  for (const replay of replays) {
    bodies.compared += replay.bodies.compared;
    bodies.identical += replay.bodies.identical;
  }
  const lines = replays.flatMap(({ id, steps, onPurpose, exchanges, problems }) => [
    [
      problems.length === 0 ? "ok  " : "FAIL",
      id.padEnd(32),
      `${String(exchanges).padStart(3)} requests`,
      steps === 0 ? "" : `${String(steps).padStart(3)} steps`,
    ]
      .join(" ")
      .trimEnd(),
    ...onPurpose.map((why) => `       otherwise on purpose: ${why}`),
    ...problems.slice(0, 3).map((problem) => `       ${problem}`),
  ]);
  for (const { id, problems } of blobs) {
    lines.push(`${problems.length === 0 ? "ok  " : "FAIL"} blob ${id}`);
    lines.push(...problems.slice(0, 3).map((problem) => `       ${problem}`));
  }
  const wholeBlobs = blobs.filter((blob) => blob.problems.length === 0).length;
  lines.push(
    `${good.length} of ${TRACE_IDS.length} traces replayed without a difference`,
    `${bodies.identical} of ${bodies.compared} request bodies byte for byte but for white space; the rest are equal as JSON`,
    names === null
      ? "label blobs: skipped, there are none beside the checkout nor in LABEL_BLOBS"
      : `${wholeBlobs} of ${names.length} label blobs round-tripped without a difference`,
  );
  console.log(lines.join("\n"));
});
