/**
 * The first picture of a TIFF 6.0 or BigTIFF file as packed RGB: strips or tiles; plain, LZW, Deflate, PackBits, fax or JPEG, with or
 * without the horizontal predictor; gray (1 to 16 bits), RGB (8, 16), palette, CMYK and YCbCr, chunky or planar. Rows are unpacked a few
 * at a time, so that a picture in one strip exists only once. Other kinds throw `unsupported-format` with their name; damage throws
 * `corrupt` or `truncated`.
 */
import { MediaError } from "../errors.ts";
import { type Orientation, type Pixels, UprightPicture } from "../pixels.ts";
import { rowShrinker } from "../resize.ts";
import { coloursOf, spreadValues, YccColours } from "./tiff-colours.ts";
import { FaxUnpacker } from "./tiff-fax.ts";
import { readTiffLayout, type TiffLayout, unsupportedTiff } from "./tiff-layout.ts";
import {
  DeflateUnpacker,
  damagedTiff,
  LzwUnpacker,
  PackBitsUnpacker,
  PlainUnpacker,
  type Unpacker,
} from "./tiff-unpack.ts";

/** How many unpacked bytes are held at a time, unless one row has more. */
const CHUNK_BYTES = 256 * 1024;

/** Decodes a whole JPEG. */
export type DecodeJpeg = (file: Uint8Array) => Pixels;

/** A TIFF's strips or tiles. */
export interface TiffBlocks {
  readonly width: number;
  readonly height: number;
  /** Whether `decodeTiff` needs a JPEG decoder. */
  readonly areJpegs: boolean;
  /** Memory held while the picture is decoded, besides the picture. */
  readonly bytesAtOnce: number;
}

/** What decoding a TIFF will need. Throws as `decodeTiff` does for a kind that is not read. */
export function tiffBlocks(bytes: Uint8Array): TiffBlocks {
  const layout = readTiffLayout(bytes);
  const { compression, blockWidth: width, blockHeight: height, across } = layout;
  const areJpegs = compression === "jpeg";
  const { groupBytes, unpackers } = groupsOf(layout);
  const atOnce = areJpegs ? across * width * 3 * height : Math.max(CHUNK_BYTES, groupBytes * unpackers);
  return { width, height, areJpegs, bytesAtOnce: atOnce };
}

/** Decodes a TIFF whose size was accepted. */
export async function decodeTiff(
  bytes: Uint8Array,
  orientation: Orientation,
  decodeJpeg: DecodeJpeg | null = null,
): Promise<Pixels> {
  const layout = readTiffLayout(bytes);
  const picture = new UprightPicture(layout.width, layout.height, orientation);
  await readRows(bytes, layout, decodeJpeg, (rgb, y) => picture.put(y, rgb));
  return picture;
}

/** Decodes an upright TIFF without JPEGs in it and scales it on the way, so that its full size never exists. */
export async function decodeShrunkTiff(bytes: Uint8Array, width: number, height: number): Promise<Pixels> {
  const layout = readTiffLayout(bytes);
  const shrinker = rowShrinker(layout, width, height);
  await readRows(bytes, layout, null, (rgb) => shrinker.put(rgb));
  return { width, height, data: shrinker.data };
}

/** The groups of rows that are stored together (more than one row if they share chroma), and how many strips or tiles hold a row. */
function groupsOf({ planar, samples, bits, blockWidth, across, ycc }: TiffLayout) {
  const perPixel = planar ? 1 : samples;
  return {
    perPixel,
    unpackers: across * (planar ? samples : 1),
    groupRows: ycc ? ycc.down : 1,
    groupBytes: ycc
      ? Math.ceil(blockWidth / ycc.across) * (ycc.across * ycc.down + 2)
      : Math.ceil((blockWidth * perPixel * bits) / 8),
  };
}

