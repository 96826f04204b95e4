import { describe, expect, it } from "vitest";
import type { LabelRow } from "../../../src/encord/labels/label-row.ts";
import { ObjectInstance } from "../../../src/encord/labels/object-instance.ts";
import { segmentation } from "../../../src/encord/labels/shapes/point-cloud.ts";
import { BOX, boxJson, labelledRow, readAgain } from "./labelled-row.ts";

type JsonRecord = Record<string, unknown>;

const SPACES = {
  film: {
    space_type: "video",
    child_info: { layout_key: "left", file_name: "a.mp4" },
    number_of_frames: 10,
    width: 8,
    height: 4,
  },
  sound: {
    space_type: "audio",
    child_info: { layout_key: "right", file_name: "a.mp3" },
    duration_ms: 10_000,
  },
  page: { space_type: "html", child_info: { layout_key: "below", file_name: "a.html" } },
};
const withLabels = (labels: Partial<Record<keyof typeof SPACES, JsonRecord>> = {}) =>
  Object.fromEntries(
    Object.entries(SPACES).map(([id, space]) => [id, { ...space, labels: labels[id as "film"] ?? {} }]),
  );

const group = (labels: JsonRecord = {}) =>
  labelledRow("image", {
    listed: { data_type: "group", spaces: withLabels() },
    labels: { spaces: withLabels(), ...labels },
    unit: { data_type: "group" },
  });
const again = (row: ReturnType<typeof group>) => readAgain(row, { spaces: withLabels() });
const PLACE = { xpath: "/html[1]/body[1]/p[1]/text()[1]", offset: 3 };

