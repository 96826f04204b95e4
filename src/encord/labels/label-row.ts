/**
 * The labels of one data unit in a project. The listing gives its metadata; `initialiseLabels` fetches (or, the first time,
 * creates) the labels; then objects and classifications can be added, changed and removed; `save` overwrites what Encord
 * has with what is here.
 *
 * What Encord sent goes back as it came unless it was changed; unknown fields of annotations and answers are kept. A row
 * whose labels cannot be read completely is an error and cannot be saved, so that nothing is lost silently. A row that is
 * read with a filter (`includeObjectFeatureHashes`) and saved loses what the filter left out.
 *
 * Long because this is the whole interface of a row; how things are done is in the files beside it.
 */

import { type Bundle, type Bundled, type Operation, sendOrAdd } from "../bundle.ts";
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
  /** One entry of the listing, as Encord sent it. */
  readonly metadata: unknown;
  /** Hashes for what is added; random by default. */
  readonly hashes?: HashSource;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Which labels `initialiseLabels` fetches, and how. With a bundle they are fetched when the bundle is sent. */
export interface InitialiseOptions extends Bundled {
  /** Whether labels that were fetched before, with their unsaved changes, may be replaced by Encord's. */
  readonly overwrite?: boolean;
  /** Whether `dataLink` becomes a signed URL that can be fetched. */
  readonly includeSignedUrl?: boolean;
  /** Only objects of these kinds; saving afterwards deletes the others. */
  readonly includeObjectFeatureHashes?: readonly string[];
  /** Only classifications of these kinds; saving afterwards deletes the others. */
  readonly includeClassificationFeatureHashes?: readonly string[];
  readonly includeReviews?: boolean;
  /** Also labels whose kind is archived in the ontology. */
  readonly includeArchived?: boolean;
}

/** The types of data whose classifications are placed on ranges rather than frames. */
const RANGED: ReadonlySet<string> = new Set(["audio", "time_series", "plain_text"]);

/**
 * The labels of one data unit, as `Project.listLabelRows` lists it.
 *
 * @example
 * const [row] = await project.listLabelRows({ dataHashes: [dataHash] });
 * await row.initialiseLabels();
 * const car = row.createObjectInstance(project.ontologyStructure.getChildByTitle("Car", "bounding_box"));
 * car.setForFrames({ height: 0.2, width: 0.3, topLeftX: 0.1, topLeftY: 0.5 }, { frames: 0 });
 * row.addObjectInstance(car);
 * await row.save();
 */
export class LabelRow {
  /** Where the hashes of what is added come from. */
  hashes: HashSource;
  /** When set, this row's saves share requests with those that other rows make at about the same time. */
  saves: WriteGroup | null = null;
  readonly ontologyStructure: OntologyStructure;
  readonly projectHash: string;
  readonly #transport: Transport;
  readonly #now: () => number;
  #metadata: LabelRowMetadata;
  #labels: Labels | null = null;

  /** @throws UnexpectedAnswerError when the listing's entry does not have the documented form */
  constructor(options: LabelRowOptions) {
    this.#transport = options.transport;
    this.projectHash = options.projectHash;
    this.ontologyStructure = options.ontologyStructure;
    this.#metadata = readLabelRowMetadata(options.metadata);
    this.hashes = options.hashes ?? randomHashes();
    this.#now = options.now ?? Date.now;
  }

  // --- What the listing says --------------------------------------------------------------------------------------------

  /** Null until somebody initialises the labels for the first time. */
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
  /** MIME type. */
  get fileType(): string | null {
    return this.#metadata.fileType;
  }
  /** Where the file is; a signed URL when the labels were initialised with `includeSignedUrl`. */
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
  /** Such as `mp3`. */
  get audioCodec(): string | null {
    return this.#metadata.audioCodec;
  }
  /** Samples per second. */
  get audioSampleRate(): number | null {
    return this.#metadata.audioSampleRate;
  }
  /** Bits per sample. */
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
  /** From 0 to 1, as it was when the row was listed. */
  get priority(): number | null {
    return this.#metadata.priority;
  }
  /** Null unless the row was listed with `includeClientMetadata`. */
  get clientMetadata(): LabelRowMetadata["clientMetadata"] {
    return this.#metadata.clientMetadata;
  }
  /** The images of an image group; null unless the row was listed with `includeImagesData`. */
  get imagesData(): LabelRowMetadata["imagesData"] {
    return this.#metadata.imagesData;
  }
  get isShadowData(): boolean {
    return this.#metadata.isShadowData;
  }
  /** Whether Encord considers the labels valid; if not, `getValidationErrors` says why. */
  get isValid(): boolean {
    return this.#metadata.isValid;
  }
  get assignedUserEmail(): string | null {
    return this.#metadata.assignedUserEmail;
  }
  get lastActionedByUserEmail(): string | null {
    return this.#metadata.lastActionedByUserEmail;
  }

  /** How error messages refer to it. */
  get description(): string {
    return `label row "${this.dataTitle}" (data ${this.dataHash})`;
  }

