/** A part of a path as text; what is not well encoded stays as it is, and so names nothing. */
export function pathText(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