describe("the parts of a data group are labelled like rows", () => {
  it("are found by id, place in the layout, or file name; else one is told what there is", () => {
    const row = group();
    expect(row.getSpaces().map((space) => space.spaceType)).toEqual(["video", "audio", "html"]);
    expect(row.getSpace({ layoutKey: "right" }).id).toBe("sound");
    expect(row.getSpace({ fileName: "a.html" }).id).toBe("page");
    expect(() => row.getSpace({ id: "smell" })).toThrow(
      /0 spaces with the id "smell".*film \(left, a.mp4\); sound/,
    );
  });

  it("objects and classifications go where they belong, and are read back there", () => {
    const row = group();
    const structure = row.ontologyStructure;
    const car = structure.getChildByTitle("Car", "bounding_box").createInstance();
    car.setForFrames(BOX, { frames: { start: 2, end: 3 } });
    car.setAnswer(4, { attribute: structure.getChildByTitle("Wheels", "attribute") });
    row.getSpace({ id: "film" }).addObjectInstance(car);
    const speaker = structure.getChildByTitle("Speaker", "audio").createInstance();
    speaker.setForFrames({ range: [[100, 200]] });
    row.getSpace({ id: "sound" }).addObjectInstance(speaker);
    const entity = structure.getChildByTitle("Entity", "text").createInstance();
    entity.setForFrames({ rangeHtml: [{ start: PLACE, end: PLACE }] });
    row.getSpace({ id: "page" }).addObjectInstance(entity);
    const caption = structure.getChildByTitle("Caption", "classification");
    const onFilm = row.getSpace({ id: "film" }).createClassificationInstance(caption);
    onFilm.setForFrames({ frames: { start: 0, end: 4 } });
    onFilm.setAnswer("a street");
    row.getSpace({ id: "film" }).addClassificationInstance(onFilm);
    const onSound = row.getSpace({ id: "sound" }).createClassificationInstance(caption);
    onSound.setAnswer("speech");
    row.getSpace({ id: "sound" }).addClassificationInstance(onSound);
    const dict = row.toEncordDict();
    const answers = dict["object_answers"] as Record<string, JsonRecord>;
    expect(answers[speaker.objectHash]).toMatchObject({
      range: [],
      spaces: { sound: { range: [[100, 200]], type: "frame" } },
    });
    expect(answers[entity.objectHash]).toMatchObject({
      spaces: { page: { range: [[PLACE, PLACE]], type: "html" } },
    });
    expect(dict["spaces"]).toMatchObject({
      film: { labels: { "2": { objects: [{ objectHash: car.objectHash }] } } },
      sound: { labels: {} },
    });
    expect(JSON.stringify(dict["spaces"])).not.toContain("child_info");
    const copy = again(row);
    expect(copy.getSpace({ id: "film" }).getObjectInstances()[0]?.getAnnotationFrames()).toEqual([2, 3]);
    expect(copy.getSpace({ id: "film" }).getClassificationInstances()[0]?.rangeList).toEqual([[0, 4]]);
    expect(copy.getSpace({ id: "sound" }).getClassificationInstances()[0]?.getAnswer()).toBe("speech");
    expect(copy.getSpace({ id: "page" }).getObjectInstances()[0]?.getAnnotation().coordinates).toEqual({
      rangeHtml: [{ start: PLACE, end: PLACE }],
    });
    expect(copy.toEncordDict()).toEqual(dict);
  });

  it("answers on frames are listed as in the ontology, those about the whole in reverse", () => {
    const row = group();
    const structure = row.ontologyStructure;
    const comment = structure.getChildByHash("atRainC1", "textAttribute");
    const orders = (["film", "sound"] as const).map((id) => {
      const space = row.getSpace({ id });
      const weather = space.createClassificationInstance(
        structure.getChildByHash("clWeath1", "classification"),
      );
      if (id === "film") weather.setForFrames({ frames: 0 });
      weather.setAnswer(structure.getChildByHash("opRainy1", "option"));
      weather.setAnswer("wet", { attribute: comment });
      space.addClassificationInstance(weather);
      const answers = row.toEncordDict()["classification_answers"] as Record<
        string,
        { classifications: { featureHash: string }[] }
      >;
      return answers[weather.classificationHash]?.classifications.map(({ featureHash }) => featureHash);
    });
    expect(orders).toEqual([
      ["atWeath1", "atRainC1"],
      ["atRainC1", "atWeath1"],
    ]);
  });

  it("an object on two spaces has one entry among the answers, and stays on both", () => {
    const car = { labels: { "0": { objects: [boxJson({ objectHash: "car-1" })], classifications: [] } } };
    const two = { one: { ...SPACES.film, ...car }, two: { ...SPACES.film, ...car } };
    const both = labelledRow("image", {
      listed: { data_type: "group", spaces: two },
      labels: { spaces: two },
    });
    expect(both.toEncordDict()).toMatchObject({
      object_answers: { "car-1": { objectHash: "car-1" } },
      spaces: { one: { labels: { "0": { objects: [{}] } } }, two: { labels: { "0": { objects: [{}] } } } },
    });
  });

  it("dynamic answers say on which part they hold", () => {
    const spaces = { one: { ...SPACES.film, labels: {} }, two: { ...SPACES.film, labels: {} } };
    const row = labelledRow("image", { listed: { data_type: "group", spaces }, labels: { spaces } });
    const speed = row.ontologyStructure.getChildByTitle("Speed", "numericAttribute");
    for (const [id, answer] of [
      ["one", 5],
      ["two", 7],
    ] as const) {
      const car = row.ontologyStructure
        .getChildByTitle("Car", "bounding_box")
        .createInstance({ objectHash: "car-1" });
      car.setForFrames(BOX, { frames: { start: 0, end: 3 } });
      car.setAnswer(answer, { attribute: speed });
      row.getSpace({ id }).addObjectInstance(car);
    }
    expect(row.toEncordDict()["object_actions"]).toMatchObject({
      "car-1": {
        actions: [
          { answers: 5, range: [[0, 3]], spaceId: "one" },
          { answers: 7, spaceId: "two" },
        ],
      },
    });
    const copy = readAgain(row, { spaces });
    const answers = (id: string) => copy.getSpace({ id }).getObjectInstances()[0]?.getDynamicAnswers(speed);
    expect([answers("one"), answers("two")]).toEqual([
      [{ answer: 5, ranges: [[0, 3]] }],
      [{ answer: 7, ranges: [[0, 3]] }],
    ]);
  });

  it("a classification of sound or text is about the whole of it, one of a kind", () => {
    const row = group();
    const sound = row.getSpace({ id: "sound" });
    const caption = row.ontologyStructure.getChildByTitle("Caption", "classification");
    const placed = sound.createClassificationInstance(caption);
    placed.setForFrames({ frames: 0 });
    expect(() => sound.addClassificationInstance(placed)).toThrow(/about all of it: leave setForFrames out/);
    const first = sound.createClassificationInstance(caption);
    sound.addClassificationInstance(first);
    const second = sound.createClassificationInstance(caption);
    expect(() => sound.addClassificationInstance(second)).toThrow(
      /space sound \(audio\) has a "Caption" already/,
    );
    sound.addClassificationInstance(second, { force: true });
    expect(sound.getClassificationInstances()).toEqual([second]);
  });

  it("the group itself has no frames", () => {
    const row = group();
    const car = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
    car.setForFrames(BOX);
    expect(() => row.addObjectInstance(car)).toThrow(/its labels are on its spaces/);
  });

  it("frames and sizes are the space's", () => {
    const film = group().getSpace({ id: "film" });
    const structure = group().ontologyStructure;
    const car = structure.getChildByTitle("Car", "bounding_box").createInstance();
    car.setForFrames(BOX, { frames: 10 });
    expect(() => film.addObjectInstance(car)).toThrow(/space film \(video\) has the frames 0 to 9/);
    const mask = structure.getChildByTitle("Mask", "bitmask").createInstance();
    mask.setForFrames({ width: 9, height: 9, rleString: "a2" });
    expect(() => film.addObjectInstance(mask)).toThrow(/but the frame is 8 × 4/);
  });
});

