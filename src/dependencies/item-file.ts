/** The file of a storage item: where it is, and its bytes. A signed URL that expired is asked for anew, once. */

import { AgentError } from "../agent/errors.ts";
import type { Invocation } from "../agent/invocation.ts";
import type { StorageItem } from "../encord/index.ts";
import { fetchBytes, MediaError } from "../media/index.ts";

/**
 * The signed URL of an item.
 *
 * @throws AgentError (code `no-file`) when it has no file of its own
 */
export async function urlOf(
  item: StorageItem,
  options: { readonly refetch?: boolean } = {},
): Promise<string> {
  const url = await item.getSignedUrl(options);
  if (url !== null) return url;
  const parts =
    item.itemType === "imageGroup"
      ? "siblingImages has its pictures"
      : "its parts, if it has any, are storageItem.getChildItems({ signUrls: true })";
  throw new AgentError("no-file", `"${item.name}" (${item.itemType}) has no file of its own; ${parts}.`);
}

/** Runs `transfer` with the URL of an item, and once more with a fresh one when it was refused. */
export async function withUrl<T>(item: StorageItem, transfer: (url: string) => Promise<T>): Promise<T> {
  const url = await urlOf(item);
  try {
    return await transfer(url);
  } catch (error) {
    if (!(error instanceof MediaError) || error.code !== "access-denied") throw error;
    return transfer(await urlOf(item, { refetch: true }));
  }
}

/**
 * The file in memory, as it arrived: at most 64 MiB.
 *
 * @throws AgentError `no-file`; MediaError when it cannot be had, or is larger
 */
export async function fileBytes(item: StorageItem, invocation: Invocation): Promise<Uint8Array> {
  return withUrl(item, (url) => fetchBytes(url, { ...invocation.assets, signal: invocation.signal }));
}

/**
 * The file in memory, with no fewer bytes than Encord knows it to have.
 *
 * @throws as `fileBytes`; MediaError `truncated`, which is worth another try, when there are fewer
 */
export async function completeBytes(item: StorageItem, invocation: Invocation): Promise<Uint8Array> {
  const bytes = await fileBytes(item, invocation);
  if (item.fileSize === null || bytes.length >= item.fileSize) return bytes;
  throw new MediaError(
    "truncated",
    `"${item.name}" arrived with ${bytes.length} bytes; Encord knows it with ${item.fileSize}: the transfer broke off.`,
    { retryable: true },
  );
}
