/** What the listing says about a label row, before its labels are fetched. */

import {
  anyObject,
  flag,
  isObject,
  listOf,
  made,
  number,
  object,
  orElse,
  orNull,
  readAnswer,
  text,
} from "../json.ts";
import { parseLabelTime } from "./label-time.ts";

/** What the Python SDK shows, and writes, when a row has no status, as in projects with a Workflow. */
export const MISSING_LABEL_STATUS = "_MISSING_LABEL_STATUS_";

/** The types of data that can be labelled. Image sequences are videos; HTML is plain text with the file type text/html. */
export const DATA_TYPES = [
  "image",
  "video",
  "img_group",
  "dicom",
  "nifti",
  "audio",
  "time_series",
  "plain_text",
  "pdf",
  "group",
  "scene",
] as const;

/** A type of data that can be labelled. */
export type DataType = (typeof DATA_TYPES)[number];

/** One image of an image group, with `includeImagesData`. */
export interface ImageData {
  readonly index: number;
  readonly title: string;
  readonly fileType: string;
  readonly height: number;
  readonly width: number;
  readonly imageHash: string;
}

/** The stage of the Workflow that the row's task is in. */
export interface WorkflowGraphNode {
  readonly uuid: string;
  readonly title: string;
}

const time = orNull(made(text, (written) => parseLabelTime(written) ?? undefined, "a time"));

const clientMetadata = (value: unknown) => (isObject(value) ? value : null);

const row = object({
  label_hash: orNull(text),
  branch_name: text,
  created_at: time,
  last_edited_at: time,
  data_hash: text,
  group_hash: orNull(text),
  dataset_hash: text,
  dataset_title: text,
  data_title: text,
  data_type: text,
  data_link: orNull(text),
  label_status: orElse(text, MISSING_LABEL_STATUS),
  annotation_task_status: orNull(text),
  workflow_graph_node: orNull(object({ uuid: text, title: text })),
  is_shadow_data: orNull(flag),
  number_of_frames: number,
  duration: orNull(number),
  frames_per_second: orNull(number),
  width: orNull(number),
  height: orNull(number),
  audio_codec: orNull(text),
  audio_sample_rate: orNull(number),
  audio_bit_depth: orNull(number),
  audio_num_channels: orNull(number),
  spaces: orNull(anyObject),
  file_type: orNull(text),
  task_uuid: orNull(text),
  priority: orNull(number),
  client_metadata: clientMetadata,
  images_data: orNull(
    listOf(
      object({
        index: number,
        title: text,
        file_type: text,
        height: number,
        width: number,
        image_hash: text,
      }),
    ),
  ),
  is_valid: orNull(flag),
  backing_item_uuid: orNull(text),
  assigned_user_email: orNull(text),
  last_actioned_by_user_email: orNull(text),
});

/** One entry of the listing. */
export interface LabelRowMetadata {
  /** Null until labels are first initialised. */
  readonly labelHash: string | null;
  readonly branchName: string;
  readonly createdAt: Date | null;
  readonly lastEditedAt: Date | null;
  readonly dataHash: string;
  readonly groupHash: string | null;
  readonly datasetHash: string;
  readonly datasetTitle: string;
  readonly dataTitle: string;
  /** One of `DATA_TYPES`, or Encord's name in lower case for a type that this client does not know. */
  readonly dataType: DataType | (string & {});
  readonly dataLink: string | null;
  readonly labelStatus: string;
  readonly annotationTaskStatus: string | null;
  readonly workflowGraphNode: WorkflowGraphNode | null;
  readonly isShadowData: boolean;
  /** Frames, images, slices or pages; milliseconds of sound. */
  readonly numberOfFrames: number;
  /** Seconds. */
  readonly duration: number | null;
  readonly fps: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly audioCodec: string | null;
  /** Samples per second. */
  readonly audioSampleRate: number | null;
  readonly audioBitDepth: number | null;
  readonly audioNumChannels: number | null;
  readonly spaces: Readonly<Record<string, unknown>>;
  /** MIME type. */
  readonly fileType: string | null;
  readonly taskUuid: string | null;
  /** From 0 to 1. */
  readonly priority: number | null;
  /** Null unless listed with `includeClientMetadata`. */
  readonly clientMetadata: Readonly<Record<string, unknown>> | null;
  /** Null unless listed with `includeImagesData`. */
  readonly imagesData: readonly ImageData[] | null;
  /** Whether Encord considers the labels valid. */
  readonly isValid: boolean;
  readonly backingItemUuid: string | null;
  readonly assignedUserEmail: string | null;
  readonly lastActionedByUserEmail: string | null;
}

/**
 * @param listed one entry of the answer to `labelrowmetadata`
 * @throws UnexpectedAnswerError naming the field
 */
export function readLabelRowMetadata(listed: unknown): LabelRowMetadata {
  const read = readAnswer(row, listed, "labelrowmetadata");
  return {
    labelHash: read.label_hash,
    branchName: read.branch_name,
    createdAt: read.created_at,
    lastEditedAt: read.last_edited_at,
    dataHash: read.data_hash,
    groupHash: read.group_hash,
    datasetHash: read.dataset_hash,
    datasetTitle: read.dataset_title,
    dataTitle: read.data_title,
    dataType: read.data_type.toLowerCase(),
    dataLink: read.data_link,
    labelStatus: read.label_status,
    annotationTaskStatus: read.annotation_task_status,
    workflowGraphNode: read.workflow_graph_node,
    isShadowData: read.is_shadow_data ?? false,
    numberOfFrames: read.number_of_frames,
    duration: read.duration,
    fps: read.frames_per_second,
    width: read.width,
    height: read.height,
    audioCodec: read.audio_codec,
    audioSampleRate: read.audio_sample_rate,
    audioBitDepth: read.audio_bit_depth,
    audioNumChannels: read.audio_num_channels,
    spaces: read.spaces ?? {},
    fileType: read.file_type,
    taskUuid: read.task_uuid,
    priority: read.priority,
    clientMetadata: read.client_metadata,
    imagesData:
      read.images_data?.map(({ file_type, image_hash, ...image }) => ({
        ...image,
        fileType: file_type,
        imageHash: image_hash,
      })) ?? null,
    isValid: read.is_valid ?? true,
    backingItemUuid: read.backing_item_uuid,
    assignedUserEmail: read.assigned_user_email,
    lastActionedByUserEmail: read.last_actioned_by_user_email,
  };
}
