/**
 * Rows of each kind of data, edited at random: what is written is read the same, and written the same again. A step that is
 * refused leaves an error of this client and a row that can still be saved. The number of the failing run is its seed.
 */

import { expect, inject, it } from "vitest";
import { EncordError } from "../../src/encord/errors.ts";
import type { GivenAnswer } from "../../src/encord/labels/answer.ts";
import type { CoordinatesOf } from "../../src/encord/labels/coordinates.ts";
import type { LabelRow } from "../../src/encord/labels/label-row.ts";
import type { ObjectInstance } from "../../src/encord/labels/object-instance.ts";
import type { Attribute } from "../../src/encord/ontology/attribute.ts";
import { describeLabels } from "./conformance/label-descriptions.ts";
import type { JsonRecord } from "./conformance/trace.ts";
import { Random } from "./fuzz/random.ts";
import { labelledRow, readAgain } from "./labels/labelled-row.ts";

const RUNS = Math.ceil(inject("fuzzRuns") / 10);
const STEPS = 25;
const FRAMES = 20;

it(`${RUNS} rows, ${STEPS} changes each`, () => {
  for (let seed = 0; seed < RUNS; seed++) {
    try {
      run(new Random(seed));
    } catch (error) {
      throw new Error(`Run ${seed}`, { cause: error });
    }
  }
});

const KINDS = ["video", "video", "image", "audio", "series", "text", "scene", "dicom"] as const;
type Kind = (typeof KINDS)[number];

function run(random: Random): void {
  const kind = random.pick(KINDS);
  let row = labelledRow(kind, {
    listed: kind === "video" || kind === "dicom" ? { number_of_frames: FRAMES } : {},
  });
  for (let step = 1; step <= STEPS; step++) {
    try {
      change(random, row, kind);
    } catch (error) {
      if (!(error instanceof EncordError)) throw error;
    }
    if (step % 5 !== 0) continue;
    const again = readAgain(row, { file_type: row.fileType });
    expect(sorted(describeLabels(again))).toEqual(sorted(describeLabels(row)));
    expect(written(again)).toEqual(written(row));
    if (random.chance(0.5)) row = again;
  }
}

function change(random: Random, row: LabelRow, kind: Kind): void {
  const shape = ({ audio: "audio", series: "time_range", text: "text" } as const)[kind as "audio"];
  const isDrawn = shape === undefined;
  const frame = () => (kind === "image" || !isDrawn ? 0 : random.below(FRAMES));
  const range = () => {
    const start = frame();
    return { start, end: Math.max(start, frame()) };
  };
  const kinds = row.ontologyStructure.objects.filter((each) =>
    isDrawn ? each.shape in DRAWN : each.shape === shape,
  );
  const coordinates = (object: ObjectInstance) => coordinatesOf(random, object.ontologyItem.shape);
  const [objects, classifications] = [row.getObjectInstances(), row.getClassificationInstances()];
  const object = objects.length > 0 ? random.pick(objects) : undefined;
  const classification = classifications.length > 0 ? random.pick(classifications) : undefined;
  const authorship = { confidence: random.pick([1, 0.5]), manualAnnotation: random.chance(0.5) };
  const overwrite = random.chance(0.7);
  switch (random.below(13)) {
    case 0: {
      // Half of them have something to answer.
      const asked = kinds.filter((each) => each.attributes.length > 0);
      const made = random.pick(asked.length > 0 && random.chance(0.5) ? asked : kinds).createInstance();
      made.setForFrames(coordinates(made), { ...(isDrawn ? { frames: range() } : {}), ...authorship });
      row.addObjectInstance(made);
      break;
    }
    case 1: {
      const asked = random.pick(row.ontologyStructure.classifications);
      const made = row.createClassificationInstance(asked);
      if (!asked.isGlobal) made.setForFrames({ frames: range(), ...authorship });
      made.setAnswer(answerTo(random, asked.attributes[0]), { attribute: asked.attributes[0] });
      row.addClassificationInstance(made, { force: random.chance(0.5) });
      break;
    }
    case 2:
      object?.setForFrames(coordinates(object), { frames: frame(), overwrite });
      break;
    case 3:
      object?.removeFromFrames(range());
      break;
    case 4:
    case 10:
    case 11:
    case 12: {
      const attributes = object?.ontologyItem.allAttributes ?? [];
      if (!object || attributes.length === 0) break;
      const attribute = random.pick(attributes);
      const frames = object.getAnnotationFrames().filter(() => random.chance(0.5));
      const where = attribute.dynamic && frames.length > 0 ? { frames } : {};
      object.setAnswer(answerTo(random, attribute), { attribute, overwrite, ...where });
      break;
    }
    case 5:
      if (object) object.getAnnotation(frame()).confidence = 0.25;
      break;
    case 6:
      if (random.chance(0.5)) classification?.removeFromFrames(range());
      else classification?.setForFrames({ frames: frame(), overwrite });
      break;
    case 7:
      if (object && random.chance(0.5)) row.removeObject(object);
      else if (classification) row.removeClassification(classification);
      break;
    case 8:
      if (object) row.addObjectInstance(object.copy());
      break;
    case 9:
      if (classification) row.addClassificationInstance(classification.copy(), { force: true });
      break;
  }
}

