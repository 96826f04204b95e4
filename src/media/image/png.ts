/**
 * PNG (ISO/IEC 15948): every colour type, 1 to 16 bits, interlaced or not, row by row from the runtime's own inflate. Pixels equal those
 * of OpenCV's imread: gray repeated, palette looked up, 16 bits cut to the upper 8, alpha dropped. Checksums of chunks are not checked,
 * because that of the zlib stream covers the pixels. Damage throws `corrupt`, an early end `truncated`.
 */
import { MediaError } from "../errors.ts";
import { type Orientation, type Pixels, UprightPicture } from "../pixels.ts";
import { rowShrinker } from "../resize.ts";

/** IHDR and PLTE. */
interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly interlaced: boolean;
  readonly palette: Uint8Array | undefined;
}

/** Samples per pixel by colour type: gray, (none), RGB, palette, gray + alpha, (none), RGB + alpha. */
const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS: Record<number, readonly number[]> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** Adam7: where each pass starts, and how far apart its pixels are. */
const PASSES: readonly (readonly [x: number, y: number, stepX: number, stepY: number])[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** Decodes a PNG whose size was accepted. */
export async function decodePng(bytes: Uint8Array, orientation: Orientation): Promise<Pixels> {
  return read(bytes, async (header, rows) => {
    if (header.interlaced) return readInterlaced(header, rows, orientation);
    const picture = new UprightPicture(header.width, header.height, orientation);
    await readRows(header, rows, (rgb, y) => picture.put(y, rgb));
    return picture;
  });
}

/**
 * Decodes a PNG that is stored row by row (`isStoredByRows`) and scales it on the way to `width` x `height`, neither of which may be
 * larger: with the pixels of `Frame.resize`, and in no more memory than the result takes.
 */
export async function decodeShrunkPng(bytes: Uint8Array, width: number, height: number): Promise<Pixels> {
  return read(bytes, async (header, rows) => {
    const shrinker = rowShrinker(header, width, height);
    await readRows(header, rows, (rgb) => shrinker.put(rgb));
    return { width, height, data: shrinker.data };
  });
}

/** Whether a PNG is not interlaced. */
export function isStoredByRows(bytes: Uint8Array): boolean {
  return bytes[28] === 0;
}

async function read<Result>(
  bytes: Uint8Array,
  use: (header: PngHeader, rows: RowReader) => Promise<Result>,
): Promise<Result> {
  const { header, data, isCut } = readChunks(bytes);
  const rows = new RowReader(data, isCut);
  try {
    return await use(header, rows);
  } finally {
    await rows.close();
  }
}

/** Gives each row of RGB, which is valid until the next. */
async function readRows(
  header: PngHeader,
  rows: RowReader,
  use: (rgb: Uint8Array, y: number) => void,
): Promise<void> {
  const unfilter = new Unfilter(header, header.width);
  const rgb = new Uint8Array(header.width * 3);
  for (let y = 0; y < header.height; y++) {
    toRgb(header, unfilter.row(await rows.next(unfilter.bytes + 1)), header.width, rgb);
    use(rgb, y);
  }
}

async function readInterlaced(header: PngHeader, rows: RowReader, orientation: Orientation): Promise<Pixels> {
  const { width, height } = header;
  const stored = new Uint8Array(width * height * 3);
  for (const [startX, startY, stepX, stepY] of PASSES) {
    const passWidth = Math.ceil((width - startX) / stepX);
    if (passWidth <= 0) continue;
    const unfilter = new Unfilter(header, passWidth);
    const rgb = new Uint8Array(passWidth * 3);
    for (let y = startY; y < height; y += stepY) {
      toRgb(header, unfilter.row(await rows.next(unfilter.bytes + 1)), passWidth, rgb);
      let to = (y * width + startX) * 3;
      for (let from = 0; from < rgb.length; from += 3, to += stepX * 3) {
        stored[to] = rgb[from] as number;
        stored[to + 1] = rgb[from + 1] as number;
        stored[to + 2] = rgb[from + 2] as number;
      }
    }
  }
  if (orientation === 1) return { width, height, data: stored };
  const picture = new UprightPicture(width, height, orientation);
  picture.put(0, stored);
  return picture;
}

function readChunks(bytes: Uint8Array): { header: PngHeader; data: Uint8Array[]; isCut: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  let palette: Uint8Array | undefined;
  let isCut = true;
  for (let at = 33; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(name)) throw damaged("there is no chunk where one should begin");
    const body = bytes.subarray(at + 8, at + 8 + length);
    isCut = at + 12 + length > bytes.length;
    if (name === "PLTE") palette = body;
    if (name === "IDAT") data.push(body);
    if (name === "IEND") break;
    at += 12 + length;
  }
  const [depth, colour, compression, filter, interlace] = bytes.subarray(24, 29);
  const header = {
    width: view.getUint32(16),
    height: view.getUint32(20),
    depth: depth as number,
    colour: colour as number,
    interlaced: interlace === 1,
    palette,
  };
  if (!DEPTHS[header.colour]?.includes(header.depth) || compression !== 0 || filter !== 0) {
    throw damaged(`its header names colour type ${colour} with ${depth} bits`);
  }
  if (colour === 3 && !palette) throw damaged("it has no palette");
  if (data.length === 0) throw new MediaError("truncated", "The PNG holds no picture data.");
  return { header, data, isCut };
}

