/** What an object or classification needs from the label row (or space) that it is on. */

import type { HashSource } from "../hashes.ts";
import type { Shape } from "../ontology/shape.ts";
import type { Coordinates } from "./coordinates.ts";
import type { Ranges } from "./ranges.ts";

export interface InstanceHost {
  /** How error messages refer to it, such as `label row "street.jpg"`. */
  readonly description: string;
  /** The time for annotations that were made without one. */
  now(): Date;
  /** Hashes for what is new. */
  readonly hashes: HashSource;
  /** @throws LabelRowError naming the first frame that the data does not have */
  checkFrames(frames: Ranges): void;
  /** @throws LabelRowError when these coordinates cannot be placed on this frame of this data */
  checkCoordinates(shape: Shape, coordinates: Coordinates, frame: number): void;
  /** @throws LabelRowError when a classification cannot be about these frames or ranges of this data */
  checkExtent(ranges: Ranges, rangeOnly: boolean): void;
  /** Whether classifications are about the data as a whole, without ranges. */
  readonly classifiedAsWhole: boolean;
  /** Told of frames that an instance left, which may be without labels now. */
  framesLeft(frames: Ranges): void;
  /** @throws LabelRowError when a classification of the same kind is on one of these frames already */
  claimFrames(featureNodeHash: string, frames: Ranges): void;
  /** Frees frames that a classification of this kind had claimed. */
  releaseFrames(featureNodeHash: string, frames: Ranges): void;
}
