/**
 * The objects and classifications of a label row, or of one of its spaces, and the rules between them: hashes are unique,
 * and a frame has at most one classification of a kind.
 */

import { LabelRowError } from "../errors.ts";
import type { HashSource } from "../hashes.ts";
import type { Classification } from "../ontology/classification.ts";
import type { OntologyObject } from "../ontology/ontology-object.ts";
import type { OntologyStructure } from "../ontology/ontology-structure.ts";
import { ClassificationInstance } from "./classification-instance.ts";
import type { InstanceHost } from "./instance-host.ts";
import { checkCoordinates, checkExtent, checkFrames, type LabelledData } from "./labelled-data.ts";
import { ObjectInstance } from "./object-instance.ts";
import { type Frames, Ranges, rangesOf } from "./ranges.ts";

export interface InstanceSetOptions {
  readonly data: LabelledData;
  readonly structure: OntologyStructure;
  readonly now: () => Date;
  /** Called each time, so that the source can be exchanged. */
  readonly hashes: () => HashSource;
}

/** Which objects; all given filters must hold. */
export interface ObjectFilter {
  readonly filterOntologyObject?: OntologyObject;
  /** Objects that are on one of these frames. */
  readonly filterFrames?: Frames;
}

/** Which classifications; all given filters must hold. */
export interface ClassificationFilter {
  readonly filterOntologyClassification?: Classification;
  /** Classifications that are on one of these frames; global ones are on none. */
  readonly filterFrames?: Frames;
}

export class InstanceSet {
  readonly data: LabelledData;
  readonly #structure: OntologyStructure;
  readonly #objects = new Map<string, ObjectInstance>();
  readonly #classifications = new Map<string, ClassificationInstance>();
  /** Which frames have a classification of a kind, by its feature node hash. */
  readonly #occupied = new Map<string, Ranges>();
  /** Frames that had labels since they were read. */
  readonly #left = new Ranges();
  readonly #host: InstanceHost;