/** The inflated stream, a row at a time. */
class RowReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #row: Uint8Array = new Uint8Array();

  readonly #isCut: boolean;

  /** @param isCut whether the file ends inside its data: then that is the error */
  constructor(parts: readonly Uint8Array[], isCut: boolean) {
    this.#isCut = isCut;
    let next = 0;
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        const part = parts[next++];
        if (part) controller.enqueue(part);
        else controller.close();
      },
    });
    this.#reader = source.pipeThrough(new DecompressionStream("deflate")).getReader();
  }

  /** The next `length` bytes, valid until the next call. */
  async next(length: number): Promise<Uint8Array> {
    if (this.#chunk.length >= length) return this.#take(length);
    if (this.#row.length < length) this.#row = new Uint8Array(length);
    let filled = 0;
    for (;;) {
      const part = this.#take(Math.min(length - filled, this.#chunk.length));
      this.#row.set(part, filled);
      filled += part.length;
      if (filled === length) return this.#row.subarray(0, length);
      const { done, value } = await this.#read();
      if (done) throw cutOff();
      this.#chunk = value;
    }
  }

  async close(): Promise<void> {
    // What follows the last row does not matter, nor does an error in it.
    await this.#reader.cancel().catch(() => {});
  }

  #take(length: number): Uint8Array {
    const part = this.#chunk.subarray(0, length);
    this.#chunk = this.#chunk.subarray(length);
    return part;
  }

  async #read(): Promise<ReadableStreamReadResult<Uint8Array>> {
    try {
      return await this.#reader.read();
    } catch (cause) {
      throw this.#isCut ? cutOff(cause) : damaged("its compressed data cannot be inflated", cause);
    }
  }
}

function cutOff(cause?: unknown): MediaError {
  return new MediaError("truncated", "The PNG ends before its last row.", { cause });
}

/** Undoes the filters of consecutive rows of one width. */
class Unfilter {
  /** Bytes of a row without its filter byte. */
  readonly bytes: number;
  readonly #pixelBytes: number;
  #above: Uint8Array;
  #row: Uint8Array;

  constructor({ depth, colour }: PngHeader, width: number) {
    const bits = (SAMPLES[colour] as number) * depth;
    this.bytes = Math.ceil((width * bits) / 8);
    this.#pixelBytes = Math.max(1, bits >> 3);
    this.#above = new Uint8Array(this.bytes);
    this.#row = new Uint8Array(this.bytes);
  }

  /** The samples of the row stored as `filtered`, valid until the next call. */
  row(filtered: Uint8Array): Uint8Array {
    const row = this.#above;
    const above = this.#row;
    this.#row = row;
    this.#above = above;
    const back = this.#pixelBytes;
    const length = this.bytes;
    switch (filtered[0]) {
      case 0:
        row.set(filtered.subarray(1));
        break;
      case 1:
        for (let i = 0; i < back && i < length; i++) row[i] = filtered[i + 1] as number;
        for (let i = back; i < length; i++) row[i] = (filtered[i + 1] as number) + (row[i - back] as number);
        break;
      case 2:
        for (let i = 0; i < length; i++) row[i] = (filtered[i + 1] as number) + (above[i] as number);
        break;
      case 3:
        for (let i = 0; i < back && i < length; i++)
          row[i] = (filtered[i + 1] as number) + ((above[i] as number) >> 1);
        for (let i = back; i < length; i++) {
          row[i] = (filtered[i + 1] as number) + (((row[i - back] as number) + (above[i] as number)) >> 1);
        }
        break;
      case 4:
        for (let i = 0; i < back && i < length; i++)
          row[i] = (filtered[i + 1] as number) + (above[i] as number);
        for (let i = back; i < length; i++) {
          const left = row[i - back] as number;
          const up = above[i] as number;
          const corner = above[i - back] as number;
          const toLeft = Math.abs(up - corner);
          const toUp = Math.abs(left - corner);
          const toCorner = Math.abs(left + up - corner - corner);
          const nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
          row[i] = (filtered[i + 1] as number) + nearest;
        }
        break;
      default:
        throw damaged(`a row has the filter ${filtered[0]}`);
    }
    return row;
  }
}

