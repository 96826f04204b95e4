import { expect, it } from "vitest";
import { validateLabels } from "../emulator/labels/validate-labels.ts";
import type { JsonObject, RowDocument } from "../emulator/state/documents.ts";
import { loadTrace } from "../encord/conformance/trace.ts";

const LABEL = "1abe1000-0000-4000-8000-000000000001";
const DATA = "da7a0000-0000-4000-8000-000000000001";

/** What the Python SDK saved, and the ontology and row that it saved it for. */
async function saved(
  id: "11-image-all-shapes" | "12-image-object-attributes" | "15-video-dynamic-attributes",
) {
  const trace = await loadTrace(id);
  // biome-ignore lint/suspicious/noExplicitAny: recordings have no schema
  const bodies = trace.exchanges.map(({ requestBody }) => requestBody as any);
  const save = bodies.find((body) => body?.query_type === "labelrow" && body.query_method === "POST");
  const ontology = trace.exchanges.find(({ path }) => path.includes("/ontologies/"))?.responseBody as {
    editor: JsonObject;
  };
  const blob = structuredClone(save.values.payload.labels[0]);
  const unit = blob.data_units[DATA];
  const isVideo = id.startsWith("15");
  const row = {
    dataHash: DATA,
    dataType: isVideo ? "VIDEO" : "IMAGE",
    numberOfFrames: isVideo ? 100 : 1,
    width: unit.width,
    height: unit.height,
    images: null,
  } as unknown as RowDocument;
  const check = () => validateLabels({ labelHash: LABEL, row, blob, editor: ontology.editor });
  return { blob, unit, row, check };
}

// biome-ignore lint/suspicious/noExplicitAny: the tests damage the recorded labels in every place
type Damage = (blob: any, unit: any) => void;

it("what the Python SDK saves is accepted", async () => {
  for (const id of [
    "11-image-all-shapes",
    "12-image-object-attributes",
    "15-video-dynamic-attributes",
  ] as const) {
    expect((await saved(id)).check()).toBeNull();
  }
});

it.each<[string, Damage, string, string]>([
  ["another label hash", (blob) => (blob.label_hash = "x"), "CORRUPTED_LABEL_ERROR", "were sent as those of"],
  ["another data hash", (blob) => (blob.data_hash = "x"), "CORRUPTED_LABEL_ERROR", "belong to data unit"],
  ["another type of data", (blob) => (blob.data_type = "video"), "CORRUPTED_LABEL_ERROR", "is of type IMAGE"],
  ["no data unit", (blob) => (blob.data_units = {}), "CORRUPTED_LABEL_ERROR", "data_units lacks"],
  [
    "a foreign data unit",
    (blob) => (blob.data_units.x = {}),
    "CORRUPTED_LABEL_ERROR",
    "x is not a data unit",
  ],
  ["no answers", (blob) => (blob.object_answers = null), "CORRUPTED_LABEL_ERROR", "object_answers"],
  [
    "the same object twice",
    (_, unit) => unit.labels.objects.push(unit.labels.objects[0]),
    "CORRUPTED_LABEL_ERROR",
    "is twice",
  ],
  [
    "an unknown feature",
    (_, unit) => (unit.labels.objects[0].featureHash = "nope"),
    "FEATURE_DOES_NOT_EXIST_ERROR",
    "nope",
  ],
  [
    "another shape",
    (_, unit) => (unit.labels.objects[0].shape = "point"),
    "CORRUPTED_LABEL_ERROR",
    "is a point",
  ],
  [
    "an object without an answer entry",
    (blob, unit) => delete blob.object_answers[unit.labels.objects[0].objectHash],
    "ANSWER_DICTIONARY_ERROR",
    "no entry in object_answers",
  ],
])("labels with %s are refused", async (_, damage, code, message) => {
  const { blob, unit, check } = await saved("11-image-all-shapes");
  damage(blob, unit);
  expect(check()).toEqual({ code, message: expect.stringContaining(message) });
});

it("images of a scene are named after their events, other data has frames", async () => {
  const { blob, unit, row, check } = await saved("11-image-all-shapes");
  unit.labels = { "camera#10": unit.labels };
  expect(check()?.message).toContain('"camera#10" is not a frame');
  Object.assign(row, { dataType: "SCENE" });
  blob.data_type = "scene";
  expect(check()).toBeNull();
});

it("a range may be null, as the Python SDK says", async () => {
  const { blob, check } = await saved("11-image-all-shapes");
  for (const answer of Object.values<JsonObject>(blob.object_answers)) Object.assign(answer, { range: null });
  expect(check()).toBeNull();
});

