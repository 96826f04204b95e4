/** The blob of a label row that nobody has labelled yet, by type of data. */

import { usualMimeType } from "../media/file-kind.ts";
import type { JsonObject, RowDocument } from "../state/documents.ts";

export interface NewLabels {
  readonly row: RowDocument;
  readonly labelHash: string;
  readonly datasetTitle: string;
  /** As the legacy API writes times. */
  readonly at: string;
}

export function newLabels({ row, labelHash, datasetTitle, at }: NewLabels): JsonObject {
  return {
    label_hash: labelHash,
    branch_name: row.branchName,
    created_at: at,
    last_edited_at: at,
    dataset_hash: row.datasetHash,
    dataset_title: datasetTitle,
    data_title: row.dataTitle,
    data_hash: row.dataHash,
    data_type: row.dataType.toLowerCase(),
    is_image_sequence: null,
    data_units: dataUnits(row),
    object_answers: {},
    classification_answers: {},
    object_actions: {},
    label_status: "LABEL_IN_PROGRESS",
    annotation_task_status: "QUEUED",
    is_valid: true,
    spaces: row.spaces,
  };
}

function dataUnits(row: RowDocument): JsonObject {
  if (row.dataType === "IMG_GROUP") {
    return Object.fromEntries(
      (row.images ?? []).map((image) => [
        image.image_hash,
        {
          data_hash: image.image_hash,
          data_title: image.title,
          data_type: image.file_type,
          data_sequence: String(image.index),
          data_link: `https://storage.example.com/${image.image_hash}`,
          labels: emptyFrame(),
          width: image.width,
          height: image.height,
        },
      ]),
    );
  }
  return { [row.dataHash]: dataUnit(row) };
}

function dataUnit(row: RowDocument): JsonObject {
  const size = { width: row.width ?? 0, height: row.height ?? 0 };
  const timing = { data_fps: row.framesPerSecond, data_duration: row.duration };
  const common = {
    data_hash: row.dataHash,
    data_title: row.dataTitle,
    // Data that is not a single file is named by its type.
    data_type: row.fileType ?? usualMimeType(row.dataType) ?? row.dataType.toLowerCase(),
    data_sequence: 0,
    data_link: row.dataLink,
  };
  switch (row.dataType) {
    case "IMAGE":
      return { ...common, labels: emptyFrame(), ...size };
    case "VIDEO":
      return { ...common, labels: {}, ...size, ...timing };
    case "AUDIO":
      return {
        ...common,
        labels: {},
        audio_codec: row.audioCodec,
        audio_sample_rate: row.audioSampleRate,
        audio_bit_depth: row.audioBitDepth,
        audio_num_channels: row.audioNumChannels,
        data_duration: row.duration,
      };
    case "PLAIN_TEXT":
      return { ...common, labels: {} };
    case "GROUP": {
      const { data_link: _, ...rest } = common;
      return { ...rest, labels: emptyFrame() };
    }
    case "DICOM": {
      const { data_link: _, ...rest } = common;
      return { ...rest, labels: {}, ...size };
    }
    default:
      return { ...common, labels: {}, ...size };
  }
}

function emptyFrame(): JsonObject {
  return { objects: [], classifications: [] };
}
