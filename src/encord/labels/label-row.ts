/**
 * The labels of one data unit in a project. The listing gives its metadata; `initialiseLabels` fetches (or, the first time,
 * creates) the labels; then objects and classifications can be added, changed and removed; `save` overwrites what Encord
 * has with what is here.
 *
 * What Encord sent goes back as it came unless it was changed: unknown fields of annotations and answers are kept. A row
 * whose labels cannot be read completely is an error and cannot be saved, so that nothing is lost silently. Mind that a row
 * read with a filter (`includeObjectFeatureHashes`) and saved loses what was filtered out.
 *
 * Long because all that a row tells and does is found here; how it does it is in the files beside.
 */

import { type Bundle, type Operation, sendOrAdd } from "../bundle.ts";
import {
  EncordError,
  LabelRowError,
  OntologyError,
  UnexpectedAnswerError,
  WrongProjectTypeError,
} from "../errors.ts";
import { type HashSource, randomHashes } from "../hashes.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { Classification } from "../ontology/classification.ts";
import type { OntologyObject } from "../ontology/ontology-object.ts";
import type { OntologyStructure } from "../ontology/ontology-structure.ts";
import type { Shape } from "../ontology/shape.ts";
import { priorityCall, priorityOperation } from "../priority.ts";
import type { Transport } from "../transport.ts";
import type { WriteGroup } from "../write-group.ts";
import { ClassificationInstance } from "./classification-instance.ts";
import type { DicomSeriesMetadata } from "./dicom-metadata.ts";
import { FrameView } from "./frame-view.ts";
import type { ClassificationFilter, ObjectFilter } from "./instance-set.ts";
import { type LabelRowMetadata, readLabelRowMetadata } from "./label-row-metadata.ts";
import {
  createOperation,
  type InitialiseCall,
  readOperation,
  saveOperation,
  workflowOperation,
} from "./label-row-operations.ts";
import { Labels } from "./labels.ts";
import type { ObjectInstance } from "./object-instance.ts";
import type { Space } from "./space.ts";

export interface LabelRowOptions {
  readonly transport: Transport;
  readonly projectHash: string;
  readonly ontologyStructure: OntologyStructure;
  /** One row of the listing, as it came. */
  readonly metadata: unknown;
  /** Hashes for what is added; random by default. */
  readonly hashes?: HashSource;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface InitialiseOptions {
  /** Fetch when the bundle is executed, together with other rows. */
  readonly bundle?: Bundle | undefined;
  /** Whether labels that are here already may be replaced by Encord's. */
  readonly overwrite?: boolean;
  /** Whether `dataLink` becomes a URL that can be fetched. */
  readonly includeSignedUrl?: boolean;
  /** Only objects of these kinds; saving afterwards deletes the others. */
  readonly includeObjectFeatureHashes?: readonly string[];
  /** Only classifications of these kinds; saving afterwards deletes the others. */
  readonly includeClassificationFeatureHashes?: readonly string[];
  readonly includeReviews?: boolean;
  /** Labels of archived kinds too. */
  readonly includeArchived?: boolean;
}

interface Bundled {
  /** Send when the bundle is executed, together with others. */
  readonly bundle?: Bundle | undefined;
}

/** The kinds of data whose classifications are about ranges. */
const RANGED: ReadonlySet<string> = new Set(["audio", "time_series", "plain_text"]);

export class LabelRow {
  /** Where the hashes of what is added come from. */
  hashes: HashSource;
  /** When given, what is written of rows at about the same time, each by itself, shares a request. */
  saves: WriteGroup | null = null;
  readonly ontologyStructure: OntologyStructure;
  readonly projectHash: string;
  readonly #transport: Transport;
  readonly #now: () => number;
  #metadata: LabelRowMetadata;
  #labels: Labels | null = null;

