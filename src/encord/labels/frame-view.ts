/** One frame of a label row: its file, its size, and what is labelled on it. */

import { LabelRowError } from "../errors.ts";
import type { Shape } from "../ontology/shape.ts";
import type { ClassificationFramesOptions, ClassificationInstance } from "./classification-instance.ts";
import type { CoordinatesOf } from "./coordinates.ts";
import type { DataUnit } from "./data-unit.ts";
import type { DicomSliceMetadata } from "./dicom-metadata.ts";
import type { ClassificationFilter, InstanceSet, ObjectFilter } from "./instance-set.ts";
import type { Labels } from "./labels.ts";
import type { ObjectFramesOptions, ObjectInstance } from "./object-instance.ts";

/** One frame, as `LabelRow.getFrameView` finds it. */
export class FrameView {
  readonly frame: number;
  readonly #unit: DataUnit;
  readonly #instances: InstanceSet;

  /** @throws LabelRowError when the data has no such frame, or none at all */
  constructor(labels: Labels, frame: number) {
    const { instances } = labels;
    const { data } = instances;
    if (data.kind !== "frames") {
      throw new LabelRowError(
        data.kind === "none"
          ? `The ${data.description} has no frames of its own; its spaces have (see getSpaces).`
          : `The ${data.description} has no frames: it is ${data.kind.replace("_", " ")}.`,
      );
    }
    const unit = labels.unitOf(frame);
    const isBeyond = data.frameCount !== null && frame >= data.frameCount;
    if (!unit || !Number.isInteger(frame) || frame < 0 || isBeyond) {
      throw new LabelRowError(
        `The ${data.description} has no frame ${frame}${data.frameCount === null ? "" : `; it has 0 to ${data.frameCount - 1}`}.`,
      );
    }
    this.frame = frame;
    this.#unit = unit;
    this.#instances = instances;
  }

  /** The data hash of the image in image groups; else that of the row. */
  get imageHash(): string {
    return this.#unit.dataHash;
  }
  get title(): string {
    return this.#unit.title;
  }
  /** MIME type. */
  get fileType(): string {
    return this.#unit.fileType;
  }
  get dataLink(): string | null {
    return this.#unit.link;
  }
  /** Pixels; null when Encord does not say. */
  get width(): number | null {
    return this.#unit.sizeOf(this.frame)?.width ?? null;
  }
  /** Pixels; null when Encord does not say. */
  get height(): number | null {
    return this.#unit.sizeOf(this.frame)?.height ?? null;
  }

  /** What Encord knows about this DICOM slice; null for other data. */
  get metadata(): DicomSliceMetadata | null {
    return this.#unit.sliceMetadata(this.frame);
  }

  /** The objects on this frame; with a filter only those of one kind. */
  getObjectInstances(filter: Omit<ObjectFilter, "filterFrames"> = {}): ObjectInstance[] {
    return this.#instances.getObjects({ ...filter, filterFrames: this.frame });
  }

  /** The classifications on this frame, with a filter only those of one kind; global ones are on no frame. */
  getClassificationInstances(
    filter: Omit<ClassificationFilter, "filterFrames"> = {},
  ): ClassificationInstance[] {
    return this.#instances.getClassifications({ ...filter, filterFrames: this.frame });
  }

  /**
   * Places an object on this frame, and adds it to the row if it is on none yet.
   * @throws LabelRowError as `ObjectInstance.setForFrames` and `LabelRow.addObjectInstance`
   */
  addObjectInstance<S extends Shape>(
    object: ObjectInstance<S>,
    coordinates: CoordinatesOf<S>,
    options: Omit<ObjectFramesOptions, "frames"> = {},
  ): void {
    object.setForFrames(coordinates, { ...options, frames: this.frame });
    if (!object.isAssignedToLabelRow) this.#instances.addObject(object, false);
  }

  /**
   * Places a classification on this frame, and adds it to the row if it is on none yet.
   * @throws LabelRowError as `ClassificationInstance.setForFrames` and `LabelRow.addClassificationInstance`
   */
  addClassificationInstance(
    classification: ClassificationInstance,
    options: Omit<ClassificationFramesOptions, "frames"> = {},
  ): void {
    classification.setForFrames({ ...options, frames: this.frame });
    if (!classification.isAssignedToLabelRow) this.#instances.addClassification(classification, false);
  }
}
