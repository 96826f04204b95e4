import { describe, expect, it } from "vitest";
import { LabelRowError, OntologyError } from "../../../src/encord/errors.ts";
import { encodeBitmask } from "../../../src/encord/labels/bitmask.ts";
import type { Coordinates } from "../../../src/encord/labels/coordinates.ts";
import { BOX, boxJson, labelledRow, labelsJson, readAgain } from "./labelled-row.ts";

const RING = [
  { x: 0, y: 0 },
  { x: 0.5, y: 0 },
  { x: 0.5, y: 0.5 },
];
const HOLE = [
  { x: 0.1, y: 0.1 },
  { x: 0.2, y: 0.1 },
  { x: 0.2, y: 0.2 },
];
const PLACE = { xpath: "/html[1]/body[1]/p[1]/text()[1]", offset: 3 };

/** Every shape: the kind of data, the object, what is given, and what its JSON is. */
const SHAPES: [string, Parameters<typeof labelledRow>[0], string, Coordinates, Record<string, unknown>][] = [
  ["box", "image", "objCar01", BOX, { boundingBox: { h: 0.25, w: 0.5, x: 0.1, y: 0.2 } }],
  [
    "rotatable box",
    "image",
    "objShip1",
    { ...BOX, theta: 27.5 },
    { rotatableBoundingBox: { h: 0.25, w: 0.5, x: 0.1, y: 0.2, theta: 27.5 } },
  ],
  [
    "circle",
    "image",
    "new_circle",
    { centerX: 0.5, centerY: 0.25, radius: 0.1, stretch: 1, theta: 0 },
    { circle: { x: 0.5, y: 0.25, r: 0.1, stretch: 1, theta: 0 } },
  ],
  [
    "ellipse",
    "image",
    "new_ellipse",
    { centerX: 0.5, centerY: 0.25, radiusX: 0.1, radiusY: 0.2, theta: 30 },
    { ellipse: { x: 0.5, y: 0.25, rx: 0.1, ry: 0.2, theta: 30 } },
  ],
  [
    "polygon with a hole and two parts",
    "image",
    "objBuild",
    { values: RING, polygons: [[RING, HOLE], [HOLE]] },
    {
      polygon: { "0": { x: 0, y: 0 }, "1": { x: 0.5, y: 0 }, "2": { x: 0.5, y: 0.5 } },
      polygons: [
        [
          [0, 0, 0.5, 0, 0.5, 0.5],
          [0.1, 0.1, 0.2, 0.1, 0.2, 0.2],
        ],
        [[0.1, 0.1, 0.2, 0.1, 0.2, 0.2]],
      ],
    },
  ],
  [
    "polyline",
    "image",
    "objLane1",
    { values: RING.slice(0, 2) },
    { polyline: { "0": RING[0], "1": RING[1] } },
  ],
  [
    "polyline in space",
    "scene",
    "objLane1",
    { values: [{ x: 1, y: 2, z: 3 }] },
    { polyline: { "0": { x: 1, y: 2, z: 3 } } },
  ],
  ["point", "image", "objPoint", { x: 0.25, y: 0.75 }, { point: { "0": { x: 0.25, y: 0.75 } } }],
  [
    "skeleton",
    "image",
    "objPose1",
    { values: [{ x: 0.1, y: 0.2, name: "head", featureHash: "skHead01", visibility: "occluded" }] },
    { skeleton: { "0": { x: 0.1, y: 0.2, name: "head", featureHash: "skHead01", visibility: "occluded" } } },
  ],
  [
    "bitmask",
    "image",
    "objMask1",
    { width: 8, height: 4, rleString: "P1" },
    { bitmask: { top: 0, left: 0, width: 8, height: 4, rleString: "P1" } },
  ],
  [
    "cuboid",
    "scene",
    "objCubo1",
    { position: [1, 2, 3], orientation: [0.1, 0.2, 0.3], size: [4, 5, 6] },
    { cuboid: { position: [1, 2, 3], orientation: [0.1, 0.2, 0.3], size: [4, 5, 6] } },
  ],
  [
    "2D cuboid with a vanishing point",
    "image",
    "objCub2D",
    { front: RING, vanishingPoint: { x: 0.4, y: 0.3 }, scaleRatio: 0.75 },
    { cuboid_2d: { front: [0, 0, 0.5, 0, 0.5, 0.5], vanishingPoint: { x: 0.4, y: 0.3 }, scaleRatio: 0.75 } },
  ],
  [
    "2D cuboid with an offset",
    "image",
    "objCub2D",
    { front: RING, offset: { x: 0.05, y: -0.05 } },
    { cuboid_2d: { front: [0, 0, 0.5, 0, 0.5, 0.5], offset: { x: 0.05, y: -0.05 } } },
  ],
];

