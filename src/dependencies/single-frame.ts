import { dependency } from "../agent/dependency.ts";
import { AgentError } from "../agent/errors.ts";
import type { StorageItem } from "../encord/index.ts";
import type { Frame } from "../media/index.ts";
import { decodePicture } from "./picture.ts";
import { storageItem } from "./storage-item.ts";

/**
 * The frame at hand as RGB pixels: in an editor agent the frame that the annotator looks at, in a task agent the first.
 * Images and image groups; costs one request per frame.
 *
 * @throws MediaError (failing the call or task) when the file is not an image, damaged, or too large
 */
export const singleFrame = dependency({ item: storageItem }, async ({ item }, invocation): Promise<Frame> => {
  const number = invocation.frameData?.frame ?? 0;
  return decodePicture(await imageOf(item, number), invocation, number);
});

/** The storage item that holds the picture of one frame. */
async function imageOf(item: StorageItem, frame: number): Promise<StorageItem> {
  if (item.itemType === "image") return item;
  if (item.itemType === "imageGroup") {
    const children = await item.getChildItems({ signUrls: true });
    const child = children[frame];
    if (!child) {
      throw new AgentError(
        "no-such-frame",
        `"${item.name}" has ${children.length} images; frame ${frame} was asked for.`,
      );
    }
    return child;
  }
  throw new AgentError(
    "unsupported-item",
    `"${item.name}" is of the type ${item.itemType}; singleFrame reads images and image groups.`,
  );
}
