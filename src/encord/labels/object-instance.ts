/**
 * One object: on any number of frames, with its answers. It is made from the ontology, placed on frames, and added to a
 * label row; from then on its changes are checked against the row and go out with the row's next save.
 *
 * Its hash identifies it in Encord. Unless one was given, the hash is provisional until the object is added to a row, which
 * then draws one from its own source, so that a repeated run can draw the same hashes.
 *
 * Long because placing, answering and belonging to a row all work on the same frames.
 */

import { LabelRowError } from "../errors.ts";
import { type HashSource, randomHashes } from "../hashes.ts";
import type { JsonObject } from "../json.ts";
import type { Attribute } from "../ontology/attribute.ts";
import type { OntologyObject } from "../ontology/ontology-object.ts";
import type { Shape } from "../ontology/shape.ts";
import { type AnswerOf, checkedAnswer, type DynamicAnswer, type GivenAnswer, sameAnswer } from "./answer.ts";
import { type AnswerOptions, AnswerSheet } from "./answer-sheet.ts";
import { type AuthorshipOptions, checkAuthorship } from "./authored.ts";
import type { CoordinatesOf } from "./coordinates.ts";
import type { InstanceHost } from "./instance-host.ts";
import { type Fields, located } from "./label-json.ts";
import { checkObjectJson, normalisedObject, ObjectAnnotation } from "./object-annotation.ts";
import { type Frames, frameByFrame, framesToRanges, Ranges, rangesOf } from "./ranges.ts";
import { codecOf } from "./shapes/codecs.ts";

export interface ObjectInstanceOptions {
  /** Kept as it is; for objects that another system knows by this hash. Usually eight characters of base64. */
  readonly objectHash?: string;
  /** Where the hash comes from, instead of from the label row. */
  readonly hashes?: HashSource;
}

/** On which frames an object is placed, and by whom. */
export interface ObjectFramesOptions extends AuthorshipOptions {
  /** 0 by default, the only frame of images, audio and text. */
  readonly frames?: Frames;
  /** Whether the object may be changed on frames that it is on already. */
  readonly overwrite?: boolean;
}

/** What an answer is for. */
export interface SetAnswerOptions extends AnswerOptions {
  /** By default the attribute follows from the answer. */
  readonly attribute?: Attribute;
  /** For dynamic attributes; every frame of the object by default. */
  readonly frames?: Frames;
}

/** Which answers of a dynamic attribute are meant; all by default. */
export interface AnswerFilter {
  readonly filterFrame?: number;
  readonly filterAnswer?: GivenAnswer;
}

/** An object, made by `OntologyObject.createInstance` or `LabelRow.createObjectInstance`, or read from a label row. */
export class ObjectInstance<S extends Shape = Shape> {
  readonly ontologyItem: OntologyObject<S>;
  #hash: string;
  #provisional: boolean;
  #host: InstanceHost | null = null;
  #answers: AnswerSheet | null = null;
  /** By frame. What was read stays JSON until it is first looked at. */
  readonly #frames = new Map<number, Fields | ObjectAnnotation<S>>();

  constructor(ontologyItem: OntologyObject<S>, options: ObjectInstanceOptions = {}) {
    this.ontologyItem = ontologyItem;
    this.#provisional = options.objectHash === undefined && options.hashes === undefined;
    this.#hash = options.objectHash ?? (options.hashes ?? randomHashes())();
  }

  /** Identifies the object. Provisional until it is added to a label row, unless it was given. */
  get objectHash(): string {
    return this.#hash;
  }

  /** Hash of the kind of object in the ontology. */
  get featureHash(): string {
    return this.ontologyItem.featureNodeHash;
  }

  get objectName(): string {
    return this.ontologyItem.name;
  }

  get isAssignedToLabelRow(): boolean {
    return this.#host !== null;
  }

