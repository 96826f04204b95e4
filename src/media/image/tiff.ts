/**
 * The first picture of a TIFF 6.0 or BigTIFF file as packed RGB: strips or tiles, plain, LZW, Deflate, PackBits or JPEG, with or without
 * the horizontal predictor; gray (1 to 16 bits), RGB (8, 16), palette and CMYK, chunky or planar. What lies beyond (fax inside, floating
 * point, YCbCr that is no JPEG) throws `unsupported-format` by name; damage throws `corrupt` or `truncated`. 16 bits become 8, and alpha that is not
 * yet multiplied in is, as libtiff does it for OpenCV.
 */
import { MediaError } from "../errors.ts";
import { type Orientation, type Pixels, UprightPicture } from "../pixels.ts";
import { readTiffDirectory, type TiffDirectory } from "./tiff-directory.ts";
import { damagedTiff, inflate, unpackBits, unpackLzw } from "./tiff-unpack.ts";

/** Tags by number (TIFF 6.0, part 1 and 2). */
const WIDTH = 256;
const HEIGHT = 257;
const BITS = 258;
const COMPRESSION = 259;
const PHOTOMETRIC = 262;
const FILL_ORDER = 266;
const STRIP_OFFSETS = 273;
const SAMPLES = 277;
const ROWS_PER_STRIP = 278;
const STRIP_BYTES = 279;
const PLANAR = 284;
const PREDICTOR = 317;
const COLOR_MAP = 320;
const TILE_WIDTH = 322;
const TILE_HEIGHT = 323;
const TILE_OFFSETS = 324;
const TILE_BYTES = 325;
const EXTRA_SAMPLES = 338;
const SAMPLE_FORMAT = 339;
const JPEG_TABLES = 347;

/** A compression, and what may be inside: gray, RGB, YCbCr. */
const JPEG = 7;
const YCC = 6;
const JPEG_PHOTOMETRICS = [1, 2, YCC];

const PHOTOMETRIC_NAMES: Record<number, string> = {
  4: "a mask",
  6: "YCbCr",
  8: "CIE L*a*b*",
  9: "ICC L*a*b*",
};
const COMPRESSION_NAMES: Record<number, string> = {
  2: "fax (CCITT RLE)",
  3: "fax (CCITT group 3)",
  4: "fax (CCITT group 4)",
  6: "old-style JPEG",
  50000: "Zstandard",
  50001: "WebP",
};

interface TiffLayout {
  readonly little: boolean;
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly samples: number;
  readonly photometric: number;
  readonly compression: number;
  readonly predictor: boolean;
  readonly reversedBits: boolean;
  /** Whether each sample has its own strips. */
  readonly planar: boolean;
  /** Size of a strip or tile, and how many stand side by side. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly across: number;
  readonly offsets: readonly number[];
  readonly counts: readonly number[];
  readonly colorMap: readonly number[];
  /** What the JPEGs of all blocks share, as the bytes of a JPEG without a picture. */
  readonly jpegTables: readonly number[];
  readonly isYcc: boolean;
  /** Whether the sample after the colours is alpha that the colours are not multiplied with. */
  readonly freeAlpha: boolean;
}

/** Decodes a whole JPEG. */
export type DecodeJpeg = (file: Uint8Array) => Pixels;

/** A TIFF's strips or tiles. */
export interface TiffBlocks {
  readonly width: number;
  readonly height: number;
  /** `decodeTiff` needs a decoder for them. */
  readonly areJpegs: boolean;
  /** What is held while the picture is made: those that stand side by side, unpacked. */
  readonly bytesAtOnce: number;
}

/** What decoding a TIFF will work on. Throws as `decodeTiff` does for a kind that is not read. */
export function tiffBlocks(bytes: Uint8Array): TiffBlocks {
  const { compression, blockWidth, blockHeight, across, samples, bits } = readLayout(bytes);
  return {
    width: blockWidth,
    height: blockHeight,
    areJpegs: compression === JPEG,
    bytesAtOnce: across * Math.ceil((blockWidth * samples * bits) / 8) * blockHeight,
  };
}

