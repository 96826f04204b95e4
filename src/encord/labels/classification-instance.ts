/**
 * One classification: an answer to a question about frames, about ranges (audio and text), or about the data as a whole
 * (global). Like an object it is made from the ontology, placed, answered, and added to a label row.
 *
 * On a row there is at most one classification of a kind on each frame, and at most one global one of a kind.
 */

import { LabelRowError } from "../errors.ts";
import { type HashSource, randomHashes } from "../hashes.ts";
import type { JsonObject } from "../json.ts";
import type { Attribute } from "../ontology/attribute.ts";
import type { Classification } from "../ontology/classification.ts";
import type { AnswerOf, GivenAnswer } from "./answer.ts";
import { type AnswerOptions, AnswerSheet } from "./answer-sheet.ts";
import { Authored, type AuthorshipOptions, checkAuthorship, checkAuthorshipJson } from "./authored.ts";
import { ClassificationAnnotation, normalisedClassification } from "./classification-annotation.ts";
import type { InstanceHost } from "./instance-host.ts";
import { type Fields, located } from "./label-json.ts";
import { type Frames, frameByFrame, type RangePair, Ranges, rangesOf } from "./ranges.ts";

export interface ClassificationInstanceOptions {
  /** Kept as it is; for classifications that another system knows by this hash. */
  readonly classificationHash?: string;
  /** Where the hash comes from, instead of from the label row. */
  readonly hashes?: HashSource;
  /** About ranges rather than frames: for audio and text. `LabelRow.createClassificationInstance` sets it as needed. */
  readonly rangeOnly?: boolean;
  /** Whether author and ranges are written beside the answer. False only for instances that were read without them. */
  readonly carriesMetadata: boolean;
}

/** On which frames a classification is placed, and by whom. */
export interface ClassificationFramesOptions extends AuthorshipOptions {
  /** 0 by default. Milliseconds for audio, characters for text; usually the range from 0 to 0 stands for all of it. */
  readonly frames?: Frames;
  /** Whether the classification may be changed on frames that it is on already. */
  readonly overwrite?: boolean;
}

/**
 * A classification, made by `Classification.createInstance` or `LabelRow.createClassificationInstance`, or read from a
 * label row. Its author and time are those of its last placement, unless they are set here.
 */
export class ClassificationInstance extends Authored {
  readonly ontologyItem: Classification;
  readonly rangeOnly: boolean;
  /** @internal */
  readonly carriesMetadata: boolean;
  /** @internal */
  readonly answers: AnswerSheet;
  #hash: string;
  #provisional: boolean;
  #host: InstanceHost | null = null;
  #carriesRange = false;
  readonly #ranges = new Ranges();
  /** By frame. What was read stays JSON until it is first looked at. */
  readonly #frames = new Map<number, Fields | ClassificationAnnotation>();

  constructor(ontologyItem: Classification, options: ClassificationInstanceOptions) {
    super();
    this.ontologyItem = ontologyItem;
    this.rangeOnly = options.rangeOnly ?? false;
    this.carriesMetadata = options.carriesMetadata;
    this.answers = new AnswerSheet(ontologyItem);
    this.#provisional = options.classificationHash === undefined && options.hashes === undefined;
    this.#hash = options.classificationHash ?? (options.hashes ?? randomHashes())();
  }

  /** Identifies the classification. Provisional until it is added to a label row, unless it was given. */
  get classificationHash(): string {
    return this.#hash;
  }

  /** Hash of the kind of classification in the ontology. */
  get featureHash(): string {
    return this.ontologyItem.featureNodeHash;
  }

  get classificationName(): string {
    return this.ontologyItem.title;
  }

  /** About the data as a whole: on no frames in particular. */
  get isGlobal(): boolean {
    return this.ontologyItem.isGlobal;
  }

  get isAssignedToLabelRow(): boolean {
    return this.#host !== null;
  }

  /** Its frames (or milliseconds, or characters), both ends included; empty for a global one. */
  get rangeList(): RangePair[] {
    return this.#ranges.pairs();
  }