  /** @throws UnexpectedAnswerError when the listing's row does not have the documented form */
  constructor(options: LabelRowOptions) {
    this.#transport = options.transport;
    this.projectHash = options.projectHash;
    this.ontologyStructure = options.ontologyStructure;
    this.#metadata = readLabelRowMetadata(options.metadata);
    this.hashes = options.hashes ?? randomHashes();
    this.#now = options.now ?? Date.now;
  }

  // --- What the listing tells -------------------------------------------------------------------------------------------

  /** Null until labels were initialised for the first time, by anybody. */
  get labelHash(): string | null {
    return this.#metadata.labelHash;
  }
  get branchName(): string {
    return this.#metadata.branchName;
  }
  get dataHash(): string {
    return this.#metadata.dataHash;
  }
  get groupHash(): string | null {
    return this.#metadata.groupHash;
  }
  get datasetHash(): string {
    return this.#metadata.datasetHash;
  }
  get datasetTitle(): string {
    return this.#metadata.datasetTitle;
  }
  get dataTitle(): string {
    return this.#metadata.dataTitle;
  }
  /** `image`, `video`, `img_group`, `dicom`, `nifti`, `audio`, `time_series`, `plain_text` (HTML too), `pdf`, `group`, `scene`. */
  get dataType(): LabelRowMetadata["dataType"] {
    return this.#metadata.dataType;
  }
  /** Mime type. */
  get fileType(): string | null {
    return this.#metadata.fileType;
  }
  /** Where the file is; signed, when the labels were initialised with `includeSignedUrl`. */
  get dataLink(): string | null {
    return this.#labels ? this.#labels.dataLink : this.#metadata.dataLink;
  }
  /** The storage item that holds the file. */
  get backingItemUuid(): string | null {
    return this.#metadata.backingItemUuid;
  }
  /** Frames, images, slices or pages; milliseconds of sound. */
  get numberOfFrames(): number {
    return this.#metadata.numberOfFrames;
  }
  /** Seconds. */
  get duration(): number | null {
    return this.#metadata.duration;
  }
  get fps(): number | null {
    return this.#metadata.fps;
  }
  /** Pixels. */
  get width(): number | null {
    return this.#metadata.width;
  }
  /** Pixels. */
  get height(): number | null {
    return this.#metadata.height;
  }
  /** Of a sound, such as `mp3`. */
  get audioCodec(): string | null {
    return this.#metadata.audioCodec;
  }
  /** Samples a second. */
  get audioSampleRate(): number | null {
    return this.#metadata.audioSampleRate;
  }
  /** Bits of a sample. */
  get audioBitDepth(): number | null {
    return this.#metadata.audioBitDepth;
  }
  get audioNumChannels(): number | null {
    return this.#metadata.audioNumChannels;
  }
  get createdAt(): Date | null {
    return this.#metadata.createdAt;
  }
  get lastEditedAt(): Date | null {
    return this.#metadata.lastEditedAt;
  }
  get labelStatus(): string {
    return this.#metadata.labelStatus;
  }
  get annotationTaskStatus(): string | null {
    return this.#metadata.annotationTaskStatus;
  }
  /** The stage that the row's task is in; null when the project has no Workflow. */
  get workflowGraphNode(): LabelRowMetadata["workflowGraphNode"] {
    return this.#metadata.workflowGraphNode;
  }
  get taskUuid(): string | null {
    return this.#metadata.taskUuid;
  }
  /** 0 to 1, as of the listing. */
  get priority(): number | null {
    return this.#metadata.priority;
  }
  /** With `includeClientMetadata`. */
  get clientMetadata(): LabelRowMetadata["clientMetadata"] {
    return this.#metadata.clientMetadata;
  }
  /** The images of an image group, with `includeImagesData`. */
  get imagesData(): LabelRowMetadata["imagesData"] {
    return this.#metadata.imagesData;
  }
  get isShadowData(): boolean {
    return this.#metadata.isShadowData;
  }
  /** Whether Encord finds the labels valid; `getValidationErrors` says why not. */
  get isValid(): boolean {
    return this.#metadata.isValid;
  }
  get assignedUserEmail(): string | null {
    return this.#metadata.assignedUserEmail;
  }
  get lastActionedByUserEmail(): string | null {
    return this.#metadata.lastActionedByUserEmail;
  }

