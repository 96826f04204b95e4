import { AgentError } from "../agent/errors.ts";
import type { Invocation } from "../agent/invocation.ts";
import type { StorageItem } from "../encord/index.ts";
import { decodeImage, type Frame, MediaError, type ResizeOptions } from "../media/index.ts";
import { fileBytes } from "./item-file.ts";

/**
 * Downloads and decodes the image of a storage item.
 *
 * @param frame the number that the frame gets
 * @param options the size of the frame; the image's own by default
 * @throws MediaError when the file is not an image, is damaged, or too large; a retryable `AgentError` when, in addition, the
 *   file did not arrive with the size that Encord knows
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
      `${error.message} It arrived with ${bytes.length} bytes, but has ${item.fileSize} in Encord: the transfer may have gone wrong.`,
      { retryable: true, cause: error },
    );
  }
}
