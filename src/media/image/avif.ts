/**
 * AVIF (AV1 still pictures in ISO/IEC 23008-12 boxes): the primary picture, whole or made of tiles, with the colours that its stream
 * names; alpha is dropped, and of a sequence the cover is decoded. Needs a deployment that carries AV1. Other ways to derive a picture
 * throw `unsupported-format`, damage throws `corrupt` or `truncated`.
 */
import { boxesIn } from "../container/mp4/box.ts";
import { MediaError } from "../errors.ts";
import { joined } from "../net/byte-reader.ts";
import { type Orientation, type Pixels, UprightPicture } from "../pixels.ts";
import { openVideoDecoder, type VideoDecoder } from "../wasm/video-decoder.ts";

/** Bytes of the file. */
interface Extent {
  readonly start: number;
  readonly end: number;
}

/** The primary picture, as the boxes describe it: one coded picture, or a grid of them. */
export interface AvifPicture {
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  /** Where the data of each tile lies, in one or more pieces; row by row. */
  readonly tiles: readonly (readonly Extent[])[];
  readonly columns: number;
  /** Size of a tile; those at the right and lower edge may reach beyond the picture. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Body of the `av1C` box that all tiles share. */
  readonly configuration: Uint8Array;
}

/** More tiles than any camera writes. */
const MAX_TILES = 4096;

/** Orientation by turns of 90 degrees to the left, and by mirroring: none, top to bottom, left to right. */
const ORIENTATIONS: readonly (readonly [Orientation, Orientation, Orientation])[] = [
  [1, 4, 2],
  [8, 5, 7],
  [3, 2, 4],
  [6, 7, 5],
];

/** Reads the boxes. Throws `corrupt`, `truncated` or `unsupported-format`. */
export function readAvif(bytes: Uint8Array): AvifPicture {
  try {
    return readMeta(bytes);
  } catch (cause) {
    if (cause instanceof MediaError) throw cause;
    throw new MediaError("corrupt", "The AVIF's boxes are damaged or cut off.", { cause });
  }
}

/** Decodes an AVIF whose size was accepted. */
export async function decodeAvif(bytes: Uint8Array): Promise<Pixels> {
  const { width, height, orientation, configuration, tiles, columns, tileWidth, tileHeight } =
    readAvif(bytes);
  const isWhole = tiles.length === 1 && orientation === 1;
  const ownBytes = width * height * 3 + (isWhole ? 0 : tileWidth * tileHeight * 3);
  const size = { width: tileWidth, height: tileHeight };
  const decoder = await openVideoDecoder({ codec: "av1", extradata: configuration, ...size, ownBytes });
  try {
    if (isWhole) return decodeTile(decoder, codedData(bytes, tiles[0]), size);
    const upright = new UprightPicture(width, height, orientation);
    const band = new Uint8Array(width * tileHeight * 3);
    for (let row = 0; row * columns < tiles.length; row++) {
      for (let column = 0; column < columns; column++) {
        const { data } = decodeTile(decoder, codedData(bytes, tiles[row * columns + column]), size);
        decoder.reset();
        const left = column * tileWidth;
        const shown = Math.min(tileWidth, width - left) * 3;
        for (let y = 0; y < tileHeight; y++) {
          const from = y * tileWidth * 3;
          band.set(data.subarray(from, from + shown), (y * width + left) * 3);
        }
      }
      const top = row * tileHeight;
      upright.put(top, band.subarray(0, Math.min(tileHeight, height - top) * width * 3));
    }
    return upright;
  } finally {
    decoder.close();
  }
}

/** The coded data of a picture, which must lie inside the file. */
function codedData(bytes: Uint8Array, extents: readonly Extent[] = []): Uint8Array {
  if (extents.some(({ end }) => end > bytes.length)) {
    throw new MediaError("truncated", "The AVIF ends before its picture does.");
  }
  return joined(extents.map(({ start, end }) => bytes.subarray(start, end)));
}

