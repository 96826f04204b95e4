/**
 * How the first picture of a TIFF is stored. A kind that is not read here throws `unsupported-format` with its name, a header that
 * contradicts itself `corrupt`, both before a pixel is allocated.
 */
import { MediaError } from "../errors.ts";
import { readTiffDirectory, type TiffDirectory } from "./tiff-directory.ts";
import { damagedTiff } from "./tiff-unpack.ts";

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
const GROUP_3_OPTIONS = 292;
const PREDICTOR = 317;
const COLOR_MAP = 320;
const TILE_WIDTH = 322;
const TILE_HEIGHT = 323;
const TILE_OFFSETS = 324;
const TILE_BYTES = 325;
const EXTRA_SAMPLES = 338;
const SAMPLE_FORMAT = 339;
const JPEG_TABLES = 347;
const YCC_COEFFICIENTS = 529;
const YCC_SUBSAMPLING = 530;
const REFERENCE_BLACK_WHITE = 532;

/** Colour spaces. */
export const WHITE_IS_ZERO = 0;
export const RGB = 2;
export const PALETTE = 3;
export const CMYK = 5;
export const YCC = 6;

/** How strips and tiles are packed. */
export const COMPRESSIONS = {
  1: "plain",
  2: "fax-rows",
  3: "fax-group3",
  4: "fax-group4",
  5: "lzw",
  7: "jpeg",
  8: "deflate",
  32773: "packbits",
  32946: "deflate",
} as const satisfies Record<number, string>;

/** A way of packing that is read. */
export type TiffCompression = (typeof COMPRESSIONS)[keyof typeof COMPRESSIONS];

/** What may be inside a JPEG: gray, RGB, YCbCr. */
const JPEG_PHOTOMETRICS = [1, RGB, YCC];

const PHOTOMETRIC_NAMES: Record<number, string> = { 4: "a mask", 8: "CIE L*a*b*", 9: "ICC L*a*b*" };
const COMPRESSION_NAMES: Record<number, string> = {
  6: "old-style JPEG",
  34925: "LZMA",
  50000: "Zstandard",
  50001: "WebP",
};

/** YCbCr: how many pixels share a pair of chroma samples, the coefficients of luma, and the values that mean black and white. */
export interface YccLayout {
  readonly across: number;
  readonly down: number;
  readonly coefficients: readonly number[];
  readonly blackWhite: readonly number[];
}

/** How a TIFF's picture is stored. */
export interface TiffLayout {
  readonly little: boolean;
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly samples: number;
  readonly photometric: number;
  readonly compression: TiffCompression;
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
  /** The tables that the JPEGs of all blocks share, as the bytes of a JPEG without a picture. */
  readonly jpegTables: readonly number[];
  /** Whether the JPEGs hold YCbCr. */
  readonly isYccJpeg: boolean;
  /** Whether rows of fax group 3 may be coded by the one above. */
  readonly isMixedFax: boolean;
  /** For YCbCr outside JPEGs; null for other colours. */
  readonly ycc: YccLayout | null;
  /** Whether the sample after the colours is alpha by which the colours are not multiplied yet. */
  readonly freeAlpha: boolean;
}

