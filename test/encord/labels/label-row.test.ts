import { describe, expect, it } from "vitest";
import { Bundle } from "../../../src/encord/bundle.ts";
import {
  InvalidArgumentsError,
  LabelRowError,
  ResourceNotFoundError,
  WrongProjectTypeError,
} from "../../../src/encord/errors.ts";
import { LabelRow } from "../../../src/encord/labels/label-row.ts";
import type { Transport } from "../../../src/encord/transport.ts";
import {
  BOX,
  boxJson,
  demoStructure,
  labelledRow,
  labelsJson,
  listedRow,
  NotingTransport,
  readAgain,
} from "./labelled-row.ts";

const rowOf = (transport: Transport, listed: Record<string, unknown> = {}) =>
  new LabelRow({
    transport,
    projectHash: "project-1",
    ontologyStructure: demoStructure(),
    metadata: listedRow(listed),
  });

const named = (n: number) => ({ label_hash: `label-${n}`, data_hash: `data-${n}` });

it("a row without a label status is read and written as the Python SDK does", () => {
  const row = rowOf(new NotingTransport(), { label_status: null });
  expect(row.labelStatus).toBe("_MISSING_LABEL_STATUS_");
  row.fromLabelsDict(labelsJson({ label_status: null }));
  expect(row.toEncordDict().label_status).toBe("_MISSING_LABEL_STATUS_");
});

describe("labels are initialised", () => {
  it("by creating them, once, when there are none", async () => {
    const transport = new NotingTransport(() => [labelsJson({ label_hash: "label-new" })]);
    const row = rowOf(transport, { label_hash: null });
    await row.initialiseLabels();
    expect(transport.legacyRequests).toMatchObject([
      {
        queryMethod: "PUT",
        uid: ["data-1"],
        payload: { multi_request: true, get_signed_url: false, branch_name: "main" },
        retryable: false,
      },
    ]);
    expect([row.labelHash, row.isLabellingInitialised]).toEqual(["label-new", true]);
  });

  it("by reading them when there are some", async () => {
    const transport = new NotingTransport(() => [labelsJson()]);
    await rowOf(transport).initialiseLabels({ includeObjectFeatureHashes: [], includeReviews: true });
    expect(transport.legacyRequests).toMatchObject([
      {
        queryMethod: "GET",
        uid: ["label-1"],
        payload: {
          include_object_feature_hashes: [],
          include_classification_feature_hashes: null,
          include_reviews: true,
          include_export_history: false,
          include_archived: false,
        },
        retryable: true,
      },
    ]);
  });

  it("a second time only when it is meant", async () => {
    const row = rowOf(new NotingTransport(() => [labelsJson()]));
    await row.initialiseLabels();
    await expect(row.initialiseLabels()).rejects.toThrow(/set { overwrite: true }/);
    await row.initialiseLabels({ overwrite: true });
  });

  it("not, when Encord sends labels of other rows only", async () => {
    const row = rowOf(new NotingTransport(() => [labelsJson(named(9))]));
    await expect(row.initialiseLabels()).rejects.toThrow(ResourceNotFoundError);
    expect(row.isLabellingInitialised).toBe(false);
  });

  it("for many rows in one request, whatever the order of the answer", async () => {
    const transport = new NotingTransport(() => [labelsJson(named(2)), labelsJson(named(1))]);
    const rows = [1, 2, 3].map((n) => rowOf(transport, named(n)));
    const bundle = new Bundle();
    for (const row of rows) await row.initialiseLabels({ bundle });
    await bundle.execute();
    expect(transport.legacyRequests.map((request) => request.uid)).toEqual([
      ["label-1", "label-2", "label-3"],
    ]);
    expect(rows.map((row) => row.isLabellingInitialised)).toEqual([true, true, false]);
  });

  it("a row that an answer leaves out is reported when the bundle is settled", async () => {
    const transport = new NotingTransport(() => [labelsJson(named(2)), labelsJson(named(1))]);
    const bundle = new Bundle();
    for (const n of [1, 2, 3]) await rowOf(transport, named(n)).initialiseLabels({ bundle });
    const settled = await bundle.settle();
    expect(settled.map((each) => each.error?.reason)).toEqual([
      undefined,
      undefined,
      expect.stringMatching(/no labels for label row "street.jpg" \(data data-3\)/),
    ]);
    expect(transport.requests).toHaveLength(1);
  });

  it("two objects of one row are both filled, and it is asked for once", async () => {
    const transport = new NotingTransport(() => [labelsJson({ label_hash: "label-new" })]);
    const rows = [1, 2].map(() => rowOf(transport, { label_hash: null }));
    const bundle = new Bundle();
    for (const row of rows) await row.initialiseLabels({ bundle });
    await bundle.execute();
    expect(transport.legacyRequests.map((request) => request.uid)).toEqual([["data-1"]]);
    expect(rows.map((row) => row.labelHash)).toEqual(["label-new", "label-new"]);
  });

  it("rows read with another filter, or of another branch, do not share a request", async () => {
    const transport = new NotingTransport(() => []);
    const bundle = new Bundle();
    await rowOf(transport, named(1)).initialiseLabels({ bundle });
    await rowOf(transport, named(2)).initialiseLabels({ bundle, includeObjectFeatureHashes: ["objCar01"] });
    await rowOf(transport, { ...named(3), label_hash: null }).initialiseLabels({ bundle });
    await rowOf(transport, { ...named(4), label_hash: null, branch_name: "b" }).initialiseLabels({ bundle });
    await bundle.execute();
    expect(transport.legacyRequests.map((request) => request.uid)).toEqual([
      ["label-1"],
      ["label-2"],
      ["data-3"],
      ["data-4"],
    ]);
  });

  it("one row that cannot be read leaves the others alone, and nothing is created twice", async () => {
    const broken = { labels: { objects: [boxJson({ boundingBox: 0 })], classifications: [] } };
    const transport = new NotingTransport((request) =>
      ("uid" in request ? (request.uid as string[]) : []).map((uid) =>
        labelsJson({ label_hash: `of-${uid}`, data_hash: uid }, uid === "data-2" ? broken : {}),
      ),
    );
    const rows = [1, 2, 3].map((n) => rowOf(transport, { ...named(n), label_hash: null }));
    const bundle = new Bundle();
    for (const row of rows) await row.initialiseLabels({ bundle });
    const settled = await bundle.settle();
    expect(transport.requests).toHaveLength(1);
    expect(rows.map((row) => row.isLabellingInitialised)).toEqual([true, false, true]);
    expect(settled.map((each) => each.error?.reason)).toEqual([
      undefined,
      expect.stringMatching(/street.jpg.*data-2.*Object object-1 on frame 0/),
      undefined,
    ]);
  });
});