/** Of a tile, or of a strip, which may name more rows than the picture has. */
function blockSize({ one, all }: TiffDirectory): { readonly width: number; readonly height: number } {
  if (all(TILE_OFFSETS).length > 0) return { width: one(TILE_WIDTH, 0), height: one(TILE_HEIGHT, 0) };
  const height = one(HEIGHT, 0);
  return { width: one(WIDTH, 0), height: Math.min(height, one(ROWS_PER_STRIP, height)) };
}

/** Decodes a TIFF whose size is already accepted. */
export async function decodeTiff(
  bytes: Uint8Array,
  orientation: Orientation,
  decodeJpeg: DecodeJpeg | null = null,
): Promise<Pixels> {
  const layout = readLayout(bytes);
  const { width, height, blockWidth, blockHeight, across, planar, samples, bits } = layout;
  const picture = new UprightPicture(width, height, orientation);
  const perBlock = planar ? 1 : samples;
  const planes = planar ? samples : 1;
  const blocksPerPlane = across * Math.ceil(height / blockHeight);
  const rgb = new Uint8Array(width * 3);
  const values = new Uint8Array(width * samples);
  for (let top = 0; top < height; top += blockHeight) {
    const rows = Math.min(blockHeight, height - top);
    // One row of blocks at a time: every sample of these rows, as values of 8 bits.
    const blocks: Uint8Array[] = [];
    for (let plane = 0; plane < planes; plane++) {
      for (let column = 0; column < across; column++) {
        const index = plane * blocksPerPlane + (top / blockHeight) * across + column;
        blocks.push(await readBlock(bytes, layout, index, perBlock, decodeJpeg));
      }
    }
    const rowBytes = Math.ceil((blockWidth * perBlock * bits) / 8);
    for (let y = 0; y < rows; y++) {
      blocks.forEach((block, i) => {
        const row = block.subarray(y * rowBytes, (y + 1) * rowBytes);
        const left = (i % across) * blockWidth;
        spreadValues(row, layout, values, left, Math.min(blockWidth, width - left), Math.floor(i / across));
      });
      coloursOf(values, layout, rgb);
      picture.put(top + y, rgb);
    }
  }
  return picture;
}