  /** How an error message calls it. */
  get description(): string {
    return `label row "${this.dataTitle}" (data ${this.dataHash})`;
  }

  // --- Labels ------------------------------------------------------------------------------------------------------------

  get isLabellingInitialised(): boolean {
    return this.#labels !== null;
  }

  /**
   * Fetches the labels; creates them in Encord when there are none yet.
   *
   * @throws LabelRowError when they are here already and `overwrite` is not set, or cannot be read completely;
   * ResourceNotFoundError when Encord's answer leaves them out (in a bundle, only `settle` says so)
   *
   * @example
   * const bundle = client.createBundle();
   * for (const row of rows) await row.initialiseLabels({ bundle });
   * await bundle.execute();
   */
  async initialiseLabels(options: InitialiseOptions = {}): Promise<void> {
    if (this.#labels && !options.overwrite) {
      throw new LabelRowError(
        `The labels of ${this.description} are initialised already; set { overwrite: true } to drop them and fetch again.`,
      );
    }
    const { labelHash, dataHash, branchName } = this.#metadata;
    const call: InitialiseCall = {
      uid: labelHash ?? dataHash,
      includeSignedUrl: options.includeSignedUrl ?? false,
      description: this.description,
      receive: (blob) => this.fromLabelsDict(blob),
    };
    const operation =
      labelHash === null
        ? createOperation(this.#transport, this.projectHash, branchName)
        : readOperation(this.#transport, this.projectHash, {
            includeObjectFeatureHashes: options.includeObjectFeatureHashes ?? null,
            includeClassificationFeatureHashes: options.includeClassificationFeatureHashes ?? null,
            includeReviews: options.includeReviews ?? false,
            includeArchived: options.includeArchived ?? false,
          });
    await sendOrAdd(operation, call, options.bundle);
    const missing = options.bundle ? null : operation.leftOut?.(call);
    if (missing) throw missing;
  }