function decodeTile(
  decoder: VideoDecoder,
  packet: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
): Pixels {
  decoder.send(packet, 0);
  decoder.flush();
  const picture = decoder.receive();
  if (!picture) throw new MediaError("corrupt", "The AVIF holds no picture that can be decoded.");
  if (picture.width !== width || picture.height !== height) {
    throw new MediaError(
      "corrupt",
      `The AVIF's picture is ${picture.width} x ${picture.height}, not ${width} x ${height}.`,
    );
  }
  return picture.toRgb({ colours: "tagged", chroma: "smooth" });
}

function readMeta(bytes: Uint8Array): AvifPicture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const inside = (start: number, end: number) =>
    new Map([...boxesIn(view, start, end)].map((box) => [box.type, box]));
  const meta = inside(0, bytes.length).get("meta");
  if (!meta) throw new MediaError("truncated", "The AVIF ends before its description.");
  // Every box read here but `iprp` and `ipco` begins with a version and flags.
  const boxes = inside(meta.start + 4, meta.end);
  const body = (type: string) => {
    const box = boxes.get(type);
    if (!box) throw new MediaError("corrupt", `The AVIF has no "${type}" box.`);
    return box;
  };
  const pitm = body("pitm").start;
  const primary = view.getUint8(pitm) === 0 ? view.getUint16(pitm + 4) : view.getUint32(pitm + 4);
  const kind = itemKind(view, body("iinf"), primary);
  if (kind !== "av01" && kind !== "grid") {
    throw new MediaError(
      "unsupported-format",
      `This AVIF's picture is of kind "${kind}", which is not read here. Convert it to JPEG or PNG.`,
    );
  }
  const { ipco, ipma } = Object.fromEntries(inside(body("iprp").start, body("iprp").end));
  if (!ipco || !ipma) throw sizeless();
  const all = [...boxesIn(view, ipco.start, ipco.end)];
  const propertiesOf = (item: number) =>
    new Map(
      associations(view, ipma.start, item).flatMap((index) => {
        const property = all[index - 1];
        return property ? [[property.type, property] as const] : [];
      }),
    );
  const own = propertiesOf(primary);
  const extentsOf = (item: number) => itemExtents(view, body("iloc").start, item, boxes.get("idat")?.start);
  const items = kind === "grid" ? derivedFrom(view, body("iref"), primary) : [primary];
  const columns = kind === "grid" ? gridColumns(view, extentsOf(primary), items.length) : 1;
  const [first = primary] = items;
  const tile = propertiesOf(first);
  const [ispe, tileSize, av1C] = [own.get("ispe"), tile.get("ispe"), tile.get("av1C")];
  const [irot, imir] = [own.get("irot"), own.get("imir")];
  if (!ispe || !tileSize || !av1C) throw sizeless();
  const turns = irot ? view.getUint8(irot.start) & 3 : 0;
  const mirror = imir ? 1 + (view.getUint8(imir.start) & 1) : 0;
  const [width, height] = [view.getUint32(ispe.start + 4), view.getUint32(ispe.start + 8)];
  const tileWidth = view.getUint32(tileSize.start + 4);
  const tileHeight = view.getUint32(tileSize.start + 8);
  const rows = items.length / columns;
  // Tiles must cover the picture, and no more than that.
  const isCovered =
    columns * tileWidth >= width &&
    rows * tileHeight >= height &&
    (columns - 1) * tileWidth < width &&
    (rows - 1) * tileHeight < height;
  if (!isCovered) throw new MediaError("corrupt", "The AVIF's tiles do not make up its picture.");
  return {
    width,
    height,
    orientation: ORIENTATIONS[turns]?.[mirror] ?? 1,
    configuration: bytes.subarray(av1C.start, av1C.end),
    tiles: items.map(extentsOf),
    columns,
    tileWidth,
    tileHeight,
  };
}

function sizeless(): MediaError {
  return new MediaError("corrupt", "The AVIF does not say how large it is.");
}

