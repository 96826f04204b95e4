import { dependency } from "../agent/dependency.ts";
import { AgentError } from "../agent/errors.ts";
import type { Invocation } from "../agent/invocation.ts";
import type { StorageItem } from "../encord/index.ts";
import { fetchBytes } from "../media/index.ts";
import { storageItem } from "./storage-item.ts";

/** The file behind the data unit at hand. Nothing is downloaded until it is asked for. */
export interface Asset {
  /** As Encord shows it. */
  readonly name: string;
  /** Such as `image/jpeg`; null when Encord does not know. */
  readonly mimeType: string | null;
  /** Bytes; null when Encord does not know. */
  readonly size: number | null;
  /**
   * The whole file, in memory: at most 64 MiB, because a Worker has 128 MB.
   *
   * @throws MediaError when it cannot be had, or is larger
   */
  bytes(): Promise<Uint8Array>;
}

/** The file itself, of whatever type: `asset.bytes()`. Costs one request when it is asked for. */
export const asset = dependency(
  { item: storageItem },
  ({ item }, invocation): Asset => assetOf(item, invocation),
);

/** The file of a storage item. */
export function assetOf(item: StorageItem, invocation: Invocation): Asset {
  return {
    name: item.name,
    mimeType: item.mimeType,
    size: item.fileSize,
    bytes: () => download(item, invocation),
  };
}

async function download(item: StorageItem, invocation: Invocation): Promise<Uint8Array> {
  const url = await item.getSignedUrl();
  if (url === null) {
    throw new AgentError(
      "no-file",
      `"${item.name}" (${item.itemType}) has no file of its own; its parts are its child items.`,
    );
  }
  return fetchBytes(url, { ...invocation.assets, signal: invocation.signal });
}
