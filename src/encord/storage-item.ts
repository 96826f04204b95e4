/**
 * Storage items: the files behind data units, with their technical facts, their metadata, and URLs to download them.
 * A signed URL is fetched when it is first asked for and kept; it expires, so fetch it again (`refetch`) before a late use,
 * and never log it.
 */

import type { Bundled, Operation } from "./bundle.ts";
import { ResourceNotFoundError, UnexpectedAnswerError } from "./errors.ts";
import { type JsonObject, readAnswer } from "./json.ts";
import { type ItemFields, itemReader, itemsReader } from "./storage-item-fields.ts";
import { ITEMS_IN_BULK, type Transport } from "./transport.ts";
import { toUuid } from "./uuid.ts";

/** `video`, `image`, ...; a type that Encord adds later is passed on as it is. */
export type StorageItemType =
  | "video"
  | "image"
  | "group"
  | "imageGroup"
  | "imageSequence"
  | "dicomFile"
  | "dicomSeries"
  | "audio"
  | "nifti"
  | "plainText"
  | "pdf"
  | "scene"
  | (string & {});

/** The most items in one request. */
export const BULK_LIMIT = 1000;
/** These have no file of their own, only those of their child items. */
const WITHOUT_URL: ReadonlySet<string> = new Set(["imageGroup", "dicomSeries"]);
const WITH_CHILDREN: ReadonlySet<string> = new Set(["imageGroup", "imageSequence", "dicomSeries", "group"]);

/** What to change; what is left out stays as it is. */
export interface StorageItemChanges {
  readonly name?: string;
  readonly description?: string;
  /** The new metadata as a whole; to change one key, spread the old: `{ ...item.clientMetadata, key: 1 }`. */
  readonly clientMetadata?: JsonObject;
}

interface UpdateCall {
  readonly item: StorageItem;
  readonly changes: StorageItemChanges;
}

/**
 * A file in Encord's storage, or a group of files.
 *
 * @example
 * const item = await client.getStorageItem(labelRow.backingItemUuid, { signUrl: true });
 * const response = await fetch(await item.getSignedUrl());
 */
export class StorageItem {
  readonly #transport: Transport;
  #fields: ItemFields;
  #signedUrl: string | null;

  private constructor(transport: Transport, fields: ItemFields) {
    this.#transport = transport;
    this.#fields = fields;
    this.#signedUrl = fields.signedUrl;
  }

  /**
   * One item. `signUrl` fetches the download URL along with it.
   *
   * @throws ResourceNotFoundError; InvalidArgumentsError when `itemUuid` is not a UUID
   */
  static async fetch(transport: Transport, itemUuid: string, signUrl = false): Promise<StorageItem> {
    const path = `storage/items/${toUuid(itemUuid, "storage item")}`;
    const answer = await transport.v2({ method: "GET", path, query: { signUrl } });
    return new StorageItem(transport, readAnswer(itemReader, answer, `GET ${path}`));
  }

  /** The items that Encord has, in Encord's order; at most 1000 in one request. */
  static async fetchBulk(
    transport: Transport,
    itemUuids: readonly string[],
    signUrls = false,
  ): Promise<StorageItem[]> {
    const uuids = itemUuids.map((each) => toUuid(each, "storage item"));
    const path = ITEMS_IN_BULK;
    const items: StorageItem[] = [];
    for (let start = 0; start < uuids.length; start += BULK_LIMIT) {
      const body = { itemUuids: uuids.slice(start, start + BULK_LIMIT), signUrls };
      const answer = await transport.v2({ method: "POST", path, body });
      const { results } = readAnswer(itemsReader, answer, `POST ${path}`);
      for (const fields of results) items.push(new StorageItem(transport, fields));
    }
    return items;
  }

  /** As `fetchBulk`, but a list that is refused because of a missing item is halved until that item is found and left out. */
  static async fetchExisting(
    transport: Transport,
    itemUuids: readonly string[],
    signUrls = false,
  ): Promise<StorageItem[]> {
    try {
      return await StorageItem.fetchBulk(transport, itemUuids, signUrls);
    } catch (error) {
      if (!(error instanceof ResourceNotFoundError)) throw error;
      if (itemUuids.length < 2) return [];
    }
    const half = Math.ceil(itemUuids.length / 2);
    const first = await StorageItem.fetchExisting(transport, itemUuids.slice(0, half), signUrls);
    return [...first, ...(await StorageItem.fetchExisting(transport, itemUuids.slice(half), signUrls))];
  }

