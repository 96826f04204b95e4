/** The named points of a skeleton, as drawn in the ontology editor. */

import { OntologyError } from "../errors.ts";
import type { SkeletonCoordinate, SkeletonCoordinates } from "../labels/coordinates.ts";

/** A point of a template. */
export interface SkeletonTemplatePoint {
  readonly x: number;
  readonly y: number;
  readonly name: string;
  readonly color: string | null;
  readonly value: string | null;
  readonly featureHash: string | null;
}

/** The points that a skeleton object has, and the lines between them. */
export class SkeletonTemplate {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Null when the ontology has none. */
  readonly featureNodeHash: string | null;
  /** In the order of the template. */
  readonly points: readonly SkeletonTemplatePoint[];
  /** Lines between points: pairs of positions in `points`. */
  readonly edges: readonly (readonly [number, number])[];

  constructor(fields: {
    readonly name: string;
    readonly width: number;
    readonly height: number;
    readonly featureNodeHash: string | null;
    readonly points: readonly SkeletonTemplatePoint[];
    readonly edges: readonly (readonly [number, number])[];
  }) {
    this.name = fields.name;
    this.width = fields.width;
    this.height = fields.height;
    this.featureNodeHash = fields.featureNodeHash;
    this.points = fields.points;
    this.edges = fields.edges;
  }

  /**
   * Coordinates for `setForFrames` of a skeleton object: the given points with the template's hashes. As in the Python
   * SDK, colour and value are not copied.
   *
   * @throws OntologyError unless the names are exactly those of the template
   */
  createInstance(points: readonly SkeletonCoordinate[]): SkeletonCoordinates {
    const hashes = new Map(this.points.map((point) => [point.name, point.featureHash]));
    const given = new Set(points.map((point) => point.name));
    const missing = [...hashes.keys()].filter((name) => !given.has(name));
    const unknown = [...given].filter((name) => !hashes.has(name));
    if (missing.length > 0 || unknown.length > 0 || given.size !== points.length) {
      const faults = [
        missing.length > 0 ? `missing: ${missing.join(", ")}` : "",
        unknown.length > 0 ? `unknown: ${unknown.join(", ")}` : "",
        given.size !== points.length ? "a name is given twice" : "",
      ].filter((fault) => fault !== "");
      throw new OntologyError(
        `The points do not fit skeleton template "${this.name}" (${faults.join("; ")}). Expected each once: ${[...hashes.keys()].join(", ")}.`,
      );
    }
    return {
      values: points.map((point) => {
        const { x, y, name, visibility } = point;
        const featureHash = hashes.get(name);
        return {
          x,
          y,
          name,
          ...(featureHash == null ? {} : { featureHash }),
          ...(visibility ? { visibility } : {}),
        };
      }),
    };
  }
}