function readLayout(bytes: Uint8Array): TiffLayout {
  const directory = readTiffDirectory(bytes);
  const { one, all, little } = directory;
  const width = one(WIDTH, 0);
  const height = one(HEIGHT, 0);
  const compression = one(COMPRESSION, 1);
  const isJpeg = compression === JPEG;
  const stored = one(PHOTOMETRIC, 1);
  // libjpeg gives RGB, whatever is stored.
  const photometric = isJpeg && JPEG_PHOTOMETRICS.includes(stored) ? 2 : stored;
  const samples = isJpeg ? 3 : one(SAMPLES, 1);
  const bits = isJpeg && one(BITS, 8) === 8 ? 8 : one(BITS, 1);
  const tiled = all(TILE_OFFSETS).length > 0;
  const { width: blockWidth, height: blockHeight } = blockSize(directory);
  const layout: TiffLayout = {
    little,
    width,
    height,
    bits,
    samples,
    photometric,
    compression,
    predictor: !isJpeg && one(PREDICTOR, 1) === 2,
    reversedBits: one(FILL_ORDER, 1) === 2,
    planar: !isJpeg && one(PLANAR, 1) === 2 && samples > 1,
    blockWidth,
    blockHeight,
    across: blockWidth > 0 ? Math.ceil(width / blockWidth) : 0,
    offsets: all(tiled ? TILE_OFFSETS : STRIP_OFFSETS),
    counts: all(tiled ? TILE_BYTES : STRIP_BYTES),
    colorMap: all(COLOR_MAP),
    jpegTables: all(JPEG_TABLES),
    isYcc: stored === YCC,
    freeAlpha: one(EXTRA_SAMPLES, 0) === 2 && photometric === 2 && samples === 4,
  };
  if (isJpeg && one(PLANAR, 1) === 2 && one(SAMPLES, 1) > 1) throw unsupported("of JPEGs for each colour");
  if (![1, 5, JPEG, 8, 32946, 32773].includes(compression)) {
    throw unsupported(`compressed as ${COMPRESSION_NAMES[compression] ?? `kind ${compression}`}`);
  }
  if (![0, 1, 2, 3, 5].includes(photometric)) {
    throw unsupported(`in ${PHOTOMETRIC_NAMES[photometric] ?? `colour space ${photometric}`}`);
  }
  if (one(SAMPLE_FORMAT, 1) !== 1) throw unsupported("of signed or floating point numbers");
  const deep = bits === 8 || bits === 16;
  if (!deep && !((bits === 1 || bits === 2 || bits === 4) && samples === 1)) {
    throw unsupported(`of ${samples} x ${bits} bits`);
  }
  const needed = photometric === 2 ? 3 : photometric === 5 ? 4 : 1;
  if (samples < needed || samples > 16) throw damagedTiff(`it names ${samples} samples a pixel`);
  if (blockWidth < 1 || blockHeight < 1 || blockWidth > 65_535 + width || blockHeight > 65_535 + height) {
    throw damagedTiff(`its blocks are ${blockWidth} x ${blockHeight} pixels`);
  }
  return layout;
}

/** A strip or tile, unpacked and without its predictor. */
async function readBlock(
  bytes: Uint8Array,
  layout: TiffLayout,
  index: number,
  samples: number,
  decodeJpeg: DecodeJpeg | null,
): Promise<Uint8Array> {
  const { offsets, counts, compression, blockWidth, blockHeight, bits, predictor, little } = layout;
  const offset = offsets[index];
  const rowBytes = Math.ceil((blockWidth * samples * bits) / 8);
  if (offset === undefined) throw new MediaError("truncated", "The TIFF does not hold all of its strips.");
  // Old writers leave the sizes out for plain data.
  const packed = bytes.subarray(offset, offset + (counts[index] ?? rowBytes * blockHeight));
  if (packed.length === 0) throw new MediaError("truncated", "The TIFF ends before its pixels.");
  if (compression === JPEG) {
    if (!decodeJpeg) throw unsupported("compressed as JPEG");
    const { width, data } = decodeJpeg(wholeJpeg(packed, layout));
    if (width !== blockWidth)
      throw damagedTiff(`a JPEG of ${width} pixels stands in a block of ${blockWidth}`);
    return data.length >= rowBytes * blockHeight ? data : padded(data, rowBytes * blockHeight);
  }
  const source = layout.reversedBits ? packed.map(reverseBits) : packed;
  const size = rowBytes * blockHeight;
  const block =
    compression === 1
      ? source.slice(0, size)
      : compression === 5
        ? unpackLzw(source, size)
        : compression === 32773
          ? unpackBits(source, size)
          : await inflate(source, size);
  const whole = block.length >= size ? block : padded(block, size);
  if (predictor) undoPredictor(whole, rowBytes, samples, bits, little);
  return whole;
}

/** The last strip may be shorter than the others; what is missing elsewhere stays black, as libtiff leaves it. */
function padded(block: Uint8Array, size: number): Uint8Array {
  const whole = new Uint8Array(size);
  whole.set(block);
  return whole;
}

/** A block's JPEG with the tables that it shares with others, and with its colours named: in a JPEG of its own they would be guessed. */
function wholeJpeg(packed: Uint8Array, { jpegTables, isYcc }: TiffLayout): Uint8Array {
  const adobe = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, isYcc ? 1 : 0];
  // Between the marks of start and end.
  const head = [0xff, 0xd8, ...adobe, ...jpegTables.slice(2, -2)];
  const body = packed.subarray(2);
  const file = new Uint8Array(head.length + body.length);
  file.set(head);
  file.set(body, head.length);
  return file;
}