describe("a group that is not understood is not saved", () => {
  it("a kind of space that is new is an error", () => {
    expect(() => group({ spaces: { odd: { space_type: "smell" } } })).toThrow(
      /Space odd: this client does not know the space type "smell"/,
    );
  });

  it("answers about a space that there is not are an error", () => {
    const entry = {
      classifications: [],
      objectHash: "x",
      spaces: { elsewhere: { range: [], type: "frame" } },
    };
    expect(() => group({ object_answers: { x: entry } })).toThrow(
      /about the space elsewhere, which the row does not have/,
    );
  });
});

describe("the files of a scene", () => {
  const cloud = {
    space_type: "point_cloud",
    scene_info: { stream_id: "lidar", event_index: 3, uri: "https://files.test/scene/cloud.pcd?signature=x" },
    labels: {},
  };

  /** The ontology of the traces has no segmentation. */
  const withSegmentation = () => {
    const row = labelledRow("scene", { listed: { spaces: { cloud } }, labels: { spaces: { cloud } } });
    const ground = row.ontologyStructure.getChildByTitle("Lane");
    return { row, ground: Object.assign(Object.create(ground), { shape: "segmentation" }) as typeof ground };
  };

  it("say which event of which stream they are", () => {
    const { row } = withSegmentation();
    expect(row.getSpace({ fileName: "cloud.pcd" })).toMatchObject({
      id: "cloud",
      event: { streamId: "lidar", index: 3 },
    });
  });

  it("points of a cloud are segmented, in labels that are not kept by frame", () => {
    const { row, ground } = withSegmentation();
    const instance = new ObjectInstance(ground, { objectHash: "ground-1" });
    instance.setForFrames({
      points: [
        [10, 12],
        [0, 3],
        [4, 4],
      ],
    });
    row.getSpace({ id: "cloud" }).addObjectInstance(instance);
    const dict = row.toEncordDict();
    expect(dict["spaces"]).toMatchObject({
      cloud: {
        scene_info: cloud.scene_info,
        labels: { objects: [{ objectHash: "ground-1", segmentation: "055N" }], classifications: [] },
      },
    });
    expect(dict["object_answers"]).toMatchObject({
      "ground-1": { range: [], spaces: { cloud: { range: [], type: "frame" } }, featureHash: "objLane1" },
    });
    const cloudLabels = (dict["spaces"] as Record<string, { labels: { objects: object[] } }>)["cloud"]
      ?.labels;
    expect(cloudLabels?.objects[0]).not.toHaveProperty("createdBy");
    expect((dict["object_answers"] as JsonRecord)["ground-1"]).not.toHaveProperty("createdBy");
    expect(segmentation.read({ segmentation: "055N" })).toEqual({
      points: [
        [0, 4],
        [10, 12],
      ],
    });
  });

  it("what is no run-length text is an error", () => {
    expect(() => segmentation.read({ segmentation: "\u0001" })).toThrow(
      /segmentation is not a run-length text/,
    );
    expect(segmentation.read({ segmentation: [1, 2], name: "Ground" })).toEqual({
      json: { segmentation: [1, 2] },
    });
  });
});