it("every shape needs its own coordinates", async () => {
  const { unit, check } = await saved("11-image-all-shapes");
  const objects: JsonObject[] = unit.labels.objects;
  expect(new Set(objects.map(({ shape }) => shape)).size).toBeGreaterThan(6);
  const keys =
    "boundingBox rotatableBoundingBox polygon polyline point skeleton bitmask cuboid cuboid_2d".split(" ");
  for (const object of objects) {
    const key = keys.find((each) => each in object) ?? "";
    const kept = object[key];
    for (const broken of [undefined, null, {}, "text"]) {
      object[key] = broken;
      expect([object.shape, broken, check()?.code]).toEqual([object.shape, broken, "CORRUPTED_LABEL_ERROR"]);
    }
    object[key] = kept;
  }
  expect(check()).toBeNull();
});

it("a bitmask has the size of its frame", async () => {
  const { unit, check } = await saved("11-image-all-shapes");
  const mask = unit.labels.objects.find((object: JsonObject) => "bitmask" in object).bitmask;
  mask.width += 1;
  expect(check()?.message).toContain("the bitmask is 9 x 6, the frame 8 x 6");
});

it.each<[string, Damage]>([
  ["of an attribute of another object", (entry) => (entry.featureHash = "atVoice1")],
  ["that is no text", (entry) => Object.assign(entry, { featureHash: "atPlate1", answers: 3 })],
  ["that is no number", (entry) => Object.assign(entry, { featureHash: "atWheel1", answers: "3" })],
  [
    "with two options of a radio",
    (entry) =>
      Object.assign(entry, {
        featureHash: "atColor1",
        answers: [{ featureHash: "opRed001" }, { featureHash: "opBlue01" }],
      }),
  ],
  [
    "with an option of another attribute",
    (entry) => Object.assign(entry, { featureHash: "atColor1", answers: [{ featureHash: "opDent01" }] }),
  ],
  [
    "that is no list of options",
    (entry) => Object.assign(entry, { featureHash: "atDamag1", answers: "opDent01" }),
  ],
])("an answer %s is refused", async (_, damage) => {
  const { blob, unit, check } = await saved("12-image-object-attributes");
  const car = unit.labels.objects.find((object: JsonObject) => object.featureHash === "objCar01");
  const entries: JsonObject[] = blob.object_answers[car.objectHash].classifications;
  damage(entries[0], undefined);
  expect(check()).toEqual({
    code: "ANSWER_DICTIONARY_ERROR",
    message: expect.stringContaining(car.objectHash),
  });
});

it("frames beyond the end, and dynamic answers that are none, are refused", async () => {
  const first = await saved("15-video-dynamic-attributes");
  const [frame] = Object.values(first.unit.labels);
  first.unit.labels["100"] = frame;
  expect(first.check()?.message).toContain("the file has 100 frames");
  const second = await saved("15-video-dynamic-attributes");
  const [hash, actions] = Object.entries(second.blob.object_actions)[0] as [
    string,
    { actions: JsonObject[] },
  ];
  const [entry] = actions.actions;
  if (!entry) throw new Error("a dynamic answer was expected");
  const { range } = entry;
  entry.range = [[5, 2]];
  expect(second.check()?.message).toContain("no ranges of frames");
  entry.range = range;
  entry.featureHash = "atPlate1";
  expect(second.check()?.message).toContain("is not dynamic");
  second.blob.object_actions = { other: actions };
  expect([hash === "other", second.check()?.message]).toEqual([
    false,
    expect.stringContaining("nowhere else"),
  ]);
});

it.each([
  ["sound", "audio", "has no place on a frame"],
  ["a shape that is newer than the emulator", "hologram", undefined],
])("on a frame: %s", (_, shape, problem) => {
  const feature = { name: "Thing", shape, featureNodeHash: "thing001", attributes: [] };
  const object = { objectHash: "o1", featureHash: "thing001", shape, hologram: { x: 1 } };
  const blob = {
    label_hash: LABEL,
    data_hash: DATA,
    data_type: "image",
    data_units: { [DATA]: { labels: { objects: [object], classifications: [] } } },
    object_answers: { o1: { objectHash: "o1", classifications: [] } },
    classification_answers: {},
  };
  const row = {
    dataHash: DATA,
    dataType: "IMAGE",
    width: 4,
    height: 3,
    images: null,
  } as unknown as RowDocument;
  const found = validateLabels({ labelHash: LABEL, row, blob, editor: { objects: [feature] } });
  if (problem === undefined) expect(found).toBeNull();
  else expect(found?.message).toContain(problem);
});
