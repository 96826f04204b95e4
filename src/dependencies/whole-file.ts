import { AgentError } from "../agent/errors.ts";
import type { Invocation } from "../agent/invocation.ts";
import type { StorageItem } from "../encord/index.ts";
import { completeBytes } from "./item-file.ts";

/** A file that is read in one piece. */
export interface WholeFile {
  readonly name: string;
  readonly mimeType: string;
  /** Bytes; null when Encord does not know. */
  readonly size: number | null;
  /**
   * The file, at most 64 MiB: one request the first time, kept after that.
   * @throws MediaError when it cannot be downloaded, or is larger
   */
  bytes(): Promise<Uint8Array>;
}

/**
 * The file of an item that must be of one type.
 *
 * @throws AgentError (code `unsupported-item`) when it is of another type
 */
export function wholeFile(
  item: StorageItem,
  type: { readonly itemType: string; readonly mimeType: string; readonly dependency: string },
  invocation: Invocation,
): WholeFile {
  if (item.itemType !== type.itemType) {
    throw new AgentError(
      "unsupported-item",
      `"${item.name}" is of the type ${item.itemType}; ${type.dependency} is for ${type.itemType} files.`,
    );
  }
  let bytes: Promise<Uint8Array> | undefined;
  return {
    name: item.name,
    mimeType: item.mimeType ?? type.mimeType,
    size: item.fileSize,
    bytes() {
      bytes ??= completeBytes(item, invocation);
      // After a failure the next call tries again.
      bytes.catch(() => {
        bytes = undefined;
      });
      return bytes;
    },
  };
}
