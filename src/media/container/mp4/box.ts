/**
 * Boxes of ISO base media files (ISO/IEC 14496-12) and QuickTime: a length, a four-letter type, and a body that may hold boxes
 * again. Reading is bounded by the bytes at hand: a box that says it is longer ends where they end.
 */

/** A box inside a piece of a file. Positions are in that piece. */
export interface Box {
  readonly type: string;
  /** Where the box itself starts. */
  readonly at: number;
  /** Where the body starts and ends. */
  readonly start: number;
  readonly end: number;
}

/** The head of a box. */
export interface BoxHead {
  readonly type: string;
  readonly headBytes: number;
  /** With the head; 0: up to the end of the file. */
  readonly size: number;
}

/** Longest head: 32-bit length, type, 64-bit length. */
export const MAX_HEAD_BYTES = 16;

/** The head of the box at `at`; null when there is none. */
export function readBoxHead(view: DataView, at: number): BoxHead | null {
  if (at + 8 > view.byteLength) return null;
  const short = view.getUint32(at);
  const type = fourLetters(view, at + 4);
  if (short !== 1) return short === 0 || short >= 8 ? { type, headBytes: 8, size: short } : null;
  if (at + 16 > view.byteLength) return null;
  const size = Number(view.getBigUint64(at + 8));
  return size >= 16 ? { type, headBytes: 16, size } : null;
}

/** The boxes between `start` and `end`. */
export function* boxesIn(view: DataView, start: number, end: number): Generator<Box> {
  let at = start;
  while (at + 8 <= end) {
    const head = readBoxHead(view, at);
    if (!head) return;
    const next = head.size === 0 ? end : Math.min(end, at + head.size);
    yield { type: head.type, at, start: Math.min(next, at + head.headBytes), end: next };
    at = next;
  }
}

/** The first box of a type inside another, down a path. */
export function findBox(
  view: DataView,
  within: Pick<Box, "start" | "end">,
  ...path: string[]
): Box | undefined {
  let found: Box | undefined;
  let inside = within;
  for (const type of path) {
    found = undefined;
    for (const box of boxesIn(view, inside.start, inside.end)) {
      if (box.type === type) {
        found = box;
        break;
      }
    }
    if (!found) return undefined;
    inside = found;
  }
  return found;
}

/** Four bytes as text; what is not printable as a dot. */
export function fourLetters(view: DataView, at: number): string {
  let text = "";
  for (let i = at; i < at + 4; i++) {
    const code = view.getUint8(i);
    text += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : ".";
  }
  return text;
}

/** The view of a piece of a file. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
