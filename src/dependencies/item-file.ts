/** The file of a storage item: where it is, and its bytes. A signed URL that has expired is replaced once. */

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
      ? "siblingImages gives its images"
      : "storageItem.getChildItems({ signUrls: true }) gives its parts, if it has any";
  throw new AgentError("no-file", `"${item.name}" (${item.itemType}) has no file of its own; ${parts}.`);
}

/** Runs `transfer` with the URL of an item, and once more with a fresh URL if access is denied. */
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
 * @throws AgentError `no-file`; MediaError when it cannot be downloaded, or is larger
 */
export async function fileBytes(item: StorageItem, invocation: Invocation): Promise<Uint8Array> {
  return withUrl(item, (url) => fetchBytes(url, { ...invocation.assets, signal: invocation.signal }));
}

/**
 * The file in memory, with at least as many bytes as Encord says it has.
 *
 * @throws as `fileBytes`; MediaError `truncated`, which is retryable, when there are fewer
 */
export async function completeBytes(item: StorageItem, invocation: Invocation): Promise<Uint8Array> {
  const bytes = await fileBytes(item, invocation);
  if (item.fileSize === null || bytes.length >= item.fileSize) return bytes;
  throw new MediaError(
    "truncated",
    `"${item.name}" arrived with ${bytes.length} bytes, but has ${item.fileSize} in Encord: the transfer broke off.`,
    { retryable: true },
  );
}