/** The items that item `wanted` is made of, by `iref`. */
function derivedFrom(view: DataView, iref: Extent, wanted: number): number[] {
  const wide = view.getUint8(iref.start) !== 0;
  const bytes = wide ? 4 : 2;
  const item = (at: number) => (wide ? view.getUint32(at) : view.getUint16(at));
  for (const { type, start } of boxesIn(view, iref.start + 4, iref.end)) {
    if (type !== "dimg" || item(start) !== wanted) continue;
    const count = view.getUint16(start + bytes);
    if (count > MAX_TILES) break;
    return Array.from({ length: count }, (_, i) => item(start + bytes + 2 + i * bytes));
  }
  throw new MediaError("corrupt", "The AVIF does not say which tiles its picture is made of.");
}

/** How many tiles stand side by side (ISO/IEC 23008-12, 6.6.2.3.2). */
function gridColumns(view: DataView, extents: readonly Extent[], tiles: number): number {
  const at = extents[0]?.start ?? 0;
  const [rows, columns] = [view.getUint8(at + 2) + 1, view.getUint8(at + 3) + 1];
  if (rows * columns !== tiles) {
    throw new MediaError("corrupt", `The AVIF names ${tiles} tiles for a grid of ${rows} x ${columns}.`);
  }
  return columns;
}

/** The type of item `wanted`, by `iinf`. */
function itemKind(view: DataView, iinf: Extent, wanted: number): string {
  const first = iinf.start + (view.getUint8(iinf.start) === 0 ? 6 : 8);
  for (const { type, start } of boxesIn(view, first, iinf.end)) {
    if (type !== "infe" || view.getUint8(start) < 2) continue;
    const short = view.getUint8(start) === 2;
    const item = short ? view.getUint16(start + 4) : view.getUint32(start + 4);
    const at = start + (short ? 8 : 10);
    if (item === wanted) return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
  }
  throw new MediaError("corrupt", "The AVIF does not describe its primary picture.");
}

/** The numbers, from 1, of the properties of item `wanted`, by `ipma`. */
function associations(view: DataView, start: number, wanted: number): number[] {
  const version = view.getUint8(start);
  const wide = (view.getUint8(start + 3) & 1) !== 0;
  let at = start + 8;
  for (let entries = view.getUint32(start + 4); entries > 0; entries--) {
    const item = version < 1 ? view.getUint16(at) : view.getUint32(at);
    at += version < 1 ? 2 : 4;
    const count = view.getUint8(at++);
    if (item === wanted) {
      return Array.from({ length: count }, (_, i) =>
        wide ? view.getUint16(at + 2 * i) & 0x7fff : view.getUint8(at + i) & 0x7f,
      );
    }
    at += count * (wide ? 2 : 1);
  }
  return [];
}

/** Where the data of item `wanted` lies, by `iloc`. */
function itemExtents(view: DataView, start: number, wanted: number, idat: number | undefined): Extent[] {
  const version = view.getUint8(start);
  const sizes = view.getUint16(start + 4);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexSize = version > 0 ? sizes & 15 : 0;
  let at = start + 6;
  const number = (size: number) => {
    at += size;
    if (size === 8) return Number(view.getBigUint64(at - 8));
    return size === 4 ? view.getUint32(at - 4) : size === 2 ? view.getUint16(at - 2) : 0;
  };
  for (let items = number(version < 2 ? 2 : 4); items > 0; items--) {
    const item = number(version < 2 ? 2 : 4);
    const inData = version > 0 && (number(2) & 15) === 1;
    at += 2;
    const base = number(baseSize) + (inData ? (idat ?? 0) : 0);
    const extents: Extent[] = [];
    let total = 0;
    for (let count = number(2); count > 0; count--) {
      at += indexSize;
      const from = base + number(offsetSize);
      const length = number(lengthSize) || view.byteLength - from;
      extents.push({ start: from, end: from + length });
      total += length;
      // In an honest file pieces neither overlap nor end before they begin.
      if (length < 0 || total > view.byteLength) {
        throw new MediaError("truncated", "The AVIF names more data than it has.");
      }
    }
    if (item === wanted) return extents;
  }
  throw new MediaError("corrupt", "The AVIF does not say where its picture is.");
}
