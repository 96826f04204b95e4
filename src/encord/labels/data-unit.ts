/**
 * A data unit of a label row: the file that the labels are on. Most rows have one; image groups have one for each image,
 * with the frame as its `data_sequence`. What Encord knows about the file itself (links of DICOM slices, metadata) is read
 * but not sent back, as in the Python SDK.
 */

import { LabelRowError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { type DicomSliceMetadata, readSliceMetadata } from "./dicom-metadata.ts";
import {
  type Fields,
  objectOf,
  optionalNumberIn,
  optionalObjectIn,
  optionalTextIn,
  textIn,
  wrong,
} from "./label-json.ts";
import type { LabelRowMetadata } from "./label-row-metadata.ts";

export class DataUnit {
  readonly #json: Fields;
  readonly dataHash: string;
  readonly title: string;
  /** MIME type. */
  readonly fileType: string;
  /** Where the file is; a signed URL when one was asked for. */
  readonly link: string | null;
  readonly width: number | null;
  readonly height: number | null;
  /** The frame, in image groups. */
  readonly sequence: number;

  /** @throws LabelRowError naming the field that is not as documented */
  constructor(json: unknown) {
    this.#json = objectOf(json, "A data unit");
    this.dataHash = textIn(this.#json, "data_hash");
    this.title = textIn(this.#json, "data_title");
    this.fileType = textIn(this.#json, "data_type");
    this.link = optionalTextIn(this.#json, "data_link");
    this.width = optionalNumberIn(this.#json, "width");
    this.height = optionalNumberIn(this.#json, "height");
    const sequence = this.#json["data_sequence"] ?? 0;
    const isText = typeof sequence === "string" && /^\d+$/.test(sequence);
    this.sequence = isText || typeof sequence === "number" ? Number(sequence) : Number.NaN;
    if (!Number.isSafeInteger(this.sequence) || this.sequence < 0) {
      throw wrong("data_sequence", sequence, "a whole number from 0");
    }
  }

  /** The labels as Encord sent them. */
  get labels(): Fields {
    return optionalObjectIn(this.#json, "labels");
  }

  /** What Encord knows about the file; for DICOM, about the series. */
  get metadata(): Fields {
    return optionalObjectIn(this.#json, "metadata");
  }

  /** What Encord knows about a DICOM slice; null when it says nothing. */
  sliceMetadata(frame: number): DicomSliceMetadata | null {
    return readSliceMetadata(this.#slice(frame));
  }

  #slice(frame: number): Fields {
    const labels = this.labels[String(frame)];
    return optionalObjectIn(optionalObjectIn({ labels }, "labels"), "metadata");
  }

  /** Size of a frame in pixels (DICOM slices may have their own); null when it is not known. */
  sizeOf(frame: number): { readonly width: number; readonly height: number } | null {
    const slice = this.#slice(frame);
    const width = optionalNumberIn(slice, "width") ?? this.width;
    const height = optionalNumberIn(slice, "height") ?? this.height;
    return width === null || height === null ? null : { width, height };
  }

  /**
   * As the JSON of a row holds it.
   *
   * @param labels in the form that this type of data has
   * @param row the listing, for the duration and the frames per second
   */
  toJson(labels: JsonObject, row: LabelRowMetadata): JsonObject {
    const { dataType, duration, fps } = row;
    const isText = dataType === "plain_text";
    const hasNoOrder = isText || dataType === "audio" || dataType === "time_series" || dataType === "group";
    const isGroup = dataType === "group";
    const hasNoSize = dataType === "pdf" || dataType === "scene";
    return {
      data_hash: this.dataHash,
      data_title: this.title,
      ...(dataType === "dicom" || isGroup
        ? {}
        : { data_link: dataType === "scene" ? "" : this.#raw("data_link") }),
      data_type: this.fileType,
      data_sequence: dataType === "img_group" ? String(this.sequence) : hasNoOrder ? 0 : this.sequence,
      ...(hasNoSize ? { width: 0, height: 0 } : {}),
      ...(SIZED.has(dataType) ? { width: this.width ?? 0, height: this.height ?? 0 } : {}),
      ...(dataType === "audio" ? this.#audio() : {}),
      labels,
      ...(duration === null || isText || isGroup ? {} : { data_duration: duration }),
      ...(isText || isGroup || dataType === "audio"
        ? {}
        : fps !== null
          ? { data_fps: fps }
          : hasNoSize
            ? { data_fps: 0 }
            : {}),
    };
  }

  #audio(): JsonObject {
    const fields = Object.fromEntries(AUDIO_KEYS.map((key) => [key, this.#raw(key)]));
    const missing = AUDIO_KEYS.find((key) => fields[key] === undefined);
    if (missing)
      throw new LabelRowError(`The data unit ${this.dataHash} has no "${missing}", which audio needs.`);
    return fields as JsonObject;
  }

  /** What came out of JSON.parse is JSON. */
  #raw(key: string): JsonObject[string] {
    return (this.#json[key] ?? null) as JsonObject[string];
  }
}

const SIZED: ReadonlySet<string> = new Set(["image", "video", "img_group", "dicom", "nifti"]);
const AUDIO_KEYS = ["audio_codec", "audio_sample_rate", "audio_bit_depth", "audio_num_channels"] as const;
