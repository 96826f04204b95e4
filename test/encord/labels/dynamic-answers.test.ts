import { describe, expect, it } from "vitest";
import { LabelRowError } from "../../../src/encord/errors.ts";
import { seededHashes } from "../../../src/encord/hashes.ts";
import type { LabelRow } from "../../../src/encord/labels/label-row.ts";
import { BOX, boxJson, demoStructure, labelledRow, readAgain } from "./labelled-row.ts";

const structure = demoStructure();
const occlusion = structure.getChildByHash("atOcclu1", "radioAttribute");
const sides = structure.getChildByHash("atSides1", "checklistAttribute");
const speed = structure.getChildByHash("atSpeed1", "numericAttribute");
const option = (hash: string) => structure.getChildByHash(hash, "nestableOption");
const flat = (hash: string) => structure.getChildByHash(hash, "flatOption");

function carOnRow(row: LabelRow = labelledRow("video")) {
  const car = row.ontologyStructure
    .getChildByHash("objCar01", "bounding_box")
    .createInstance({ objectHash: "car-1" });
  car.setForFrames(BOX, { frames: { start: 0, end: 9 } });
  return car;
}

type Action = {
  answers: unknown;
  range: number[][];
  trackHash: string;
  featureHash: string;
  manualAnnotation: boolean;
};
const actionsOf = (row: LabelRow) =>
  (row.toEncordDict()["object_actions"] as Record<string, { actions: Action[] }>)["car-1"]?.actions ?? [];

describe("dynamic answers hold for ranges of frames", () => {
  it("a later answer takes its frames, equal answers share an entry", () => {
    const car = carOnRow();
    car.setAnswer(option("opOccN01"), { frames: { start: 0, end: 4 } });
    car.setAnswer(option("opOccF01"), { frames: { start: 3, end: 6 } });
    car.setAnswer(option("opOccN01"), { frames: 9 });
    expect(car.getDynamicAnswers(occlusion)).toMatchObject([
      {
        answer: { label: "None" },
        ranges: [
          [0, 2],
          [9, 9],
        ],
      },
      { answer: { label: "Full" }, ranges: [[3, 6]] },
    ]);
    expect(car.getDynamicAnswers(occlusion, { filterFrame: 5 })).toMatchObject([
      { answer: { label: "Full" } },
    ]);
    expect(car.getDynamicAnswers(occlusion, { filterFrame: 7 })).toEqual([]);
  });

  it("without frames the answer holds wherever the object is", () => {
    const car = carOnRow();
    car.setAnswer(5.5, { attribute: speed });
    expect(car.getDynamicAnswers(speed)).toEqual([{ answer: 5.5, ranges: [[0, 9]] }]);
  });

  it("can be taken back on one frame, one answer, or everywhere", () => {
    const car = carOnRow();
    car.setAnswer(5.5, { attribute: speed });
    car.deleteAnswer(speed, { filterFrame: 3 });
    expect(car.getDynamicAnswers(speed)).toEqual([
      {
        answer: 5.5,
        ranges: [
          [0, 2],
          [4, 9],
        ],
      },
    ]);
    car.setAnswer(7, { attribute: speed, frames: 3 });
    car.deleteAnswer(speed, { filterAnswer: 5.5 });
    expect(car.getDynamicAnswers(speed)).toEqual([{ answer: 7, ranges: [[3, 3]] }]);
    car.deleteAnswer(speed);
    expect(car.getDynamicAnswers(speed)).toEqual([]);
  });

  it("leave with the frames that the object leaves", () => {
    const row = labelledRow("video");
    const car = carOnRow();
    car.setAnswer(5.5, { attribute: speed });
    row.addObjectInstance(car);
    car.removeFromFrames({ start: 5, end: 9 });
    expect(car.getDynamicAnswers(speed)).toEqual([{ answer: 5.5, ranges: [[0, 4]] }]);
    expect(actionsOf(row)).toMatchObject([{ answers: 5.5, range: [[0, 4]] }]);
  });

  it("are asked for by their own name, static ones by theirs", () => {
    expect(() => carOnRow().getAnswer(speed)).toThrow(/dynamic; call getDynamicAnswers/);
  });

  it("survive saving and reading, an empty checklist too", () => {
    const row = labelledRow("video");
    const car = carOnRow();
    car.setAnswer([flat("opLeft01"), flat("opFront1")], { frames: { start: 0, end: 3 } });
    car.setAnswer([], { attribute: sides, frames: { start: 4, end: 9 } });
    row.addObjectInstance(car);
    const again = readAgain(row).getObjectInstances()[0];
    expect(again?.getDynamicAnswers(sides, { filterFrame: 2 })).toMatchObject([
      { answer: [{ label: "Front" }, { label: "Left" }], ranges: [[0, 3]] },
    ]);
    expect(again?.getDynamicAnswers(sides, { filterFrame: 4 })).toEqual([{ answer: [], ranges: [[4, 9]] }]);
  });
});

