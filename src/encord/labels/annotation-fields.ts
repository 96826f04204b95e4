/** The fields that every annotation in a label row's JSON has beside its coordinates. */

export const ANNOTATION_KEYS: ReadonlySet<string> = new Set([
  "name",
  "color",
  "shape",
  "value",
  "createdAt",
  "createdBy",
  "confidence",
  "objectHash",
  "classificationHash",
  "featureHash",
  "manualAnnotation",
  "lastEditedAt",
  "lastEditedBy",
  "isDeleted",
  "reviews",
]);