/** Data units of rows that keep their labels by frame, and those that keep them at once. */
function annotationsOf(row: ReturnType<typeof labelledRow>): Record<string, unknown>[] {
  const units = row.toEncordDict()["data_units"] as Record<string, { labels: Record<string, unknown> }>;
  const labels = Object.values(units)[0]?.labels ?? {};
  const frame = (labels["objects"] ? labels : labels["0"]) as { objects: Record<string, unknown>[] };
  return frame.objects;
}

describe("every drawn shape is written as Encord has it, and read back the same", () => {
  it.each(SHAPES)("%s", (_, kind, featureHash, coordinates, json) => {
    const row = labelledRow(kind);
    const object = row.ontologyStructure.getChildByHash(featureHash, "object").createInstance();
    object.setForFrames(coordinates);
    row.addObjectInstance(object);
    expect(annotationsOf(row)[0]).toMatchObject(json);
    const [again] = readAgain(row).getObjectInstances();
    expect(again?.getAnnotation(0).coordinates).toEqual(coordinates);
  });
});

describe("stretches of sound and text live among the answers", () => {
  it.each([
    ["audio", "objAudio", { range: [[100, 900] as const, [901, 1200] as const] }, { range: [[100, 1200]] }],
    ["series", "new_time_range", { range: [[5, 9] as const] }, { range: [[5, 9]] }],
    [
      "text",
      "objText1",
      { range: [[10, 15] as const, [0, 5] as const] },
      {
        range: [
          [0, 5],
          [10, 15],
        ],
      },
    ],
    [
      "html",
      "objText1",
      { rangeHtml: [{ start: PLACE, end: PLACE }] },
      { range: [], range_html: [{ start: PLACE, end: PLACE }] },
    ],
  ] as const)("%s", (kind, featureHash, coordinates, json) => {
    const row = labelledRow(kind);
    const object = row.ontologyStructure.getChildByHash(featureHash, "object").createInstance();
    object.setForFrames(coordinates, { createdBy: "ann@example.com", confidence: 0.5 });
    row.addObjectInstance(object);
    const dict = row.toEncordDict();
    const answers = dict["object_answers"] as Record<string, unknown>;
    expect(answers[object.objectHash]).toMatchObject({
      ...json,
      createdBy: "ann@example.com",
      confidence: 0.5,
      shape: object.ontologyItem.shape,
    });
    expect(Object.values(dict["data_units"] as object)[0]).toMatchObject({ labels: {} });
    expect(readAgain(row, { file_type: row.fileType }).toEncordDict()).toEqual(dict);
  });

  it("plain text takes no HTML ranges, and HTML no character ranges", () => {
    const html = { rangeHtml: [{ start: PLACE, end: PLACE }] };
    for (const [kind, coordinates] of [
      ["text", html],
      ["html", { range: [[0, 3]] }],
    ] as const) {
      const row = labelledRow(kind);
      const object = row.ontologyStructure.getChildByHash("objText1", "text").createInstance();
      object.setForFrames(coordinates as never);
      expect(() => row.addObjectInstance(object)).toThrow(/in HTML have { rangeHtml }/);
    }
  });
});

