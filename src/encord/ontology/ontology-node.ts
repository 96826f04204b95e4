/**
 * The kinds of things in an ontology and how they are looked up. Hashes are unique; should one come twice, the first in a
 * depth-first walk wins (objects before classifications). Titles are matched exactly; if not exactly one matches, an
 * OntologyError says what there is instead.
 */

import { OntologyError } from "../errors.ts";
import type {
  Attribute,
  ChecklistAttribute,
  NumericAttribute,
  RadioAttribute,
  TextAttribute,
} from "./attribute.ts";
import type { Classification } from "./classification.ts";
import type { OntologyObject } from "./ontology-object.ts";
import type { FlatOption, NestableOption, Option } from "./option.ts";
import { isShape, type Shape } from "./shape.ts";

/** Anything in an ontology that has a hash and a title. `kind` tells which. */
export type OntologyNode = OntologyObject | Classification | Attribute | Option;

/** What a look-up can be asked for: a kind, a base kind (`attribute`, `option`) or an object's shape. */
export type NodeOfKind = {
  readonly [S in Shape]: OntologyObject<S>;
} & {
  readonly object: OntologyObject;
  readonly classification: Classification;
  readonly attribute: Attribute;
  readonly radioAttribute: RadioAttribute;
  readonly checklistAttribute: ChecklistAttribute;
  readonly textAttribute: TextAttribute;
  readonly numericAttribute: NumericAttribute;
  readonly option: Option;
  readonly nestableOption: NestableOption;
  readonly flatOption: FlatOption;
};

export type NodeKind = keyof NodeOfKind;

/** Something below which nodes can be looked up. */
export interface Tree {
  /** How error messages refer to it, such as `the ontology` or `object "Car"`. */
  readonly description: string;
  readonly children: readonly OntologyNode[];
}

export function isOfKind<K extends NodeKind>(
  node: OntologyNode,
  kind: K,
): node is OntologyNode & NodeOfKind[K] {
  if (kind === "attribute") return node.kind.endsWith("Attribute");
  if (kind === "option") return node.kind.endsWith("Option");
  if (node.kind === "object" && isShape(kind)) return node.shape === kind;
  return node.kind === kind;
}

/** Every node below, depth first, parents before their children. */
export function* nodesBelow(tree: Tree): Generator<OntologyNode, void, undefined> {
  for (const child of tree.children) {
    yield child;
    yield* nodesBelow(child);
  }
}

/** @throws OntologyError when the node is of another kind than asked for */
export function expectKind<K extends NodeKind>(node: OntologyNode, kind: K): NodeOfKind[K] {
  if (isOfKind(node, kind)) return node as NodeOfKind[K];
  throw new OntologyError(
    `${node.featureNodeHash} is ${node.description}, not ${withArticle(kind)}. Ask for the kind "${node.kind}".`,
  );
}

/** @throws OntologyError when nothing below has this hash, or something of another kind */
export function childByHash<K extends NodeKind>(tree: Tree, hash: string, kind: K): NodeOfKind[K];
export function childByHash(tree: Tree, hash: string, kind?: NodeKind): OntologyNode;
export function childByHash(tree: Tree, hash: string, kind?: NodeKind): OntologyNode {
  for (const node of nodesBelow(tree)) {
    if (node.featureNodeHash === hash) return kind === undefined ? node : expectKind(node, kind);
  }
  throw hashNotFound(tree, hash);
}

export function hashNotFound(tree: Tree, hash: string): OntologyError {
  return new OntologyError(
    `${capitalised(tree.description)} has nothing with the feature node hash "${hash}". ` +
      "It may have been deleted from the ontology, or belong to another one.",
  );
}

export function childrenByTitle<K extends NodeKind>(tree: Tree, title: string, kind: K): NodeOfKind[K][] {
  const found: NodeOfKind[K][] = [];
  for (const node of nodesBelow(tree)) {
    if (node.title === title && isOfKind(node, kind)) found.push(node as NodeOfKind[K]);
  }
  return found;
}

/** @throws OntologyError when there is not exactly one; the message lists what there is */
export function childByTitle(tree: Tree, title: string, kinds: readonly NodeKind[]): OntologyNode {
  const named = [...nodesBelow(tree)].filter((node) => node.title === title);
  const matches = named.filter((node) => kinds.some((kind) => isOfKind(node, kind)));
  if (matches.length === 1 && matches[0]) return matches[0];
  const wanted = kinds.map((kind) => spoken(kind)).join(" or ");
  if (matches.length > 1) {
    const list = matches.map((node) => `${node.description} (${node.featureNodeHash})`).join(", ");
    throw new OntologyError(
      `${capitalised(tree.description)} has the ${wanted} "${title}" ${matches.length} times: ${list}. ` +
        "Use getChildByHash, or look below the parent that you mean.",
    );
  }
  if (named.length > 0) {
    const list = named.map((node) => `${node.description} (kind "${node.kind}")`).join(", ");
    throw new OntologyError(
      `${capitalised(tree.description)} has no ${wanted} "${title}", but ${list}. Ask for that kind.`,
    );
  }
  const titles = [...nodesBelow(tree)]
    .filter((node) => kinds.some((kind) => isOfKind(node, kind)))
    .map((node) => node.title);
  throw new OntologyError(
    `${capitalised(tree.description)} has no ${wanted} "${title}". ${suggestion(title, titles)}`,
  );
}

function suggestion(title: string, titles: readonly string[]): string {
  if (titles.length === 0) return "There is none at all.";
  const folded = title.trim().toLowerCase();
  const close = titles.find((candidate) => candidate.trim().toLowerCase() === folded);
  if (close !== undefined) return `Did you mean "${close}"? Titles must match exactly.`;
  const unique = [...new Set(titles)];
  const shown = unique.slice(0, 20).map((candidate) => `"${candidate}"`);
  return `There is: ${shown.join(", ")}${unique.length > 20 ? `, and ${unique.length - 20} more` : ""}.`;
}

/** A kind in words: `radioAttribute` is "radio attribute". */
function spoken(kind: NodeKind): string {
  const words = kind.replace(/([A-Z])/g, " $1").toLowerCase();
  return isShape(kind) ? `${words.replaceAll("_", " ")} object` : words;
}

function withArticle(kind: NodeKind): string {
  const words = spoken(kind);
  return `${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