  /**
   * Takes over labels in the form of Encord's JSON, in place of those that are here.
   * @throws LabelRowError naming the place that cannot be read; the row then stays as it was
   */
  fromLabelsDict(blob: unknown): void {
    try {
      const labels = new Labels(blob, {
        metadata: this.#metadata,
        structure: this.ontologyStructure,
        description: this.description,
        now: () => new Date(this.#now()),
        hashes: () => this.hashes,
      });
      this.#labels = labels;
      this.#metadata = { ...this.#metadata, ...labels.header };
    } catch (error) {
      if (!(error instanceof EncordError)) throw error;
      const reason = `The labels of ${this.description} cannot be read: ${error.reason}`;
      throw error instanceof OntologyError ? new OntologyError(reason) : new LabelRowError(reason);
    }
  }

  /** The whole row as Encord's JSON. @throws LabelRowError when labels are not initialised */
  toEncordDict(): JsonObject {
    return this.#initialised.toJson(this.#metadata);
  }

  /**
   * Overwrites the labels in Encord with those here. With a bundle they are taken as they are now, and sent with it.
   *
   * @param options.validateBeforeSaving let Encord refuse labels that do not fit the ontology
   * @throws LabelRowError when labels are not initialised, or naming the object and frame that cannot be saved
   */
  async save(options: Bundled & { readonly validateBeforeSaving?: boolean } = {}): Promise<void> {
    const labels = this.#initialised;
    labels.check();
    const call = {
      labelHash: labels.labelHash,
      blob: labels.toJson(this.#metadata),
      validateBeforeSaving: options.validateBeforeSaving ?? false,
    };
    const operation = saveOperation(this.#transport, this.projectHash);
    await this.#write(operation, call, options.bundle);
  }

  // --- Objects -----------------------------------------------------------------------------------------------------------

  /** A new object that takes its hash from this row at once; it is not on the row until it is added. */
  createObjectInstance<S extends Shape>(ontologyObject: OntologyObject<S>): ObjectInstance<S> {
    return ontologyObject.createInstance({ hashes: this.hashes });
  }

  /** The objects, of one kind or on some frames when asked for. */
  getObjectInstances(filter: ObjectFilter = {}): ObjectInstance[] {
    return this.#initialised.instances.getObjects(filter);
  }

  /**
   * @param options.force replace an object that has the same hash (which in Python happens unasked)
   * @throws LabelRowError when it is on no frame, on frames that the data does not have, on another row, ...
   */
  addObjectInstance(object: ObjectInstance, options: { readonly force?: boolean } = {}): void {
    this.#initialised.instances.addObject(object, options.force ?? false);
  }

  /** @throws LabelRowError when it is not on this row */
  removeObject(object: ObjectInstance): void {
    this.#initialised.instances.removeObject(object);
  }

  // --- Classifications ---------------------------------------------------------------------------------------------------

  /** A new classification that takes its hash from this row at once, about ranges where the data needs it. */
  createClassificationInstance(classification: Classification): ClassificationInstance {
    const rangeOnly = RANGED.has(this.dataType);
    return new ClassificationInstance(classification, {
      hashes: this.hashes,
      rangeOnly,
      carriesMetadata: true,
    });
  }

  /** The classifications, of one kind or on some frames when asked for. */
  getClassificationInstances(filter: ClassificationFilter = {}): ClassificationInstance[] {
    return this.#initialised.instances.getClassifications(filter);
  }

  /**
   * @param options.force let others of its kind give up the frames that it takes (in Python both stay on them), and replace
   * one with the same hash
   * @throws LabelRowError when it is on no frame, on frames that the data does not have, or on frames (or globally) where
   * there is one of its kind already
   */
  addClassificationInstance(
    classification: ClassificationInstance,
    options: { readonly force?: boolean } = {},
  ): void {
    this.#initialised.instances.addClassification(classification, options.force ?? false);
  }

  /** @throws LabelRowError when it is not on this row */
  removeClassification(classification: ClassificationInstance): void {
    this.#initialised.instances.removeClassification(classification);
  }

  /** Removes every object and classification that has one of these hashes. */
  removeInstancesWithHashes(hashes: ReadonlySet<string>): void {
    for (const set of this.#initialised.sets()) set.removeWithHashes(hashes);
  }

  // --- Spaces --------------------------------------------------------------------------------------------------------------

  /** The parts of a data group or scene; other data has none. */
  getSpaces(): Space[] {
    return [...this.#initialised.spaces.values()];
  }

  /**
   * A part of a data group or scene, by its id, its place in the layout, or its file name.
   * @throws LabelRowError when there is none or more than one; the message lists what there is
   */
  getSpace(
    wish: { readonly id: string } | { readonly layoutKey: string } | { readonly fileName: string },
  ): Space {
    const spaces = this.getSpaces();
    const [key, value] = Object.entries(wish)[0] ?? [];
    const found = spaces.filter((space) => space[key as "id" | "layoutKey" | "fileName"] === value);
    const [only, ...more] = found;
    if (only && more.length === 0) return only;
    const list = spaces.map(
      (space) => `${space.id} (${space.layoutKey ?? "no layout"}, ${space.fileName ?? "no file name"})`,
    );
    throw new LabelRowError(
      `The ${this.description} has ${found.length} spaces with the ${key} ${JSON.stringify(value)}. ` +
        `It has: ${list.join("; ") || "none"}.`,
    );
  }

  // --- Frames --------------------------------------------------------------------------------------------------------------

  /**
   * One frame with what is on it, by number, or by the hash of an image of an image group.
   * @throws LabelRowError when there is no such frame, or the data (sound, text) has none
   */
  getFrameView(frame: number | string = 0): FrameView {
    const labels = this.#initialised;
    const number = typeof frame === "string" ? this.getFrameNumber(frame) : frame;
    if (number === null)
      throw new LabelRowError(`The ${this.description} has no image with the hash ${frame}.`);
    return new FrameView(labels, number);
  }

  /** What Encord knows about the DICOM series that the row is of; null for other data. `getFrameView` knows the slices. */
  get metadata(): DicomSeriesMetadata | null {
    return this.#initialised.seriesMetadata;
  }

  /** Every frame. @throws LabelRowError for sound and text, and where the number of frames is not known */
  getFrameViews(): FrameView[] {
    return Array.from({ length: this.numberOfFrames }, (_, frame) => this.getFrameView(frame));
  }

  /** The hash of the image that is this frame, of an image or image group; null when there is none. */
  getImageHash(frame: number): string | null {
    const unit = this.#initialised.unitOf(frame);
    const isImage = this.dataType === "img_group" || this.dataType === "image";
    return isImage && unit?.sequence === frame ? unit.dataHash : null;
  }

  /** The frame that the image with this hash is; null when there is none. */
  getFrameNumber(imageHash: string): number | null {
    return this.#initialised.unitWithHash(imageHash)?.sequence ?? null;
  }

  // --- The row's task ------------------------------------------------------------------------------------------------------

  /**
   * Sets the priority of the row's task, from 0 (last) to 1 (first). `priority` here keeps the listed value.
   * @throws WrongProjectTypeError when the row was listed without its Workflow stage; InvalidArgumentsError
   */
  async setPriority(priority: number, { bundle }: Bundled = {}): Promise<void> {
    if (!this.workflowGraphNode) {
      throw new WrongProjectTypeError(
        `The ${this.description} has no Workflow stage: priorities need a Workflow project, listed with its stages.`,
      );
    }
    const operation = priorityOperation(this.#transport, this.projectHash);
    await this.#write(operation, priorityCall(this.dataHash, priority), bundle);
  }

  /** Sends the row back to the start of its Workflow. Without labels there is nothing to send back. */
  async workflowReopen({ bundle }: Bundled = {}): Promise<void> {
    if (this.labelHash === null) return;
    await this.#write(workflowOperation(this.#transport, this.projectHash, "reopen"), this.labelHash, bundle);
  }

  /** Moves the row to the end of its Workflow. @throws LabelRowError when it never had labels */
  async workflowComplete({ bundle }: Bundled = {}): Promise<void> {
    if (this.labelHash === null) throw this.#notInitialised();
    await this.#write(
      workflowOperation(this.#transport, this.projectHash, "complete"),
      this.labelHash,
      bundle,
    );
  }

  /** What Encord finds wrong with the labels; nothing is asked while the listing says that they are valid. */
  async getValidationErrors(): Promise<string[]> {
    if (this.labelHash === null || this.isValid) return [];
    const path = `projects/${this.projectHash}/labels/${this.labelHash}/validation-state`;
    const answer = await this.#transport.v2({ method: "GET", path });
    const errors = isObject(answer) ? answer["errors"] : undefined;
    if (Array.isArray(errors)) {
      return errors.map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
    }
    throw new UnexpectedAnswerError('Encord\'s answer has no list under "errors".', {
      endpoint: `GET ${path}`,
    });
  }

  async #write<Call>(operation: Operation<Call>, call: Call, bundle: Bundle | undefined): Promise<void> {
    if (this.saves && !bundle) await this.saves.send(operation, call);
    else await sendOrAdd(operation, call, bundle);
  }

  get #initialised(): Labels {
    if (this.#labels) return this.#labels;
    throw this.#notInitialised();
  }

  #notInitialised(): LabelRowError {
    return new LabelRowError(
      `The labels of ${this.description} are not initialised; call initialiseLabels() first.`,
    );
  }
}
