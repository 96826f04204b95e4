import { describe, expect, it } from "vitest";
import { BOX, boxJson, labelledRow } from "./labelled-row.ts";

const image = (hash: string, sequence: number, objects: unknown[] = []) => ({
  data_hash: hash,
  data_title: `${hash}.png`,
  data_type: "image/png",
  data_sequence: String(sequence),
  data_link: `https://files.test/${hash}`,
  width: 10 + sequence,
  height: 20,
  labels: { objects, classifications: [] },
});

const album = () =>
  labelledRow("image", {
    listed: { data_type: "IMG_GROUP", number_of_frames: 3 },
    // Out of order on purpose: the sequence counts.
    labels: { data_units: { c: image("c", 2, [boxJson()]), a: image("a", 0), b: image("b", 1) } },
  });

describe("frames of a row", () => {
  it("are the images of an image group, by number or by hash", () => {
    const row = album();
    expect(row.getFrameView("c")).toMatchObject({
      frame: 2,
      width: 12,
      title: "c.png",
      fileType: "image/png",
      imageHash: "c",
    });
    expect([
      row.getImageHash(1),
      row.getImageHash(7),
      row.getFrameNumber("b"),
      row.getFrameNumber("z"),
    ]).toEqual(["b", null, 1, null]);
    expect(row.getFrameViews().map((view) => view.getObjectInstances().length)).toEqual([0, 0, 1]);
    expect(row.toEncordDict()).toMatchObject({
      data_units: { c: { data_sequence: "2", labels: { objects: [{ objectHash: "object-1" }] } } },
    });
  });

  it("that there are not are an error that says which there are", () => {
    expect(() => album().getFrameView(3)).toThrow(/no frame 3; it has 0 to 2/);
    expect(() => album().getFrameView("z")).toThrow(/no image with the hash z/);
  });

  it("take objects and classifications, which come onto the row with their first frame", () => {
    const row = labelledRow("video");
    const car = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
    const caption = row.ontologyStructure.getChildByTitle("Caption", "classification").createInstance();
    for (const frame of [3, 4]) {
      row.getFrameView(frame).addObjectInstance(car, BOX, { confidence: 0.5 });
      row.getFrameView(frame).addClassificationInstance(caption);
    }
    expect(row.getObjectInstances().map((each) => each.getAnnotationFrames())).toEqual([[3, 4]]);
    expect(row.getClassificationInstances()[0]?.rangeList).toEqual([[3, 4]]);
    expect(row.getFrameView(4).getObjectInstances()).toEqual([car]);
  });

  it("sound and text have none", () => {
    expect(() => labelledRow("audio").getFrameView()).toThrow(/has no frames: it is audio/);
  });

  it("an image is the one frame that it has", () => {
    const row = labelledRow();
    expect([row.getImageHash(0), row.getImageHash(1), row.getFrameNumber("data-1")]).toEqual([
      "data-1",
      null,
      0,
    ]);
    expect(labelledRow("video").getImageHash(0)).toBeNull();
  });

  it("tell what is on them of one kind", () => {
    const row = labelledRow("image", { unit: { labels: { objects: [boxJson()], classifications: [] } } });
    const [car, other] = ["objCar01", "objShip1"].map((hash) =>
      row.ontologyStructure.getChildByHash(hash, "object"),
    );
    if (!car || !other) throw new Error("no such objects");
    expect(row.getFrameView().getObjectInstances({ filterOntologyObject: car })).toHaveLength(1);
    expect(row.getFrameView().getObjectInstances({ filterOntologyObject: other })).toEqual([]);
  });

  it("what Encord knows of DICOM is told by the row and by its slices", () => {
    const row = labelledRow("dicom");
    expect(row.metadata).toEqual({ patientId: null, studyUid: "1.2", seriesUid: "1.2.3" });
    expect(row.getFrameView(3).metadata).toEqual({
      dicomInstanceUid: "1.2.3.4",
      multiframeFrameNumber: null,
      fileUri: "a/3.dcm",
      width: 2,
      height: 2,
    });
    expect([row.getFrameView(4).metadata, labelledRow().metadata]).toEqual([null, null]);
  });

  it("a slice of DICOM has a size of its own", () => {
    const row = labelledRow("dicom");
    expect([row.getFrameView(3).width, row.getFrameView(4).width]).toEqual([2, 8]);
  });
});
