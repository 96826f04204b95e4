/** Steps about storage items, datasets and downloads. */

import {
  type Bundle,
  EncordClient,
  InvalidArgumentsError,
  RequestError,
  type RequestedStorageItem,
  StageError,
  type StorageItem,
} from "../../../src/encord/index.ts";
import vectors from "../../fixtures/vectors/auth.json";
import type { Operations, Session } from "./replay.ts";
import { isRecord, type Json, type JsonRecord } from "./trace.ts";

const FIRST_ITEM = "17e30000-0000-4000-8000-000000000001";

export const storageSteps: Operations = {
  async getStorageItem(session, args, step) {
    const uuid = String(args.uuid ?? FIRST_ITEM);
    const client = String(args.note).includes("max_retries=0")
      ? await withoutRetries(session)
      : session.client;
    const item = await client.getStorageItem(uuid, { signUrl: args.signUrl === true });
    session.kept.set("item", item);
    if (typeof step.result === "string") return item.uuid;
    return { ...describeItem(item), signedUrl: await urlWithoutRequest(session, item) };
  },
  getSignedUrl(session, args) {
    return session.recall<StorageItem>("item").getSignedUrl({ refetch: args.refetch === true });
  },
  async getStorageItems(session, args) {
    const signUrl = args.signUrl === true;
    const items = await session.client.getStorageItems(args.uuids as string[], { signUrl });
    return signUrl ? Promise.all(items.map((item) => item.getSignedUrl())) : items.map((item) => item.uuid);
  },
  async rowGetStorageItem(session, args) {
    const uuid = session.rows[0]?.backingItemUuid;
    if (!uuid) throw new Error("No step listed a row with a storage item.");
    return describeItem(await session.client.getStorageItem(uuid, { signUrl: args.getSignedUrls === true }));
  },
  async getChildItems(session, args) {
    const uuid = String(args.uuid);
    let item = session.kept.get(`item ${uuid}`) as StorageItem | undefined;
    item ??= await session.client.getStorageItem(uuid);
    session.kept.set(`item ${uuid}`, item);
    const signUrls = args.getSignedUrls === true;
    const children = await item.getChildItems({ signUrls });
    return signUrls ? Promise.all(children.map((child) => child.getSignedUrl())) : children.map(describeItem);
  },
  async itemUpdate(session, args, step) {
    const item = await itemToUpdate(session, args);
    // One step leaves it to its request to say what is changed.
    const told = String(args.note).startsWith("PATCH") ? session.server.next?.requestBody : args;
    await item.update(changes(isRecord(told) ? told : {}));
    if (isRecord(step.result) && "name" in step.result) return describeItem(item);
    return item.clientMetadata;
  },
  async dataLookupSharable(session) {
    if (session.kept.has("data rows")) return;
    const project = await session.client.getProject("aaaa0001-0000-4000-8000-000000000001");
    const rows = new Map<string, { uid: string; title: string; backingItemUuid: string | null }>();
    for (const { datasetHash } of await project.listDatasets()) {
      for (const row of (await session.client.getDataset(datasetHash)).dataRows) rows.set(row.uid, row);
    }
    session.kept.set("data rows", rows);
  },
  dataLookupGetDataRow: (session, args) => dataRow(session, args.dataHash),
  async dataLookupGetStorageItem(session, args) {
    const uuid = String(dataRow(session, args.dataHash).backingItemUuid);
    return describeItem(await session.client.getStorageItem(uuid, { signUrl: args.signUrl === true }));
  },
  async dataLookupGetStorageItems(session, args) {
    const uuids = (args.dataHashes as string[]).map((hash) => String(dataRow(session, hash).backingItemUuid));
    return (await session.client.getStorageItems(uuids)).map((item) => item.uuid);
  },
  /** What the Python library names the file is its own; ours are the requests before the download, and its address. */
  async downloadAsset(session, args, step) {
    const { item, frame } = args;
    const uuid = `17e30000-0000-4000-8000-00000000000${ASSETS[String(item)]}`;
    const stored = await session.client.getStorageItem(uuid);
    if (item === "image group") {
      if (frame === null) throw new InvalidArgumentsError("An image group has no file of its own.");
      const children = await stored.getChildItems({ signUrls: true });
      const child = children[Number(frame)];
      if (!child) throw new StageError("There is no such frame.");
      await download(session, child);
      return step.result;
    }
    await download(session, stored);
    return step.result;
  },
  async singleFrame(session, _, step) {
    await download(session, await session.client.getStorageItem(FIRST_ITEM));
    return step.result;
  },
};

