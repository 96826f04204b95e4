/** Storage items: single, in bulk, their children, and changes to them. Signed URLs are made only on request. */

import {
  asArray,
  asObject,
  asText,
  asUuid,
  type Call,
  isoTime,
  mayRead,
  parameter,
  queryFlag,
} from "../call.ts";
import type { Page } from "../page.ts";
import { Refusal } from "../refusal.ts";
import type { ItemDocument, JsonObject } from "../state/documents.ts";

export function getItem(call: Call): Promise<unknown> {
  return itemJson(call, readableItem(call, parameter(call, "item")), queryFlag(call, "signUrl"));
}

/** `POST /storage/items/get-bulk` */
export async function getItems(call: Call): Promise<Page> {
  const body = asObject(call.body);
  const items = asArray(body.itemUuids, "itemUuids").map((uuid, index) =>
    readableItem(call, asUuid(uuid, "itemUuids", index)),
  );
  return page(call, items, body.signUrls === true);
}

export function getChildren(call: Call): Promise<Page> {
  const children = itemInFolder(call).children.map((uuid) => readableItem(call, uuid));
  return page(call, children, queryFlag(call, "signUrls"));
}

export function patchItem(call: Call): Promise<unknown> {
  return itemJson(call, patched(call, itemInFolder(call), asObject(call.body)), false);
}

/** `PATCH /storage/items/patch-bulk` */
export function patchItems(call: Call): Promise<Page> {
  const patches = Object.entries(asObject(asObject(call.body).itemPatches, "itemPatches"));
  const checked = patches.map(
    ([uuid, patch]) => [readableItem(call, uuid), asObject(patch, "itemPatches", uuid)] as const,
  );
  return page(
    call,
    checked.map(([item, patch]) => patched(call, item, patch)),
    false,
  );
}

async function page(call: Call, items: readonly ItemDocument[], signed: boolean): Promise<Page> {
  return { results: await Promise.all(items.map((item) => itemJson(call, item, signed))) };
}

function itemInFolder(call: Call): ItemDocument {
  const item = readableItem(call, parameter(call, "item"));
  const folder = parameter(call, "folder");
  if (item.parent !== folder) throw new Refusal(404, `Folder ${folder} has no item ${item.uuid}.`);
  return item;
}

/** Whoever may read a project may read the files of its rows. */
function readableItem(call: Call, uuid: string): ItemDocument {
  const item = call.state.items.get(uuid);
  if (!item) throw new Refusal(404, `There is no storage item ${uuid}.`);
  if (call.caller.projects !== null && !isReachable(call, item)) {
    throw new Refusal(403, `${call.caller.email} has no access to storage item ${uuid}.`);
  }
  return item;
}

function isReachable(call: Call, item: ItemDocument): boolean {
  const projects = [...call.state.projects.values()].filter((project) =>
    mayRead(call.caller, project.projectHash),
  );
  const folders = projects
    .flatMap((project) => project.datasetHashes)
    .map((hash) => call.state.datasets.get(hash)?.folderUuid);
  return folders.includes(item.parent);
}

function patched(call: Call, item: ItemDocument, patch: JsonObject): ItemDocument {
  const changed: ItemDocument = {
    ...item,
    ...(patch.name === undefined ? {} : { name: asText(patch.name, "name") }),
    ...(patch.description === undefined ? {} : { description: asText(patch.description, "description") }),
    ...(patch.clientMetadata === undefined
      ? {}
      : { clientMetadata: JSON.stringify(asObject(patch.clientMetadata, "clientMetadata")) }),
    lastEditedAt: isoTime(call.world.now()),
  };
  call.state.items.put(item.uuid, changed);
  return changed;
}

async function itemJson(call: Call, item: ItemDocument, signed: boolean): Promise<JsonObject> {
  const signedUrl = signed && item.media !== null ? await call.world.signUrl(call.origin, item.media) : null;
  return {
    uuid: item.uuid,
    parent: item.parent,
    itemType: item.itemType,
    name: item.name,
    description: item.description,
    clientMetadata: item.clientMetadata,
    owner: item.owner,
    createdAt: item.createdAt,
    lastEditedAt: item.lastEditedAt,
    isTombstone: false,
    isPlaceholder: false,
    backedDataUnitsCount: 1,
    storageLocation: item.storageLocation,
    integrationHash: null,
    url: item.url,
    signedUrl,
    fileSize: item.fileSize,
    mimeType: item.mimeType,
    duration: item.duration,
    fps: item.fps,
    height: item.height,
    width: item.width,
    dicomInstanceUid: null,
    dicomStudyUid: null,
    dicomSeriesUid: null,
    frameCount: item.frameCount,
    audioSampleRate: item.audioSampleRate,
    audioBitDepth: item.audioBitDepth,
    audioCodec: item.audioCodec,
    audioNumChannels: item.audioNumChannels,
  };
}
