/** Decodes a part of a path; a malformed one stays as it is, and so matches nothing. */
export function pathText(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
