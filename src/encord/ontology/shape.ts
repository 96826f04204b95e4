/** The shapes that objects of an ontology can have, by their names in Encord's JSON, in ontologies and labels alike. */

/**
 * Every shape that this client knows. Objects of another shape are read and kept (`shapes/unknown-shape.ts`); the Python SDK
 * cannot use an ontology that has one.
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

/** The shape of an object. */
export type Shape = (typeof SHAPES)[number];

export function isShape(value: unknown): value is Shape {
  return (SHAPES as readonly unknown[]).includes(value);
}
