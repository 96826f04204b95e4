/**
 * Elements of EBML (RFC 8794): an identifier and a length, of one to eight bytes each, whose first bits tell how many, and a body. A
 * length of all ones means "unknown": the element goes on until something comes that cannot be inside it.
 */

/** The head of an element. */
export interface ElementHead {
  readonly id: number;
  readonly headBytes: number;
  /** Bytes of the body; null when unknown. */
  readonly size: number | null;
}

/** An element in a piece of a file. */
export interface Element {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** Longest head: four bytes of identifier, eight of length. */
export const MAX_HEAD_BYTES = 12;

/** The head at `at`; null when there is none, or not all of it. */
export function readElementHead(view: DataView, at: number): ElementHead | null {
  if (at >= view.byteLength) return null;
  const idBytes = Math.clz32(view.getUint8(at)) - 23;
  if (idBytes > 4 || at + idBytes >= view.byteLength) return null;
  let id = 0;
  for (let i = 0; i < idBytes; i++) id = id * 256 + view.getUint8(at + i);
  const sizeAt = at + idBytes;
  const length = readLength(view, sizeAt);
  return length && { id, headBytes: idBytes + length.bytes, size: length.value };
}

/** A number of variable length at `at`; its value is null if all bits are set. Null if it does not end inside the view. */
export function readLength(view: DataView, at: number): { bytes: number; value: number | null } | null {
  const first = view.getUint8(at);
  const bytes = Math.clz32(first) - 23;
  if (bytes > 8 || at + bytes > view.byteLength) return null;
  let value = first & (0xff >> bytes);
  let isUnknown = value === 0xff >> bytes;
  for (let i = 1; i < bytes; i++) {
    const byte = view.getUint8(at + i);
    isUnknown &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return { bytes, value: isUnknown ? null : value };
}

/** The elements between `start` and `end`. */
export function* elementsIn(view: DataView, start: number, end: number): Generator<Element> {
  let at = start;
  while (at < end) {
    const head = readElementHead(view, at);
    if (!head) return;
    const body = at + head.headBytes;
    const next = head.size === null ? end : Math.min(end, body + head.size);
    yield { id: head.id, start: Math.min(body, next), end: next };
    at = next;
  }
}

/** An unsigned integer of up to eight bytes. */
export function unsignedOf(view: DataView, { start, end }: Pick<Element, "start" | "end">): number {
  let value = 0;
  for (let i = start; i < Math.min(end, start + 8); i++) value = value * 256 + view.getUint8(i);
  return value;
}

/** A floating-point number of four or eight bytes, else 0. */
export function floatOf(view: DataView, { start, end }: Pick<Element, "start" | "end">): number {
  if (end - start === 4) return view.getFloat32(start);
  return end - start === 8 ? view.getFloat64(start) : 0;
}

/** ASCII text up to a zero byte. */
export function textOf(view: DataView, { start, end }: Pick<Element, "start" | "end">): string {
  let text = "";
  for (let i = start; i < end; i++) {
    const code = view.getUint8(i);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}

/** A copy of the body. */
export function bytesOf(view: DataView, { start, end }: Pick<Element, "start" | "end">): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + start, end - start).slice();
}
