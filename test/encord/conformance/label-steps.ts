/** Steps about label rows and what is on them. */

import type { Bundle, LabelRow, LabelRowFilters } from "../../../src/encord/index.ts";
import type { Answer } from "../../../src/encord/labels/answer.ts";
import { encodeBitmask } from "../../../src/encord/labels/bitmask.ts";
import { ClassificationInstance } from "../../../src/encord/labels/classification-instance.ts";
import type { ObjectInstance } from "../../../src/encord/labels/object-instance.ts";
import { polygon } from "../../../src/encord/labels/shapes/polygon.ts";
import type { Attribute } from "../../../src/encord/ontology/attribute.ts";
import { answer, authorship, coordinatesOf, framesOf } from "./label-arguments.ts";
import { describeAnswer, describeLabels, describeRow } from "./label-descriptions.ts";
import { addRefusedClassification, addRefusedObject, rowForNote } from "./refused-labels.ts";
import type { Operations, Session } from "./replay.ts";
import { isRecord, type Json, type JsonRecord, type Step } from "./trace.ts";

const FRAME_0 = { frames: 0 } as const;

export const labelSteps: Operations = {
  async listLabelRows(session, args, step) {
    session.rows = await session.project.listLabelRows(listingFilters(args));
    if (!session.kept.has("first rows")) session.kept.set("first rows", session.rows);
    const byHash = Array.isArray(step.result) && typeof step.result[0] === "string";
    return session.rows.map((row) => (byHash ? row.dataHash : describeRow(row)));
  },
  async initialiseLabels(session, args, step) {
    const row = await rowOf(session, args);
    await row.initialiseLabels(initialiseOptions(args));
    if (!isRecord(step.result)) return null;
    return { labelHash: row.labelHash, row: describeRow(row), labels: describeLabels(row) };
  },
  async saveLabelRow(session, args) {
    const uninitialised = String(args.note).includes("not initialised");
    const row = uninitialised ? await freshRow(session) : await rowOf(session, args);
    if (args.note === "single save with validation") {
      const [object] = row.getObjectInstances();
      if (object) object.getAnnotation(0).confidence = 0.123;
    }
    await row.save(args.validate_before_saving === true ? { validateBeforeSaving: true } : {});
  },
  async toEncordDict(session, args) {
    const row = await rowOf(session, args);
    if (String(args.note).startsWith("bitmask of 3x3")) {
      const mask = row.ontologyStructure.getChildByHash("objMask1", "bitmask").createInstance();
      mask.setForFrames(encodeBitmask(new Uint8Array(9).fill(1), { width: 3, height: 3 }), FRAME_0);
      row.addObjectInstance(mask);
    }
    return row.toEncordDict();
  },
  async describeLabels(session, args) {
    return describeLabels(await rowOf(session, args));
  },
  async setPriority(session, args) {
    const row = await rowOf(session, args);
    await row.setPriority(Number(args.priority ?? 0.5));
  },
  readPriority: (session) => session.recall<LabelRow[]>("first rows").map((row) => row.priority),
  async workflowReopen(session, args) {
    await (await rowOf(session, args)).workflowReopen();
  },
  async workflowComplete(session, args) {
    await (await rowOf(session, args)).workflowComplete();
  },
  async getValidationErrors(session, args) {
    const errors = await (await rowOf(session, args)).getValidationErrors();
    // Where nothing is wrong Python has None, we have an empty list.
    return errors.length === 0 ? null : errors;
  },
  async addObject(session, args) {
    const note = String(args.note ?? "");
    if (note !== "") return addRefusedObject(rowForNote(session, note), note);
    const row = await rowOf(session, args);
    const object = row.ontologyStructure.getChildByHash(String(args.featureHash), "object");
    const hash = args.objectHash;
    const instance = object.createInstance(typeof hash === "string" ? { objectHash: hash } : {});
    const coordinates = coordinatesOf(row, args.coordinates as JsonRecord);
    instance.setForFrames(coordinates, {
      frames: framesOf(args.frames ?? 0),
      ...authorship(args.metadata),
    });
    answer(row.ontologyStructure, instance, args.answers);
    row.addObjectInstance(instance);
    return { objectHash: instance.objectHash };
  },
  async addClassification(session, args) {
    const row = await rowOf(session, args);
    const note = String(args.note ?? "");
    if (note !== "") return addRefusedClassification(row, note);
    const item = row.ontologyStructure.getChildByHash(String(args.featureHash), "classification");
    const instance = new ClassificationInstance(item, {
      classificationHash: String(args.classificationHash),
      rangeOnly: args.rangeOnly === true,
      carriesMetadata: args.createdWithAnswer === true,
    });
    if (args.frames !== null) {
      instance.setForFrames({ frames: framesOf(args.frames ?? 0), ...authorship(args.metadata) });
    }
    answer(row.ontologyStructure, instance, args.answers);
    row.addClassificationInstance(instance);
    session.kept.set("classification", instance);
    return { classificationHash: instance.classificationHash };
  },
  classificationMetadata(session, args) {
    const instance = session.recall<ClassificationInstance>("classification");
    instance.createdBy = String(args.createdBy);
    instance.createdAt = new Date(String(args.createdAt));
    instance.lastEditedBy = String(args.lastEditedBy);
    instance.lastEditedAt = new Date(String(args.lastEditedAt));
  },
  annotationSetCreatedBy(session, args) {
    const [object] = allObjects(session);
    if (object) object.getAnnotation(0).createdBy = String(args.value);
  },
  setForFrames(session, args) {
    if (String(args.note).startsWith("end 30000")) {
      const [object] = allObjects(session);
      object?.setForFrames({ range: [[29_000, 30_000]] }, { ...FRAME_0, overwrite: true });
      return;
    }
    const object = objectOf(session, args);
    object.setForFrames(object.getAnnotation(object.getAnnotationFrames()[0]).coordinates, {
      frames: framesOf(args.frames ?? 0),
      ...(args.overwrite === true ? { overwrite: true } : {}),
      ...(args.confidence === undefined ? {} : { confidence: Number(args.confidence) }),
    });
  },
  removeFromFrames(session, args) {
    objectOf(session, args).removeFromFrames(framesOf(args.frames ?? 0));
  },
  classificationSetForFrames(session, args) {
    const instance = classificationOf(session, args);
    const [first] = instance.getAnnotations();
    instance.setForFrames({ frames: framesOf(args.frames ?? 0) });
    if (first) for (const each of instance.getAnnotations()) each.copyAuthorship(first);
  },
  classificationRemoveFromFrames(session, args) {
    classificationOf(session, args).removeFromFrames(framesOf(args.frames ?? 0));
  },
  setAnswer(session, args) {
    if (args.objectHash === undefined) {
      // The nested attribute of an option that is not chosen.
      const structure = session.project.ontologyStructure;
      const weather = structure.getChildByHash("clWeath1", "classification").createInstance();
      weather.setAnswer(structure.getChildByHash("opSunny1", "option"));
      weather.setAnswer("x", { attribute: structure.getChildByHash("atRainC1", "attribute") });
      return;
    }
    answer(session.project.ontologyStructure, objectOf(session, args), [args]);
  },
  getAnswer(session, args) {
    const object = objectOf(session, args);
    const attribute = attributeOf(session, args);
    if (!attribute.dynamic) return describeAnswer(object.getAnswer(attribute) as Answer | null);
    return object
      .getDynamicAnswers(attribute, { filterFrame: Number(args.filterFrame) })
      .map((each) => ({ answer: describeAnswer(each.answer as Answer), ranges: each.ranges }));
  },
  deleteAnswer(session, args) {
    const filter = args.filterFrame === undefined ? {} : { filterFrame: Number(args.filterFrame) };
    objectOf(session, args).deleteAnswer(attributeOf(session, args), filter);
  },
  removeObject(session, args) {
    const object = objectOf(session, args);
    rowHolding(session, (row) => row.getObjectInstances().includes(object)).removeObject(object);
  },
  removeClassification(session, args) {
    const instance = classificationOf(session, args);
    rowHolding(session, (row) => row.getClassificationInstances().includes(instance)).removeClassification(
      instance,
    );
  },
  polygonFromDict: (_, args) => polygon.write(polygon.read(args.input as JsonRecord)),
  async framesMetadata(session) {
    return (await rowOf(session, {})).imagesData;
  },
  async imageHash(session, args) {
    const row = await rowOf(session, {});
    const imageHash = row.getImageHash(Number(args.frame));
    return { imageHash, frame: row.getFrameNumber(String(imageHash)), missing: row.getImageHash(99) };
  },
  async frameView(session, args) {
    const row = await rowOf(session, {});
    // One step names a frame by the hash of its image.
    const view = row.getFrameView(typeof args.frame === "number" ? args.frame : String(row.getImageHash(1)));
    return {
      frame: view.frame,
      objects: view.getObjectInstances().map((each) => each.objectHash),
      classifications: view.getClassificationInstances().map((each) => each.classificationHash),
      width: view.width,
      height: view.height,
      title: view.title,
      fileType: view.fileType,
    };
  },
  async getFrameView(session) {
    (await rowOf(session, {})).getFrameView(0);
  },
};

