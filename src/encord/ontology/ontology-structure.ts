/** The content of an ontology: its objects, classifications and skeleton templates, with look-ups by hash and title. */

import type { Classification } from "./classification.ts";
import {
  childByTitle,
  childrenByTitle,
  expectKind,
  hashNotFound,
  isOfKind,
  type NodeKind,
  type NodeOfKind,
  nodesBelow,
  type OntologyNode,
  type Tree,
} from "./ontology-node.ts";
import type { OntologyObject } from "./ontology-object.ts";
import { readOntologyStructure } from "./read-ontology.ts";
import type { SkeletonTemplate } from "./skeleton-template.ts";

/** The objects and classifications that labels are made of. */
export class OntologyStructure implements Tree {
  readonly description = "the ontology";
  readonly objects: readonly OntologyObject[];
  readonly classifications: readonly Classification[];
  /** By name. */
  readonly skeletonTemplates: ReadonlyMap<string, SkeletonTemplate>;
  readonly #byHash: ReadonlyMap<string, OntologyNode>;

  constructor(content: {
    readonly objects: readonly OntologyObject[];
    readonly classifications: readonly Classification[];
    readonly skeletonTemplates: readonly SkeletonTemplate[];
  }) {
    this.objects = content.objects;
    this.classifications = content.classifications;
    this.skeletonTemplates = new Map(content.skeletonTemplates.map((template) => [template.name, template]));
    const byHash = new Map<string, OntologyNode>();
    for (const node of nodesBelow(this)) {
      if (!byHash.has(node.featureNodeHash)) byHash.set(node.featureNodeHash, node);
    }
    this.#byHash = byHash;
  }

  /**
   * Reads the `editor` object of an ontology.
   * @throws OntologyError naming the field when it does not have the documented form
   */
  static fromJson(editor: unknown): OntologyStructure {
    return new OntologyStructure(readOntologyStructure(editor));
  }

  get children(): readonly OntologyNode[] {
    return [...this.objects, ...this.classifications];
  }

  /**
   * The element with this hash. Give the kind to get it typed.
   * @throws OntologyError when there is none, or it is of another kind
   */
  getChildByHash<K extends NodeKind>(featureNodeHash: string, kind: K): NodeOfKind[K];
  getChildByHash(featureNodeHash: string): OntologyNode;
  getChildByHash(featureNodeHash: string, kind?: NodeKind): OntologyNode {
    const node = this.#byHash.get(featureNodeHash);
    if (!node) throw hashNotFound(this, featureNodeHash);
    return kind === undefined ? node : expectKind(node, kind);
  }

  /** As `getChildByHash`, but undefined where nothing of this kind has the hash. */
  findChildByHash<K extends NodeKind>(featureNodeHash: string, kind: K): NodeOfKind[K] | undefined {
    const node = this.#byHash.get(featureNodeHash);
    return node && isOfKind(node, kind) ? node : undefined;
  }

  /**
   * The one element with this title; upper and lower case matter. Without a kind, only objects are looked up (the Python
   * SDK looks through everything, where a classification and its question always clash). With a shape as the kind, the
   * coordinates of the object's instances are typed.
   *
   * @example
   * structure.getChildByTitle("Car");                          // an object
   * structure.getChildByTitle("Car", "bounding_box");          // an object whose instances take bounding boxes
   * structure.getChildByTitle("Weather", "classification");
   *
   * @throws OntologyError when there is none or more than one; the message lists what there is
   */
  getChildByTitle<K extends NodeKind>(title: string, kind: K): NodeOfKind[K];
  getChildByTitle(title: string): OntologyObject;
  getChildByTitle(title: string, kind: NodeKind = "object"): OntologyNode {
    return childByTitle(this, title, [kind]);
  }

  /** Every element with this title and kind. */
  getChildrenByTitle<K extends NodeKind>(title: string, kind: K): NodeOfKind[K][] {
    return childrenByTitle(this, title, kind);
  }
}
