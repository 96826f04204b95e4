/**
 * The first picture of a GIF (87a, 89a) on its logical screen, as packed RGB. Transparent pixels get their colour in the palette; around
 * the picture there is the background colour. A picture that ends early keeps the rows that are there; damage before it throws
 * `corrupt` or `truncated`.
 */
import { MediaError } from "../errors.ts";
import type { Pixels } from "../pixels.ts";

/** Passes over the rows of an interlaced picture: first row and step. */
const PASSES = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
] as const;

/** Decodes a GIF whose size was accepted. */
export function decodeGif(bytes: Uint8Array): Pixels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = view.getUint16(6, true);
  const height = view.getUint16(8, true);
  const flags = bytes[10] as number;
  let at = 13;
  let palette: Uint8Array = new Uint8Array();
  if (flags & 0x80) {
    palette = bytes.subarray(at, at + 3 * (2 << (flags & 7)));
    at += 3 * (2 << (flags & 7));
  }
  const data = new Uint8Array(width * height * 3);
  fill(data, palette, bytes[11] as number);

  at = skipExtensions(bytes, at);
  if (at + 10 > bytes.length) throw new MediaError("truncated", "The GIF ends before its first picture.");
  const left = view.getUint16(at + 1, true);
  const top = view.getUint16(at + 3, true);
  const pictureWidth = view.getUint16(at + 5, true);
  const pictureHeight = view.getUint16(at + 7, true);
  const pictureFlags = bytes[at + 9] as number;
  at += 10;
  if (pictureFlags & 0x80) {
    palette = bytes.subarray(at, at + 3 * (2 << (pictureFlags & 7)));
    at += 3 * (2 << (pictureFlags & 7));
  }
  if (left + pictureWidth > width || top + pictureHeight > height) {
    throw new MediaError("corrupt", "The GIF's first picture does not fit on its screen.");
  }
  const indexes = inflateLzw(subBlocks(bytes, at + 1), bytes[at] as number, pictureWidth * pictureHeight);
  let from = 0;
  for (const y of pictureRows(pictureHeight, (pictureFlags & 0x40) !== 0)) {
    let to = ((top + y) * width + left) * 3;
    for (let x = 0; x < pictureWidth && from < indexes.length; x++, to += 3) {
      const colour = (indexes[from++] as number) * 3;
      data[to] = palette[colour] ?? 0;
      data[to + 1] = palette[colour + 1] ?? 0;
      data[to + 2] = palette[colour + 2] ?? 0;
    }
  }
  return { width, height, data };
}

function fill(data: Uint8Array, palette: Uint8Array, index: number): void {
  const colour = palette.subarray(index * 3, index * 3 + 3);
  if (colour.length < 3 || colour.every((value) => value === 0)) return;
  for (let to = 0; to < data.length; to += 3) data.set(colour, to);
}

/** The place of the first image descriptor from `start` on. */
function skipExtensions(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length) {
    if (bytes[at] === 0x2c) return at;
    if (bytes[at] !== 0x21) throw new MediaError("corrupt", "The GIF holds no picture.");
    at += 2;
    while (at < bytes.length && bytes[at] !== 0) at += (bytes[at] as number) + 1;
    at++;
  }
  return at;
}

/** The bytes of consecutive sub-blocks, joined. */
function subBlocks(bytes: Uint8Array, start: number): Uint8Array {
  const joined = new Uint8Array(Math.max(0, bytes.length - start));
  let length = 0;
  for (let at = start; at < bytes.length && bytes[at] !== 0; at += (bytes[at] as number) + 1) {
    const block = bytes.subarray(at + 1, at + 1 + (bytes[at] as number));
    joined.set(block, length);
    length += block.length;
  }
  return joined.subarray(0, length);
}

/** GIF's LZW: codes of growing width, least significant bit first. Gives fewer than `count` indexes if the data ends or makes no sense. */
function inflateLzw(data: Uint8Array, rootBits: number, count: number): Uint8Array {
  if (rootBits < 1 || rootBits > 11)
    throw new MediaError("corrupt", `The GIF is damaged: its LZW code size is ${rootBits}.`);
  const clear = 1 << rootBits;
  const prefix = new Uint16Array(4096);
  const suffix = new Uint8Array(4096);
  const stack = new Uint8Array(4097);
  const out = new Uint8Array(count);
  for (let i = 0; i < clear; i++) suffix[i] = i;
  let [bits, next, previous, first] = [rootBits + 1, clear + 2, -1, 0];
  let [held, heldBits, at, written] = [0, 0, 0, 0];
  while (written < count) {
    while (heldBits < bits && at < data.length) {
      held |= (data[at++] as number) << heldBits;
      heldBits += 8;
    }
    if (heldBits < bits) break;
    const code = held & ((1 << bits) - 1);
    held >>>= bits;
    heldBits -= bits;
    if (code === clear) {
      [bits, next, previous] = [rootBits + 1, clear + 2, -1];
      continue;
    }
    if (code === clear + 1 || code > next || (code === next && previous < 0)) break;
    let depth = 0;
    let walk = code;
    if (code === next) {
      stack[depth++] = first;
      walk = previous;
    }
    while (walk >= clear) {
      stack[depth++] = suffix[walk] as number;
      walk = prefix[walk] as number;
    }
    first = suffix[walk] as number;
    stack[depth++] = first;
    while (depth > 0 && written < count) out[written++] = stack[--depth] as number;
    if (previous >= 0 && next < 4096) {
      prefix[next] = previous;
      suffix[next++] = first;
      if (next === 1 << bits && bits < 12) bits++;
    }
    previous = code;
  }
  return out.subarray(0, written);
}

function* pictureRows(height: number, interlaced: boolean): Generator<number> {
  for (const [start, step] of interlaced ? PASSES : ([[0, 1]] as const)) {
    for (let y: number = start; y < height; y += step) yield y;
  }
}
