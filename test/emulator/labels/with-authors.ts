/** Labels tell who made them; Encord fills in what a client leaves out. */

import type { JsonObject } from "../state/documents.ts";

/** Fills in the caller and the time where an annotation does not say who made it. */
export function withAuthors<T>(value: T, email: string, now: number): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    for (const element of value) withAuthors(element, email, now);
    return value;
  }
  const object = value as JsonObject;
  if ("createdAt" in object || "createdBy" in object) {
    object.createdBy ??= email;
    object.createdAt ??= new Date(now).toUTCString().replace("GMT", "UTC");
    object.lastEditedBy ??= email;
  }
  for (const inner of Object.values(object)) withAuthors(inner, email, now);
  return value;
}