/** Calls of a bundle that act on label rows. */
export async function bundleLabelCall(session: Session, call: JsonRecord, bundle: Bundle): Promise<void> {
  const rows = rowsOfCall(session, call);
  for (const [index, row] of rows) {
    switch (call.op) {
      case "initialiseLabels":
        await row.initialiseLabels({ ...initialiseOptions(call), bundle });
        break;
      case "saveLabelRow": {
        const validate = call.validate_before_saving === "row 2 only" && index === 2;
        await row.save({ bundle, ...(validate ? { validateBeforeSaving: true } : {}) });
        break;
      }
      case "setPriority":
        await row.setPriority(Number(call.priority), { bundle });
        break;
      case "workflowReopen":
        await row.workflowReopen({ bundle });
        break;
      case "workflowComplete":
        await row.workflowComplete({ bundle });
        break;
    }
  }
}

/** What the step shows of the rows after a bundle was sent. */
export function bundledRows(session: Session, step: Step): unknown {
  if (!Array.isArray(step.result)) return null;
  return session.rows
    .slice(0, step.result.length)
    .map((row) => (isRecord((step.result as Json[])[0]) ? describeRow(row) : row.labelHash));
}

function rowsOfCall(session: Session, call: JsonRecord): [number, LabelRow][] {
  if (call.rows === "all") return [...session.rows.entries()];
  const [first = 0, last = first] = String(call.row).split("..").map(Number);
  return [...session.rows.entries()].filter(([index]) => index >= first && index <= last);
}

