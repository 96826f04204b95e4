/**
 * A space: one part of a data group or scene (a video, an image, a text, ...) with labels of its own. It is labelled like a
 * row. An object that is on several spaces is one instance on each, made with the same `objectHash`; the answers of the
 * first are written for all.
 */

import { LabelRowError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { Classification } from "../ontology/classification.ts";
import { ClassificationInstance } from "./classification-instance.ts";
import {
  type ClassificationFilter,
  InstanceSet,
  type InstanceSetOptions,
  type ObjectFilter,
} from "./instance-set.ts";
import {
  type Fields,
  optionalListIn,
  optionalNumberIn,
  optionalObjectIn,
  optionalTextIn,
  textIn,
} from "./label-json.ts";
import type { LabelledData } from "./labelled-data.ts";
import type { ObjectInstance } from "./object-instance.ts";
import { emptyFrame } from "./write-labels.ts";

/** The types of spaces, and how each is labelled. */
const KIND_OF_TYPE = {
  video: "frames",
  image: "frames",
  multilayer_image: "frames",
  image_sequence: "frames",
  medical_file: "frames",
  medical_stack: "frames",
  pdf: "frames",
  point_cloud: "frames",
  scene_image: "frames",
  audio: "audio",
  time_series: "time_series",
  text: "text",
  html: "html",
} as const satisfies Readonly<Record<string, LabelledData["kind"]>>;

/** What kind of data a space is. */
export type SpaceType = keyof typeof KIND_OF_TYPE;

/** One part of a data group or scene, as `LabelRow.getSpace` finds it. */
export class Space {
  readonly id: string;
  readonly spaceType: SpaceType;
  /** The only space of a group that is a single thing, such as an image in layers. */
  readonly isRoot: boolean;
  /** Its place in the group's layout; null in scenes. */
  readonly layoutKey: string | null;
  readonly fileName: string | null;
  /** Which event of which stream of a scene it is, and its first frame if Encord says so; null in groups. */
  readonly event: {
    readonly streamId: string;
    readonly index: number;
    readonly startFrame: number | null;
  } | null;
  /** @internal */
  readonly instances: InstanceSet;
  readonly #json: Fields;

  /**
   * @param json the space as the listing or the labels have it
   * @throws LabelRowError when its type is unknown: saving would lose its labels
   */
  constructor(id: string, json: Fields, options: Omit<InstanceSetOptions, "data">) {
    const spaceType = textIn(json, "space_type");
    if (!isSpaceType(spaceType)) {
      throw new LabelRowError(
        `this client does not know the space type "${spaceType}"; saving would lose its labels.`,
      );
    }
    const root = json["root_info"];
    const info = optionalObjectIn(json, root == null ? "child_info" : "root_info");
    this.id = id;
    this.spaceType = spaceType;
    this.isRoot = root != null;
    this.layoutKey = optionalTextIn(info, "layout_key");
    this.fileName = optionalTextIn(info, "file_name") ?? fileNameIn(json);
    this.event = eventIn(json);
    this.#json = json;
    const data = labelledData(id, spaceType, json);
    const classifiedAsWhole = data.kind !== "frames" && !this.isRoot;
    this.instances = new InstanceSet({ ...options, data: { ...data, classifiedAsWhole } });
  }

  /** How error messages refer to it. */
  get description(): string {
    return this.instances.data.description;
  }

  /** Frames, slices or pages; milliseconds of audio; null when it is not known. */
  get numberOfFrames(): number | null {
    return this.instances.data.frameCount;
  }

  /** The objects on this space. */
  getObjectInstances(filter: ObjectFilter = {}): ObjectInstance[] {
    return this.instances.getObjects(filter);
  }

  /** @throws LabelRowError as `LabelRow.addObjectInstance` */
  addObjectInstance(object: ObjectInstance, options: { readonly force?: boolean } = {}): void {
    this.instances.addObject(object, options.force ?? false);
  }

  /** @throws LabelRowError when it is not on this space */
  removeObject(object: ObjectInstance): void {
    this.instances.removeObject(object);
  }

  /** A new classification for this space: on frames, or, for audio and text, about the whole without frames. */
  createClassificationInstance(classification: Classification): ClassificationInstance {
    const rangeOnly = this.instances.data.kind !== "frames";
    return new ClassificationInstance(classification, { rangeOnly, carriesMetadata: true });
  }

  /** The classifications on this space. */
  getClassificationInstances(filter: ClassificationFilter = {}): ClassificationInstance[] {
    return this.instances.getClassifications(filter);
  }

  /** @throws LabelRowError as `LabelRow.addClassificationInstance` */
  addClassificationInstance(
    classification: ClassificationInstance,
    options: { readonly force?: boolean } = {},
  ): void {
    this.instances.addClassification(classification, options.force ?? false);
  }

  /** @throws LabelRowError when it is not on this space */
  removeClassification(classification: ClassificationInstance): void {
    this.instances.removeClassification(classification);
  }

  /** @internal The labels by frame, as they came. */
  get labels(): Fields {
    return optionalObjectIn(this.#json, "labels");
  }

  /** @internal Where the data unit may hold the labels of an image of a scene; they are written under the first key. */
  get unitKeys(): readonly string[] {
    if (this.spaceType !== "scene_image") return [];
    if (!this.event) return [this.id];
    const { streamId, index, startFrame } = this.event;
    return [`${streamId}#${startFrame ?? index}`, `${streamId}#${index}`, this.id];
  }

  /** @internal As the JSON of a row holds it. What the group says about it (`child_info`, `root_info`) is not sent back. */
  toJson(frames: ReadonlyMap<number, JsonObject>): JsonObject {
    const { child_info: _, root_info: __, ...own } = this.#json;
    const labels = this.#isOneFrame ? (frames.get(0) ?? emptyFrame()) : Object.fromEntries(frames);
    // What came out of JSON.parse is JSON.
    return { ...(own as JsonObject), labels };
  }

  /** Files of a scene have one frame, and hold its labels without a frame number. */
  get #isOneFrame(): boolean {
    return this.spaceType === "point_cloud" || this.spaceType === "scene_image";
  }
}

function fileNameIn(json: Fields): string | null {
  const uri = optionalTextIn(optionalObjectIn(json, "scene_info"), "uri");
  return uri === null ? null : (uri.split(/[?#]/)[0]?.split("/").at(-1) ?? null);
}

function eventIn(json: Fields): Space["event"] {
  const info = optionalObjectIn(json, "scene_info");
  const streamId = optionalTextIn(info, "stream_id");
  if (streamId === null) return null;
  return {
    streamId,
    index: optionalNumberIn(info, "event_index") ?? 0,
    startFrame: optionalNumberIn(info, "start_frame"),
  };
}

function isSpaceType(type: string): type is SpaceType {
  return Object.hasOwn(KIND_OF_TYPE, type);
}

function labelledData(id: string, spaceType: SpaceType, json: Fields): LabelledData {
  const stack = optionalListIn(json, "frames");
  const sizeIn = (fields: Fields) => {
    const width = optionalNumberIn(fields, "width");
    const height = optionalNumberIn(fields, "height");
    return width === null || height === null ? null : { width, height };
  };
  return {
    description: `space ${id} (${spaceType})`,
    kind: KIND_OF_TYPE[spaceType],
    frameCount: frameCountOf(spaceType, json, stack.length),
    sizeOf: (frame) =>
      spaceType === "medical_stack"
        ? sizeIn(optionalObjectIn({ slice: stack[frame] }, "slice"))
        : sizeIn(json),
  };
}

function frameCountOf(spaceType: SpaceType, json: Fields, stackSize: number): number | null {
  switch (spaceType) {
    case "video":
    case "image_sequence":
    case "medical_file":
      return optionalNumberIn(json, "number_of_frames");
    case "image":
    case "multilayer_image":
    case "point_cloud":
    case "scene_image":
      return 1;
    case "medical_stack":
      return stackSize;
    case "pdf":
      return optionalNumberIn(json, "number_of_pages");
    case "audio":
      return optionalNumberIn(json, "duration_ms");
    default:
      return null;
  }
}
