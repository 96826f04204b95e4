import { describe, expect, it } from "vitest";
import { BOX, boxJson, labelledRow, readAgain } from "./labelled-row.ts";

type JsonRecord = Record<string, unknown>;
type Frame = { objects: JsonRecord[]; classifications: JsonRecord[] };

const unitOf = (row: ReturnType<typeof labelledRow>) =>
  Object.values(row.toEncordDict()["data_units"] as Record<string, JsonRecord>)[0] as JsonRecord;
const frameOf = (row: ReturnType<typeof labelledRow>) => unitOf(row)["labels"] as Frame;

const caption = (changes: JsonRecord = {}) => ({
  name: "Caption",
  value: "caption",
  createdAt: "Fri, 30 May 2025 09:15:00 UTC",
  createdBy: "ann@example.com",
  confidence: 1,
  featureHash: "clCapti1",
  classificationHash: "class-1",
  manualAnnotation: true,
  lastEditedAt: "Fri, 30 May 2025 09:15:00 UTC",
  lastEditedBy: "ann@example.com",
  ...changes,
});

const answer = (changes: JsonRecord = {}) => ({
  classifications: [
    {
      name: "Caption",
      value: "caption",
      answers: "a street",
      featureHash: "atCapti1",
      manualAnnotation: true,
    },
  ],
  classificationHash: "class-1",
  featureHash: "clCapti1",
  spaces: {},
  ...changes,
});

const METADATA = {
  createdBy: "ann@example.com",
  createdAt: "Fri, 30 May 2025 09:15:00 UTC",
  lastEditedBy: "bob@example.com",
  lastEditedAt: "Sat, 31 May 2025 09:15:00 UTC",
  manualAnnotation: false,
};

describe("what was not changed goes back as it came", () => {
  it("an annotation in the SDK's own form is the very same", () => {
    const [box, text] = [boxJson({ isDeleted: false }), caption({ isDeleted: false })];
    const row = labelledRow("image", {
      labels: { classification_answers: { "class-1": answer() } },
      unit: { labels: { objects: [box], classifications: [text] } },
    });
    expect(frameOf(row).objects[0]).toBe(box);
    expect(frameOf(row).classifications[0]).toBe(text);
    const [classification] = row.getClassificationInstances();
    expect(classification?.getAnnotation(0).lastEditedBy).toBe("ann@example.com");
    expect(frameOf(row).classifications[0]).toEqual(text);
  });

  it("fields that this client does not know are kept, beside a change too", () => {
    const labels = {
      objects: [boxJson({ certainty: { by: "model" } })],
      classifications: [caption({ weight: 3 })],
    };
    const row = labelledRow("image", {
      labels: { classification_answers: { "class-1": answer() } },
      unit: { labels },
    });
    const [object] = row.getObjectInstances();
    if (object) object.getAnnotation(0).confidence = 0.5;
    expect(frameOf(row).objects[0]).toMatchObject({ certainty: { by: "model" }, confidence: 0.5 });
    expect(frameOf(row).classifications[0]).toMatchObject({ weight: 3 });
    expect(frameOf(readAgain(row)).objects[0]).toEqual(frameOf(row).objects[0]);
  });

  it("looking at an annotation changes nothing", () => {
    const labels = { objects: [boxJson({ certainty: 1 })], classifications: [] };
    const row = labelledRow("image", { unit: { labels } });
    const before = JSON.stringify(row.toEncordDict());
    expect(row.getObjectInstances()[0]?.getAnnotations()[0]?.coordinates).toMatchObject({ width: 0.5 });
    expect(JSON.stringify(row.toEncordDict())).toBe(before);
  });

  it("a frame beyond the listed number of frames is no reason to lose it", () => {
    const labels = { "5000": { objects: [boxJson()], classifications: [] } };
    expect(Object.keys(frameOf(labelledRow("video", { unit: { labels } })))).toEqual(["5000"]);
  });
});

