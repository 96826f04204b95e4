import { AgentError } from "../agent/errors.ts";
import type { Invocation } from "../agent/invocation.ts";
import type { StorageItem } from "../encord/index.ts";
import { decodeImage, type Frame, MediaError, type ResizeOptions } from "../media/index.ts";
import { fileBytes } from "./item-file.ts";

/**
 * Downloads and decodes the picture of a storage item.
 *
 * @param frame the number that the frame gets
 * @param options the size wanted; default its own
 * @throws MediaError when the file is not an image, damaged, or too large; an `AgentError` that is worth another try when
 *   what arrived is also not of the size that Encord knows
 */
export async function decodePicture(
  item: StorageItem,
  invocation: Invocation,
  frame: number,
  options: ResizeOptions = {},
): Promise<Frame> {
  const bytes = await fileBytes(item, invocation);
  try {
    const decoded = await decodeImage(bytes, { ...options, frame });
    invocation.assets.onFrame();
    return decoded;
  } catch (error) {
    if (!(error instanceof MediaError) || item.fileSize === null || bytes.length === item.fileSize)
      throw error;
    throw new AgentError(
      "wrong-size",
      `${error.message} It arrived with ${bytes.length} bytes; Encord knows it with ${item.fileSize}: the transfer may have gone wrong.`,
      { retryable: true, cause: error },
    );
  }
}
