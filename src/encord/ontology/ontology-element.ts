/** What objects, classifications, attributes and options have in common: a hash, a title, and look-ups of what is below. */

import type { Attribute } from "./attribute.ts";
import {
  childByHash,
  childByTitle,
  childrenByTitle,
  type NodeKind,
  type NodeOfKind,
  type OntologyNode,
  type Tree,
} from "./ontology-node.ts";
import type { Option } from "./option.ts";

export abstract class OntologyElement implements Tree {
  /** Which kind of element it is. */
  abstract readonly kind: OntologyNode["kind"];
  /** Position in the ontology, such as `[1, 2, 3]`; only the editor needs it. */
  abstract readonly uid: readonly number[];
  /** Identifies the element in labels; eight characters. */
  abstract readonly featureNodeHash: string;
  /** What people see: the name of an object or attribute, the label of an option. */
  abstract readonly title: string;
  /** Archived elements can still be read in labels, but the editor no longer offers them. */
  abstract readonly archived: boolean;
  /** How error messages refer to it. */
  abstract readonly description: string;
  abstract readonly children: readonly (Attribute | Option)[];

  /**
   * The element with this hash, below this one.
   * @throws OntologyError when there is none, or it is of another kind
   */
  getChildByHash<K extends NodeKind>(featureNodeHash: string, kind: K): NodeOfKind[K];
  getChildByHash(featureNodeHash: string): Attribute | Option;
  getChildByHash(featureNodeHash: string, kind?: NodeKind): OntologyNode {
    return childByHash(this, featureNodeHash, kind);
  }

  /**
   * The one element with this title, below this one; without a kind, an attribute or option.
   * @throws OntologyError when there is none or more than one; the message lists what there is
   */
  getChildByTitle<K extends NodeKind>(title: string, kind: K): NodeOfKind[K];
  getChildByTitle(title: string): Attribute | Option;
  getChildByTitle(title: string, kind?: NodeKind): OntologyNode {
    return childByTitle(this, title, kind === undefined ? ["attribute", "option"] : [kind]);
  }

  /** Every element with this title and kind, below this one. */
  getChildrenByTitle<K extends NodeKind>(title: string, kind: K): NodeOfKind[K][] {
    return childrenByTitle(this, title, kind);
  }
}