it("fields beside the answers that this client does not know are kept", () => {
  const row = labelledRow("image", {
    labels: {
      object_answers: { "object-1": { classifications: [], objectHash: "object-1", origin: "model" } },
      classification_answers: { "class-1": answer({ certainty: { low: 0.1 } }) },
    },
    unit: { labels: { objects: [boxJson()], classifications: [caption()] } },
  });
  const [object] = row.getObjectInstances();
  if (object) object.getAnnotation(0).confidence = 0.5;
  expect(row.toEncordDict()).toMatchObject({
    object_answers: { "object-1": { origin: "model" } },
    classification_answers: { "class-1": { certainty: { low: 0.1 } } },
  });
});

describe("an object of a shape that is newer than this client", () => {
  const hyperbox = (changes: JsonRecord = {}) => ({
    ...boxJson({ name: "A hyperbox", value: "a_hyperbox", shape: "hyperbox", featureHash: "new_hyperbox" }),
    boundingBox: undefined,
    hyperbox: { sides: 24 },
    ...changes,
  });
  const onVideo = () =>
    labelledRow("video", { unit: { labels: { "1": { objects: [hyperbox()], classifications: [] } } } });

  it("goes back as it came, beside a change and as a copy too", () => {
    const row = onVideo();
    const [object] = row.getObjectInstances();
    if (!object) throw new Error("it was not read");
    expect(object.getAnnotation(1).coordinates).toMatchObject({ json: { hyperbox: { sides: 24 } } });
    object.getAnnotation(1).confidence = 0.5;
    const copy = object.copy();
    row.addObjectInstance(copy);
    const objects = (frameOf(row) as unknown as Record<string, Frame>)["1"]?.objects;
    expect(objects).toMatchObject([
      { hyperbox: { sides: 24 }, shape: "hyperbox", confidence: 0.5, objectHash: "object-1" },
      { hyperbox: { sides: 24 }, shape: "hyperbox", confidence: 0.5, objectHash: copy.objectHash },
    ]);
  });

  it("is placed in the form of Encord's labels, if at all", () => {
    const kind = onVideo().ontologyStructure.getChildByHash("new_hyperbox", "object");
    expect(() => kind.createInstance().setForFrames(BOX)).toThrow(
      /does not know the object's shape.*{ json }/,
    );
  });

  it("keeps its ranges on sound", () => {
    const entry = {
      ...METADATA,
      classifications: [],
      objectHash: "object-1",
      featureHash: "new_hyperbox",
      name: "A hyperbox",
      color: "#D33115",
      shape: "hyperbox",
      value: "a_hyperbox",
      range: [[5, 9]],
    };
    const row = labelledRow("audio", { labels: { object_answers: { "object-1": entry } } });
    expect(row.toEncordDict()["object_answers"]).toEqual({ "object-1": entry });
  });
});

describe("the form is the SDK's", () => {
  it("times are long, names those of the ontology, missing fields filled in, reviews left out", () => {
    const old = boxJson({
      name: "Automobile",
      value: "automobile",
      color: "#000000",
      createdAt: "2025-05-30T09:15:00.123Z",
      lastEditedAt: undefined,
      lastEditedBy: null,
      createdBy: undefined,
      confidence: undefined,
      manualAnnotation: undefined,
      reviews: [{ status: "approved" }],
    });
    const row = labelledRow("image", { unit: { labels: { objects: [old], classifications: [] } } });
    expect(row.getObjectInstances()[0]?.getAnnotation(0).reviews).toEqual([{ status: "approved" }]);
    expect(frameOf(row).objects[0]).toEqual({
      ...boxJson({ createdBy: null, lastEditedAt: "Sun, 01 Jun 2025 12:00:00 UTC" }),
      lastEditedBy: undefined,
      reviews: undefined,
    });
    expect(Object.keys(frameOf(row).objects[0] ?? {})).not.toContain("reviews");
  });

  it("frames without labels are left out, those that lost their labels stay, empty", () => {
    const labels = {
      "1": { objects: [boxJson()], classifications: [] },
      "2": { objects: [], classifications: [] },
    };
    const row = labelledRow("video", { unit: { labels } });
    expect(Object.keys(frameOf(row))).toEqual(["1"]);
    const [object] = row.getObjectInstances();
    if (object) row.removeObject(object);
    expect(frameOf(row)).toEqual({ "1": { objects: [], classifications: [] } });
    expect(frameOf(readAgain(row))).toEqual({});
  });

  it("duration and frames per second are the listing's", () => {
    const row = labelledRow("video", { unit: { data_duration: 99, data_fps: 1 } });
    expect(unitOf(row)).toMatchObject({ data_duration: 4, data_fps: 25 });
    expect(unitOf(labelledRow("image", { unit: { data_duration: 99 } }))).not.toHaveProperty("data_duration");
  });
});

