/**
 * Completes the ontology of a seed with what every real ontology has: clients expect ids, hashes, colours and flags, so what a
 * seed leaves out is made up. What the seed says stays as it is.
 */

import type { World } from "./call.ts";
import type { SeedOntology } from "./seed.ts";
import type { JsonObject } from "./state/documents.ts";

const COLOURS = ["#D33115", "#E27300", "#16406C", "#FE9200", "#4B1F84", "#68BC00"];

/** The ontology in the form that the API calls `editor`. */
export function editorOf(world: World, seed: SeedOntology | undefined): JsonObject {
  const identity = ({ featureNodeHash }: JsonObject, id: string) => ({
    id,
    ...(featureNodeHash === undefined ? { featureNodeHash: world.newUuid().slice(0, 8) } : {}),
  });
  const flags = { required: false, archived: false };

  const attribute = (given: JsonObject, id: string): JsonObject => ({
    ...identity(given, id),
    ...flags,
    dynamic: false,
    ...given,
    ...(given.options === undefined ? {} : { options: numbered(given.options, option, `${id}.`) }),
  });
  const option = (given: JsonObject, id: string): JsonObject => ({
    ...identity(given, id),
    value: String(given.label).toLowerCase().replace(/\s/g, "_"),
    archived: false,
    ...given,
    // A radio option's own attributes, which are asked for when it is chosen.
    ...(given.options === undefined ? {} : { options: numbered(given.options, attribute, `${id}.`) }),
  });
  const withAttributes = (given: JsonObject, id: string) =>
    given.attributes === undefined ? {} : { attributes: numbered(given.attributes, attribute, `${id}.`) };

  return {
    objects: numbered(seed?.objects ?? [], (given, id) => ({
      ...identity(given, id),
      color: COLOURS[(Number(id) - 1) % COLOURS.length],
      ...flags,
      ...given,
      ...withAttributes(given, id),
    })),
    classifications: numbered(seed?.classifications ?? [], (given, id) => ({
      ...identity(given, id),
      ...given,
      ...withAttributes(given, id),
    })),
    ...(seed?.skeleton_templates ? { skeleton_templates: seed.skeleton_templates } : {}),
  };
}

/** Completes each entry with its id: its own, or the prefix and its place in the list, from 1. */
function numbered(
  list: unknown,
  complete: (given: JsonObject, id: string) => JsonObject,
  prefix = "",
): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((given: JsonObject, index) => complete(given, String(given.id ?? `${prefix}${index + 1}`)));
}