  constructor(options: InstanceSetOptions) {
    const { data } = options;
    this.data = data;
    this.#structure = options.structure;
    this.#host = {
      description: data.description,
      now: options.now,
      get hashes() {
        return options.hashes();
      },
      checkFrames: (frames) => checkFrames(data, frames),
      checkCoordinates: (shape, coordinates, frame) => checkCoordinates(data, shape, coordinates, frame),
      checkExtent: (ranges, rangeOnly) => checkExtent(data, ranges, rangeOnly),
      classifiedAsWhole: data.classifiedAsWhole ?? false,
      framesLeft: (frames) => this.#left.addAll(frames),
      claimFrames: (kind, frames) => this.#claim(kind, frames),
      releaseFrames: (kind, frames) => this.#occupied.get(kind)?.removeAll(frames),
    };
  }

  /** Those on at least one frame: an object that left its last frame is missing here until it is placed again. */
  get objects(): ObjectInstance[] {
    return [...this.#objects.values()].filter((object) => object.isPlaced);
  }

  /** Those on at least one frame or range, and those about the whole. */
  get classifications(): ClassificationInstance[] {
    return [...this.#classifications.values()].filter((classification) => classification.isPlaced);
  }

  /** Frames that had labels since they were read, and may have none now. */
  get framesLeft(): Ranges {
    return this.#left;
  }

  getObject(objectHash: string): ObjectInstance | undefined {
    return this.#objects.get(objectHash);
  }

  getClassification(classificationHash: string): ClassificationInstance | undefined {
    return this.#classifications.get(classificationHash);
  }

  getObjects({ filterOntologyObject, filterFrames }: ObjectFilter = {}): ObjectInstance[] {
    const frames = filterFrames === undefined ? null : rangesOf(filterFrames);
    return this.objects.filter(
      (object) =>
        (!filterOntologyObject || object.featureHash === filterOntologyObject.featureNodeHash) &&
        (!frames || object.isOnAny(frames)),
    );
  }

  getClassifications({
    filterOntologyClassification,
    filterFrames,
  }: ClassificationFilter = {}): ClassificationInstance[] {
    const frames = filterFrames === undefined ? null : rangesOf(filterFrames);
    return this.classifications.filter(
      (classification) =>
        (!filterOntologyClassification ||
          classification.featureHash === filterOntologyClassification.featureNodeHash) &&
        (!frames || !classification.ranges.intersect(frames).isEmpty),
    );
  }

  /** @throws LabelRowError when it cannot be added; with `force` one of the same hash is replaced */
  addObject(object: ObjectInstance, force: boolean): void {
    if (!this.#structure.findChildByHash(object.featureHash, "object")) {
      throw new LabelRowError(
        `The ${object.description} is of a kind that the project's ontology does not have.`,
      );
    }
    const same = this.#objects.get(object.objectHash);
    if (same?.isPlaced && same !== object && !force) {
      throw new LabelRowError(
        `The ${this.data.description} has an object ${object.objectHash} already; set { force: true } to replace it.`,
      );
    }
    object.attach(this.#host);
    // The object only now has its final hash, which another may have: a source of hashes can be seeded a second time.
    this.#objects.get(object.objectHash)?.detach();
    this.#objects.set(object.objectHash, object);
  }

  removeObject(object: ObjectInstance): void {
    if (this.#objects.get(object.objectHash) !== object) {
      throw new LabelRowError(`The ${object.description} is not on ${this.data.description}.`);
    }
    this.#objects.delete(object.objectHash);
    object.detach();
  }

  /**
   * With `force` one of the same hash is replaced, and others of its kind make room: they lose the frames that it takes,
   * and are removed when they have none left.
   * @throws LabelRowError when it cannot be added
   */
  addClassification(classification: ClassificationInstance, force: boolean): void {
    if (!this.#structure.findChildByHash(classification.featureHash, "classification")) {
      throw new LabelRowError(
        `The ${classification.description} is of a kind that the project's ontology does not have.`,
      );
    }
    // First of all, so that one that is refused anyway takes no frames from others.
    classification.check(this.#host);
    if (force) this.#makeRoomFor(classification);
    const same = this.#classifications.get(classification.classificationHash);
    if (same?.isPlaced) {
      throw new LabelRowError(
        `The ${this.data.description} has a classification ${classification.classificationHash} already; ` +
          "set { force: true } to replace it.",
      );
    }
    if (classification.isGlobal || this.data.classifiedAsWhole) this.#refuseSecond(classification);
    classification.attach(this.#host);
    this.#classifications.get(classification.classificationHash)?.detach();
    this.#classifications.set(classification.classificationHash, classification);
  }

  removeClassification(classification: ClassificationInstance): void {
    if (this.#classifications.get(classification.classificationHash) !== classification) {
      throw new LabelRowError(`The ${classification.description} is not on ${this.data.description}.`);
    }
    this.#classifications.delete(classification.classificationHash);
    classification.detach();
  }

  /** Removes what has one of these hashes. */
  removeWithHashes(hashes: ReadonlySet<string>): void {
    for (const object of [...this.#objects.values()])
      if (hashes.has(object.objectHash)) this.removeObject(object);
    for (const classification of [...this.#classifications.values()]) {
      if (hashes.has(classification.classificationHash)) this.removeClassification(classification);
    }
  }

  /** @throws LabelRowError naming the first object or classification, and the frame, that could not be saved */
  check(): void {
    for (const object of this.objects) object.check(this.#host);
  }

  // --- Reading: what Encord sent is accepted as it is ---------------------------------------------------------------------

  /** The object of this hash, made when it is met for the first time. @throws OntologyError for an unknown kind */
  readObject(objectHash: string, featureHash: string): ObjectInstance {
    const known = this.#objects.get(objectHash);
    if (known) {
      if (known.featureHash === featureHash) return known;
      throw new LabelRowError(
        `The ${known.description} is of another kind elsewhere in the row, ${featureHash}.`,
      );
    }
    const object = new ObjectInstance(this.#structure.getChildByHash(featureHash, "object"), { objectHash });
    object.adopt(this.#host);
    this.#objects.set(objectHash, object);
    return object;
  }

  /** A classification met for the first time. @throws OntologyError for an unknown kind */
  readClassification(
    classificationHash: string,
    featureHash: string,
    carriesMetadata: boolean,
  ): ClassificationInstance {
    const instance = new ClassificationInstance(
      this.#structure.getChildByHash(featureHash, "classification"),
      {
        classificationHash,
        carriesMetadata,
        rangeOnly: this.data.kind !== "frames",
      },
    );
    instance.adopt(this.#host);
    this.#classifications.set(classificationHash, instance);
    return instance;
  }

  /** After reading: notes which frames are taken. Overlaps that Encord sent are tolerated. */
  claimAll(): void {
    for (const classification of this.#classifications.values()) {
      this.#occupiedBy(classification.featureHash).addAll(classification.ranges);
    }
  }

  #occupiedBy(kind: string): Ranges {
    const occupied = this.#occupied.get(kind) ?? new Ranges();
    this.#occupied.set(kind, occupied);
    return occupied;
  }

  #claim(kind: string, frames: Ranges): void {
    const occupied = this.#occupiedBy(kind);
    const overlap = occupied.intersect(frames);
    if (!overlap.isEmpty) {
      const other = this.getClassifications().find(
        (each) => each.featureHash === kind && !each.ranges.intersect(overlap).isEmpty,
      );
      throw new LabelRowError(
        `another one of its kind${other ? `, ${other.classificationHash},` : ""} is on the frames ${overlap} of ` +
          `${this.data.description} already. Change that one's answer, or add this with { force: true }.`,
      );
    }
    occupied.addAll(frames);
  }

  #makeRoomFor(classification: ClassificationInstance): void {
    for (const other of this.getClassifications()) {
      if (other.classificationHash === classification.classificationHash) this.removeClassification(other);
      else if (other.featureHash !== classification.featureHash) continue;
      else if (other.isGlobal || this.data.classifiedAsWhole) this.removeClassification(other);
      else {
        const overlap = other.ranges.intersect(classification.ranges);
        if (overlap.isEmpty) continue;
        other.removeFromFrames(overlap.pairs().map(([start, end]) => ({ start, end })));
        if (other.ranges.isEmpty) this.removeClassification(other);
      }
    }
  }

  #refuseSecond(classification: ClassificationInstance): void {
    const other = this.getClassifications().find((each) => each.featureHash === classification.featureHash);
    if (!other || other === classification) return;
    throw new LabelRowError(
      `The ${this.data.description} has a ${classification.isGlobal ? "global " : ""}"${classification.classificationName}" ` +
        `already, ${other.classificationHash}. Change its answer, or add this with { force: true }.`,
    );
  }
}
