/** Blocks that hold several packets (RFC 9559, 10.3), and how long each of those is. Rare in video, but there are such files. */
import { readLength } from "./element.ts";

/** The packets in a laced block. */
export interface Lace {
  /** Bytes before the first packet. */
  readonly headBytes: number;
  readonly sizes: readonly number[];
}

const XIPH = 0x02;
const FIXED = 0x04;

/**
 * Reads the head of a laced block.
 *
 * @param kind the block's lacing bits
 * @param bytes length of the block behind its flags
 * @returns null if the head does not fit into the block, or does not end inside the view
 */
export function readLace(view: DataView, at: number, kind: number, bytes: number): Lace | null {
  if (bytes < 1 || at >= view.byteLength) return null;
  const count = view.getUint8(at) + 1;
  const sizes: number[] = [];
  let place = at + 1;
  while (kind !== FIXED && sizes.length < count - 1) {
    if (place >= view.byteLength) return null;
    if (kind === XIPH) {
      let size = 0;
      let part = 255;
      while (part === 255 && place < view.byteLength) {
        part = view.getUint8(place++);
        size += part;
      }
      sizes.push(size);
      continue;
    }
    // EBML: a length, then differences, in which the middle of the range means 0.
    const number = readLength(view, place);
    if (number === null || number.value === null) return null;
    const before = sizes.at(-1);
    sizes.push(
      before === undefined ? number.value : before + number.value - (2 ** (7 * number.bytes - 1) - 1),
    );
    place += number.bytes;
  }
  const headBytes = place - at;
  const left = bytes - headBytes;
  if (kind === FIXED)
    return left % count === 0 ? { headBytes, sizes: Array(count).fill(left / count) } : null;
  sizes.push(left - sizes.reduce((sum, size) => sum + size, 0));
  return sizes.every((size) => size >= 0) ? { headBytes, sizes } : null;
}
