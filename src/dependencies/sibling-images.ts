import { dependency } from "../agent/dependency.ts";
import { AgentError } from "../agent/errors.ts";
import type { Invocation } from "../agent/invocation.ts";
import type { StorageItem } from "../encord/index.ts";
import type { Frame } from "../media/index.ts";
import { completeBytes } from "./item-file.ts";
import { decodePicture } from "./picture.ts";
import { storageItem } from "./storage-item.ts";

/** One image of an image group. */
export interface SiblingImage {
  /** Its frame number in the group, from 0. */
  readonly frame: number;
  readonly name: string;
  /** Pixels; null when Encord does not know. */
  readonly width: number | null;
  /** Pixels; null when Encord does not know. */
  readonly height: number | null;
  /** Whether it is the current one: in an editor agent the image that the annotator looks at, in a task agent the first. */
  readonly isAtHand: boolean;
  readonly item: StorageItem;
  /** The file; one request each time. @throws MediaError */
  bytes(): Promise<Uint8Array>;
  /** The decoded image; one request each time. @throws MediaError when it is not an image, is damaged, or too large */
  decode(): Promise<Frame>;
}

/**
 * All images of the image group in order, including the current one, to look at a frame beside its neighbours. One request
 * lists them all; each image is fetched when it is asked for. For a single image the list holds just that one.
 *
 * @throws (when made) AgentError (code `unsupported-item`) for anything but images and image groups
 * @example
 * editorAgent({
 *   name: "brightest",
 *   dependencies: { siblingImages },
 *   async run({ siblingImages }) {
 *     const mean = async (image: SiblingImage) => {
 *       const gray = (await image.decode()).resize({ width: 64 }).toGray();
 *       return gray.reduce((sum, level) => sum + level, 0) / gray.length;
 *     };
 *     const means = await Promise.all(siblingImages.map(mean));
 *     return { message: `Brightest: ${siblingImages[means.indexOf(Math.max(...means))]?.name}` };
 *   },
 * });
 */
export const siblingImages = dependency(
  { item: storageItem },
  async ({ item }, invocation): Promise<readonly SiblingImage[]> => {
    const items = await imagesOf(item);
    return items.map((each, frame) => siblingOf(each, frame, invocation));
  },
);

async function imagesOf(item: StorageItem): Promise<readonly StorageItem[]> {
  if (item.itemType === "image") return [item];
  if (item.itemType === "imageGroup") return item.getChildItems({ signUrls: true });
  throw new AgentError(
    "unsupported-item",
    `"${item.name}" is of the type ${item.itemType}; siblingImages is for image groups and images.`,
  );
}

function siblingOf(item: StorageItem, frame: number, invocation: Invocation): SiblingImage {
  return {
    frame,
    name: item.name,
    width: item.width,
    height: item.height,
    isAtHand: frame === (invocation.frameData?.frame ?? 0),
    item,
    bytes: () => completeBytes(item, invocation),
    decode: () => decodePicture(item, invocation, frame),
  };
}
