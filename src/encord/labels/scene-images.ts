/**
 * The images of a scene are spaces, but their labels are in the scene's data unit beside those of its frames, under the name
 * of their event, `stream#frame`. Labels under the event's number or the space's id are read too.
 */

import type { Fields } from "./label-json.ts";
import { type AnswerParts, readFrame } from "./read-labels.ts";
import type { Space } from "./space.ts";
import { type FrameLabels, writeFrames } from "./write-labels.ts";

/** The images among the spaces of a scene. */
export function sceneImagesOf(spaces: Iterable<Space>): Space[] {
  return [...spaces].filter((space) => space.unitKeys.length > 0);
}

/**
 * Reads the labels of images out of the labels of a data unit.
 * @returns the other labels
 */
export function readSceneImages(images: readonly Space[], parts: AnswerParts, labels: Fields): Fields {
  if (images.length === 0) return labels;
  const byKey = imagesByKey(images);
  const others: [string, unknown][] = [];
  for (const [key, json] of Object.entries(labels)) {
    const image = byKey.get(key);
    if (image) readFrame(image.instances, parts, 0, json);
    else others.push([key, json]);
  }
  return Object.fromEntries(others);
}

/** The key under which an image is written wins over its other keys, and an earlier image over a later one. */
function imagesByKey(images: readonly Space[]): ReadonlyMap<string, Space> {
  const named = images.map((image) => ({ image, keys: image.unitKeys }));
  const first = named.flatMap(({ image, keys }) => keys.slice(0, 1).map((key) => [key, image] as const));
  const others = named.flatMap(({ image, keys }) => keys.slice(1).map((key) => [key, image] as const));
  return new Map([...first, ...others].reverse());
}

/** The labels of those images that have some, by their key in the data unit. */
export function writeSceneImages(
  images: readonly Space[],
  now: Date,
): (readonly [key: string, labels: FrameLabels])[] {
  return images.flatMap((image) => {
    const labels = writeFrames(image.instances, now).get(0);
    const [key] = image.unitKeys;
    const isEmpty = !labels || labels.objects.length + labels.classifications.length === 0;
    return isEmpty || key === undefined ? [] : [[key, labels] as const];
  });
}