  /** The same item, over what `wrap` makes of its transport; as `EncordClient.through`. */
  through(wrap: (transport: Transport) => Transport): StorageItem {
    return new StorageItem(wrap(this.#transport), this.#fields);
  }

  get uuid(): string {
    return this.#fields.uuid;
  }
  /** The folder that it is in. */
  get parentFolderUuid(): string {
    return this.#fields.parent;
  }
  get itemType(): StorageItemType {
    return this.#fields.itemType;
  }
  get name(): string {
    return this.#fields.name;
  }
  get description(): string {
    return this.#fields.description ?? "";
  }
  /** The user's own data about it; `{}` when there is none. */
  get clientMetadata(): JsonObject {
    return this.#fields.clientMetadata;
  }
  /** Email. */
  get owner(): string | null {
    return this.#fields.owner;
  }
  get createdAt(): Date {
    return this.#fields.createdAt;
  }
  get lastEditedAt(): Date {
    return this.#fields.lastEditedAt;
  }
  /** Deleted, but kept for the data units that use it. */
  get isTombstone(): boolean {
    return this.#fields.isTombstone;
  }
  /** Registered before its file was uploaded. */
  get isPlaceholder(): boolean {
    return this.#fields.isPlaceholder;
  }
  /** How many data units of datasets use it. */
  get backedDataUnitsCount(): number | null {
    return this.#fields.backedDataUnitsCount;
  }
  /** `encord`, `gcp`, `s3`, `azure`, ... */
  get storageLocation(): string | null {
    return this.#fields.storageLocation;
  }
  get integrationHash(): string | null {
    return this.#fields.integrationHash;
  }
  /** Where its storage keeps the file; not for downloading. */
  get url(): string | null {
    return this.#fields.url;
  }
  /** Bytes. */
  get fileSize(): number | null {
    return this.#fields.fileSize;
  }
  get mimeType(): string | null {
    return this.#fields.mimeType;
  }
  /** Seconds. */
  get duration(): number | null {
    return this.#fields.duration;
  }
  /** Frames per second. */
  get fps(): number | null {
    return this.#fields.fps;
  }
  /** Pixels. */
  get height(): number | null {
    return this.#fields.height;
  }
  /** Pixels. */
  get width(): number | null {
    return this.#fields.width;
  }
  get frameCount(): number | null {
    return this.#fields.frameCount;
  }
  get dicomInstanceUid(): string | null {
    return this.#fields.dicomInstanceUid;
  }
  get dicomStudyUid(): string | null {
    return this.#fields.dicomStudyUid;
  }
  get dicomSeriesUid(): string | null {
    return this.#fields.dicomSeriesUid;
  }
  /** Hertz. */
  get audioSampleRate(): number | null {
    return this.#fields.audioSampleRate;
  }
  get audioBitDepth(): number | null {
    return this.#fields.audioBitDepth;
  }
  get audioCodec(): string | null {
    return this.#fields.audioCodec;
  }
  get audioNumChannels(): number | null {
    return this.#fields.audioNumChannels;
  }

  /**
   * A URL that anybody can download the file from until it expires. Null for image groups and DICOM series, whose files
   * belong to their child items. Sends a request the first time, and whenever `refetch` is set.
   */
  async getSignedUrl({ refetch = false }: { readonly refetch?: boolean } = {}): Promise<string | null> {
    if (WITHOUT_URL.has(this.itemType)) return null;
    if (this.#signedUrl === null || refetch) {
      const fresh = await StorageItem.fetch(this.#transport, this.uuid, true);
      this.#signedUrl = fresh.#signedUrl;
    }
    return this.#signedUrl;
  }

  /** The items that a group, image group, image sequence or DICOM series is made of; none for other types. */
  async getChildItems({ signUrls = false }: { readonly signUrls?: boolean } = {}): Promise<StorageItem[]> {
    if (!WITH_CHILDREN.has(this.itemType)) return [];
    const path = `storage/folders/${this.parentFolderUuid}/items/${this.uuid}/child-items`;
    const answer = await this.#transport.v2({ method: "GET", path, query: { signUrls } });
    const { results } = readAnswer(itemsReader, answer, `GET ${path}`);
    return results.map((fields) => new StorageItem(this.#transport, fields));
  }

  /**
   * Changes name, description or metadata; afterwards this object shows the changes. Without changes nothing is sent. In a
   * bundle a later update of the same item replaces an earlier one completely.
   */
  async update(changes: StorageItemChanges, { bundle }: Bundled = {}): Promise<void> {
    const { name, description, clientMetadata } = changes;
    const given: StorageItemChanges = {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(clientMetadata === undefined ? {} : { clientMetadata }),
    };
    if (Object.keys(given).length === 0) return;
    if (bundle) {
      bundle.add(updateOperation(this.#transport), { item: this, changes: given });
      return;
    }
    const path = `storage/folders/${this.parentFolderUuid}/items/${this.uuid}`;
    const answer = await this.#transport.v2({ method: "PATCH", path, body: given });
    this.#refresh(readAnswer(itemReader, answer, `PATCH ${path}`));
  }

  /** Sends one request for the changes of many items. */
  static async updateBulk(transport: Transport, calls: readonly UpdateCall[]): Promise<void> {
    const path = "storage/items/patch-bulk";
    const itemPatches = Object.fromEntries(calls.map(({ item, changes }) => [item.uuid, changes]));
    const answer = await transport.v2({ method: "PATCH", path, body: { itemPatches } });
    const { results } = readAnswer(itemsReader, answer, `PATCH ${path}`);
    const fresh = new Map(results.map((fields) => [fields.uuid, fields]));
    for (const { item } of calls) {
      const fields = fresh.get(item.uuid);
      if (!fields) {
        throw new UnexpectedAnswerError(
          `Encord's answer to PATCH ${path} leaves out the item ${item.uuid}.`,
          {
            endpoint: `PATCH ${path}`,
          },
        );
      }
      item.#refresh(fields);
    }
  }

  #refresh(fields: ItemFields): void {
    this.#fields = fields;
    this.#signedUrl = fields.signedUrl ?? this.#signedUrl;
  }
}

function updateOperation(transport: Transport): Operation<UpdateCall> {
  return {
    key: `storage-items:update:${transport.domain}`,
    limit: BULK_LIMIT,
    send: (calls) => StorageItem.updateBulk(transport, calls),
  };
}
