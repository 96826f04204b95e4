/** Labels reduced to some features of the ontology, as a client asks for them when it reads. */

import type { JsonObject } from "../state/documents.ts";
import { words } from "../words.ts";

interface Feature {
  readonly featureHash?: unknown;
}

/** Null keeps all features of the kind. */
export function onlyFeatures(
  labels: JsonObject,
  objects: ReadonlySet<string> | null,
  classifications: ReadonlySet<string> | null,
): JsonObject {
  if (objects === null && classifications === null) return labels;
  const copy = structuredClone(labels);
  const kept = (wanted: ReadonlySet<string> | null) => (feature: Feature) =>
    wanted === null || wanted.has(words(feature.featureHash));
  const hashes = { objects: new Set<unknown>(), classifications: new Set<unknown>() };
  for (const frame of framesOf(copy)) {
    frame.objects = (frame.objects ?? []).filter(kept(objects));
    frame.classifications = (frame.classifications ?? []).filter(kept(classifications));
    for (const { objectHash } of frame.objects) hashes.objects.add(objectHash);
    for (const { classificationHash } of frame.classifications)
      hashes.classifications.add(classificationHash);
  }
  const answers = (name: string) => Object.entries((copy[name] ?? {}) as Record<string, Feature>);
  copy.object_answers = Object.fromEntries(
    answers("object_answers").filter(
      ([hash, answer]) =>
        hashes.objects.has(hash) || (answer.featureHash !== undefined && kept(objects)(answer)),
    ),
  );
  copy.object_actions = Object.fromEntries(
    answers("object_actions").filter(([hash]) => hashes.objects.has(hash)),
  );
  copy.classification_answers = Object.fromEntries(
    answers("classification_answers").filter(([, answer]) => kept(classifications)(answer)),
  );
  return copy;
}

interface FrameLabels {
  objects?: (Feature & { objectHash?: unknown })[];
  classifications?: (Feature & { classificationHash?: unknown })[];
}

/** All parts of a blob that list objects and classifications. */
function framesOf(labels: JsonObject): FrameLabels[] {
  const holders = [...Object.values(labels.data_units ?? {}), ...Object.values(labels.spaces ?? {})];
  return holders.flatMap((holder) => {
    const frames = (holder as { labels?: unknown }).labels;
    if (typeof frames !== "object" || frames === null) return [];
    return "objects" in frames ? [frames as FrameLabels] : (Object.values(frames) as FrameLabels[]);
  });
}
