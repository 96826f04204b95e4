/**
 * The labels of a row once they are fetched: its data units, its objects and classifications, and how they are written.
 *
 * Long because it holds the order of reading beside that of writing; each step is in a file of its own.
 */

import { LabelRowError } from "../errors.ts";
import type { HashSource } from "../hashes.ts";
import type { JsonObject } from "../json.ts";
import type { OntologyStructure } from "../ontology/ontology-structure.ts";
import type { DataUnit } from "./data-unit.ts";
import { holdsOneFrame, labelledData, readUnits, refuseFrames } from "./data-units.ts";
import { type DicomSeriesMetadata, readSeriesMetadata } from "./dicom-metadata.ts";
import { InstanceSet } from "./instance-set.ts";
import {
  type Fields,
  located,
  objectOf,
  optionalObjectIn,
  optionalTextIn,
  optionalTimeIn,
  textIn,
} from "./label-json.ts";
import { DATA_TYPES, type LabelRowMetadata, MISSING_LABEL_STATUS } from "./label-row-metadata.ts";
import { formatLabelTime } from "./label-time.ts";
import {
  type AnswerParts,
  answerPartsOf,
  readAllAnswers,
  readFrame,
  readFrames,
  readRangedClassifications,
  readStretches,
} from "./read-labels.ts";
import { type FileLabels, putBackFiles, takeOutFiles } from "./recording.ts";
import { readSceneImages, sceneImagesOf, writeSceneImages } from "./scene-images.ts";
import { Space } from "./space.ts";
import {
  mergedActions,
  mergedAnswer,
  readSpacedClassifications,
  readSpacedStretches,
  refuseUnknownSpaces,
  spacedClassificationAnswer,
  spacedObjectActions,
  spacedObjectAnswer,
} from "./space-answers.ts";
import {
  emptyFrame,
  writeClassificationAnswers,
  writeFrames,
  writeObjectActions,
  writeObjectAnswers,
} from "./write-labels.ts";

export interface LabelsOptions {
  readonly metadata: LabelRowMetadata;
  readonly structure: OntologyStructure;
  readonly description: string;
  readonly now: () => Date;
  readonly hashes: () => HashSource;
}

/** The part of the row's metadata that the labels' JSON repeats, and which is newer there. */
type Header = Pick<
  LabelRowMetadata,
  | "labelHash"
  | "branchName"
  | "createdAt"
  | "lastEditedAt"
  | "dataHash"
  | "datasetHash"
  | "datasetTitle"
  | "dataTitle"
  | "labelStatus"
  | "annotationTaskStatus"
>;

export class Labels {
  readonly labelHash: string;
  readonly header: Header;
  readonly instances: InstanceSet;
  /** The parts of a data group or scene, by id. */
  readonly spaces: ReadonlyMap<string, Space>;
  readonly #units: readonly DataUnit[];
  readonly #readAt: Date;
  readonly #isImageGroup: boolean;
  /** What Encord says about a scene, which goes back as it came. */
  readonly #scene: JsonObject | null;
  /** The labels of a continuous recording's files, which go back as they came. */
  #files: FileLabels | null = null;