describe("labels are saved", () => {
  it("as they were when save was called, though the bundle is sent later", async () => {
    const transport = new NotingTransport();
    const row = labelledRow("image", {
      transport,
      unit: { labels: { objects: [boxJson()], classifications: [] } },
    });
    const [car] = row.getObjectInstances();
    const bundle = new Bundle();
    await row.save({ bundle, validateBeforeSaving: true });
    if (car) {
      car.getAnnotation(0).coordinates = { ...BOX, width: 0.9 };
      row.removeObject(car);
    }
    await bundle.execute();
    const [request] = transport.legacyRequests;
    expect(request).toMatchObject({
      queryType: "labelrow",
      queryMethod: "POST",
      uid: ["label-1"],
      retryable: true,
      expects: "written",
    });
    expect(request?.payload).toMatchObject({
      validate_before_saving: true,
      labels: [
        {
          data_units: {
            "data-1": { labels: { objects: [{ boundingBox: { h: 0.25, w: 0.5, x: 0.1, y: 0.2 } }] } },
          },
        },
      ],
    });
  });

  it("only once they are initialised", async () => {
    const row = rowOf(new NotingTransport());
    await expect(row.save()).rejects.toThrow(/not initialised; call initialiseLabels\(\) first/);
    expect(() => row.getObjectInstances()).toThrow(LabelRowError);
  });

  it("only when every object fits, naming the one that does not", async () => {
    const transport = new NotingTransport();
    const row = labelledRow("video", { transport });
    const mask = row.ontologyStructure
      .getChildByTitle("Mask", "bitmask")
      .createInstance({ objectHash: "mask-1" });
    mask.setForFrames({ width: 8, height: 4, rleString: "P1" }, { frames: 2 });
    row.addObjectInstance(mask);
    mask.getAnnotation(2).coordinates = { width: 9, height: 4, rleString: "T1" };
    await expect(row.save()).rejects.toThrow(/object mask-1 \("Mask"\) on frame 2: the bitmask is 9 × 4/);
    expect(transport.requests).toEqual([]);
  });
});

