/** Plants the storage item behind a seeded data unit, and those inside it if it is an image group. */

import { isoTime, type World } from "./call.ts";
import { dataTypeOf, itemTypeOf, mimeTypeOf, usualMimeType } from "./media/file-kind.ts";
import type { SeedData } from "./seed.ts";
import type { ItemDocument } from "./state/documents.ts";

/** Made up when the file does not tell, because a client cannot read audio without its format. */
const USUAL_SOUND = { codec: "mp3", sampleRate: 44_100, bitDepth: 16, numChannels: 2 };
const OWNER = "admin@example.com";

/** Where a file belongs. */
export interface Place {
  readonly datasetHash: string;
  readonly folderUuid: string;
}

export function plantItem(world: World, place: Place, seed: SeedData): ItemDocument {
  const { state, newUuid } = world;
  // Rows of label branches, or of two projects, may share a file.
  const known = state.items.get(seed.itemUuid ?? "");
  if (known) return known;
  const dataType = seed.dataType ?? dataTypeOf(seed.media);
  const createdAt = seed.itemCreatedAt ?? isoTime(world.now());
  const base = (uuid: string, name: string): ItemDocument => ({
    uuid,
    parent: place.folderUuid,
    itemType: "image",
    name,
    description: "",
    clientMetadata: "{}",
    owner: OWNER,
    createdAt,
    lastEditedAt: createdAt,
    url: `https://storage.example.com/${uuid}`,
    fileSize: null,
    mimeType: null,
    duration: null,
    fps: null,
    height: null,
    width: null,
    frameCount: null,
    audioSampleRate: null,
    audioBitDepth: null,
    audioCodec: null,
    audioNumChannels: null,
    storageLocation: "encord",
    media: null,
    children: [],
  });
  const children = (seed.images ?? []).map((image) => {
    const uuid = image.itemUuid ?? newUuid();
    state.items.put(uuid, {
      ...base(uuid, image.title),
      mimeType: image.fileType ?? mimeTypeOf(image.media ?? image.title) ?? "image/png",
      fileSize: image.fileSize ?? null,
      width: image.width ?? null,
      height: image.height ?? null,
      media: image.media ?? null,
    });
    return uuid;
  });
  const uuid = seed.itemUuid ?? newUuid();
  const isVideo = dataType === "VIDEO";
  const audio = seed.audio ?? (dataType === "AUDIO" ? USUAL_SOUND : null);
  const item: ItemDocument = {
    ...base(uuid, seed.title),
    itemType: seed.itemType ?? itemTypeOf(dataType),
    clientMetadata: JSON.stringify(seed.clientMetadata ?? {}),
    ...(seed.url === undefined ? {} : { url: seed.url }),
    ...(dataType === "IMG_GROUP" && seed.url === undefined ? { url: null } : {}),
    fileSize: seed.fileSize ?? null,
    mimeType:
      seed.fileType === undefined
        ? (mimeTypeOf(seed.media ?? seed.title) ?? usualMimeType(dataType))
        : seed.fileType,
    duration: seed.duration ?? null,
    fps: dataType === "AUDIO" ? null : (seed.framesPerSecond ?? null),
    height: seed.height ?? null,
    width: seed.width ?? null,
    frameCount: isVideo ? (seed.numberOfFrames ?? null) : null,
    audioSampleRate: audio?.sampleRate ?? null,
    audioBitDepth: audio?.bitDepth ?? null,
    audioCodec: audio?.codec ?? null,
    audioNumChannels: audio?.numChannels ?? null,
    media: seed.media ?? null,
    children,
  };
  state.items.put(uuid, item);
  return item;
}