  /** @throws LabelRowError or OntologyError naming the place that cannot be read */
  constructor(blob: unknown, options: LabelsOptions) {
    const row = objectOf(blob, "The label row");
    const { dataType } = options.metadata;
    if (!(DATA_TYPES as readonly string[]).includes(dataType)) {
      throw new LabelRowError(`this client does not know the data type "${dataType}".`);
    }
    this.#readAt = options.now();
    this.#isImageGroup = dataType === "img_group";
    this.labelHash = textIn(row, "label_hash");
    this.header = readHeader(row, this.labelHash);
    this.#units = readUnits(row, dataType);
    // What came out of JSON.parse is JSON.
    this.#scene = row["scene"] == null ? null : (objectOf(row["scene"], "scene") as JsonObject);
    this.instances = new InstanceSet({
      ...options,
      data: labelledData(options.metadata, this.#units, options.description, this.#scene ?? {}),
    });
    this.spaces = readSpaces(row, options);
    this.#read(row);
  }

  /** The unit that a frame belongs to: in image groups the image itself. Undefined when there is no such frame. */
  unitOf(frame: number): DataUnit | undefined {
    const [first] = this.#units;
    return this.#isImageGroup ? this.#units.find((unit) => unit.sequence === frame) : first;
  }

  /** The unit with this hash: an image of an image group. */
  unitWithHash(dataHash: string): DataUnit | undefined {
    return this.#units.find((unit) => unit.dataHash === dataHash);
  }

  /** Link of the only data unit; image groups have one for each image. */
  get dataLink(): string | null {
    return this.#units.length === 1 ? (this.#units[0]?.link ?? null) : null;
  }

  /** @throws LabelRowError naming the field that is not as documented */
  get seriesMetadata(): DicomSeriesMetadata | null {
    return readSeriesMetadata(this.#units[0]?.metadata ?? {});
  }

  /** @throws LabelRowError naming the first object or classification, and the frame, that could not be saved */
  check(): void {
    for (const set of this.sets()) set.check();
  }

  /** Everything that holds labels: the row itself, then its spaces. */
  *sets(): Generator<InstanceSet, void, undefined> {
    yield this.instances;
    for (const space of this.spaces.values()) yield space.instances;
  }

  toJson(metadata: LabelRowMetadata): JsonObject {
    const row = this.#ownJson(metadata);
    return this.#files ? putBackFiles(row, this.#files) : row;
  }

  #ownJson(metadata: LabelRowMetadata): JsonObject {
    const now = this.#readAt;
    const set = this.instances;
    return {
      label_hash: this.labelHash,
      branch_name: metadata.branchName,
      created_at: metadata.createdAt && formatLabelTime(metadata.createdAt),
      last_edited_at: metadata.lastEditedAt && formatLabelTime(metadata.lastEditedAt),
      data_hash: metadata.dataHash,
      dataset_hash: metadata.datasetHash,
      dataset_title: metadata.datasetTitle,
      data_title: metadata.dataTitle,
      data_type: metadata.dataType,
      annotation_task_status: metadata.annotationTaskStatus,
      is_shadow_data: metadata.isShadowData,
      object_answers: this.#withSpaces(writeObjectAnswers(set, now), (space) =>
        space
          .getObjectInstances()
          .map((object) => [object.objectHash, spacedObjectAnswer(space, object, now)]),
      ),
      classification_answers: this.#withSpaces(writeClassificationAnswers(set, now), (space) =>
        space
          .getClassificationInstances()
          .map((each) => [each.classificationHash, spacedClassificationAnswer(space, each, now)]),
      ),
      object_actions: this.#withSpaces(
        writeObjectActions(set),
        (space) =>
          space.getObjectInstances().flatMap((object) => {
            const actions = spacedObjectActions(space, object);
            return actions ? [[object.objectHash, actions] as const] : [];
          }),
        mergedActions,
      ),
      label_status: metadata.labelStatus,
      data_units: this.#writeUnits(metadata),
      spaces: this.#writeSpaces(),
      ...(this.#scene ? { scene: this.#scene } : {}),
    };
  }

  #read(row: Fields): void {
    const root = [...this.spaces.values()].find((space) => space.isRoot)?.instances;
    const set = this.instances;
    let parts = answerPartsOf(row, root !== undefined || this.spaces.has("root"));
    const images = sceneImagesOf(this.spaces.values());
    const [recording] = set.data.isContinuous ? this.#units : [];
    let ownLabels: Fields | null = null;
    if (recording) {
      const names = new Set(images.flatMap((image) => image.unitKeys));
      const isKnown = (name: string) => names.has(name) || this.spaces.has(name);
      const { files, rest } = takeOutFiles(recording.labels, parts, isKnown);
      this.#files = files;
      parts = rest;
      ownLabels = rest.labels;
    }
    refuseUnknownSpaces(parts, new Set(this.spaces.keys()));
    readRangedClassifications(set, parts, root);
    for (const space of this.spaces.values()) readSpace(space, parts);
    if (set.data.kind === "frames") {
      for (const unit of this.#units) {
        try {
          // Only in image groups is the sequence the frame; elsewhere the only unit holds the only frame.
          if (holdsOneFrame(unit.labels))
            readFrame(set, parts, this.#isImageGroup ? unit.sequence : 0, unit.labels);
          else readFrames(set, parts, readSceneImages(images, parts, ownLabels ?? unit.labels));
        } catch (error) {
          throw located(error, `Data unit ${unit.dataHash}`);
        }
      }
    } else {
      for (const unit of this.#units) refuseFrames(unit.labels, `Data unit ${unit.dataHash}`);
      if (set.data.kind !== "none") readStretches(set, parts);
    }
    readAllAnswers(set, parts);
    for (const space of this.spaces.values()) readAllAnswers(space.instances, parts, space.id);
  }

  /** Entries by hash, those of the row first. */
  #withSpaces(
    entries: JsonObject,
    ofSpace: (space: Space) => readonly (readonly [hash: string, entry: JsonObject])[],
    merged: typeof mergedAnswer = mergedAnswer,
  ): JsonObject {
    const all = new Map(Object.entries(entries) as [string, JsonObject][]);
    for (const space of this.spaces.values()) {
      for (const [hash, entry] of ofSpace(space)) all.set(hash, merged(all.get(hash), entry));
    }
    return Object.fromEntries(all);
  }

  #writeSpaces(): JsonObject {
    const spaces: [string, JsonObject][] = [];
    for (const [id, space] of this.spaces) {
      const isDrawn = space.instances.data.kind === "frames" && space.unitKeys.length === 0;
      spaces.push([id, space.toJson(isDrawn ? writeFrames(space.instances, this.#readAt) : new Map())]);
    }
    return Object.fromEntries(spaces);
  }

  #writeUnits(metadata: LabelRowMetadata): JsonObject {
    const { dataType } = metadata;
    const isDrawn = this.instances.data.kind === "frames";
    const frames = isDrawn ? writeFrames(this.instances, this.#readAt) : new Map<number, JsonObject>();
    const isFrame = dataType === "image" || dataType === "img_group" || dataType === "group";
    const images = writeSceneImages(sceneImagesOf(this.spaces.values()), this.#readAt);
    const units = this.#units.map((unit) => {
      const frame = this.#isImageGroup ? unit.sequence : 0;
      const labels = isFrame
        ? (frames.get(frame) ?? emptyFrame())
        : Object.fromEntries([...frames, ...images]);
      if (isFrame) frames.delete(frame);
      return [unit.dataHash, unit.toJson(labels, metadata)] as const;
    });
    const [lost] = isFrame ? frames.keys() : [];
    if (lost !== undefined) {
      throw new LabelRowError(
        `There are labels on frame ${lost}, but no image in ${this.instances.data.description}.`,
      );
    }
    return Object.fromEntries(units);
  }
}

/** The listing defines the spaces (only it says which is the root); where both say something, the labels win. */
function readSpaces(row: Fields, options: LabelsOptions): ReadonlyMap<string, Space> {
  const { spaces: listed } = options.metadata;
  const labelled = optionalObjectIn(row, "spaces");
  const spaces = new Map<string, Space>();
  for (const id of new Set([...Object.keys(listed), ...Object.keys(labelled)])) {
    try {
      const json = { ...optionalObjectIn(listed, id), ...optionalObjectIn(labelled, id) };
      spaces.set(id, new Space(id, json, options));
    } catch (error) {
      throw located(error, `Space ${id}`);
    }
  }
  return spaces;
}

function readSpace(space: Space, parts: AnswerParts): void {
  try {
    readSpacedClassifications(space, parts);
    if (space.instances.data.kind === "frames") {
      if (holdsOneFrame(space.labels)) readFrame(space.instances, parts, 0, space.labels);
      else readFrames(space.instances, parts, space.labels);
      return;
    }
    refuseFrames(space.labels, "It");
    if (space.isRoot) readStretches(space.instances, parts);
    else readSpacedStretches(space, parts);
  } catch (error) {
    throw located(error, `The ${space.description}`);
  }
}

function readHeader(row: Fields, labelHash: string): Header {
  return {
    labelHash,
    branchName: optionalTextIn(row, "branch_name") ?? "main",
    createdAt: optionalTimeIn(row, "created_at"),
    lastEditedAt: optionalTimeIn(row, "last_edited_at"),
    dataHash: textIn(row, "data_hash"),
    datasetHash: textIn(row, "dataset_hash"),
    datasetTitle: textIn(row, "dataset_title"),
    dataTitle: textIn(row, "data_title"),
    labelStatus: optionalTextIn(row, "label_status") ?? MISSING_LABEL_STATUS,
    annotationTaskStatus: optionalTextIn(row, "annotation_task_status"),
  };
}
