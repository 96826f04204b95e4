/** Datasets, read through the legacy API: which data units they hold, and the storage items behind those. */

import {
  anyObject,
  listOf,
  made,
  number,
  object,
  orNull,
  type Read,
  readAnswer,
  text,
  uuid,
} from "./json.ts";
import type { Transport } from "./transport.ts";
import { toUuid } from "./uuid.ts";

export const projectDatasetReader = object({
  datasetHash: uuid,
  title: text,
  description: orNull(text),
});

/** A dataset of a project, as the project lists it. */
export type ProjectDataset = Read<typeof projectDatasetReader>;

/** The legacy API writes times in UTC, without an offset. */
const legacyTime = made(
  text,
  (written) => {
    const iso = written.trim().replace(" ", "T");
    const date = new Date(/[zZ]$|[+-]\d\d:?\d\d$/.test(iso) ? iso : `${iso}Z`);
    return Number.isNaN(date.getTime()) ? undefined : date;
  },
  "a time",
);

const datasetReader = object({
  dataset_hash: uuid,
  title: text,
  description: orNull(text),
  dataset_type: orNull(text),
  backing_folder_uuid: orNull(uuid),
  data_rows: listOf(
    object({
      data_hash: uuid,
      data_title: text,
      data_type: text,
      created_at: legacyTime,
      last_edited_at: orNull(legacyTime),
      width: orNull(number),
      height: orNull(number),
      frames_per_second: orNull(number),
      duration: orNull(number),
      file_link: orNull(text),
      file_size: orNull(number),
      file_type: orNull(text),
      client_metadata: orNull(anyObject),
      backing_item_uuid: orNull(uuid),
    }),
  ),
});

/** A data unit of a dataset. */
export interface DataRow {
  /** Its data hash. */
  readonly uid: string;
  readonly title: string;
  /** In capitals, as the legacy API writes it: `IMAGE`, `VIDEO`, `IMG_GROUP`, ... */
  readonly dataType: string;
  readonly createdAt: Date;
  readonly lastEditedAt: Date | null;
  /** Pixels. */
  readonly width: number | null;
  /** Pixels. */
  readonly height: number | null;
  readonly framesPerSecond: number | null;
  /** Seconds. */
  readonly duration: number | null;
  readonly fileLink: string | null;
  /** Bytes. */
  readonly fileSize: number | null;
  /** MIME type. */
  readonly fileType: string | null;
  /** Null unless asked for. */
  readonly clientMetadata: Readonly<Record<string, unknown>> | null;
  /** The storage item behind it. */
  readonly backingItemUuid: string | null;
}

/** A dataset with all its data units. */
export interface Dataset {
  readonly datasetHash: string;
  readonly title: string;
  readonly description: string;
  readonly datasetType: string | null;
  readonly backingFolderUuid: string | null;
  readonly dataRows: readonly DataRow[];
}

/** @throws ResourceNotFoundError; InvalidArgumentsError when the hash is not a UUID */
export async function readDataset(
  transport: Transport,
  datasetHash: string,
  includeClientMetadata: boolean,
): Promise<Dataset> {
  const answer = await transport.legacy({
    resource: { type: "dataset", id: toUuid(datasetHash, "dataset hash") },
    queryType: "dataset",
    queryMethod: "GET",
    uid: null,
    payload: { dataset_access_settings: { fetch_client_metadata: includeClientMetadata } },
    retryable: true,
    expects: "object",
  });
  const fields = readAnswer(datasetReader, answer, "POST /public dataset GET");
  return {
    datasetHash: fields.dataset_hash,
    title: fields.title,
    description: fields.description ?? "",
    datasetType: fields.dataset_type,
    backingFolderUuid: fields.backing_folder_uuid,
    dataRows: fields.data_rows.map((row) => ({
      uid: row.data_hash,
      title: row.data_title,
      dataType: row.data_type,
      createdAt: row.created_at,
      lastEditedAt: row.last_edited_at,
      width: row.width,
      height: row.height,
      framesPerSecond: row.frames_per_second,
      duration: row.duration,
      fileLink: row.file_link,
      fileSize: row.file_size,
      fileType: row.file_type,
      clientMetadata: row.client_metadata,
      backingItemUuid: row.backing_item_uuid,
    })),
  };
}