const point = (random: Random) => ({ x: random.next(), y: random.next() });
const ring = (random: Random) => [point(random), point(random), point(random)];

const DRAWN: Readonly<Record<string, (random: Random) => object>> = {
  bounding_box: (random) => ({ height: random.next(), width: 0.5, topLeftX: 0, topLeftY: random.next() }),
  rotatable_bounding_box: (random) => ({
    height: 0.5,
    width: 0.5,
    topLeftX: 0,
    topLeftY: 0,
    theta: random.next(),
  }),
  circle: (random) => ({ centerX: 0.5, centerY: 0.5, radius: random.next() }),
  polygon: (random) =>
    random.chance(0.5)
      ? { values: ring(random) }
      : { polygons: [[ring(random), ring(random)], [ring(random)]] },
  polyline: (random) => ({ values: ring(random) }),
  point,
  skeleton: (random) => ({ values: [{ ...point(random), name: "head", visibility: "occluded" }] }),
  bitmask: () => ({ width: 8, height: 4, rleString: "P1" }),
  cuboid: (random) => ({ position: [random.next(), 0, 0], orientation: [0, 0, 0], size: [1, 1, 1] }),
  cuboid_2d: (random) => ({ front: ring(random), offset: point(random) }),
};

function coordinatesOf(random: Random, shape: string): CoordinatesOf {
  const start = random.below(10);
  const made = DRAWN[shape]?.(random) ?? { range: [[start, start + random.below(10)]] };
  return made as CoordinatesOf;
}

function answerTo(random: Random, attribute: Attribute): GivenAnswer {
  switch (attribute.kind) {
    case "textAttribute":
      return random.pick(["", "grün", "a longer text"]);
    case "numericAttribute":
      return random.pick([0, -2.5, 1e9]);
    case "radioAttribute":
      return random.pick(attribute.options);
    case "checklistAttribute":
      return attribute.options.filter(() => random.chance(0.5));
  }
}

/** What is saved, but for what may differ: frames that lost their labels, and the order of lists. */
function written(row: LabelRow): unknown {
  const dict = row.toEncordDict();
  for (const unit of Object.values(dict["data_units"] as Record<string, JsonRecord>)) {
    const labels = unit["labels"] as JsonRecord;
    for (const [key, value] of Object.entries(labels)) {
      const frame = value as { objects?: unknown[]; classifications?: unknown[] };
      if (frame.objects?.length === 0 && frame.classifications?.length === 0) delete labels[key];
    }
  }
  return sorted(dict);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => JSON.stringify(sorted(each))).sort();
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted((value as JsonRecord)[key])]),
  );
}
