/**
 * The first directory of a TIFF 6.0 or BigTIFF file: its tags, as lists of numbers. Lists that are longer than any real one, of a type
 * that is not needed here, or outside the file are left out; a directory that the end of the file cuts off throws `truncated`.
 */
import { MediaError } from "../errors.ts";

/** Bytes of a value by its type: BYTE, SHORT, LONG, RATIONAL, UNDEFINED, LONG8. */
const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 5: 8, 7: 1, 16: 8 };
const RATIONAL = 5;
const BIG = 43;

/** The longest list of values that is believed: a million strips of one row each. */
const MOST_VALUES = 1 << 20;

/** A directory's tags. */
export interface TiffDirectory {
  /** Byte order: whether the least significant byte comes first. */
  readonly little: boolean;
  /** The first value of a tag. */
  one(tag: number, otherwise: number): number;
  /** All values; none when the tag is absent. */
  all(tag: number): readonly number[];
}

/** Whether `bytes` begin like a TIFF, of either kind and byte order. */
export function isTiff(bytes: Uint8Array): boolean {
  const [first, second, third, fourth] = bytes;
  if (first === 0x49 && second === 0x49) return (third === 42 || third === BIG) && fourth === 0;
  return first === 0x4d && second === 0x4d && third === 0 && (fourth === 42 || fourth === BIG);
}

/** Reads the first directory. */
export function readTiffDirectory(bytes: Uint8Array): TiffDirectory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const isBig = bytes.length > 3 && view.getUint16(2, little) === BIG;
  const number = (at: number, size: number): number => {
    if (at + size > bytes.length) throw truncated(bytes);
    if (size === 1) return view.getUint8(at);
    if (size === 2) return view.getUint16(at, little);
    return size === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little));
  };
  // BigTIFF has 64 bits wherever TIFF has 32, and for the count of entries.
  const wide = isBig ? 8 : 4;
  const directory = number(isBig ? 8 : 4, wide);
  const entries = number(directory, isBig ? 8 : 2);
  const entryBytes = 4 + 2 * wide;
  const tags = new Map<number, readonly number[]>();
  for (let i = 0; i < entries; i++) {
    const at = directory + (isBig ? 8 : 2) + i * entryBytes;
    const type = number(at + 2, 2);
    const size = TYPE_BYTES[type];
    const count = number(at + 4, wide);
    if (at + entryBytes > bytes.length) throw truncated(bytes);
    if (!size || count > MOST_VALUES) continue;
    const from = size * count <= wide ? at + 4 + wide : number(at + 4 + wide, wide);
    if (from + size * count > bytes.length) continue;
    tags.set(
      number(at, 2),
      Array.from({ length: count }, (_, n) => {
        const place = from + n * size;
        return type === RATIONAL ? number(place, 4) / number(place + 4, 4) : number(place, size);
      }),
    );
  }
  return {
    little,
    one: (tag, otherwise) => tags.get(tag)?.[0] ?? otherwise,
    all: (tag) => tags.get(tag) ?? [],
  };
}

function truncated(bytes: Uint8Array): MediaError {
  return new MediaError("truncated", `The TIFF ends inside its header (${bytes.length} bytes).`);
}
