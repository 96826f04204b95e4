/** Storage items that are fetched together with others, in a bundle. */

import { type Bundled, type Operation, sendOrAdd } from "./bundle.ts";
import { ResourceNotFoundError } from "./errors.ts";
import { BULK_LIMIT, StorageItem } from "./storage-item.ts";
import type { Transport } from "./transport.ts";
import { toUuid } from "./uuid.ts";

/** An item that a bundle will fetch. */
export interface RequestedStorageItem {
  /** Null until the bundle is sent. */
  readonly item: StorageItem | null;
}

interface FetchCall {
  readonly uuid: string;
  readonly signUrl: boolean;
  item: StorageItem | null;
}

/**
 * Fetches an item, at once or with a bundle. Calls of a bundle share requests; when one of them wants a signed URL, all
 * items of its request get one.
 *
 * @throws ResourceNotFoundError when the request is sent, naming the items that Encord does not have
 */
export async function requestStorageItem(
  transport: Transport,
  itemUuid: string,
  { signUrl = false, bundle }: { readonly signUrl?: boolean } & Bundled = {},
): Promise<RequestedStorageItem> {
  const call: FetchCall = { uuid: toUuid(itemUuid, "storage item"), signUrl, item: null };
  const operation: Operation<FetchCall> = {
    key: `storage-items:get:${transport.domain}`,
    limit: BULK_LIMIT,
    async send(calls) {
      const uuids = calls.map((each) => each.uuid);
      const found = await StorageItem.fetchBulk(
        transport,
        uuids,
        calls.some((each) => each.signUrl),
      );
      const byUuid = new Map(found.map((item) => [item.uuid, item]));
      for (const each of calls) each.item = byUuid.get(each.uuid) ?? null;
      const missing = calls.filter((each) => each.item === null);
      if (missing.length > 0) throw itemsNotFound(missing.map((each) => each.uuid));
    },
  };
  await sendOrAdd(operation, call, bundle);
  return call;
}

/** The error for items that a bulk answer left out; names up to five of them. */
export function itemsNotFound(uuids: readonly string[]): ResourceNotFoundError {
  const named = uuids.slice(0, 5).join(", ") + (uuids.length > 5 ? ` and ${uuids.length - 5} more` : "");
  return new ResourceNotFoundError(`Encord has no storage item ${named}, or not for this key.`);
}