describe("the images of a scene keep their labels in the scene's data unit, as the Python SDK has them", () => {
  const camera = (changes: object = {}) => ({
    space_type: "scene_image",
    scene_info: { stream_id: "camera", event_index: 0, start_frame: 10, uri: "a/1.jpg", ...changes },
    labels: { objects: [], classifications: [] },
  });
  const spaces = { first: camera(), second: camera({ event_index: 1, start_frame: 0 }) };
  const scene = (labels: object) =>
    labelledRow("scene", { listed: { spaces }, labels: { spaces }, unit: { labels } });
  const unitLabels = (row: LabelRow) =>
    Object.values(row.toEncordDict()["data_units"] as Record<string, { labels: object }>)[0]?.labels;
  const one = { objects: [boxJson()], classifications: [] };

  it.each(["camera#10", "first"])("read under %s, written under their first frame", (key) => {
    const row = scene({
      [key]: one,
      "3": { objects: [boxJson({ objectHash: "on-3" })], classifications: [] },
    });
    expect(row.getSpace({ id: "first" }).getObjectInstances()).toHaveLength(1);
    expect(row.getObjectInstances().map((each) => each.objectHash)).toEqual(["on-3"]);
    expect(unitLabels(row)).toMatchObject({ "camera#10": one, "3": { objects: [{ objectHash: "on-3" }] } });
    expect(row.toEncordDict()["spaces"]).toMatchObject({ first: { labels: { objects: [] } } });
  });

  it("the first frame counts before the number of the event", () => {
    const row = scene({ "camera#0": one });
    expect(row.getSpaces().map((each) => each.getObjectInstances().length)).toEqual([0, 1]);
  });

  it("what is drawn on one goes there, and is read again", () => {
    const row = scene({});
    const car = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
    car.setForFrames(BOX);
    row.getSpace({ id: "second" }).addObjectInstance(car);
    expect(unitLabels(row)).toMatchObject({ "camera#0": { objects: [{ objectHash: car.objectHash }] } });
    const again = readAgain(row, { spaces });
    expect(again.getSpace({ id: "second" }).getObjectInstances()).toHaveLength(1);
  });

  it("a key that names neither a frame nor an image is an error", () => {
    expect(() => scene({ "camera#4": one })).toThrow(/the key "camera#4", which is not a frame number/);
  });
});

describe("a continuous recording", () => {
  const events = {
    "0": { objects: [boxJson({ event: "upsert" })], classifications: [] },
    "2000000000": { objects: [boxJson({ event: "delete" })], classifications: [] },
    "3000000000": { objects: [boxJson({ event: "delete", boundingBox: null })], classifications: [] },
  };
  const row = () =>
    labelledRow("scene", { labels: { scene: { isContinuous: true, fps: 0 } }, unit: { labels: events } });

  it("goes back as it came, with what Encord says about it", () => {
    expect(row().toEncordDict()).toMatchObject({
      scene: { isContinuous: true, fps: 0 },
      data_units: { "data-1": { labels: events } },
    });
  });

  it("keeps the labels of its files, which nothing lists", () => {
    const cloudKey = "lidar@1000000000";
    const cloud = { objects: [{ objectHash: "cloud-1", segmentation: "06" }], classifications: [] };
    const parts = {
      object_answers: {
        "object-1": { classifications: [], objectHash: "object-1" },
        "cloud-1": {
          classifications: [],
          objectHash: "cloud-1",
          spaces: { [cloudKey]: { range: [], type: "frame" } },
        },
        "channel-1": { classifications: [], objectHash: "channel-1", spaces: { speed: { range: [[0, 5]] } } },
      },
      classification_answers: {
        "class-1": { classificationHash: "class-1", spaces: { speed: { range: [], type: "frame" } } },
      },
      object_actions: { "channel-1": { actions: [{ spaceId: "speed" }], objectHash: "channel-1" } },
    };
    const recording = labelledRow("scene", {
      labels: { scene: { isContinuous: true }, ...parts },
      unit: { labels: { ...events, [cloudKey]: cloud } },
    });
    expect(recording.getObjectInstances().map((each) => each.objectHash)).toEqual(["object-1"]);
    expect(recording.toEncordDict()).toMatchObject({
      ...parts,
      data_units: { "data-1": { labels: { ...events, [cloudKey]: cloud } } },
    });
  });

  it("takes nothing: its labels are events, which this client cannot make", () => {
    const recording = row();
    const [object] = recording.getObjectInstances();
    expect(() => object?.setForFrames(BOX, { frames: 5 })).toThrow(
      /continuous recording.*nothing can be placed/,
    );
    expect(() => object?.removeFromFrames(0)).toThrow(/continuous recording/);
  });
});

