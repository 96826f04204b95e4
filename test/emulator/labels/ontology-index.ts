/** An ontology's features by their hashes, against which the answers and shapes of saved labels are checked. */

import type { JsonObject } from "../state/documents.ts";
import { words } from "../words.ts";

export interface AttributeFeature {
  readonly hash: string;
  readonly name: string;
  readonly type: string;
  readonly dynamic: boolean;
  /** Hashes of the options of a radio or a checklist. */
  readonly options: ReadonlySet<string>;
}

export interface ObjectFeature {
  readonly name: string;
  readonly shape: string;
  /** All of them, nested ones included, by hash. */
  readonly attributes: ReadonlyMap<string, AttributeFeature>;
}

export interface ClassificationFeature {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, AttributeFeature>;
}

export interface OntologyIndex {
  readonly objects: ReadonlyMap<string, ObjectFeature>;
  readonly classifications: ReadonlyMap<string, ClassificationFeature>;
}

export function indexOntology(editor: JsonObject): OntologyIndex {
  const objects = new Map<string, ObjectFeature>();
  for (const object of list(editor.objects)) {
    objects.set(words(object.featureNodeHash), {
      name: words(object.name),
      shape: words(object.shape),
      attributes: attributesOf(object.attributes),
    });
  }
  const classifications = new Map<string, ClassificationFeature>();
  for (const classification of list(editor.classifications)) {
    classifications.set(words(classification.featureNodeHash), {
      name: words(list(classification.attributes)[0]?.name ?? ""),
      attributes: attributesOf(classification.attributes),
    });
  }
  return { objects, classifications };
}

/** Options of a radio hold nested attributes under the same key as attributes hold options. */
function attributesOf(value: unknown, found = new Map<string, AttributeFeature>()) {
  for (const attribute of list(value)) {
    const options = list(attribute.options);
    const hash = words(attribute.featureNodeHash);
    found.set(hash, {
      hash,
      name: words(attribute.name),
      type: words(attribute.type),
      dynamic: attribute.dynamic === true,
      options: new Set(options.map((option) => words(option.featureNodeHash))),
    });
    for (const option of options) attributesOf(option.options, found);
  }
  return found;
}

function list(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value : [];
}