describe("what can be on a row", () => {
  const row = () => labelledRow("video");
  const car = (structure: ReturnType<typeof row>["ontologyStructure"], objectHash = "car-1") =>
    structure.getChildByTitle("Car", "bounding_box").createInstance({ objectHash });

  it("an object on frames that the data has", () => {
    const video = row();
    const instance = car(video.ontologyStructure);
    expect(() => video.addObjectInstance(instance)).toThrow(/on no frame/);
    instance.setForFrames(BOX, { frames: [99, 100] });
    expect(() => video.addObjectInstance(instance)).toThrow(
      /car-1.* on frame 100: frame 100 does not exist: .* has the frames 0 to 99/,
    );
  });

  it("an object on one row at a time; a copy on another", () => {
    const [first, second] = [row(), row()];
    const instance = car(first.ontologyStructure);
    instance.setForFrames(BOX, { createdBy: "ann@example.com" });
    first.addObjectInstance(instance);
    expect(() => second.addObjectInstance(instance)).toThrow(/is on label row .* already/);
    const copy = instance.copy();
    second.addObjectInstance(copy);
    expect(copy.objectHash).not.toBe("car-1");
    expect(copy.getAnnotation(0).createdBy).toBe("ann@example.com");
  });

  it("one object of a hash, unless it is replaced on purpose", () => {
    const video = row();
    for (const frames of [1, 2]) {
      const instance = car(video.ontologyStructure);
      instance.setForFrames(BOX, { frames });
      if (frames === 2)
        expect(() => video.addObjectInstance(instance)).toThrow(/set { force: true } to replace it/);
      video.addObjectInstance(instance, { force: frames === 2 });
    }
    expect(video.getObjectInstances().map((each) => each.getAnnotationFrames())).toEqual([[2]]);
  });

  it("an object's place changes only when that is meant", () => {
    const video = row();
    const instance = car(video.ontologyStructure);
    instance.setForFrames(BOX, { frames: { start: 0, end: 3 } });
    expect(() => instance.setForFrames(BOX, { frames: 3 })).toThrow(/car-1.* is on frame 3 already/);
    instance.setForFrames({ ...BOX, width: 0.75 }, { frames: 3, overwrite: true, confidence: 0.5 });
    expect(instance.getAnnotation(3)).toMatchObject({ coordinates: { width: 0.75 }, confidence: 0.5 });
    expect(instance.getAnnotation(2)).toMatchObject({ coordinates: { width: 0.5 }, confidence: 1 });
    expect(() => instance.getAnnotation(4)).toThrow(/not on frame 4; it is on the frames 0 to 3/);
  });

  it("an object that left its last frame is gone, until it is placed again", () => {
    const video = row();
    const instance = car(video.ontologyStructure);
    instance.setForFrames(BOX, { frames: [1, 2] });
    video.addObjectInstance(instance);
    instance.removeFromFrames({ start: 0, end: 9 });
    expect(video.getObjectInstances()).toEqual([]);
    expect(video.toEncordDict()["object_answers"]).toEqual({});
    instance.setForFrames(BOX, { frames: 5 });
    expect(video.getObjectInstances({ filterFrames: 5 })).toEqual([instance]);
    expect(readAgain(video).getObjectInstances()[0]?.getAnnotationFrames()).toEqual([5]);
    instance.removeFromFrames(5);
    const other = car(video.ontologyStructure);
    other.setForFrames(BOX);
    video.addObjectInstance(other);
    expect(video.getObjectInstances()).toEqual([other]);
  });

  it("a classification that left its last frame is gone, until it is placed again", () => {
    const video = row();
    const instance = video.ontologyStructure.getChildByHash("clTags01", "classification").createInstance();
    instance.setForFrames({ frames: 3 });
    video.addClassificationInstance(instance);
    instance.removeFromFrames(3);
    expect(video.getClassificationInstances()).toEqual([]);
    expect(video.toEncordDict()["classification_answers"]).toEqual({});
    instance.setForFrames({ frames: 4 });
    expect(readAgain(video).getClassificationInstances()[0]?.rangeList).toEqual([[4, 4]]);
  });

  it("one classification of a kind on a frame; with force the others give way", () => {
    const video = row();
    const tags = video.ontologyStructure.getChildByHash("clTags01", "classification");
    const add = (start: number, end: number, force: boolean) => {
      const instance = tags.createInstance();
      instance.setForFrames({ frames: { start, end } });
      video.addClassificationInstance(instance, { force });
      return instance;
    };
    const first = add(0, 9, false);
    expect(() => add(9, 12, false)).toThrow(/another one of its kind, .*, is on the frames 9 of/);
    const second = add(5, 12, true);
    expect([first.rangeList, second.rangeList]).toEqual([[[0, 4]], [[5, 12]]]);
    add(0, 4, true);
    expect(video.getClassificationInstances()).not.toContain(first);
    expect(() => second.setForFrames({ frames: 4 })).toThrow(LabelRowError);
    second.removeFromFrames({ start: 5, end: 8 });
    add(5, 8, false);
    expect(video.getClassificationInstances({ filterFrames: 6 })).toHaveLength(1);
  });

  it("what is refused takes nothing off the row, with force neither", () => {
    const video = row();
    const instance = car(video.ontologyStructure);
    instance.setForFrames(BOX);
    const tags = video.ontologyStructure.getChildByHash("clTags01", "classification");
    const tag = tags.createInstance({ classificationHash: "tag-1" });
    tag.setForFrames({ frames: { start: 0, end: 9 } });
    video.addObjectInstance(instance);
    video.addClassificationInstance(tag);

    const beyond = car(video.ontologyStructure);
    beyond.setForFrames(BOX, { frames: 5000 });
    expect(() => video.addObjectInstance(beyond, { force: true })).toThrow(/5000/);
    const [tooLong, nowhere] = [tags.createInstance(), tags.createInstance({ classificationHash: "tag-1" })];
    tooLong.setForFrames({ frames: { start: 5, end: 5000 } });
    expect(() => video.addClassificationInstance(tooLong, { force: true })).toThrow(/5000|does not exist/);
    expect(() => video.addClassificationInstance(nowhere, { force: true })).toThrow(/on no frame/);
    expect(video.getObjectInstances()).toEqual([instance]);
    expect(video.getClassificationInstances()).toEqual([tag]);
    expect(tag.rangeList).toEqual([[0, 9]]);
  });

  it("one global classification of a kind, on no frames", () => {
    const image = labelledRow();
    const scene = image.ontologyStructure.getChildByHash("clGloba1", "classification");
    image.addClassificationInstance(scene.createInstance());
    expect(() => image.addClassificationInstance(scene.createInstance())).toThrow(
      /has a global "Scene" already/,
    );
    expect(() => scene.createInstance().setForFrames()).toThrow(/is global: .*Leave setForFrames out/);
    image.addClassificationInstance(scene.createInstance(), { force: true });
    expect(image.getClassificationInstances()).toHaveLength(1);
  });

  it("classifications about ranges on sound and text, about frames elsewhere", () => {
    const audio = labelledRow("audio");
    const caption = audio.ontologyStructure.getChildByHash("clCapti1", "classification");
    const wrong = caption.createInstance();
    wrong.setForFrames();
    expect(() => audio.addClassificationInstance(wrong)).toThrow(/createInstance\({ rangeOnly: true }\)/);
    const right = audio.createClassificationInstance(caption);
    right.setForFrames({ frames: { start: 100, end: 200 } });
    audio.addClassificationInstance(right);
    const onImage = caption.createInstance({ rangeOnly: true });
    onImage.setForFrames();
    expect(() => labelledRow().addClassificationInstance(onImage)).toThrow(/leave { rangeOnly } out/);
  });

  it("nothing of another ontology", () => {
    const video = row();
    const instance = car(demoStructure());
    Object.defineProperty(instance.ontologyItem, "featureNodeHash", { value: "elsewher" });
    instance.setForFrames(BOX);
    expect(() => video.addObjectInstance(instance)).toThrow(
      /of a kind that the project's ontology does not have/,
    );
  });
});