describe("dynamic answers where the object is not", () => {
  it("keep it off the row", () => {
    const row = labelledRow("video");
    const car = carOnRow();
    car.setAnswer(1, { attribute: speed, frames: [8, 12, 13] });
    expect(() => row.addObjectInstance(car)).toThrow(
      /car-1 .*dynamic answers on frames where it is not placed: 12 to 13/,
    );
  });

  it("are refused once it is there, as are frames that the data does not have", () => {
    const row = labelledRow("video");
    const car = carOnRow();
    row.addObjectInstance(car);
    expect(() => car.setAnswer(1, { attribute: speed, frames: 10 })).toThrow(LabelRowError);
    expect(() => car.setAnswer(1, { attribute: speed, frames: [100, 101] })).toThrow(
      /frame 100 does not exist/,
    );
  });
});

describe("the web editor's checklists: an entry per option, ranges overlapping", () => {
  const action = (hash: string, range: number[][], trackHash: string) => ({
    name: "Visible Sides",
    value: "visible_sides",
    featureHash: "atSides1",
    answers: [{ name: "?", value: "?", featureHash: hash }],
    manualAnnotation: true,
    dynamic: true,
    range,
    shouldPropagate: false,
    trackHash,
  });
  const read = (...actions: unknown[]) => {
    const frames = Object.fromEntries(
      Array.from({ length: 10 }, (_, frame) => [
        frame,
        { objects: [boxJson({ objectHash: "car-1" })], classifications: [] },
      ]),
    );
    return labelledRow("video", {
      labels: { object_actions: { "car-1": { actions, objectHash: "car-1" } } },
      unit: { labels: frames },
    });
  };
  const titlesByFrame = (row: LabelRow) =>
    Array.from({ length: 6 }, (_, frame) =>
      row
        .getObjectInstances()[0]
        ?.getDynamicAnswers(sides, { filterFrame: frame })
        .flatMap((each) => each.answer.map((chosen) => chosen.label)),
    );

  it("become the union on each frame, none lost where one range ends as another begins", () => {
    const row = read(action("opFront1", [[0, 2]], "a"), action("opBack01", [[2, 4]], "b"));
    expect(titlesByFrame(row)).toEqual([["Front"], ["Front"], ["Front", "Back"], ["Back"], ["Back"], []]);
    expect(new Set(actionsOf(row).map((each) => each.trackHash))).toEqual(new Set(["b"]));
    expect(titlesByFrame(readAgain(row))).toEqual(titlesByFrame(row));
  });

  it("keep what they say beside the answer: a model's stays one, new fields stay", () => {
    const own = { manualAnnotation: false, shouldPropagate: true, certainty: 0.4 };
    const row = read({ ...action("opFront1", [[0, 1]], "a"), ...own });
    expect(actionsOf(row)).toMatchObject([{ ...own, trackHash: "a" }]);
  });

  it("stay as they are while they do not overlap, each with its track", () => {
    const row = read(action("opFront1", [[0, 1]], "a"), action("opBack01", [[2, 3]], "b"));
    expect(actionsOf(row).map((each) => [each.trackHash, each.range])).toEqual([
      ["b", [[2, 3]]],
      ["a", [[0, 1]]],
    ]);
  });
});

/** A car on frames 0 to 2 that has these answers to its speed, in their order. */
const withSpeeds = (...given: [answer: number | null, range: number[][]][]) => {
  const actions = given.map(([answers, range]) => ({
    answers,
    range,
    featureHash: "atSpeed1",
    trackHash: String(answers),
  }));
  const objects = { objects: [boxJson({ objectHash: "car-1" })], classifications: [] };
  const row = labelledRow("video", {
    labels: { object_actions: { "car-1": { actions, objectHash: "car-1" } } },
    unit: { labels: { "0": objects, "1": objects, "2": objects } },
  });
  return row.getObjectInstances()[0]?.getDynamicAnswers(speed);
};

it("of two numbers on a frame the later in the list counts, as in the Python SDK", () => {
  expect(withSpeeds([10, [[0, 3]]], [20, [[2, 2]]], [30, [[2, 5]]])).toEqual([
    { answer: 10, ranges: [[0, 1]] },
    { answer: 30, ranges: [[2, 5]] },
  ]);
});

it("an entry without an answer takes no frame from the others", () => {
  expect(withSpeeds([10, [[0, 2]]], [null, [[1, 1]]])).toEqual([{ answer: 10, ranges: [[0, 2]] }]);
});

it("what a model answered can be told, and asked for by its answer", () => {
  const row = labelledRow("video");
  const car = carOnRow(row);
  car.setAnswer(1, { attribute: speed, frames: 0, manualAnnotation: false });
  car.setAnswer(1, { attribute: speed, frames: 1 });
  car.setAnswer(2, { attribute: speed, frames: 2 });
  expect(car.getDynamicAnswers(speed, { filterAnswer: 1 })).toEqual([
    { answer: 1, ranges: [[0, 0]] },
    { answer: 1, ranges: [[1, 1]] },
  ]);
  row.addObjectInstance(car);
  expect(actionsOf(row).map((each) => each.manualAnnotation)).toEqual([true, true, false]);
});

describe("track hashes", () => {
  it("come from the row's source, also for answers given before the object was added", () => {
    const tracks = () => {
      const row = labelledRow("video");
      row.hashes = seededHashes("task-1/1");
      const car = carOnRow(row);
      car.setAnswer(option("opOccN01"), { frames: 0 });
      row.addObjectInstance(car);
      car.setAnswer(option("opOccF01"), { frames: 1 });
      return actionsOf(row).map((each) => each.trackHash);
    };
    expect(tracks()).toHaveLength(2);
    expect(tracks()).toEqual(tracks());
  });
});
