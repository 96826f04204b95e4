/**
 * The shapes that objects of an ontology can have. The strings are those of Encord's JSON, in ontologies and labels alike.
 */

/**
 * Every shape this client knows. Objects of another one are read and kept (`shapes/unknown-shape.ts`); in the Python SDK an
 * ontology that has one cannot be used at all.
 */
export const SHAPES = [
  "bounding_box",
  "rotatable_bounding_box",
  "circle",
  "ellipse",
  "polygon",
  "polyline",
  "point",
  "skeleton",
  "bitmask",
  "cuboid",
  "cuboid_2d",
  "segmentation",
  "audio",
  "time_range",
  "text",
] as const;

/** What an object of the ontology is drawn as. */
export type Shape = (typeof SHAPES)[number];

export function isShape(value: unknown): value is Shape {
  return (SHAPES as readonly unknown[]).includes(value);
}
