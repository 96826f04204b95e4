/**
 * An object on one frame: where it is there, and who drew it. What Encord sent is parsed when it is first asked for; an
 * annotation that was not changed is written back with every field that it came with.
 */

import type { JsonObject } from "../json.ts";
import type { OntologyObject } from "../ontology/ontology-object.ts";
import type { Shape } from "../ontology/shape.ts";
import { ANNOTATION_KEYS } from "./annotation-fields.ts";
import { Authored, checkAuthorshipJson, hasNormalAuthorship } from "./authored.ts";
import type { CoordinatesOf } from "./coordinates.ts";
import { type Fields, fieldsBeside, optionalTextIn } from "./label-json.ts";
import { formatLabelTime, toLongForm } from "./label-time.ts";
import { codecOf } from "./shapes/codecs.ts";
import type { ShapeCodec } from "./shapes/shape-codec.ts";
import { unknownShape } from "./shapes/unknown-shape.ts";

/** An object on one frame; what is set on it goes out with the row's next save. */
export class ObjectAnnotation<S extends Shape = Shape> extends Authored {
  /** The kind of object. */
  readonly ontologyItem: OntologyObject<S>;
  readonly frame: number;
  #coordinates: CoordinatesOf<S>;
  /** What was read, for the fields that this client does not know. */
  readonly #json: Fields | null;

  private constructor(
    item: OntologyObject<S>,
    frame: number,
    coordinates: CoordinatesOf<S>,
    json: Fields | null,
  ) {
    super();
    this.ontologyItem = item;
    this.frame = frame;
    this.#coordinates = coordinates;
    this.#json = json;
    if (json) this.readAuthorship(json);
  }

  /** An annotation that is not in Encord yet. */
  static make<S extends Shape>(
    item: OntologyObject<S>,
    frame: number,
    coordinates: CoordinatesOf<S>,
  ): ObjectAnnotation<S> {
    return new ObjectAnnotation(item, frame, coordinates, null);
  }

  /** @throws LabelRowError naming the field that is not as documented */
  static read<S extends Shape>(item: OntologyObject<S>, frame: number, json: Fields): ObjectAnnotation<S> {
    return new ObjectAnnotation(item, frame, codecFor(item, json).read(json), json);
  }

  get coordinates(): CoordinatesOf<S> {
    return this.#coordinates;
  }
  /** @throws LabelRowError when they do not fit the shape */
  set coordinates(coordinates: CoordinatesOf<S>) {
    codecOf(this.ontologyItem.shape).check(coordinates);
    this.#coordinates = coordinates;
    this.markChanged();
  }

  /** The reviews of the annotation, in Encord's form; empty unless the labels were fetched with them. Never written. */
  get reviews(): readonly unknown[] {
    const reviews = this.#json?.["reviews"];
    return Array.isArray(reviews) ? reviews : [];
  }

  /** Whether Encord marked it as deleted; null when it does not say. */
  get isDeleted(): boolean | null {
    const deleted = this.#json?.["isDeleted"];
    return typeof deleted === "boolean" ? deleted : null;
  }

  /** @internal Whether it is as Encord sent it. */
  get isAsRead(): boolean {
    return this.#json !== null && !this.changed;
  }

  /** As the JSON of a label row holds it. */
  toJson(objectHash: string, now: Date): JsonObject {
    const { ontologyItem: item } = this;
    const codec = codecOf(item.shape);
    if (!this.changed && this.#json) return normalisedObject(item, this.#json, now);
    const { createdAt, lastEditedAt } = this.times(now);
    const known = new Set([...ANNOTATION_KEYS, ...codec.keys]);
    return {
      ...(this.#json && item.shape !== "segmentation" ? fieldsBeside(this.#json, known) : null),
      name: item.name,
      color: item.color,
      shape: item.shape,
      value: item.value,
      createdAt,
      ...creator(item, this.createdBy),
      confidence: this.confidence,
      objectHash,
      featureHash: item.featureNodeHash,
      manualAnnotation: this.manualAnnotation,
      lastEditedAt,
      ...(this.lastEditedBy === null ? {} : { lastEditedBy: this.lastEditedBy }),
      ...(this.isDeleted === null ? {} : { isDeleted: this.isDeleted }),
      ...codec.write(this.#coordinates),
    };
  }
}

/**
 * Checks that an annotation's JSON can be read, and keeps nothing of it.
 * @throws LabelRowError naming the field that is not as documented
 */
export function checkObjectJson(item: OntologyObject, json: Fields): void {
  codecFor(item, json).read(json);
  checkAuthorshipJson(json);
}

/**
 * An annotation that was read, in the form that the SDK writes: names from the ontology, times in the long form, no
 * reviews. The same object when it has that form already, which costs neither time nor memory.
 */
export function normalisedObject(item: OntologyObject, json: Fields, now: Date): JsonObject {
  // What came out of JSON.parse is JSON.
  if (isNormal(item, json)) return json as JsonObject;
  const codec = codecFor(item, json);
  const { createdAt, lastEditedAt } = json;
  const created = longForm(createdAt, now);
  const written: Record<string, unknown> = {
    name: item.name,
    color: item.color,
    shape: item.shape,
    value: item.value,
    createdAt: created,
    ...creator(item, optionalTextIn(json, "createdBy")),
    confidence: json["confidence"] ?? 1,
    objectHash: json["objectHash"],
    featureHash: item.featureNodeHash,
    manualAnnotation: json["manualAnnotation"] ?? true,
    lastEditedAt: lastEditedAt === createdAt ? created : longForm(lastEditedAt, now),
  };
  if (typeof json["lastEditedBy"] === "string") written["lastEditedBy"] = json["lastEditedBy"];
  if (json["isDeleted"] !== undefined) written["isDeleted"] = json["isDeleted"];
  return {
    ...(written as JsonObject),
    ...fieldsBeside(json, ANNOTATION_KEYS),
    ...(codec.isCanonical(json) ? null : codec.write(codec.read(json))),
  };
}

/** A recording's entry that ends an object may have no coordinates. */
function codecFor<S extends Shape>(item: OntologyObject<S>, json: Fields): ShapeCodec<S> {
  const codec = codecOf(item.shape);
  const isBare = json["event"] === "delete" && codec.keys.every((key) => json[key] == null);
  return isBare ? (unknownShape as unknown as ShapeCodec<S>) : codec;
}

/** As in the Python SDK: an author that Encord is to fill in is null, but left out of segmentations. */
function creator({ shape }: OntologyObject, createdBy: string | null): JsonObject {
  return createdBy === null && shape === "segmentation" ? {} : { createdBy };
}

function longForm(time: unknown, now: Date): string {
  return (typeof time === "string" ? toLongForm(time) : null) ?? formatLabelTime(now);
}

function isNormal(item: OntologyObject, json: Fields): boolean {
  return (
    json["name"] === item.name &&
    json["value"] === item.value &&
    json["color"] === item.color &&
    json["shape"] === item.shape &&
    hasNormalAuthorship(json) &&
    codecOf(item.shape).isCanonical(json)
  );
}
