/** The labels of a row once they are fetched: its data units, its objects and classifications, and how they are written. */

import { LabelRowError } from "../errors.ts";
import type { HashSource } from "../hashes.ts";
import type { JsonObject } from "../json.ts";
import type { OntologyStructure } from "../ontology/ontology-structure.ts";
import { DataUnit } from "./data-unit.ts";
import { InstanceSet, type LabelledData } from "./instance-set.ts";
import { type Fields, located, objectOf, optionalTextIn, textIn } from "./label-json.ts";
import { DATA_TYPES, type LabelRowMetadata } from "./label-row-metadata.ts";
import { formatLabelTime, parseLabelTime } from "./label-time.ts";
import {
  answerPartsOf,
  readAllAnswers,
  readFrame,
  readFrames,
  readRangedClassifications,
  readStretches,
} from "./read-labels.ts";
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

/** What the labels' JSON says about the row anew. */
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
  readonly #units: readonly DataUnit[];
  readonly #readAt: Date;
  readonly #isImageGroup: boolean;

  /** @throws LabelRowError or OntologyError naming the place that cannot be read */
  constructor(blob: unknown, options: LabelsOptions) {
    const row = objectOf(blob, "The label row");
    const { dataType } = options.metadata;
    if (!(DATA_TYPES as readonly string[]).includes(dataType)) {
      throw new LabelRowError(`this client does not know the kind of data "${dataType}".`);
    }
    this.#readAt = options.now();
    this.#isImageGroup = dataType === "img_group";
    this.labelHash = textIn(row, "label_hash");
    this.header = readHeader(row, this.labelHash);
    this.#units = readUnits(row);
    this.instances = new InstanceSet({
      data: labelledData(options, this.#units),
      structure: options.structure,
      now: options.now,
      hashes: options.hashes,
    });
    this.#read(row);
  }

  /** The unit that a frame is of: the image itself in image groups. Undefined where there is no such frame. */
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

  /** @throws LabelRowError naming the first object or classification, and the frame, that could not be saved */
  check(): void {
    this.instances.check();
  }

  toJson(metadata: LabelRowMetadata): JsonObject {
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
      object_answers: writeObjectAnswers(set, now),
      classification_answers: writeClassificationAnswers(set, now),
      object_actions: writeObjectActions(set),
      label_status: metadata.labelStatus,
      data_units: this.#writeUnits(metadata),
      spaces: {},
    };
  }

  #read(row: Fields): void {
    const parts = answerPartsOf(row);
    const set = this.instances;
    readRangedClassifications(set, parts);
    if (set.data.kind === "frames") {
      for (const unit of this.#units) {
        try {
          if (holdsOneFrame(unit.labels)) readFrame(set, parts, unit.sequence, unit.labels);
          else readFrames(set, parts, unit.labels);
        } catch (error) {
          throw located(error, `Data unit ${unit.dataHash}`);
        }
      }
    } else if (set.data.kind !== "none") readStretches(set, parts);
    readAllAnswers(set, parts);
  }

  #writeUnits(metadata: LabelRowMetadata): JsonObject {
    const { dataType } = metadata;
    const frames = writeFrames(this.instances, this.#readAt);
    const units: Record<string, JsonObject> = {};
    for (const unit of this.#units) {
      const labels =
        dataType === "image" || dataType === "img_group" || dataType === "group"
          ? (frames.get(dataType === "img_group" ? unit.sequence : 0) ?? emptyFrame())
          : this.instances.data.kind === "frames"
            ? Object.fromEntries(frames)
            : {};
      units[unit.dataHash] = unit.toJson(labels, metadata);
    }
    return units;
  }
}

function readHeader(row: Fields, labelHash: string): Header {
  return {
    labelHash,
    branchName: optionalTextIn(row, "branch_name") ?? "main",
    createdAt: timeIn(row, "created_at"),
    lastEditedAt: timeIn(row, "last_edited_at"),
    dataHash: textIn(row, "data_hash"),
    datasetHash: textIn(row, "dataset_hash"),
    datasetTitle: textIn(row, "dataset_title"),
    dataTitle: textIn(row, "data_title"),
    labelStatus: textIn(row, "label_status"),
    annotationTaskStatus: optionalTextIn(row, "annotation_task_status"),
  };
}

function readUnits(row: Fields): DataUnit[] {
  const units = Object.entries(objectOf(row["data_units"], "data_units")).map(([hash, json]) => {
    try {
      return new DataUnit(json);
    } catch (error) {
      throw located(error, `Data unit ${hash}`);
    }
  });
  return units.sort((a, b) => a.sequence - b.sequence);
}

/** Images hold `{"objects", "classifications"}`, everything else a map from frame to that. */
function holdsOneFrame(labels: Fields): boolean {
  return Array.isArray(labels["objects"]) || Array.isArray(labels["classifications"]);
}

function labelledData(options: LabelsOptions, units: readonly DataUnit[]): LabelledData {
  const { dataType, numberOfFrames } = options.metadata;
  const kind = kindOf(dataType, units);
  const hasBound = kind === "frames" || kind === "audio";
  return {
    description: options.description,
    kind,
    frameCount: hasBound && dataType !== "dicom" && dataType !== "scene" ? numberOfFrames : null,
    sizeOf: (frame) =>
      dataType === "img_group"
        ? (units.find((unit) => unit.sequence === frame)?.sizeOf(frame) ?? null)
        : (units[0]?.sizeOf(frame) ?? null),
  };
}

function kindOf(dataType: string, units: readonly DataUnit[]): LabelledData["kind"] {
  if (dataType === "group") return "none";
  if (dataType === "audio") return "audio";
  if (dataType !== "plain_text") return "frames";
  return units.some((unit) => unit.fileType === "text/html") ? "html" : "text";
}

function timeIn(row: Fields, key: string): Date | null {
  const text = optionalTextIn(row, key);
  if (text === null) return null;
  const time = parseLabelTime(text);
  if (time) return time;
  throw new LabelRowError(`${key} is ${JSON.stringify(text.slice(0, 80))}; expected a time.`);
}
