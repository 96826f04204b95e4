/**
 * Windows bitmaps as packed RGB: 1 to 32 bits, palettes, bit fields, run-length packing, either row order. Alpha is dropped. A file that
 * ends inside its pixels throws `truncated`, another kind of bitmap `unsupported-format`.
 */
import { MediaError } from "../errors.ts";
import type { Pixels } from "../pixels.ts";

const RGB = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;
const ALPHA_BITFIELDS = 6;

interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Where the pixels start. */
  readonly pixels: number;
  /** B, G, R for each colour; with a `paletteStep` of 4, an unused byte follows. */
  readonly palette: Uint8Array;
  readonly paletteStep: 3 | 4;
  /** Bits of red, green and blue in a pixel of 16 or 32 bits. */
  readonly masks: readonly [number, number, number];
}

/** Decodes a BMP whose size was accepted. */
export function decodeBmp(bytes: Uint8Array): Pixels {
  const header = readHeader(bytes);
  const { width, height, bits, compression } = header;
  const data = new Uint8Array(width * height * 3);
  if (compression === RLE8 || compression === RLE4) {
    readRuns(bytes, header, data);
  } else {
    const stride = ((width * bits + 31) >> 5) * 4;
    if (header.pixels + stride * height > bytes.length) {
      throw new MediaError("truncated", "The BMP ends before its last row.");
    }
    for (let y = 0; y < height; y++) {
      const row = bytes.subarray(header.pixels + y * stride, header.pixels + (y + 1) * stride);
      readRow(row, header, data.subarray(targetRow(header, y), targetRow(header, y) + width * 3));
    }
  }
  return { width, height, data };
}

/** The offset in the picture of the `y`th row in the file. */
function targetRow({ width, height, topDown }: BmpHeader, y: number): number {
  return (topDown ? y : height - 1 - y) * width * 3;
}

function readHeader(bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixels = view.getUint32(10, true);
  const size = view.getUint32(14, true);
  if (size === 12) {
    const palette = bytes.subarray(26, pixels);
    const [width, height, bits] = [
      view.getUint16(18, true),
      view.getUint16(20, true),
      view.getUint16(24, true),
    ];
    return checked({
      width,
      height,
      topDown: false,
      bits,
      compression: RGB,
      pixels,
      palette,
      paletteStep: 3,
      masks: defaultMasks(bits),
    });
  }
  if (bytes.length < 14 + Math.max(40, size))
    throw new MediaError("truncated", "The BMP ends inside its header.");
  const height = view.getInt32(22, true);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  const fields = compression === BITFIELDS || compression === ALPHA_BITFIELDS;
  // The masks follow the 40 bytes that all headers share, whether they count as part of the header or not.
  const masks =
    fields && bytes.length >= 66
      ? ([54, 58, 62].map((at) => view.getUint32(at, true)) as [number, number, number])
      : undefined;
  const extra = fields && size === 40 ? 12 : 0;
  return checked({
    width: view.getInt32(18, true),
    height: Math.abs(height),
    topDown: height < 0,
    bits,
    compression: fields ? RGB : compression,
    pixels,
    palette: bytes.subarray(14 + size + extra, pixels),
    paletteStep: 4,
    masks: masks ?? defaultMasks(bits),
  });
}

function checked(header: BmpHeader): BmpHeader {
  const { bits, compression } = header;
  const packed = (compression === RLE8 && bits === 8) || (compression === RLE4 && bits === 4);
  if (!packed && (compression !== RGB || ![1, 4, 8, 16, 24, 32].includes(bits))) {
    throw new MediaError(
      "unsupported-format",
      `This BMP has ${bits} bits per pixel in compression ${compression}, which is not read here. Convert it to PNG.`,
    );
  }
  return header;
}

function defaultMasks(bits: number): readonly [number, number, number] {
  return bits === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff_0000, 0xff00, 0xff];
}

function readRow(row: Uint8Array, { bits, palette, paletteStep, masks }: BmpHeader, rgb: Uint8Array): void {
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  const channels = masks.map(channelOf);
  for (let to = 0, x = 0; to < rgb.length; to += 3, x++) {
    if (bits === 24) {
      rgb[to] = row[x * 3 + 2] as number;
      rgb[to + 1] = row[x * 3 + 1] as number;
      rgb[to + 2] = row[x * 3] as number;
    } else if (bits >= 16) {
      const value = bits === 16 ? view.getUint16(x * 2, true) : view.getUint32(x * 4, true);
      for (let i = 0; i < 3; i++) rgb[to + i] = (channels[i] as (value: number) => number)(value);
    } else {
      const bit = x * bits;
      const index = ((row[bit >> 3] as number) >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
      setColour(rgb, to, palette, index * paletteStep);
    }
  }
}

/** Reads the bits of `mask` as a value from 0 to 255. */
function channelOf(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const bits = 32 - Math.clz32(mask >>> shift);
  if (bits >= 8) return (value) => ((value & mask) >>> shift) >>> (bits - 8);
  return (value) => ((value & mask) >>> shift) << (8 - bits);
}

function setColour(rgb: Uint8Array, to: number, palette: Uint8Array, at: number): void {
  rgb[to] = palette[at + 2] ?? 0;
  rgb[to + 1] = palette[at + 1] ?? 0;
  rgb[to + 2] = palette[at] ?? 0;
}

/** Run-length packing: pairs of (count, index); a count of zero begins an escape: an end, a jump or a plain run. */
function readRuns(bytes: Uint8Array, header: BmpHeader, data: Uint8Array): void {
  const { width, height, bits, palette, paletteStep } = header;
  for (let to = 0; to < data.length; to += 3) setColour(data, to, palette, 0);
  let [x, y, at] = [0, 0, header.pixels];
  const put = (index: number) => {
    if (x < width && y < height) setColour(data, targetRow(header, y) + x * 3, palette, index * paletteStep);
    x++;
  };
  const indexIn = (byte: number, i: number) => (bits === 8 ? byte : i & 1 ? byte & 15 : byte >> 4);
  while (at + 1 < bytes.length && y < height) {
    const count = bytes[at++] as number;
    const value = bytes[at++] as number;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(indexIn(value, i));
    } else if (value === 0) {
      [x, y] = [0, y + 1];
    } else if (value === 1) {
      return;
    } else if (value === 2) {
      x += bytes[at++] ?? 0;
      y += bytes[at++] ?? 0;
    } else {
      const length = bits === 8 ? value : (value + 1) >> 1;
      for (let i = 0; i < value; i++) put(indexIn(bytes[at + (bits === 8 ? i : i >> 1)] ?? 0, i));
      at += length + (length & 1);
    }
  }
}