describe("classifications that only the answers place, as newer clients write them", () => {
  const video = { space_type: "video", labels: {}, number_of_frames: 10, width: 8, height: 4 };
  const answer = {
    classifications: [],
    classificationHash: "class-1",
    featureHash: "clCapti1",
    createdBy: "ann@example.com",
    createdAt: "Fri, 30 May 2025 09:15:00 UTC",
    lastEditedBy: "bob@example.com",
    lastEditedAt: "Sat, 31 May 2025 09:15:00 UTC",
    manualAnnotation: false,
    confidence: 0.5,
    range: [],
    spaces: { left: { range: [[2, 3]], type: "frame" } },
  };

  it("keep their frames and their author", () => {
    const row = labelledRow("scene", {
      listed: { data_type: "GROUP", spaces: { left: video } },
      labels: { spaces: { left: video }, classification_answers: { "class-1": answer } },
      unit: { labels: { objects: [], classifications: [] } },
    });
    const [instance] = row.getSpace({ id: "left" }).getClassificationInstances({ filterFrames: 3 });
    expect(instance?.getAnnotation(2).lastEditedBy).toBe("bob@example.com");
    expect(row.toEncordDict()["classification_answers"]).toEqual({ "class-1": answer });
    expect(row.toEncordDict()["spaces"]).toMatchObject({ left: { labels: {} } });
  });
});

describe("what answers say about places is read in every form that there is", () => {
  const author = { createdBy: "ann@example.com", createdAt: "Fri, 30 May 2025 09:15:00 UTC" };
  const classified = (changes: JsonRecord) => ({
    "class-1": {
      classifications: [],
      classificationHash: "class-1",
      featureHash: "clCapti1",
      ...author,
      ...changes,
    },
  });
  const rangeOf = (row: LabelRow) => row.getClassificationInstances().map((each) => each.rangeList);

  it("HTML as pairs and by name, with a type and without", () => {
    const named = { start: PLACE, end: { ...PLACE, offset: 9 } };
    for (const place of [
      { range: [[named.start, named.end]], type: "html" },
      { range: [named], type: "html" },
      { range: [named] },
    ]) {
      const marked = {
        classifications: [],
        objectHash: "text-1",
        featureHash: "objText1",
        spaces: { page: place },
      };
      const row = group({ object_answers: { "text-1": marked } });
      const [object] = row.getSpace({ id: "page" }).getObjectInstances();
      expect(object?.getAnnotation().coordinates).toEqual({ rangeHtml: [named] });
      expect(row.toEncordDict()["object_answers"]).toMatchObject({
        "text-1": { spaces: { page: { range: [[named.start, named.end]], type: "html" } } },
      });
    }
  });

  it("the row itself as the space root, which adds nothing to its own range", () => {
    const spaces = { root: { range: [[1, 1]], type: "frame" } };
    const film = (changes: JsonRecord) =>
      labelledRow("video", { labels: { classification_answers: classified({ spaces, ...changes }) } });
    expect(rangeOf(film({ range: [[0, 0]] }))).toEqual([[[0, 0]]]);
    expect(rangeOf(film({ range: [] }))).toEqual([[[1, 1]]]);
    expect(film({}).toEncordDict()["classification_answers"]).toMatchObject({
      "class-1": { range: [[1, 1]], spaces: {} },
    });
  });

  it("a classification of the group itself, and of it and a part", () => {
    const own = group({ classification_answers: classified({ range: [[0, 0]], spaces: {} }) });
    expect(rangeOf(own)).toEqual([[[0, 0]]]);
    const both = classified({ range: [[0, 0]], spaces: { film: { range: [[2, 3]], type: "frame" } } });
    const row = group({ classification_answers: both });
    expect(rangeOf(row)).toEqual([[[0, 0]]]);
    expect(row.getSpace({ id: "film" }).getClassificationInstances()[0]?.rangeList).toEqual([[2, 3]]);
    expect(row.toEncordDict()["classification_answers"]).toMatchObject(both);
  });
});