  // --- Labels ------------------------------------------------------------------------------------------------------------

  get isLabellingInitialised(): boolean {
    return this.#labels !== null;
  }

  /**
   * Fetches the labels, or creates them in Encord when there are none yet.
   *
   * @throws LabelRowError when they were fetched before and `overwrite` is not set, or cannot be read completely;
   * ResourceNotFoundError when Encord's answer leaves them out (of a bundle, only `settle` reports that)
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
   * Replaces the labels here by those of the given JSON, in Encord's form.
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
   * Overwrites the labels in Encord with those here. A bundle sends them as they are now, whatever changes until then.
   *
   * @param options.validateBeforeSaving makes Encord refuse labels that do not fit the ontology
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

  /** A new object whose hash comes from this row; it is on the row only once `addObjectInstance` adds it. */
  createObjectInstance<S extends Shape>(ontologyObject: OntologyObject<S>): ObjectInstance<S> {
    return ontologyObject.createInstance({ hashes: this.hashes });
  }

  /** The objects; with a filter only those of one kind, or on certain frames. */
  getObjectInstances(filter: ObjectFilter = {}): ObjectInstance[] {
    return this.#initialised.instances.getObjects(filter);
  }

  /**
   * @param options.force replaces an object that has the same hash (the Python SDK always does)
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

  /** A new classification whose hash comes from this row, on ranges where this type of data needs them. */
  createClassificationInstance(classification: Classification): ClassificationInstance {
    const rangeOnly = RANGED.has(this.dataType);
    return new ClassificationInstance(classification, {
      hashes: this.hashes,
      rangeOnly,
      carriesMetadata: true,
    });
  }

  /** The classifications; with a filter only those of one kind, or on certain frames. */
  getClassificationInstances(filter: ClassificationFilter = {}): ClassificationInstance[] {
    return this.#initialised.instances.getClassifications(filter);
  }

  /**
   * @param options.force takes its frames away from others of its kind (in Python both stay on them), and replaces one with
   * the same hash
   * @throws LabelRowError when it is on no frame, on frames that the data does not have, or where (on a frame, or globally)
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

  /** Removes every object and classification with one of these hashes. */
  removeInstancesWithHashes(hashes: ReadonlySet<string>): void {
    for (const set of this.#initialised.sets()) set.removeWithHashes(hashes);
  }

  // --- Spaces --------------------------------------------------------------------------------------------------------------

  /** The spaces: parts of a data group or scene. Other data has none. */
  getSpaces(): Space[] {
    return [...this.#initialised.spaces.values()];
  }

  /**
   * A space, by its id, its place in the layout, or its file name.
   * @throws LabelRowError when there is none or more than one; the message lists the spaces
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
   * One frame and what is on it, by number, or by the hash of an image in an image group.
   * @throws LabelRowError when there is no such frame, or the data (audio, text) has none
   */
  getFrameView(frame: number | string = 0): FrameView {
    const labels = this.#initialised;
    const number = typeof frame === "string" ? this.getFrameNumber(frame) : frame;
    if (number === null)
      throw new LabelRowError(`The ${this.description} has no image with the hash ${frame}.`);
    return new FrameView(labels, number);
  }

  /** What Encord knows about the DICOM series; null for other data. `getFrameView` has that of each slice. */
  get metadata(): DicomSeriesMetadata | null {
    return this.#initialised.seriesMetadata;
  }

  /** Every frame. @throws LabelRowError for audio and text */
  getFrameViews(): FrameView[] {
    return Array.from({ length: this.numberOfFrames }, (_, frame) => this.getFrameView(frame));
  }

  /** The hash of the image at this frame, for images and image groups; null when there is none. */
  getImageHash(frame: number): string | null {
    const unit = this.#initialised.unitOf(frame);
    const isImage = this.dataType === "img_group" || this.dataType === "image";
    return isImage && unit?.sequence === frame ? unit.dataHash : null;
  }

  /** The frame of the image with this hash; null when there is none. */
  getFrameNumber(imageHash: string): number | null {
    return this.#initialised.unitWithHash(imageHash)?.sequence ?? null;
  }

  // --- The row's task ------------------------------------------------------------------------------------------------------

  /**
   * Sets the priority of the row's task, from 0 (last) to 1 (first). `priority` of this object keeps the listed value.
   * @throws WrongProjectTypeError when the row was listed without its Workflow stage; InvalidArgumentsError for another
   * number
   */
  async setPriority(priority: number, { bundle }: Bundled = {}): Promise<void> {
    if (!this.workflowGraphNode) {
      throw new WrongProjectTypeError(
        `The ${this.description} has no Workflow stage: priorities need a project with a Workflow, and a row listed with its stage.`,
      );
    }
    const operation = priorityOperation(this.#transport, this.projectHash);
    await this.#write(operation, priorityCall(this.dataHash, priority), bundle);
  }

  /** Sends the row back to the start of its Workflow; does nothing while it has no labels. */
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

  /** What Encord finds wrong with the labels; without a request when the listing says that they are valid. */
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