/** Gives each row of RGB, which is valid until the next. */
async function readRows(
  bytes: Uint8Array,
  layout: TiffLayout,
  decodeJpeg: DecodeJpeg | null,
  use: (rgb: Uint8Array, y: number) => void,
): Promise<void> {
  const { width, height, blockWidth, blockHeight, across, samples, predictor, ycc } = layout;
  const { perPixel, unpackers: count, groupRows, groupBytes } = groupsOf(layout);
  const colours = ycc && new YccColours(ycc);
  const blocksPerPlane = across * Math.ceil(height / blockHeight);
  const rgb = new Uint8Array(width * 3);
  const values = new Uint8Array(width * samples);
  const groups = Math.max(1, Math.floor(CHUNK_BYTES / (groupBytes * count)));
  const chunks = Array.from({ length: count }, () => new Uint8Array(groupBytes * groups));
  for (let top = 0; top < height; top += blockHeight) {
    const rows = Math.min(blockHeight, height - top);
    const first = (top / blockHeight) * across;
    const unpackers: Unpacker[] = [];
    try {
      for (let i = 0; i < count; i++) {
        const index = Math.floor(i / across) * blocksPerPlane + first + (i % across);
        unpackers.push(unpackerOf(bytes, layout, index, groupBytes, decodeJpeg));
      }
      for (let from = 0; from < rows; from += groups * groupRows) {
        for (const [i, unpacker] of unpackers.entries()) {
          const chunk = chunks[i] as Uint8Array;
          // The last strip may be shorter than the others; what is missing elsewhere stays black, as in libtiff.
          chunk.fill(0, await unpacker.read(chunk));
          if (predictor) undoPredictor(chunk, groupBytes, perPixel, layout);
        }
        for (let y = 0; y < Math.min(groups * groupRows, rows - from); y++) {
          const at = Math.floor(y / groupRows) * groupBytes;
          for (const [i, chunk] of chunks.entries()) {
            const row = chunk.subarray(at, at + groupBytes);
            const left = (i % across) * blockWidth;
            const pixels = Math.min(blockWidth, width - left);
            if (colours && ycc) colours.put(row, y % groupRows, ycc, values, left, pixels);
            else spreadValues(row, layout, values, left, pixels, Math.floor(i / across));
          }
          coloursOf(values, layout, rgb);
          use(rgb, top + from + y);
        }
      }
    } finally {
      for (const unpacker of unpackers) await unpacker.close?.();
    }
  }
}

/** Begins to unpack a strip or tile. */
function unpackerOf(
  bytes: Uint8Array,
  layout: TiffLayout,
  index: number,
  groupBytes: number,
  decodeJpeg: DecodeJpeg | null,
): Unpacker {
  const { offsets, counts, compression, blockWidth, blockHeight, isMixedFax } = layout;
  const offset = offsets[index];
  if (offset === undefined) throw new MediaError("truncated", "The TIFF does not hold all of its strips.");
  // Old writers leave out the sizes of plain data.
  const packed = bytes.subarray(offset, offset + (counts[index] ?? groupBytes * blockHeight));
  if (packed.length === 0) throw new MediaError("truncated", "The TIFF ends before its pixels.");
  const source =
    layout.reversedBits && compression !== "jpeg"
      ? packed.map((byte) => reversedBits()[byte] as number)
      : packed;
  switch (compression) {
    case "plain":
      return new PlainUnpacker(source);
    case "lzw":
      return new LzwUnpacker(source);
    case "packbits":
      return new PackBitsUnpacker(source);
    case "deflate":
      return new DeflateUnpacker(source);
    case "fax-rows":
      return new FaxUnpacker(source, blockWidth, "rows");
    case "fax-group3":
      return new FaxUnpacker(source, blockWidth, "group3", isMixedFax);
    case "fax-group4":
      return new FaxUnpacker(source, blockWidth, "group4");
    case "jpeg": {
      if (!decodeJpeg) throw unsupportedTiff("compressed as JPEG");
      const { width, data } = decodeJpeg(wholeJpeg(packed, layout));
      if (width !== blockWidth)
        throw damagedTiff(`one of its JPEGs is ${width} pixels wide, its blocks are ${blockWidth}`);
      return new PlainUnpacker(data);
    }
  }
}

/** A block's JPEG with the tables that all blocks share, and a marker that names its colours, which a decoder would otherwise guess. */
function wholeJpeg(packed: Uint8Array, { jpegTables, isYccJpeg }: TiffLayout): Uint8Array {
  const adobe = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, isYccJpeg ? 1 : 0];
  // Without the tables' own markers of start and end.
  const head = [0xff, 0xd8, ...adobe, ...jpegTables.slice(2, -2)];
  const body = packed.subarray(2);
  const file = new Uint8Array(head.length + body.length);
  file.set(head);
  file.set(body, head.length);
  return file;
}

function undoPredictor(
  rows: Uint8Array,
  rowBytes: number,
  samples: number,
  { bits, little }: TiffLayout,
): void {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  for (let row = 0; row < rows.length; row += rowBytes) {
    if (bits === 8) {
      for (let i = row + samples; i < row + rowBytes; i++) {
        rows[i] = (rows[i] as number) + (rows[i - samples] as number);
      }
    } else if (bits === 16) {
      for (let i = row + samples * 2; i + 1 < row + rowBytes; i += 2) {
        view.setUint16(i, view.getUint16(i, little) + view.getUint16(i - samples * 2, little), little);
      }
    }
  }
}

let reversed: Uint8Array | undefined;

/** Every byte with its bits the other way round. */
function reversedBits(): Uint8Array {
  reversed ??= Uint8Array.from({ length: 256 }, (_, byte) => {
    let turned = 0;
    for (let i = 0; i < 8; i++) turned |= ((byte >> i) & 1) << (7 - i);
    return turned;
  });
  return reversed;
}
