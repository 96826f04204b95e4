/** Crops of the objects on the frame. Coordinates are rounded as Encord rounds them (see `media/crop.ts`). */

import { type Dependency, dependency } from "../agent/dependency.ts";
import { AgentError } from "../agent/errors.ts";
import {
  type BitmaskCoordinates,
  type BoundingBoxCoordinates,
  decodeBitmask,
  type ObjectAnnotation,
  type ObjectInstance,
  type PolygonCoordinates,
  type RotatableBoundingBoxCoordinates,
} from "../encord/index.ts";
import {
  bitmaskCrop,
  boxCrop,
  Frame,
  type PixelBox,
  polygonCrop,
  rotatableBoxCrop,
  type Size,
} from "../media/index.ts";
import { labelRow } from "./label-row.ts";
import { selectedObjects } from "./objects.ts";
import { singleFrame } from "./single-frame.ts";

/** The part of a frame that an object covers, as a frame of its own that knows where it comes from. */
export class ObjectCrop extends Frame {
  readonly instance: ObjectInstance;
  /** The object on this frame: coordinates, confidence, author. */
  readonly annotation: ObjectAnnotation;
  /** Its place on the whole frame, in pixels. */
  readonly box: PixelBox;

  constructor(frame: Frame, annotation: ObjectAnnotation, instance: ObjectInstance, box: PixelBox) {
    super(frame.crop(box));
    this.instance = instance;
    this.annotation = annotation;
    this.box = box;
  }
}

export interface ObjectCropsOptions {
  /** Only these kinds of objects, by name or feature node hash; by default all that can be cropped. */
  readonly only?: readonly string[];
}

/**
 * The boxes, rotatable boxes, polygons and bitmasks on the frame, each cropped to a frame of its own: those that the annotator
 * had selected, or all of them if nothing was selected. Objects that cover no pixel are left out. In a task agent the frame
 * is the first one. `dep_object_crops` of the Python library.
 *
 * @throws (when made) AgentError with the code `unknown-object-kind` when `only` names an object that the ontology does not
 * have; MediaError when the frame cannot be read
 * @example
 * editorAgent({
 *   name: "describe",
 *   dependencies: { crops: objectCrops({ only: ["Car"] }) },
 *   async run({ crops }) {
 *     const pictures = await Promise.all(crops.map((crop) => crop.toBase64({ outputFormat: "openai" })));
 *     return { message: await askLanguageModel("What are these?", pictures) };
 *   },
 * });
 */
export function objectCrops(options: ObjectCropsOptions = {}): Dependency<readonly ObjectCrop[]> {
  return dependency({ labelRow, frame: singleFrame }, ({ labelRow, frame }, invocation) => {
    const kinds = options.only ? kindsNamed(options.only, labelRow.ontologyStructure.objects) : null;
    const candidates =
      selectedObjects(labelRow, invocation) ?? labelRow.getObjectInstances({ filterFrames: frame.frame });
    return candidates
      .filter((object) => object.isOnFrame(frame.frame) && (kinds?.has(object.featureHash) ?? true))
      .flatMap((object) => cropOf(object, frame) ?? []);
  });
}

function kindsNamed(
  wanted: readonly string[],
  kinds: readonly { readonly name: string; readonly featureNodeHash: string }[],
): ReadonlySet<string> {
  const found = wanted.flatMap((wish) => {
    const matching = kinds.filter((kind) => kind.featureNodeHash === wish || kind.name === wish);
    if (matching.length > 0) return matching.map((kind) => kind.featureNodeHash);
    const names = kinds.map((kind) => `"${kind.name}"`).join(", ") || "none";
    throw new AgentError(
      "unknown-object-kind",
      `objectCrops({ only }): the ontology has no object "${wish}"; it has ${names}.`,
    );
  });
  return new Set(found);
}

function cropOf(object: ObjectInstance, frame: Frame): ObjectCrop | null {
  const annotation = object.getAnnotation(frame.frame);
  const box = pixelsOf(annotation, frame);
  if (!box || box.right <= box.left || box.bottom <= box.top) return null;
  return new ObjectCrop(frame, annotation, object, box);
}

/** Null for shapes without an area, and for empty masks. The casts hold because the shape determines the coordinates. */
function pixelsOf({ ontologyItem: { shape }, coordinates }: ObjectAnnotation, size: Size): PixelBox | null {
  switch (shape) {
    case "bounding_box":
      return boxCrop(relativeBox(coordinates as BoundingBoxCoordinates), size);
    case "rotatable_bounding_box": {
      const box = coordinates as RotatableBoundingBoxCoordinates;
      return rotatableBoxCrop({ ...relativeBox(box), theta: box.theta }, size);
    }
    case "polygon": {
      const { polygons, values } = coordinates as PolygonCoordinates;
      return polygonCrop(polygons?.[0]?.[0] ?? values ?? [], size);
    }
    case "bitmask": {
      const mask = coordinates as BitmaskCoordinates;
      const data = decodeBitmask(mask);
      return data.includes(1) ? bitmaskCrop({ width: mask.width, height: mask.height, data }, size) : null;
    }
    default:
      return null;
  }
}

function relativeBox(box: BoundingBoxCoordinates) {
  return { x: box.topLeftX, y: box.topLeftY, w: box.width, h: box.height };
}