function undoPredictor(
  block: Uint8Array,
  rowBytes: number,
  samples: number,
  bits: number,
  little: boolean,
): void {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  for (let row = 0; row < block.length; row += rowBytes) {
    if (bits === 8) {
      for (let i = row + samples; i < row + rowBytes; i++) {
        block[i] = (block[i] as number) + (block[i - samples] as number);
      }
    } else if (bits === 16) {
      for (let i = row + samples * 2; i + 1 < row + rowBytes; i += 2) {
        view.setUint16(i, view.getUint16(i, little) + view.getUint16(i - samples * 2, little), little);
      }
    }
  }
}

/** Puts the samples of a block's row where they belong in the picture's row, as values of 8 bits (or palette indexes). */
function spreadValues(
  row: Uint8Array,
  { bits, samples, planar, little, photometric }: TiffLayout,
  values: Uint8Array,
  left: number,
  pixels: number,
  plane: number,
): void {
  const perPixel = planar ? 1 : samples;
  const upper = little ? 1 : 0;
  const rounds = photometric === 2;
  const highest = (1 << bits) - 1;
  const scale = photometric === 3 ? 1 : 255 / highest;
  for (let i = 0; i < pixels * perPixel; i++) {
    const to = planar ? (left + i) * samples + plane : left * samples + i;
    if (bits === 8) values[to] = row[i] as number;
    else if (bits === 16)
      values[to] = eightBits(row[i * 2 + upper] as number, row[i * 2 + 1 - upper] as number, rounds);
    else values[to] = (((row[(i * bits) >> 3] as number) >> (8 - bits - ((i * bits) & 7))) & highest) * scale;
  }
}

/** The upper 8 of 16 bits; of RGB, libtiff takes the nearest value of 8 bits. */
function eightBits(upper: number, lower: number, rounds: boolean): number {
  return rounds ? ((upper * 256 + lower + 128) / 257) | 0 : upper;
}

function coloursOf(
  values: Uint8Array,
  { photometric, samples, colorMap, bits, freeAlpha }: TiffLayout,
  rgb: Uint8Array,
): void {
  const entries = 1 << bits;
  // Some writers fill the 16-bit map with 8-bit values.
  const mapShift = colorMap.some((value) => value > 255) ? 8 : 0;
  for (let to = 0, from = 0; to < rgb.length; to += 3, from += samples) {
    const value = values[from] as number;
    if (photometric === 2) {
      rgb[to] = value;
      rgb[to + 1] = values[from + 1] as number;
      rgb[to + 2] = values[from + 2] as number;
      if (!freeAlpha) continue;
      const alpha = values[from + 3] as number;
      for (let i = to; i < to + 3; i++) rgb[i] = ((rgb[i] as number) * alpha + 127) / 255;
    } else if (photometric === 3) {
      for (let i = 0; i < 3; i++) rgb[to + i] = (colorMap[i * entries + value] ?? 0) >> mapShift;
    } else if (photometric === 5) {
      const light = 255 - (values[from + 3] as number);
      for (let i = 0; i < 3; i++) rgb[to + i] = ((255 - (values[from + i] as number)) * light) / 255;
    } else {
      const gray = photometric === 0 ? 255 - value : value;
      rgb[to] = rgb[to + 1] = rgb[to + 2] = gray;
    }
  }
}

function reverseBits(byte: number): number {
  let reversed = 0;
  for (let i = 0; i < 8; i++) reversed |= ((byte >> i) & 1) << (7 - i);
  return reversed;
}

function unsupported(what: string): MediaError {
  return new MediaError(
    "unsupported-format",
    `This TIFF is ${what}, which is not read here. Convert it to PNG.`,
  );
}
