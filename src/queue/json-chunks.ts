/**
 * Lists as JSON parameters for SQLite, which takes no text over 2 MB in a Durable Object: one in the usual case, several when
 * the items are many or long.
 */

/** A character of JSON is at most three bytes of UTF-8. */
const MOST_CHARACTERS = 600_000;

/** @returns arrays in JSON that together hold the items, in their order; an item that is too long by itself stays alone */
export function jsonChunks(items: readonly unknown[]): string[] {
  const chunks: string[] = [];
  let parts: string[] = [];
  let size = 0;
  for (const item of items) {
    const text = JSON.stringify(item);
    if (parts.length > 0 && size + text.length > MOST_CHARACTERS) {
      chunks.push(`[${parts.join()}]`);
      parts = [];
      size = 0;
    }
    parts.push(text);
    size += text.length + 1;
  }
  if (parts.length > 0) chunks.push(`[${parts.join()}]`);
  return chunks;
}
