/** A value from outside as text for a message or a key. (`String` throws for an object like `{ "toString": 1 }`.) */
export function words(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined");
}