/** Reads and checks how the first picture is stored. */
export function readTiffLayout(bytes: Uint8Array): TiffLayout {
  const directory = readTiffDirectory(bytes);
  const { one, all, little } = directory;
  const width = one(WIDTH, 0);
  const height = one(HEIGHT, 0);
  const compression = compressionOf(one(COMPRESSION, 1));
  const isJpeg = compression === "jpeg";
  const stored = one(PHOTOMETRIC, 1);
  // libjpeg returns RGB, whatever is stored.
  const photometric = isJpeg && JPEG_PHOTOMETRICS.includes(stored) ? RGB : stored;
  const samples = isJpeg ? 3 : one(SAMPLES, 1);
  const bits = isJpeg && one(BITS, 8) === 8 ? 8 : one(BITS, 1);
  const isPlanar = one(PLANAR, 1) === 2;
  const tiled = all(TILE_OFFSETS).length > 0;
  const { width: blockWidth, height: blockHeight } = blockSize(directory);
  if (isJpeg && isPlanar && one(SAMPLES, 1) > 1) throw unsupportedTiff("of JPEGs for each colour");
  if (![WHITE_IS_ZERO, 1, RGB, PALETTE, CMYK, YCC].includes(photometric)) {
    throw unsupportedTiff(`in ${PHOTOMETRIC_NAMES[photometric] ?? `colour space ${photometric}`}`);
  }
  // Signed numbers are taken as unsigned ones, as libtiff does.
  if (one(SAMPLE_FORMAT, 1) > 2) throw unsupportedTiff("of floating point numbers");
  const deep = bits === 8 || bits === 16;
  if (!deep && !((bits === 1 || bits === 2 || bits === 4) && samples === 1)) {
    throw unsupportedTiff(`of ${samples} x ${bits} bits`);
  }
  if (compression.startsWith("fax") && bits !== 1) throw damagedTiff(`it is a fax of ${bits} bits a pixel`);
  const needed = photometric === RGB || photometric === YCC ? 3 : photometric === CMYK ? 4 : 1;
  if (samples < needed || samples > 16) throw damagedTiff(`it names ${samples} samples a pixel`);
  if (blockWidth < 1 || blockHeight < 1 || blockWidth > 65_535 + width || blockHeight > 65_535 + height) {
    throw damagedTiff(`its blocks are ${blockWidth} x ${blockHeight} pixels`);
  }
  const predictor = !isJpeg && one(PREDICTOR, 1) === 2;
  const layout = {
    little,
    width,
    height,
    bits,
    samples,
    photometric,
    compression,
    predictor,
    reversedBits: one(FILL_ORDER, 1) === 2,
    planar: !isJpeg && isPlanar && samples > 1,
    blockWidth,
    blockHeight,
    across: blockWidth > 0 ? Math.ceil(width / blockWidth) : 0,
    offsets: all(tiled ? TILE_OFFSETS : STRIP_OFFSETS),
    counts: all(tiled ? TILE_BYTES : STRIP_BYTES),
    colorMap: all(COLOR_MAP),
    jpegTables: all(JPEG_TABLES),
    isYccJpeg: isJpeg && stored === YCC,
    isMixedFax: (one(GROUP_3_OPTIONS, 0) & 1) === 1,
    ycc: photometric === YCC ? yccOf(directory) : null,
    freeAlpha: one(EXTRA_SAMPLES, 0) === 2 && photometric === RGB && samples === 4,
  };
  const { ycc } = layout;
  if (ycc && (bits !== 8 || samples !== 3 || predictor || isPlanar)) {
    throw unsupportedTiff(
      `YCbCr of ${samples} x ${bits} bits${predictor ? ", as differences" : ""}${isPlanar ? ", in planes" : ""}`,
    );
  }
  return layout;
}

/** The size of a tile, or of a strip, whose height may be given as more rows than the picture has. */
function blockSize({ one, all }: TiffDirectory): { readonly width: number; readonly height: number } {
  if (all(TILE_OFFSETS).length > 0) return { width: one(TILE_WIDTH, 0), height: one(TILE_HEIGHT, 0) };
  const height = one(HEIGHT, 0);
  return { width: one(WIDTH, 0), height: Math.min(height, one(ROWS_PER_STRIP, height)) };
}

function compressionOf(number: number): TiffCompression {
  const known = COMPRESSIONS[number as keyof typeof COMPRESSIONS];
  if (known) return known;
  throw unsupportedTiff(`compressed as ${COMPRESSION_NAMES[number] ?? `kind ${number}`}`);
}

/** The layout of YCbCr, with the defaults of TIFF 6.0, section 21. */
function yccOf({ all }: TiffDirectory): YccLayout {
  const [across = 2, down = 2] = all(YCC_SUBSAMPLING);
  if (![1, 2, 4].includes(across) || ![1, 2, 4].includes(down)) {
    throw damagedTiff(`${across} x ${down} pixels share their chroma`);
  }
  const given = all(YCC_COEFFICIENTS);
  const range = all(REFERENCE_BLACK_WHITE);
  return {
    across,
    down,
    coefficients:
      given.length === 3 && given.every(Number.isFinite) && given[1] !== 0 ? given : [0.299, 0.587, 0.114],
    blackWhite: range.length === 6 && range.every(Number.isFinite) ? range : [0, 255, 128, 255, 128, 255],
  };
}

/** The error for a kind of TIFF that is not read. */
export function unsupportedTiff(what: string): MediaError {
  return new MediaError(
    "unsupported-format",
    `This TIFF is ${what}, which is not read here. Convert it to PNG.`,
  );
}
