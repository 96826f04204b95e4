/** A foreign value as it may stand in a message or serve as a key. (`String` throws for an object like `{ "toString": 1 }`.) */
export function words(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined");
}