describe("labels written by older clients are read too", () => {
  const read = (featureHash: string, shape: Record<string, unknown>) => {
    const labels = {
      objects: [boxJson({ featureHash, boundingBox: undefined, ...shape })],
      classifications: [],
    };
    const row = labelledRow("image", { unit: { labels } });
    return row.getObjectInstances()[0]?.getAnnotation(0).coordinates;
  };

  it("a polygon as an index map alone, sorted by number", () => {
    const map = { "10": { x: 0.4, y: 0.4 }, "2": { x: 0.3, y: 0.3 }, "0": { x: 0.1, y: 0.1 } };
    const values = [map["0"], map["2"], map["10"]];
    expect(read("objBuild", { polygon: map })).toEqual({ values, polygons: [[values]] });
    expect(read("objBuild", { polygon: values, polygons: null })).toEqual({ values, polygons: [[values]] });
  });

  it("where polygon and polygons differ, polygons counts, also in what is written", () => {
    const polygon = { "0": { x: 0.9, y: 0.9 } };
    const polygons = [[[0, 0, 0.5, 0, 0.5, 0.5]]];
    expect(read("objBuild", { polygon, polygons })).toEqual({ values: RING, polygons: [[RING]] });
    const labels = {
      objects: [boxJson({ featureHash: "objBuild", polygon, polygons })],
      classifications: [],
    };
    const [written] = annotationsOf(labelledRow("image", { unit: { labels } }));
    expect(written?.["polygon"]).toEqual({ "0": RING[0], "1": RING[1], "2": RING[2] });
  });

  it("a circle without its stretch and turn, as it may also be given", () => {
    expect(read("new_circle", { circle: { x: 0.5, y: 0.25, r: 0.1 } })).toMatchObject({
      stretch: 1,
      theta: 0,
    });
    const row = labelledRow();
    const circle = row.ontologyStructure.getChildByHash("new_circle", "circle").createInstance();
    circle.setForFrames({ centerX: 0.5, centerY: 0.25, radius: 0.1 });
    row.addObjectInstance(circle);
    expect(annotationsOf(row)[0]).toMatchObject({
      circle: { x: 0.5, y: 0.25, r: 0.1, stretch: 1, theta: 0 },
    });
    expect(() => circle.setForFrames({ centerX: 0.5, centerY: 0.25 } as never)).toThrow(
      /"radius" is missing/,
    );
  });

  it("a 2D cuboid that has both: its vanishing point counts, as in the Python SDK", () => {
    const both = {
      front: [0, 0, 1, 0, 1, 1],
      vanishingPoint: { x: 0, y: 0 },
      scaleRatio: 1,
      offset: { x: 1, y: 1 },
    };
    expect(read("objCub2D", { cuboid_2d: both })).toMatchObject({ scaleRatio: 1 });
  });

  it("a skeleton's visibility as a flag of its own", () => {
    const skeleton = {
      "0": { x: 0.1, y: 0.2, name: "head", occluded: true, visible: true, visibility: "visible" },
    };
    expect(read("objPose1", { skeleton })).toEqual({
      values: [{ x: 0.1, y: 0.2, name: "head", visibility: "occluded" }],
    });
  });
});

