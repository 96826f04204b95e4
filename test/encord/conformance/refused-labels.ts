/** Objects and classifications that the recording tried to add and could not; its notes say which. */

import type { LabelRow } from "../../../src/encord/index.ts";
import { ClassificationInstance } from "../../../src/encord/labels/classification-instance.ts";
import type { Session } from "./replay.ts";

const FRAME_0 = { frames: 0 } as const;
const BOX = { height: 0.25, width: 0.5, topLeftX: 0.1, topLeftY: 0.2 };

export function rowForNote(session: Session, note: string): LabelRow {
  const fileType = note.endsWith("HTML file")
    ? "text/html"
    : note.endsWith("plain text file")
      ? "text/plain"
      : null;
  const row = session.rows.find((each) => fileType === null || each.fileType === fileType);
  if (!row) throw new Error(`No row is of the type ${String(fileType)}.`);
  return row;
}

/** Objects that the recording tried to add and could not. */
export function addRefusedObject(row: LabelRow, note: string): void {
  const structure = row.ontologyStructure;
  const car = structure.getChildByHash("objCar01", "bounding_box").createInstance();
  if (note === "object without frames") {
    row.addObjectInstance(car);
  } else if (note.startsWith("dynamic answer on a frame without")) {
    car.setForFrames(BOX, FRAME_0);
    car.setAnswer("late", { attribute: structure.getChildByHash("atNote01", "attribute"), frames: [5] });
    row.addObjectInstance(car);
  } else if (
    note.startsWith("TextCoordinates on an HTML file") ||
    note.startsWith("HtmlCoordinates on a plain")
  ) {
    const text = structure.getChildByHash("objText1", "text").createInstance();
    const place = { xpath: "/html[1]/body[1]/p[1]/text()[1]", offset: 0 };
    text.setForFrames(
      note.startsWith("Text")
        ? { range: [[0, 3]] }
        : { rangeHtml: [{ start: place, end: { ...place, offset: 2 } }] },
      FRAME_0,
    );
    row.addObjectInstance(text);
  } else {
    throw new Error(`The recording adds an object in an unknown way: ${note}.`);
  }
}

/** Classifications that the recording tried to add and could not. */
export function addRefusedClassification(row: LabelRow, note: string): void {
  const structure = row.ontologyStructure;
  const tags = (options = {}) =>
    new ClassificationInstance(structure.getChildByHash("clTags01", "classification"), {
      carriesMetadata: true,
      ...options,
    });
  if (note === "same kind already on frame 0" || note === "overlaps frame 12") {
    const instance = tags();
    instance.setForFrames({ frames: note.includes("12") ? [{ start: 12, end: 14 }] : 0 });
    row.addClassificationInstance(instance);
  } else if (note === "no frames set") {
    row.addClassificationInstance(tags());
  } else if (note === "not range only") {
    const instance = tags();
    instance.setForFrames(FRAME_0);
    row.addClassificationInstance(instance);
  } else if (note === "second global of the same kind") {
    row.addClassificationInstance(structure.getChildByHash("clGloba1", "classification").createInstance());
  } else {
    throw new Error(`The recording adds a classification in an unknown way: ${note}.`);
  }
}
