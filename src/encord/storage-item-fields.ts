/** What the API says about a storage item. Null and absent mean the same: not known, or not of this kind of file. */

import {
  flag,
  integer,
  isObject,
  type JsonObject,
  listOf,
  made,
  number,
  object,
  orElse,
  orNull,
  parseJson,
  type Read,
  text,
  time,
  uuid,
} from "./json.ts";

/** Metadata travels out as an object and comes back as its JSON text. */
const metadata = made(
  orElse(text, ""),
  (json): JsonObject | undefined => {
    const parsed = parseJson(json || "{}");
    const value = parsed.ok ? (parsed.value ?? {}) : undefined;
    return isObject(value) ? (value as JsonObject) : undefined;
  },
  "the text of a JSON object",
);

export const itemReader = object({
  uuid,
  parent: uuid,
  itemType: text,
  name: text,
  description: orNull(text),
  clientMetadata: metadata,
  owner: orNull(text),
  createdAt: time,
  lastEditedAt: time,
  isTombstone: orElse(flag, false),
  isPlaceholder: orElse(flag, false),
  backedDataUnitsCount: orNull(integer),
  storageLocation: orNull(text),
  integrationHash: orNull(uuid),
  url: orNull(text),
  signedUrl: orNull(text),
  fileSize: orNull(number),
  mimeType: orNull(text),
  duration: orNull(number),
  fps: orNull(number),
  height: orNull(number),
  width: orNull(number),
  dicomInstanceUid: orNull(text),
  dicomStudyUid: orNull(text),
  dicomSeriesUid: orNull(text),
  frameCount: orNull(number),
  audioSampleRate: orNull(number),
  audioBitDepth: orNull(number),
  audioCodec: orNull(text),
  audioNumChannels: orNull(number),
});
export const itemsReader = object({ results: listOf(itemReader) });

/** An item as the API gives it, checked. */
export type ItemFields = Read<typeof itemReader>;