function listingFilters(args: JsonRecord): LabelRowFilters {
  const entries = Object.entries(args)
    .filter(([name]) => !["auth", "note"].includes(name))
    .map(([name, value]) => [name.replace(/_(.)/g, (_, char: string) => char.toUpperCase()), value]);
  return Object.fromEntries(entries);
}

function initialiseOptions(args: JsonRecord) {
  const flag = (name: string) => (args[name] === undefined ? undefined : args[name] === true);
  const given = {
    overwrite: flag("overwrite"),
    includeSignedUrl: flag("include_signed_url"),
    includeObjectFeatureHashes: args.include_object_feature_hashes as string[] | undefined,
    includeClassificationFeatureHashes: args.include_classification_feature_hashes as string[] | undefined,
    includeReviews: flag("include_reviews"),
    includeArchived: flag("include_archived"),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** The row that a step names, or the one it has in mind. What the recording prepared before is repeated. */
async function rowOf(session: Session, args: JsonRecord): Promise<LabelRow> {
  if (session.rows.length === 0) session.rows = await session.project.listLabelRows();
  const named = session.rows.find(
    (row) => row.dataHash === args.dataHash || (row.labelHash !== null && row.labelHash === args.labelHash),
  );
  const row = named ?? session.rows[0];
  if (!row) throw new Error("No row was listed.");
  await repeatPreparation(session, row);
  return row;
}

/** Requests that no step names and that create or list rows are done when their turn comes. */
async function repeatPreparation(session: Session, row: LabelRow): Promise<void> {
  const named = new Set(session.trace.steps.flatMap((step) => step.exchanges ?? []));
  for (;;) {
    const next = session.server.next;
    if (!next || named.has(next.seq)) return;
    const body = next.requestBody as { query_type?: string; query_method?: string } | null;
    if (body?.query_type !== "labelrow") return;
    if (body.query_method === "PUT" || body.query_method === "GET")
      await row.initialiseLabels({ overwrite: true });
    else if (body.query_method === "POST") await row.save();
  }
}

async function freshRow(session: Session): Promise<LabelRow> {
  const next = session.server.next;
  if ((next?.requestBody as { query_type?: string } | null)?.query_type === "labelrowmetadata") {
    session.rows = await session.project.listLabelRows();
  }
  const row = session.rows.find((each) => !each.isLabellingInitialised);
  if (!row) throw new Error("All rows are initialised.");
  return row;
}

function allObjects(session: Session): ObjectInstance[] {
  return session.rows.filter((row) => row.isLabellingInitialised).flatMap((row) => row.getObjectInstances());
}

function objectOf(session: Session, args: JsonRecord): ObjectInstance {
  const found = allObjects(session).find((object) => object.objectHash === args.objectHash);
  if (!found) throw new Error(`No row has the object ${String(args.objectHash)}.`);
  return found;
}

function classificationOf(session: Session, args: JsonRecord): ClassificationInstance {
  const found = session.rows
    .filter((row) => row.isLabellingInitialised)
    .flatMap((row) => row.getClassificationInstances())
    .find((each) => each.classificationHash === args.classificationHash);
  if (!found) throw new Error(`No row has the classification ${String(args.classificationHash)}.`);
  return found;
}

function rowHolding(session: Session, holds: (row: LabelRow) => boolean): LabelRow {
  const row = session.rows.find((each) => each.isLabellingInitialised && holds(each));
  if (!row) throw new Error("No row holds it.");
  return row;
}

function attributeOf(session: Session, args: JsonRecord): Attribute {
  return session.project.ontologyStructure.getChildByHash(String(args.attribute), "attribute");
}