  /**
   * Places the classification on frames.
   *
   * @throws LabelRowError for a global classification, when it is on one of the frames already and `overwrite` is not set,
   * or (once it is on a row) when the data has no such frame or another of the same kind is on it
   */
  setForFrames(options: ClassificationFramesOptions = {}): void {
    const frames = rangesOf(options.frames ?? 0);
    if (this.isGlobal) {
      throw new LabelRowError(
        `The ${this.description} is global: it is about the data as a whole. Leave setForFrames out.`,
      );
    }
    checkAuthorship(options);
    const occupied = this.#ranges.intersect(frames);
    if (!options.overwrite && !occupied.isEmpty) {
      throw new LabelRowError(
        `The ${this.description} is on frame ${occupied} already; set { overwrite: true } to change it there.`,
      );
    }
    const oneByOne = this.rangeOnly ? [] : frameByFrame(frames);
    const fresh = frames.copy();
    fresh.removeAll(occupied);
    try {
      this.#host?.checkFrames(frames);
      this.#host?.claimFrames(this.featureHash, fresh);
    } catch (error) {
      throw located(error, `The ${this.description}`);
    }
    this.author(options);
    if (this.#host) this.stamp(this.#host.now());
    for (const frame of oneByOne) {
      const annotation =
        this.#annotation(frame) ?? new ClassificationAnnotation(this.ontologyItem, frame, null);
      annotation.author(options);
      if (this.#host) annotation.stamp(this.#host.now());
      this.#frames.set(frame, annotation);
    }
    this.#ranges.addAll(frames);
  }

  /** Takes the classification off frames; one that is taken off its last frame leaves its row until it is placed again. */
  removeFromFrames(frames: Frames): void {
    const left = this.#ranges.intersect(rangesOf(frames));
    this.#ranges.removeAll(left);
    for (const frame of [...this.#frames.keys()]) if (left.has(frame)) this.#frames.delete(frame);
    this.#host?.releaseFrames(this.featureHash, left);
    this.#host?.framesLeft(left);
  }

  /** The frames that the classification is on, ascending. */
  getAnnotationFrames(): number[] {
    return Array.from(frameByFrame(this.#ranges));
  }

  isOnFrame(frame: number): boolean {
    return this.#ranges.has(frame);
  }

  /** The classification on each of its frames, ascending; empty for one about ranges. */
  getAnnotations(): ClassificationAnnotation[] {
    if (this.rangeOnly) return [];
    return Array.from(frameByFrame(this.#ranges), (frame) => this.getAnnotation(frame));
  }

  /** @throws LabelRowError when it is not on the frame */
  getAnnotation(frame = 0): ClassificationAnnotation {
    const annotation = this.#annotation(frame);
    if (annotation) return annotation;
    throw new LabelRowError(
      this.isGlobal || this.rangeOnly
        ? `The ${this.description} has no annotations of single frames; ask the classification itself for its author.`
        : `The ${this.description} is not on frame ${frame}; it is on ${this.#ranges.isEmpty ? "none" : this.#ranges}.`,
    );
  }

  /**
   * Answers the question, or an attribute nested in it.
   *
   * @example
   * weather.setAnswer(structure.getChildByTitle("Rainy", "option"));
   * weather.setAnswer("heavy", { attribute: rainComment });
   *
   * @throws LabelRowError when the attribute is answered already and `overwrite` is not set, hangs on an option that is not
   * chosen, or does not belong here; InvalidArgumentsError when it does not take this answer
   */
  setAnswer(answer: GivenAnswer, options: AnswerOptions & { readonly attribute?: Attribute } = {}): void {
    const attribute = this.answers.attributeFor(options.attribute ?? this.#questionFor(answer), answer);
    this.answers.set(attribute, answer, options);
  }

  /** The answer, by default to the question itself; null when there is none or it is hidden. */
  getAnswer<A extends Attribute>(attribute: A): AnswerOf<A> | null;
  getAnswer(): AnswerOf | null;
  getAnswer(attribute?: Attribute): AnswerOf | null {
    return this.answers.get(this.answers.own(attribute ?? this.ontologyItem.attributes[0]));
  }

  /** Removes the answer, by default the one to the question itself. */
  deleteAnswer(attribute?: Attribute): void {
    this.answers.delete(this.answers.own(attribute ?? this.ontologyItem.attributes[0]));
  }

  /** A copy with the same frames and answers, a hash of its own, and on no row. */
  copy(): ClassificationInstance {
    const copy = new ClassificationInstance(this.ontologyItem, {
      rangeOnly: this.rangeOnly,
      carriesMetadata: true,
    });
    copy.#copyFrom(this);
    return copy;
  }

  /** How error messages refer to it. */
  get description(): string {
    return `classification ${this.#hash} ("${this.ontologyItem.title}")`;
  }

  // --- For the label row ------------------------------------------------------------------------------------------------

  /**
   * Checks that it could be on this row if nothing else were.
   *
   * @internal
   * @throws LabelRowError when it is on a row already, on no frames, or on those that the data does not have
   */
  check(host: InstanceHost): void {
    if (this.#host) {
      throw new LabelRowError(
        `The ${this.description} is on ${this.#host.description} already; remove it there, or add a copy().`,
      );
    }
    if (this.#ranges.isEmpty && !this.isGlobal && !host.classifiedAsWhole) {
      throw new LabelRowError(`The ${this.description} is on no frame; place it with setForFrames.`);
    }
    try {
      if (!this.isGlobal) host.checkExtent(this.#ranges, this.rangeOnly);
    } catch (error) {
      throw located(error, `The ${this.description}`);
    }
  }

  /**
   * Puts the classification on a row that it was checked for, and fills in its hash and its missing times.
   *
   * @internal
   * @throws LabelRowError when another of its kind is on one of its frames
   */
  attach(host: InstanceHost): void {
    try {
      host.claimFrames(this.featureHash, this.#ranges);
    } catch (error) {
      throw located(error, `The ${this.description}`);
    }
    if (this.#provisional) this.#hash = host.hashes();
    this.#provisional = false;
    this.#host = host;
    this.stamp(host.now());
    for (const annotation of this.#frames.values()) {
      if (annotation instanceof ClassificationAnnotation) annotation.stamp(host.now());
    }
  }

  /** @internal */
  detach(): void {
    const host = this.#host;
    this.#host = null;
    host?.releaseFrames(this.featureHash, this.#ranges);
    host?.framesLeft(this.#ranges);
  }

  /**
   * Becomes part of the row that it was read from.
   * @internal
   */
  adopt(host: InstanceHost): void {
    this.#provisional = false;
    this.#host = host;
  }

  /** @internal Whether there is anything to save: a classification that left its last frame is gone. */
  get isPlaced(): boolean {
    return !this.#ranges.isEmpty || this.isGlobal || this.rangeOnly;
  }

  /** @internal */
  get ranges(): Ranges {
    return this.#ranges;
  }

  /**
   * Reads author and ranges from the answer in the JSON of a row.
   * @internal
   * @throws LabelRowError naming the field
   */
  readMetadata(json: Fields, ranges: Ranges): void {
    this.readAuthorship(json);
    this.#ranges.addAll(ranges);
    this.#carriesRange = !ranges.isEmpty;
  }

  /** @internal Whether its answer was read with ranges, so that it is written with them. */
  get carriesRange(): boolean {
    return this.#carriesRange;
  }

  /**
   * Reads an annotation from the JSON of a row. Older rows have some twice; as in the Python SDK, the last one wins.
   * @internal
   * @throws LabelRowError naming the field that is not as documented
   */
  readFrame(frame: number, json: Fields): void {
    checkAuthorshipJson(json);
    this.#frames.set(frame, json);
    this.#ranges.add(frame, frame);
  }

  /** @internal Whether every one of its frames is written with its author, so that the answer need not be. */
  get isWrittenOnFrames(): boolean {
    let count = 0;
    for (const each of this.#frames.values()) {
      if (!(each instanceof ClassificationAnnotation && each.isInherited)) count++;
    }
    return count > 0 && count === this.#ranges.size;
  }

  /** @internal The annotations for the JSON of a row. */
  *writeFrames(now: Date): Generator<readonly [frame: number, annotation: JsonObject], void, undefined> {
    for (const [frame, annotation] of this.#frames) {
      if (annotation instanceof ClassificationAnnotation && annotation.isInherited) continue;
      yield [
        frame,
        annotation instanceof ClassificationAnnotation
          ? annotation.toJson(this.#hash, now)
          : normalisedClassification(this.ontologyItem, annotation, now),
      ];
    }
  }

  #annotation(frame: number): ClassificationAnnotation | undefined {
    const found = this.#frames.get(frame);
    if (found instanceof ClassificationAnnotation) return found;
    if (!found && (this.rangeOnly || !this.#ranges.has(frame))) return undefined;
    // Read from the ranges of its answer alone: the authorship there holds on each of its frames.
    const annotation = found
      ? new ClassificationAnnotation(this.ontologyItem, frame, found)
      : ClassificationAnnotation.inherited(this.ontologyItem, frame, this);
    this.#frames.set(frame, annotation);
    return annotation;
  }

  /** Texts and numbers answer the question itself when it takes them, whatever is nested in it. */
  #questionFor(answer: GivenAnswer): Attribute | undefined {
    const [question] = this.ontologyItem.attributes;
    const kind =
      typeof answer === "string" ? "textAttribute" : typeof answer === "number" ? "numericAttribute" : null;
    return question.kind === kind ? question : undefined;
  }

  #copyFrom(other: ClassificationInstance): void {
    this.#ranges.addAll(other.#ranges);
    this.copyAuthorship(other);
    for (const annotation of other.getAnnotations()) {
      const own = new ClassificationAnnotation(this.ontologyItem, annotation.frame, null);
      own.copyAuthorship(annotation);
      this.#frames.set(annotation.frame, own);
    }
    for (const answer of other.answers.answered()) this.answers.put(answer);
  }
}