/** `row` of samples to packed RGB. */
function toRgb({ depth, colour, palette }: PngHeader, row: Uint8Array, width: number, rgb: Uint8Array): void {
  const samples = SAMPLES[colour] as number;
  if (colour === 2 && depth === 8) {
    rgb.set(row.subarray(0, width * 3));
    return;
  }
  if (depth >= 8) {
    const bytes = depth >> 3;
    const step = samples * bytes;
    const [green, blue] = samples >= 3 ? [bytes, bytes * 2] : [0, 0];
    for (let x = 0, from = 0, to = 0; x < width; x++, from += step, to += 3) {
      if (colour === 3) {
        setPaletteColour(rgb, to, palette as Uint8Array, row[from] as number);
        continue;
      }
      rgb[to] = row[from] as number;
      rgb[to + 1] = row[from + green] as number;
      rgb[to + 2] = row[from + blue] as number;
    }
    return;
  }
  const highest = (1 << depth) - 1;
  const scale = 255 / highest;
  for (let x = 0, to = 0; x < width; x++, to += 3) {
    const bit = x * depth;
    const value = ((row[bit >> 3] as number) >> (8 - depth - (bit & 7))) & highest;
    if (colour === 3) setPaletteColour(rgb, to, palette as Uint8Array, value);
    else rgb[to] = rgb[to + 1] = rgb[to + 2] = value * scale;
  }
}

/** Indexes beyond the palette are black, as libpng leaves them. */
function setPaletteColour(rgb: Uint8Array, to: number, palette: Uint8Array, index: number): void {
  rgb[to] = palette[index * 3] ?? 0;
  rgb[to + 1] = palette[index * 3 + 1] ?? 0;
  rgb[to + 2] = palette[index * 3 + 2] ?? 0;
}

function damaged(why: string, cause?: unknown): MediaError {
  return new MediaError("corrupt", `The PNG cannot be decoded: ${why}.`, { cause });
}

/** `pixels` as a PNG: 8-bit RGB, each row as differences to its left ("Sub"), as OpenCV writes it. */
export async function encodePng({ width, height, data }: Pixels): Promise<Uint8Array> {
  const stride = width * 3;
  let y = 0;
  const source = new ReadableStream<Uint8Array>({
    async pull(controller) {
      // A few rows at a time, so that the filtered picture never exists as a whole.
      const rows = Math.min(height - y, Math.max(1, Math.floor(65_536 / (stride + 1))));
      const filtered = new Uint8Array(rows * (stride + 1));
      for (let i = 0, to = 0; i < rows; i++, y++) {
        const from = y * stride;
        filtered[to++] = 1;
        for (let x = 0; x < stride; x++) {
          filtered[to++] = (data[from + x] as number) - (x < 3 ? 0 : (data[from + x - 3] as number));
        }
      }
      controller.enqueue(filtered);
      if (y === height) controller.close();
    },
  });
  const packed = new Response(source.pipeThrough(new CompressionStream("deflate")));
  const body = new Uint8Array(await packed.arrayBuffer());
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const chunks = [signature, chunk("IHDR", header), chunk("IDAT", body), chunk("IEND", new Uint8Array())];
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function chunk(name: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(body.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = name.charCodeAt(i);
  bytes.set(body, 8);
  view.setUint32(body.length + 8, crc32(bytes.subarray(4, body.length + 8)));
  return bytes;
}

let crcTable: Uint32Array | undefined;

/** The checksum of PNG's annex D. */
function crc32(bytes: Uint8Array): number {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb8_8320 ^ (value >>> 1) : value >>> 1;
    return value;
  });
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
  return (crc ^ 0xffff_ffff) >>> 0;
}
