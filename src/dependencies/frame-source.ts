import { dependency } from "../agent/dependency.ts";
import { AgentError } from "../agent/errors.ts";
import type { Invocation } from "../agent/invocation.ts";
import { labelledPicture } from "../dry-run/labelled-picture.ts";
import type { StorageItem } from "../encord/index.ts";
import { type FrameSource, ImageSequence, openVideo, type Video } from "../media/index.ts";
import { urlOf } from "./item-file.ts";
import { decodePicture } from "./picture.ts";
import { storageItem } from "./storage-item.ts";

/**
 * The frames of the data unit: of a video, an image sequence (which Encord keeps as a video), an image group, or a single image.
 * Opened once per invocation and shared by all dependencies that read frames; closed afterwards.
 *
 * @throws AgentError `unsupported-item`, `no-file`; MediaError when the file is not a video, is damaged, or cannot be downloaded
 */
export const frameSource = dependency(
  { item: storageItem },
  async function* ({ item }, invocation): AsyncGenerator<FrameSource, void, void> {
    const source = await openFrameSource(item, invocation);
    try {
      yield source;
    } finally {
      source.close();
    }
  },
  { picture: labelledPicture },
);

async function openFrameSource(item: StorageItem, invocation: Invocation): Promise<FrameSource> {
  switch (item.itemType) {
    case "video":
      return openItem(item, invocation);
    case "imageSequence":
      return (await item.getSignedUrl()) === null ? imagesOf(item, invocation) : openItem(item, invocation);
    case "imageGroup":
      return imagesOf(item, invocation);
    case "image":
      return pictures([item], invocation);
    default:
      throw new AgentError(
        "unsupported-item",
        `"${item.name}" is of the type ${item.itemType}, which has no frames; videos, image sequences, image groups and images do.`,
      );
  }
}

async function openItem(item: StorageItem, invocation: Invocation): Promise<Video> {
  return openVideo(await urlOf(item), {
    ...invocation.assets,
    signal: invocation.signal,
    refreshUrl: () => urlOf(item, { refetch: true }),
  });
}

async function imagesOf(item: StorageItem, invocation: Invocation): Promise<ImageSequence> {
  return pictures(await item.getChildItems({ signUrls: true }), invocation);
}

function pictures(items: readonly StorageItem[], invocation: Invocation): ImageSequence {
  const [first] = items;
  return new ImageSequence({
    frameCount: items.length,
    ...(first?.width && first.height ? { width: first.width, height: first.height } : {}),
    // The sequence checks the number first.
    load: (number, options) => decodePicture(items[number] as StorageItem, invocation, number, options),
  });
}
