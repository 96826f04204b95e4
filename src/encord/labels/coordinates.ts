/**
 * Where an object is, one type per shape. Numbers are relative to the width and height of the frame (0 to 1) unless said
 * otherwise, x to the right and y down from the top left corner. `CoordinatesOf<"polygon">` names the type of a shape.
 */

import type { JsonObject } from "../json.ts";
import type { Shape } from "../ontology/shape.ts";
import type { RangePair } from "./ranges.ts";

/** An upright box. */
export interface BoundingBoxCoordinates {
  readonly height: number;
  readonly width: number;
  readonly topLeftX: number;
  readonly topLeftY: number;
}

/** A box turned by `theta` degrees, clockwise as seen on the screen, about its own centre. */
export interface RotatableBoundingBoxCoordinates extends BoundingBoxCoordinates {
  readonly theta: number;
}

/** A circle, or, stretched, an ellipse. */
export interface CircleCoordinates {
  readonly centerX: number;
  readonly centerY: number;
  /** Relative to the width of the frame. */
  readonly radius: number;
  /** The other radius as a multiple of this one; 1 by default, a circle. */
  readonly stretch?: number;
  /** Degrees, clockwise as seen on the screen; 0 by default. */
  readonly theta?: number;
}

/** An ellipse turned by `theta` degrees, clockwise as seen on the screen. */
export interface EllipseCoordinates {
  readonly centerX: number;
  readonly centerY: number;
  /** Relative to the width of the frame. */
  readonly radiusX: number;
  /** Relative to the height of the frame. */
  readonly radiusY: number;
  /** 0 by default. */
  readonly theta?: number;
}

/** A point, relative to the frame. */
export interface PointCoordinates {
  readonly x: number;
  readonly y: number;
}

/** A point that may have a third coordinate, in point clouds. */
export interface SpatialPointCoordinates extends PointCoordinates {
  readonly z?: number;
}

/** A closed line of points; the last is joined to the first. */
export type Ring = readonly PointCoordinates[];

/**
 * A polygon: either one ring (`values`), or any number of parts, each an outer ring followed by its holes (`polygons`).
 * Where both are there, `polygons` wins. Coordinates that were read have both: `values` is the first ring of the first part.
 */
export type PolygonCoordinates =
  | { readonly values: Ring; readonly polygons?: undefined }
  | { readonly values?: Ring; readonly polygons: readonly (readonly Ring[])[] };

/** An open line. Either all points have a `z` or none. */
export interface PolylineCoordinates {
  readonly values: readonly SpatialPointCoordinates[];
}

/** Whether a skeleton's point can be seen. */
export type Visibility = "visible" | "invisible" | "occluded" | "selfOccluded";

/** One point of a skeleton. Name and hash are those of the template's point. */
export interface SkeletonCoordinate extends PointCoordinates {
  readonly name: string;
  readonly color?: string;
  readonly featureHash?: string;
  readonly value?: string;
  readonly visibility?: Visibility;
}

/** The points of a skeleton; `SkeletonTemplate.createInstance` makes them. */
export interface SkeletonCoordinates {
  readonly values: readonly SkeletonCoordinate[];
}

/**
 * A mask as large as the frame, in pixels. `rleString` is Encord's run-length text; `encodeBitmask` makes it from pixels
 * and `decodeBitmask` gives the pixels back.
 */
export interface BitmaskCoordinates {
  readonly width: number;
  readonly height: number;
  readonly rleString: string;
}

/** A cuboid in space: three numbers each, as Encord has them. */
export interface CuboidCoordinates {
  readonly position: readonly number[];
  readonly orientation: readonly number[];
  readonly size: readonly number[];
}

/**
 * A cuboid drawn on an image: its front face, and either the vanishing point of its edges and its depth (`scaleRatio`), or
 * the offset of its back face.
 */
export type Cuboid2DCoordinates =
  | {
      readonly front: readonly PointCoordinates[];
      readonly vanishingPoint: PointCoordinates;
      readonly scaleRatio: number;
      readonly offset?: undefined;
    }
  | {
      readonly front: readonly PointCoordinates[];
      readonly offset: PointCoordinates;
      readonly vanishingPoint?: undefined;
      readonly scaleRatio?: undefined;
    };

/** Ranges of audio, in milliseconds, both ends included. */
export interface AudioCoordinates {
  readonly range: readonly RangePair[];
}

/** Ranges of a time series, both ends included. */
export interface TimeRangeCoordinates {
  readonly range: readonly RangePair[];
}

/** A position in an HTML document. */
export interface HtmlPosition {
  /** XPath of a text node, such as `/html[1]/body[1]/p[2]/text()[1]`. */
  readonly xpath: string;
  /** Characters from the start of the node. */
  readonly offset: number;
}

/** A range of an HTML document. */
export interface HtmlRange {
  readonly start: HtmlPosition;
  readonly end: HtmlPosition;
}

/** Ranges of text: character offsets in plain text (`range`), positions in HTML (`rangeHtml`). */
export type TextCoordinates =
  | { readonly range: readonly RangePair[]; readonly rangeHtml?: undefined }
  | { readonly rangeHtml: readonly HtmlRange[]; readonly range?: undefined };

/**
 * Points of a point cloud: ranges of their numbers in the file, both ends included. What Encord has in another form is kept
 * as it is, under `json`.
 */
export type SegmentationCoordinates =
  | { readonly points: readonly RangePair[]; readonly json?: undefined }
  | { readonly json: JsonObject; readonly points?: undefined };

/** The coordinates of each shape. */
export interface CoordinatesByShape {
  readonly bounding_box: BoundingBoxCoordinates;
  readonly rotatable_bounding_box: RotatableBoundingBoxCoordinates;
  readonly circle: CircleCoordinates;
  readonly ellipse: EllipseCoordinates;
  readonly polygon: PolygonCoordinates;
  readonly polyline: PolylineCoordinates;
  readonly point: SpatialPointCoordinates;
  readonly skeleton: SkeletonCoordinates;
  readonly bitmask: BitmaskCoordinates;
  readonly cuboid: CuboidCoordinates;
  readonly cuboid_2d: Cuboid2DCoordinates;
  readonly segmentation: SegmentationCoordinates;
  readonly audio: AudioCoordinates;
  readonly time_range: TimeRangeCoordinates;
  readonly text: TextCoordinates;
}

/** The coordinates of a shape; of any shape when it is not known which. */
export type CoordinatesOf<S extends Shape = Shape> = CoordinatesByShape[S];

/** Coordinates of any shape. */
export type Coordinates = CoordinatesOf;