describe("classifications tell their author in the answer, or not, as they came", () => {
  const labels = { objects: [], classifications: [caption()] };
  const answersOf = (row: ReturnType<typeof labelledRow>) =>
    (row.toEncordDict()["classification_answers"] as JsonRecord)["class-1"];

  it("without", () => {
    const row = labelledRow("image", {
      labels: { classification_answers: { "class-1": answer() } },
      unit: { labels },
    });
    expect(answersOf(row)).toEqual(answer());
  });

  it("with", () => {
    const given = answer({ ...METADATA, range: [[0, 0]] });
    const row = labelledRow("image", {
      labels: { classification_answers: { "class-1": given } },
      unit: { labels },
    });
    expect(answersOf(row)).toEqual(given);
    expect(row.getClassificationInstances()[0]).toMatchObject({
      lastEditedBy: "bob@example.com",
      manualAnnotation: false,
    });
  });

  it("leftovers are passed over: a classification without any answer entry, an answer without its object", () => {
    const row = labelledRow("image", {
      labels: { object_answers: { gone: { classifications: [], objectHash: "gone" } } },
      unit: { labels },
    });
    expect(row.getClassificationInstances()).toEqual([]);
    expect(row.toEncordDict()["object_answers"]).toEqual({});
  });

  it("one that is neither global nor anywhere is a leftover too; on a frame it counts", () => {
    const answers = { classification_answers: { "class-1": answer({ ...METADATA, range: [] }) } };
    const nowhere = labelledRow("image", { labels: answers });
    expect(nowhere.getClassificationInstances()).toEqual([]);
    expect(nowhere.toEncordDict()["classification_answers"]).toEqual({});
    const somewhere = labelledRow("image", { labels: answers, unit: { labels } });
    expect(answersOf(somewhere)).toEqual(answer({ ...METADATA, range: [[0, 0]] }));
  });

  it("on frames in the answer alone: each frame has what the answer says, and it stays there", () => {
    const given = answer({ ...METADATA, confidence: 0.5, range: [[2, 4]] });
    const row = labelledRow("video", { labels: { classification_answers: { "class-1": given } } });
    const [instance] = row.getClassificationInstances({ filterFrames: 3 });
    expect(
      instance?.getAnnotations().map((each) => [each.frame, each.lastEditedBy, each.confidence]),
    ).toEqual([
      [2, "bob@example.com", 0.5],
      [3, "bob@example.com", 0.5],
      [4, "bob@example.com", 0.5],
    ]);
    expect(answersOf(row)).toEqual(given);
    expect(frameOf(row)).toEqual({});
    if (instance) instance.getAnnotation(3).confidence = 0.25;
    expect(Object.keys(frameOf(row))).toEqual(["3"]);
    expect(() => instance?.getAnnotation(5)).toThrow(/not on frame 5; it is on 2 to 4/);
  });

  it("by a name that is no email address, as older rows have them: also in a copy", () => {
    const given = answer({ ...METADATA, createdBy: "user1Hash", range: [[2, 4]] });
    const labels = { "1": { objects: [boxJson({ createdBy: "user1Hash" })], classifications: [] } };
    const row = labelledRow("video", {
      labels: { classification_answers: { "class-1": given } },
      unit: { labels },
    });
    const [instance] = row.getClassificationInstances();
    expect(instance?.getAnnotation(3).createdBy).toBe("user1Hash");
    expect(instance?.copy().getAnnotation(3).createdBy).toBe("user1Hash");
    expect(row.getObjectInstances()[0]?.copy().getAnnotation(1).createdBy).toBe("user1Hash");
  });

  it("ranges without an author are no reason to lose it", () => {
    const given = answer({ range: [[2, 4]] });
    const row = labelledRow("video", { labels: { classification_answers: { "class-1": given } } });
    expect(answersOf(row)).toEqual(given);
    expect(row.getClassificationInstances()[0]?.getAnnotation(3).createdBy).toBeNull();
  });

  it("twice on a frame, as in older rows: the last counts", () => {
    const twice = { objects: [], classifications: [caption(), caption({ confidence: 0.5 })] };
    const row = labelledRow("image", {
      labels: { classification_answers: { "class-1": answer() } },
      unit: { labels: twice },
    });
    expect(frameOf(row).classifications).toEqual([caption({ confidence: 0.5 })]);
  });
});