  /**
   * Places the object on frames.
   *
   * @throws LabelRowError when the coordinates do not fit the shape, the object is on one of the frames already and
   * `overwrite` is not set, or (once it is on a row) the data has no such frame
   */
  setForFrames(coordinates: CoordinatesOf<S>, options: ObjectFramesOptions = {}): void {
    const frames = rangesOf(options.frames ?? 0);
    try {
      codecOf(this.ontologyItem.shape).check(coordinates);
      this.#host?.checkFrames(frames);
      for (const frame of frameByFrame(frames)) {
        this.#host?.checkCoordinates(this.ontologyItem.shape, coordinates, frame);
      }
      // Only on a row, as in Python: before that, audio of 30 seconds may be marked up to 30 000, its very end.
      if (this.ontologyItem.shape === "audio" && "range" in coordinates) {
        this.#host?.checkFrames(new Ranges(coordinates.range));
      }
    } catch (error) {
      throw located(error, this.#place(frames));
    }
    checkAuthorship(options);
    if (!options.overwrite) this.#refuseOccupied(frames);
    for (const frame of frames.values()) {
      const annotation =
        this.#annotation(frame) ?? ObjectAnnotation.make(this.ontologyItem, frame, coordinates);
      annotation.coordinates = coordinates;
      annotation.author(options);
      if (this.#host) annotation.stamp(this.#host.now());
      this.#frames.set(frame, annotation);
    }
  }

  /**
   * Takes the object off frames, together with its dynamic answers there (in Python those stay behind). An object that is
   * taken off its last frame leaves its row, as in Python; here it comes back when it is placed again.
   * @throws LabelRowError on a continuous recording, where frames are events
   */
  removeFromFrames(frames: Frames): void {
    const ranges = rangesOf(frames);
    // No frames: only whether this data has frames at all matters here, since one read beyond the end may be removed.
    this.#host?.checkFrames(new Ranges());
    const left = this.frames().intersect(ranges);
    for (const frame of [...this.#frames.keys()]) if (ranges.has(frame)) this.#frames.delete(frame);
    this.#answers?.clearFrames(ranges);
    this.#host?.framesLeft(left);
  }

  /** The frames that the object is on, ascending. */
  getAnnotationFrames(): number[] {
    return [...this.#frames.keys()].sort((a, b) => a - b);
  }

  isOnFrame(frame: number): boolean {
    return this.#frames.has(frame);
  }

  /** @internal Whether the object is on one of these frames. */
  isOnAny(frames: Ranges): boolean {
    const { first } = frames;
    if (frames.size === 1 && first !== undefined) return this.#frames.has(first);
    for (const frame of this.#frames.keys()) if (frames.has(frame)) return true;
    return false;
  }

  /** The object on each of its frames, ascending. */
  getAnnotations(): ObjectAnnotation<S>[] {
    return this.getAnnotationFrames().map((frame) => this.getAnnotation(frame));
  }

  /**
   * The object on one frame; changes to it take effect.
   * @throws LabelRowError when it is not on the frame
   */
  getAnnotation(frame = 0): ObjectAnnotation<S> {
    const annotation = this.#annotation(frame);
    if (annotation) return annotation;
    throw new LabelRowError(
      `The ${this.description} is not on frame ${frame}; it is on ${this.#framesInWords()}.`,
    );
  }

  /**
   * Answers an attribute. If none is named, an option answers its own attribute, and a text or number the object's only
   * attribute of that kind (nested ones included).
   *
   * @example
   * car.setAnswer(color.getChildByTitle("Red", "option"));
   * car.setAnswer("AB-123", { attribute: plate });
   * car.setAnswer(occluded, { attribute: occlusion, frames: { start: 0, end: 9 } });   // dynamic
   *
   * @throws LabelRowError when the attribute is answered already and `overwrite` is not set, hangs on an option that is not
   * chosen, or does not belong to the object; InvalidArgumentsError when it does not take this answer
   */
  setAnswer(answer: GivenAnswer, options: SetAnswerOptions = {}): void {
    const sheet = this.answers;
    const attribute = sheet.attributeFor(options.attribute, answer);
    if (!attribute.dynamic) {
      if (options.frames !== undefined) {
        throw new LabelRowError(
          `The ${attribute.description} is not dynamic: its answer holds on all frames.`,
        );
      }
      sheet.set(attribute, answer, options);
      return;
    }
    const frames =
      options.frames === undefined
        ? new Ranges(framesToRanges(this.#frames.keys()))
        : rangesOf(options.frames);
    if (frames.isEmpty)
      throw new LabelRowError(`The ${this.description} is on no frame yet; place it first.`);
    if (this.#host) {
      this.#host.checkFrames(frames);
      this.#refuseUnplaced(frames);
    }
    sheet.setDynamic(attribute, answer, frames, this.#host?.hashes ?? null, options.manualAnnotation);
  }

  /**
   * The answer to a static attribute: null when it is unanswered or hidden, for a checklist an empty list.
   * @throws LabelRowError when it is dynamic (see `getDynamicAnswers`) or not of this object
   */
  getAnswer<A extends Attribute>(attribute: A): AnswerOf<A> | null {
    const own = this.answers.own(attribute);
    if (own.dynamic) {
      throw new LabelRowError(
        `The ${own.description} is dynamic; call getDynamicAnswers, which returns the frames too.`,
      );
    }
    const empty = own.kind === "checklistAttribute" && this.answers.isReachable(own) ? [] : null;
    return (this.answers.get(own) ?? empty) as AnswerOf<A> | null;
  }

  /**
   * The answers to a dynamic attribute with their frames, oldest first; with a filter only those on one frame, or only one
   * answer. A static attribute has none.
   */
  getDynamicAnswers<A extends Attribute>(
    attribute: A,
    { filterFrame, filterAnswer }: AnswerFilter = {},
  ): DynamicAnswer<A>[] {
    const own = this.answers.own(attribute);
    const wanted = filterAnswer === undefined ? undefined : checkedAnswer(own, filterAnswer);
    return this.answers
      .getDynamic(own, filterFrame)
      .filter(({ answer }) => wanted === undefined || sameAnswer(answer, wanted))
      .map(({ answer, ranges }) => ({ answer: answer as AnswerOf<A>, ranges: ranges.pairs() }));
  }

  /** Removes the answer; of a dynamic attribute, with a filter, only that on one frame, or only one answer. */
  deleteAnswer(attribute: Attribute, { filterFrame, filterAnswer }: AnswerFilter = {}): void {
    const own = this.answers.own(attribute);
    if (!own.dynamic) {
      this.answers.delete(own);
      return;
    }
    this.answers.deleteDynamic(
      own,
      filterFrame === undefined ? undefined : new Ranges([[filterFrame, filterFrame]]),
      filterAnswer === undefined ? undefined : checkedAnswer(own, filterAnswer),
    );
  }

  /** A copy with the same frames and answers, a hash of its own, and on no row. */
  copy(): ObjectInstance<S> {
    const copy = new ObjectInstance(this.ontologyItem);
    for (const annotation of this.getAnnotations()) {
      const own = ObjectAnnotation.make(this.ontologyItem, annotation.frame, annotation.coordinates);
      own.copyAuthorship(annotation);
      copy.#frames.set(annotation.frame, own);
    }
    if (this.#answers) copy.#answers = this.#answers.copy();
    return copy;
  }

  /** How error messages refer to it. */
  get description(): string {
    return `object ${this.#hash} ("${this.ontologyItem.name}")`;
  }

  // --- For the label row ------------------------------------------------------------------------------------------------

  /** @internal */
  get answers(): AnswerSheet {
    this.#answers ??= new AnswerSheet(this.ontologyItem);
    return this.#answers;
  }

  /** @internal */
  get hasDynamicAnswers(): boolean {
    return this.#answers !== null && this.#answers.dynamic.length > 0;
  }

  /**
   * Puts the object on a row: checks that it fits, then fills in its hash and its missing times.
   *
   * @internal
   * @throws LabelRowError when it is on a row already, on no frame, or on frames or with answers that do not fit
   */
  attach(host: InstanceHost): void {
    if (this.#host) {
      throw new LabelRowError(
        `The ${this.description} is on ${this.#host.description} already; remove it there, or add a copy().`,
      );
    }
    if (!this.isPlaced)
      throw new LabelRowError(`The ${this.description} is on no frame; place it with setForFrames.`);
    this.check(host);
    if (this.hasDynamicAnswers) this.#refuseUnplaced(this.answers.dynamicFrames());
    if (this.#provisional) this.#hash = host.hashes();
    this.#provisional = false;
    this.#host = host;
    for (const annotation of this.#frames.values()) {
      if (annotation instanceof ObjectAnnotation) annotation.stamp(host.now());
    }
    this.#answers?.track(host.hashes);
  }

  /** @internal */
  detach(): void {
    const host = this.#host;
    this.#host = null;
    host?.framesLeft(this.frames());
  }

  /**
   * Becomes part of the row that it was read from.
   * @internal
   */
  adopt(host: InstanceHost): void {
    this.#provisional = false;
    this.#host = host;
  }

  /** @internal @throws LabelRowError naming the object and the frame when it cannot be saved like this */
  check(host: InstanceHost): void {
    for (const [frame, annotation] of this.#frames) {
      // What Encord sent is not checked again.
      if (!(annotation instanceof ObjectAnnotation) || annotation.isAsRead) continue;
      try {
        host.checkFrames(new Ranges([[frame, frame]]));
        host.checkCoordinates(this.ontologyItem.shape, annotation.coordinates, frame);
      } catch (error) {
        throw located(error, `The ${this.description} on frame ${frame}`);
      }
    }
  }

  /** @internal Whether it is on any frame. */
  get isPlaced(): boolean {
    return this.#frames.size > 0;
  }

  /** @internal The frames that the object is on. */
  frames(): Ranges {
    return new Ranges(framesToRanges(this.#frames.keys()));
  }

  /**
   * Reads an annotation from the JSON of a row.
   * @internal
   * @throws LabelRowError naming the field that is not as documented, or when the object is on the frame already
   */
  readFrame(frame: number, json: Fields): void {
    if (this.#frames.has(frame)) throw new LabelRowError("The object is on this frame twice.");
    checkObjectJson(this.ontologyItem, json);
    this.#frames.set(frame, json);
  }

  /** @internal The annotations for the JSON of a row. */
  *writeFrames(now: Date): Generator<readonly [frame: number, annotation: JsonObject], void, undefined> {
    for (const [frame, annotation] of this.#frames) {
      yield [
        frame,
        annotation instanceof ObjectAnnotation
          ? annotation.toJson(this.#hash, now)
          : normalisedObject(this.ontologyItem, annotation, now),
      ];
    }
  }

  #annotation(frame: number): ObjectAnnotation<S> | undefined {
    const found = this.#frames.get(frame);
    if (found === undefined || found instanceof ObjectAnnotation) return found;
    const annotation = ObjectAnnotation.read(this.ontologyItem, frame, found);
    this.#frames.set(frame, annotation);
    return annotation;
  }

  #refuseOccupied(frames: Ranges): void {
    for (const frame of frames.values()) {
      if (!this.#frames.has(frame)) continue;
      throw new LabelRowError(
        `The ${this.description} is on frame ${frame} already; set { overwrite: true } to change it there.`,
      );
    }
  }

  #refuseUnplaced(frames: Ranges): void {
    const unplaced = frames.copy();
    unplaced.removeAll(this.frames());
    if (unplaced.isEmpty) return;
    throw new LabelRowError(
      `The ${this.description} has dynamic answers on frames where it is not placed: ${unplaced}. ` +
        "Place it there first, or answer for other frames.",
    );
  }

  #place(frames: Ranges): string {
    return `The ${this.description} on frame ${frames}`;
  }

  #framesInWords(): string {
    return this.#frames.size === 0 ? "no frame" : `the frames ${this.frames()}`;
  }
}