const ASSETS: Readonly<Record<string, number>> = { image: 1, "audio/mpeg": 2, "image group": 3, group: 4 };

/** The download goes to the signed URL, without any of the client's headers: it is not the client's. */
async function download(session: Session, item: StorageItem): Promise<void> {
  const url = new URL((await item.getSignedUrl()) ?? "");
  const next = session.server.next;
  if (!next?.path.startsWith("/files/"))
    throw new InvalidArgumentsError("A group cannot be downloaded as one file.");
  if (url.pathname !== next.path)
    session.server.problems.push(`the signed URL is ${url.href}, not ${next.path}`);
  session.server.skip();
  if (next.status !== 200) throw new RequestError("The file is gone.");
}

/** Calls of a bundle that fetch or change storage items. @returns what the step's result shows when the bundle was sent */
export function bundleStorageCalls(session: Session, calls: readonly JsonRecord[]) {
  const requested: RequestedStorageItem[] = [];
  const updated: StorageItem[] = [];
  return {
    async add(bundle: Bundle): Promise<void> {
      for (const call of calls) {
        if (call.op === "initialiseStorageItem") {
          const uuid = String(session.rows[Number(call.row)]?.backingItemUuid);
          const signUrl = call.getSignedUrl === true;
          requested.push(await session.client.requestStorageItem(uuid, { signUrl, bundle }));
        } else if (call.op === "itemUpdate") {
          const item = session.recall<StorageItem[]>("items to update")[Number(call.item)] as StorageItem;
          if (!updated.includes(item)) updated.push(item);
          await item.update(changes(call), { bundle });
        }
      }
    },
    result(): unknown {
      if (requested.length > 0) return requested.map(({ item }) => item?.uuid);
      return updated.map(({ name, clientMetadata }) => ({ name, clientMetadata }));
    },
  };
}

function changes(args: JsonRecord) {
  return {
    ...(args.name === undefined ? {} : { name: String(args.name) }),
    ...(isRecord(args.clientMetadata) ? { clientMetadata: args.clientMetadata } : {}),
  };
}

/** The recording fetched the items before; so do we when the first is wanted. */
async function itemToUpdate(session: Session, args: JsonRecord): Promise<StorageItem> {
  if (!session.kept.has("items to update")) {
    const [first] = session.trace.exchanges.slice(session.server.played);
    const items =
      first?.method === "POST"
        ? await session.client.getStorageItems((first.requestBody as { itemUuids: string[] }).itemUuids)
        : [await session.client.getStorageItem(String(args.uuid ?? FIRST_ITEM))];
    session.kept.set("items to update", items);
  }
  const items = session.recall<StorageItem[]>("items to update");
  return items.find((item) => item.uuid === args.uuid) ?? (items[0] as StorageItem);
}

function dataRow(session: Session, dataHash: Json | undefined) {
  const rows =
    session.recall<Map<string, { uid: string; title: string; backingItemUuid: string | null }>>("data rows");
  const row = rows.get(String(dataHash));
  if (!row) throw new InvalidArgumentsError("There is no such data row.");
  return row;
}

async function withoutRetries(session: Session): Promise<EncordClient> {
  return EncordClient.withSshKey({
    sshKey: vectors.key.opensshPrivateKey,
    ...session.options(),
    retry: { maxRetries: 0 },
  });
}

/** The URL if the item brought it along, or never has one; asking for it otherwise would send a request. */
async function urlWithoutRequest(session: Session, item: StorageItem): Promise<string | null> {
  const next = session.server.next;
  return next?.path.endsWith(item.uuid) && next.rawQuery === "signUrl=True" ? null : item.getSignedUrl();
}

export function describeItem(item: StorageItem) {
  return {
    uuid: item.uuid,
    name: item.name,
    itemType: item.itemType,
    parentFolderUuid: item.parentFolderUuid,
    clientMetadata: item.clientMetadata,
    mimeType: item.mimeType,
    fileSize: item.fileSize,
    width: item.width,
    height: item.height,
    fps: item.fps,
    duration: item.duration,
    frameCount: item.frameCount,
    createdAt: item.createdAt,
  };
}