describe("every part of a row that is not JSON of the documented kind is an error that names it", () => {
  it.each<[JsonRecord, JsonRecord, RegExp]>([
    [{ data_units: [] }, {}, /data_units is \[\]; expected an object/],
    [{ label_hash: 5 }, {}, /label_hash is 5; expected a text/],
    [{ created_at: "soon" }, {}, /created_at is "soon"/],
    [{ object_answers: "none" }, {}, /object_answers is "none"/],
    [{ spaces: 3 }, {}, /spaces is 3/],
    [
      {},
      { labels: { first: { objects: [] } } },
      /Data unit data-1: The labels have the key "first", which is not a frame number/,
    ],
    [{}, { labels: { "0": 3 } }, /The labels of frame 0 is 3/],
    [{}, { labels: { "0": { objects: {} } } }, /objects is {}; expected a list/],
    [{}, { data_sequence: "x" }, /Data unit data-1: data_sequence is "x"/],
    [{}, { width: "wide" }, /width is "wide"; expected a number/],
  ])("%j %j", (labels, unit, message) => {
    expect(() => labelledRow("video", { labels, unit })).toThrow(message);
  });

  it("no row at all", () => {
    for (const blob of [null, "row", 5, []])
      expect(() => labelledRow().fromLabelsDict(blob)).toThrow(/expected an object/);
  });
});

describe("labels that there is no place for are an error, never passed over", () => {
  const box = { objects: [boxJson()], classifications: [] };
  const image = (sequence: unknown, labels: unknown = { objects: [], classifications: [] }) => ({
    data_hash: `image-${sequence}`,
    data_title: "a.png",
    data_type: "image/png",
    data_sequence: sequence,
    labels,
  });

  it("two data units where one is expected, which would write the labels twice", () => {
    const data_units = { one: image(0, box), two: image(1) };
    expect(() => labelledRow("image", { labels: { data_units } })).toThrow(
      /data_units has 2 entries; expected one/,
    );
  });

  it("two images of a group in one place", () => {
    const data_units = { one: image("0", box), two: image("0") };
    expect(() =>
      labelledRow("image", { listed: { data_type: "IMG_GROUP" }, labels: { data_units } }),
    ).toThrow(/two images with the data_sequence 0/);
  });

  it("an object on an image that the group does not have", () => {
    const data_units = { one: image("0"), two: image("2") };
    const listed = { data_type: "IMG_GROUP", number_of_frames: 3 };
    const row = labelledRow("image", { listed, labels: { data_units } });
    const car = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
    car.setForFrames({ height: 1, width: 1, topLeftX: 0, topLeftY: 0 }, { frames: 1 });
    row.addObjectInstance(car);
    expect(() => row.toEncordDict()).toThrow(/labels on frame 1, but no image/);
  });

  it("labels on frames of sound, or of a group as such", () => {
    expect(() => labelledRow("audio", { unit: { labels: { "0": box } } })).toThrow(
      /of a kind that has no frames/,
    );
    expect(() => labelledRow("image", { listed: { data_type: "group" }, unit: { labels: box } })).toThrow(
      /Data unit data-1 has labels on a frame/,
    );
  });

  it("a hash that JavaScript would take for something else", () => {
    const labels = { objects: [boxJson({ objectHash: "__proto__" })], classifications: [] };
    const text = JSON.stringify(labelledRow("image", { unit: { labels } }).toEncordDict());
    expect(text).toContain('"object_answers":{"__proto__":{');
  });
});
