/**
 * The labels of a data unit as if nobody had labelled it: made up from the listing, as Encord would create them, or the existing
 * ones, emptied.
 */

import type { JsonObject } from "../encord/index.ts";
import { isObject } from "../encord/json.ts";

/** One entry of the listing, with the images of image groups; the fields have Encord's names. */
export type ListedRow = JsonObject & {
  readonly data_hash: string;
  readonly data_type: string;
  readonly images_data?: readonly JsonObject[] | null;
};

/** Fields that audio must have; the listing does not. */
const UNKNOWN_AUDIO = {
  audio_codec: "",
  audio_sample_rate: 0,
  audio_bit_depth: 0,
  audio_num_channels: 0,
};

export function blankLabels(row: ListedRow): JsonObject {
  return {
    label_hash: `dry-run-${row.data_hash}`,
    branch_name: row["branch_name"] ?? "main",
    created_at: null,
    last_edited_at: null,
    dataset_hash: row["dataset_hash"] ?? "",
    dataset_title: row["dataset_title"] ?? "",
    data_title: row["data_title"] ?? "",
    data_hash: row.data_hash,
    data_type: row.data_type.toLowerCase(),
    data_units: dataUnits(row),
    object_answers: {},
    classification_answers: {},
    object_actions: {},
    label_status: row["label_status"] ?? "NOT_LABELLED",
    annotation_task_status: row["annotation_task_status"] ?? "QUEUED",
    is_valid: true,
    spaces: row["spaces"] ?? {},
  };
}

function dataUnits(row: ListedRow): JsonObject {
  if (row.data_type !== "IMG_GROUP") return { [row.data_hash]: dataUnit(row) };
  const units = (row.images_data ?? []).map((image) => [
    String(image["image_hash"]),
    {
      data_hash: image["image_hash"] ?? "",
      data_title: image["title"] ?? "",
      data_type: image["file_type"] ?? "",
      data_sequence: String(image["index"]),
      data_link: null,
      width: image["width"] ?? 0,
      height: image["height"] ?? 0,
      labels: { objects: [], classifications: [] },
    },
  ]);
  return Object.fromEntries(units);
}

function dataUnit(row: ListedRow): JsonObject {
  const isPicture = row.data_type === "IMAGE" || row.data_type === "GROUP";
  return {
    data_hash: row.data_hash,
    data_title: row["data_title"] ?? "",
    data_type: row["file_type"] ?? "",
    data_sequence: 0,
    data_link: row["data_link"] ?? null,
    width: row["width"] ?? 0,
    height: row["height"] ?? 0,
    data_fps: row["frames_per_second"] ?? null,
    data_duration: row["duration"] ?? null,
    ...(row.data_type === "AUDIO" ? UNKNOWN_AUDIO : {}),
    labels: isPicture ? { objects: [], classifications: [] } : {},
  };
}

/** The same row without labels. What is known about a frame itself stays (DICOM slices have a size of their own). */
export function emptied(row: JsonObject): JsonObject {
  return {
    ...row,
    object_answers: {},
    classification_answers: {},
    object_actions: {},
    data_units: withoutMarks(row["data_units"]),
    spaces: withoutMarks(row["spaces"]),
  };
}

/** Data units or spaces, by hash or id. */
function withoutMarks(parts: unknown): JsonObject {
  return mapped(parts, (part) => ({ ...part, labels: withoutMarksOnFrames(part["labels"]) }));
}

/** @param labels of one frame, or of frames by number */
function withoutMarksOnFrames(labels: unknown): JsonObject {
  const empty = (frame: JsonObject) => ({ ...frame, objects: [], classifications: [] });
  const isFrame = isObject(labels) && ("objects" in labels || "classifications" in labels);
  return isFrame ? empty(labels as JsonObject) : mapped(labels, empty);
}

function mapped(parts: unknown, change: (part: JsonObject) => JsonObject): JsonObject {
  const entries = isObject(parts) ? Object.entries(parts) : [];
  return Object.fromEntries(entries.map(([key, part]) => [key, change(part as JsonObject)]));
}