describe("coordinates that cannot be saved are refused where they are given, naming object and frame", () => {
  const car = () =>
    labelledRow()
      .ontologyStructure.getChildByHash("objCar01", "bounding_box")
      .createInstance({ objectHash: "car-1" });

  it("numbers that JSON would turn into null", () => {
    expect(() => car().setForFrames({ ...BOX, width: Number.NaN }, { frames: 3 })).toThrow(
      /object car-1 \("Car"\) on frame 3: A bounding box has the numbers height, width.*"width" is NaN/,
    );
  });

  it("coordinates of another shape", () => {
    expect(() => car().setForFrames({ x: 0.5, y: 0.5 } as never)).toThrow(LabelRowError);
    const building = labelledRow().ontologyStructure.getChildByHash("objBuild", "polygon").createInstance();
    expect(() => building.setForFrames(BOX as never)).toThrow(/{ values: points } or { polygons/);
    expect(() => building.setForFrames({ polygons: [[]] })).toThrow(/at least one ring/);
  });

  it("a bitmask of another size than its frame, also of a DICOM slice with a size of its own", () => {
    const mask = encodeBitmask(new Uint8Array(4), { width: 2, height: 2 });
    const place = (kind: "image" | "dicom", frame: number) => {
      const row = labelledRow(kind);
      const object = row.ontologyStructure.getChildByHash("objMask1", "bitmask").createInstance();
      object.setForFrames(mask, { frames: frame });
      row.addObjectInstance(object);
    };
    expect(() => place("image", 0)).toThrow(
      /on frame 0: the bitmask is 2 × 2, but the frame is 8 × 4 pixels/,
    );
    expect(() => place("dicom", 0)).toThrow(/the frame is 8 × 4/);
    place("dicom", 3);
  });

  it("a stretch of sound on a picture, and a box on sound", () => {
    const image = labelledRow("image");
    const speaker = image.ontologyStructure.getChildByHash("objAudio", "audio").createInstance();
    speaker.setForFrames({ range: [[0, 5]] });
    expect(() => image.addObjectInstance(speaker)).toThrow(
      /audio cannot be placed on label row "street.jpg"/,
    );
    const audio = labelledRow("audio");
    const box = audio.ontologyStructure.getChildByHash("objCar01", "bounding_box").createInstance();
    box.setForFrames(BOX);
    expect(() => audio.addObjectInstance(box)).toThrow(/takes audio objects/);
  });

  it("a polyline with a z on some of its points", () => {
    const lane = labelledRow().ontologyStructure.getChildByHash("objLane1", "polyline").createInstance();
    expect(() =>
      lane.setForFrames({
        values: [
          { x: 0, y: 0, z: 1 },
          { x: 1, y: 1 },
        ],
      }),
    ).toThrow(/1 of 2 have one/);
  });
});

describe("labels that cannot be read are an error that names the place", () => {
  it.each([
    [{ boundingBox: { h: 1, w: 1, x: 1 } }, /Object object-1 on frame 0: y is missing/],
    [{ boundingBox: undefined }, /Object object-1 on frame 0: boundingBox is missing/],
    [{ objectHash: undefined }, /Object without a hash on frame 0: objectHash is missing/],
    [{ createdAt: "once upon a time" }, /createdAt is "once upon a time"; expected a time/],
    [{ confidence: "high" }, /confidence is "high"; expected a number/],
  ])("%j", (changes, message) => {
    const labels = { objects: [boxJson(changes)], classifications: [] };
    expect(() => labelledRow("image", { unit: { labels } })).toThrow(message);
  });

  it("a kind of object that the ontology does not have", () => {
    const labels = { objects: [boxJson({ featureHash: "unknown1" })], classifications: [] };
    expect(() => labelledRow("image", { unit: { labels } })).toThrow(OntologyError);
  });

  it("the same object twice on a frame", () => {
    const labels = { objects: [boxJson(), boxJson()], classifications: [] };
    expect(() => labelledRow("image", { unit: { labels } })).toThrow(
      /Object object-1 on frame 0: The object is on this frame twice/,
    );
  });

  it("a row that fails to be read stays as it was", () => {
    const row = labelledRow("image", { unit: { labels: { objects: [boxJson()], classifications: [] } } });
    expect(() =>
      row.fromLabelsDict(labelsJson({}, { labels: { objects: [boxJson({ boundingBox: 1 })] } })),
    ).toThrow(LabelRowError);
    expect(row.getObjectInstances()).toHaveLength(1);
  });
});
