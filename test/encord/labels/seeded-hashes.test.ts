import { describe, expect, it } from "vitest";
import { seededHashes } from "../../../src/encord/hashes.ts";
import type { LabelRow } from "../../../src/encord/labels/label-row.ts";
import { BOX, labelledRow, readAgain } from "./labelled-row.ts";

const SEED = "task-1/1";

/** What an agent does: it knows nothing of hashes. */
function annotate(row: LabelRow, width: number): void {
  const car = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
  car.setForFrames({ ...BOX, width });
  const caption = row.ontologyStructure.getChildByTitle("Caption", "classification").createInstance();
  caption.setForFrames();
  caption.setAnswer(`width ${width}`);
  row.addObjectInstance(car);
  row.addClassificationInstance(caption);
}

/** What a run saves that takes off first what the same seed may have added. */
function run(row: LabelRow, width: number): LabelRow {
  const next = seededHashes(SEED);
  row.removeInstancesWithHashes(new Set(Array.from({ length: 100 }, next)));
  row.hashes = seededHashes(SEED);
  annotate(row, width);
  return readAgain(row);
}

const hashesOf = (row: LabelRow) => [
  ...row.getObjectInstances().map((each) => each.objectHash),
  ...row.getClassificationInstances().map((each) => each.classificationHash),
];

describe("what is added to a row gets its hash from the row's source, when it is added", () => {
  it("so a repeated run writes over what the lost one saved, and doubles nothing", () => {
    const once = run(labelledRow(), 0.5);
    const twice = run(once, 0.75);
    expect(hashesOf(twice)).toEqual(hashesOf(once));
    expect(twice.getObjectInstances()[0]?.getAnnotation(0).coordinates).toMatchObject({ width: 0.75 });
    expect(twice.getClassificationInstances()[0]?.getAnswer()).toBe("width 0.75");
  });

  it("what a source was drawn for is replaced when it is drawn from again, and is on the row no more", () => {
    const row = labelledRow();
    const add = () => {
      row.hashes = seededHashes(SEED);
      const car = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
      car.setForFrames(BOX);
      row.addObjectInstance(car);
      return car;
    };
    const [first, second] = [add(), add()];
    expect(row.getObjectInstances()).toEqual([second]);
    expect([first.isAssignedToLabelRow, second.isAssignedToLabelRow]).toEqual([false, true]);
  });

  it("what other hands added stays", () => {
    const row = labelledRow();
    const car = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
    car.setForFrames(BOX);
    row.addObjectInstance(car);
    expect(run(readAgain(row), 0.5).getObjectInstances()).toHaveLength(2);
  });

  it("also on the parts of a group", () => {
    const spaces = { "space-1": { space_type: "image", width: 8, height: 4, labels: {} } };
    const row = labelledRow("image", { listed: { data_type: "group", spaces } });
    row.hashes = seededHashes(SEED);
    const car = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
    car.setForFrames(BOX);
    row.getSpace({ id: "space-1" }).addObjectInstance(car);
    expect(car.objectHash).toBe(seededHashes(SEED)());
    row.removeInstancesWithHashes(new Set([car.objectHash]));
    expect(row.getSpace({ id: "space-1" }).getObjectInstances()).toEqual([]);
  });

  it("a hash that was given is kept, and draws none from the source", () => {
    const row = labelledRow();
    row.hashes = seededHashes(SEED);
    const kept = row.ontologyStructure
      .getChildByTitle("Car", "bounding_box")
      .createInstance({ objectHash: "mine-123" });
    kept.setForFrames(BOX);
    row.addObjectInstance(kept);
    const drawn = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
    drawn.setForFrames(BOX);
    row.addObjectInstance(drawn);
    expect(hashesOf(row)).toEqual(["mine-123", seededHashes(SEED)()]);
  });

  it("what is refused draws none either", () => {
    const row = labelledRow();
    row.hashes = seededHashes(SEED);
    const nowhere = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
    expect(() => row.addObjectInstance(nowhere)).toThrow();
    nowhere.setForFrames(BOX);
    row.addObjectInstance(nowhere);
    expect(hashesOf(row)).toEqual([seededHashes(SEED)()]);
  });

  it("without a source of its own, every row draws unguessable ones", () => {
    const draw = () => {
      const row = labelledRow();
      annotate(row, 0.5);
      return hashesOf(row);
    };
    const [first, second] = [draw(), draw()];
    for (const hash of first) {
      expect(hash).toMatch(/^[A-Za-z0-9+/]{8}$/);
      expect(second).not.toContain(hash);
    }
  });
});