describe("authorship", () => {
  it("times come from the row's clock when nobody gave them, authors stay for Encord to fill in", () => {
    const row = labelledRow();
    const car = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
    car.setForFrames(BOX);
    expect(car.getAnnotation(0).createdAt).toBeNull();
    row.addObjectInstance(car);
    const units = row.toEncordDict()["data_units"] as Record<string, { labels: { objects: object[] } }>;
    const annotation = units["data-1"]?.labels.objects[0];
    expect(annotation).toMatchObject({
      createdAt: "Sun, 01 Jun 2025 12:00:00 UTC",
      lastEditedAt: "Sun, 01 Jun 2025 12:00:00 UTC",
      createdBy: null,
      confidence: 1,
      manualAnnotation: true,
    });
    expect(annotation).not.toHaveProperty("lastEditedBy");
  });

  it("authors are email addresses, confidences numbers", () => {
    const car = demoStructure().getChildByTitle("Car", "bounding_box").createInstance();
    expect(() => car.setForFrames(BOX, { createdBy: "ann" })).toThrow(InvalidArgumentsError);
    expect(() => car.setForFrames(BOX, { confidence: Number.NaN })).toThrow(InvalidArgumentsError);
    expect(car.getAnnotationFrames()).toEqual([]);
  });
});

describe("the row's task", () => {
  it("takes 0 as a priority, and needs a Workflow", async () => {
    const transport = new NotingTransport();
    await rowOf(transport).setPriority(0);
    expect(transport.requests).toMatchObject([
      { path: "projects/project-1/priorities", body: { priorities: [["data-1", 0]] } },
    ]);
    await expect(rowOf(transport, { workflow_graph_node: null }).setPriority(1)).rejects.toThrow(
      WrongProjectTypeError,
    );
    await expect(rowOf(transport).setPriority(1.5)).rejects.toThrow(InvalidArgumentsError);
  });

  it("is reopened and completed in bulk, each in its own request", async () => {
    const transport = new NotingTransport();
    const bundle = new Bundle();
    for (const n of [1, 2]) {
      await rowOf(transport, named(n)).workflowComplete({ bundle });
      await rowOf(transport, named(n)).workflowReopen({ bundle });
    }
    await bundle.execute();
    expect(
      transport.legacyRequests.map(({ uid, payload, retryable }) => ({ uid, payload, retryable })),
    ).toEqual([
      { uid: ["label-1", "label-2"], payload: { action: "complete" }, retryable: false },
      { uid: ["label-1", "label-2"], payload: { action: "reopen" }, retryable: false },
    ]);
  });

  it("without labels there is nothing to reopen, and nothing can be completed", async () => {
    const transport = new NotingTransport();
    await rowOf(transport, { label_hash: null }).workflowReopen();
    await expect(rowOf(transport, { label_hash: null }).workflowComplete()).rejects.toThrow(LabelRowError);
    expect(transport.requests).toEqual([]);
  });
});

describe("a listing that is not as documented", () => {
  it("is an error that names the field", () => {
    expect(() => rowOf(new NotingTransport(), { number_of_frames: "many" })).toThrow(
      /labelrowmetadata.*number_of_frames/,
    );
  });

  it("a kind of data that is new can be listed, but not labelled", () => {
    const row = rowOf(new NotingTransport(), { data_type: "HOLOGRAM" });
    expect(row.dataType).toBe("hologram");
    expect(() => row.fromLabelsDict(labelsJson())).toThrow(/does not know the data type "hologram"/);
  });
});
