/**
 * AVIF (AV1 still pictures in ISO/IEC 23008-12 boxes): the primary picture, with the colours that its stream names; alpha is dropped, and of
 * a sequence the cover is taken. Needs a deployment that carries AV1. Pictures made of tiles throw `unsupported-format`, damage `corrupt`
 * or `truncated`.
 */
import { boxesIn } from "../container/mp4/box.ts";
import { MediaError } from "../errors.ts";
import { type Orientation, type Pixels, UprightPicture } from "../pixels.ts";
import { openVideoDecoder } from "../wasm/video-decoder.ts";

/** The primary picture, as the boxes describe it. */
export interface AvifPicture {
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  /** Body of the `av1C` box. */
  readonly configuration: Uint8Array;
  /** Where its data lies, in pieces. */
  readonly extents: readonly { readonly start: number; readonly end: number }[];
}

/** Orientation by turns of 90 degrees to the left and mirroring: none, top to bottom, left to right. */
const ORIENTATIONS: readonly (readonly [Orientation, Orientation, Orientation])[] = [
  [1, 4, 2],
  [8, 5, 7],
  [3, 2, 4],
  [6, 7, 5],
];

/** Reads the boxes. */
export function readAvif(bytes: Uint8Array): AvifPicture {
  try {
    return readMeta(bytes);
  } catch (cause) {
    if (cause instanceof MediaError) throw cause;
    throw new MediaError("corrupt", "The AVIF's boxes are damaged or cut off.", { cause });
  }
}

/** Decodes an AVIF whose size is already accepted. */
export async function decodeAvif(bytes: Uint8Array): Promise<Pixels> {
  const { width, height, orientation, configuration, extents } = readAvif(bytes);
  const packet = new Uint8Array(extents.reduce((sum, { start, end }) => sum + end - start, 0));
  let at = 0;
  for (const { start, end } of extents) {
    if (end > bytes.length) throw new MediaError("truncated", "The AVIF ends before its picture does.");
    packet.set(bytes.subarray(start, end), at);
    at += end - start;
  }
  const ownBytes = width * height * (orientation === 1 ? 3 : 6) + packet.length;
  const decoder = await openVideoDecoder({ codec: "av1", extradata: configuration, width, height, ownBytes });
  try {
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
    const pixels = picture.toRgb({ colours: "tagged" });
    if (orientation === 1) return pixels;
    const upright = new UprightPicture(width, height, orientation);
    upright.put(0, pixels.data);
    return upright;
  } finally {
    decoder.close();
  }
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
  if (kind !== "av01") {
    const what = kind === "grid" ? "made of tiles" : `of kind "${kind}"`;
    throw new MediaError(
      "unsupported-format",
      `This AVIF's picture is ${what}, which is not read here. Convert it to JPEG or PNG.`,
    );
  }
  const properties = inside(body("iprp").start, body("iprp").end);
  const [ipco, ipma] = [properties.get("ipco"), properties.get("ipma")];
  if (!ipco || !ipma) throw new MediaError("corrupt", "The AVIF does not say how large it is.");
  const all = [...boxesIn(view, ipco.start, ipco.end)];
  const own = new Map(
    associations(view, ipma.start, primary).flatMap((index) => {
      const property = all[index - 1];
      return property ? [[property.type, property] as const] : [];
    }),
  );
  const [ispe, av1C, irot, imir] = ["ispe", "av1C", "irot", "imir"].map((type) => own.get(type));
  if (!ispe || !av1C) throw new MediaError("corrupt", "The AVIF does not say how large it is.");
  const turns = irot ? view.getUint8(irot.start) & 3 : 0;
  const mirror = imir ? 1 + (view.getUint8(imir.start) & 1) : 0;
  return {
    width: view.getUint32(ispe.start + 4),
    height: view.getUint32(ispe.start + 8),
    orientation: ORIENTATIONS[turns]?.[mirror] ?? 1,
    configuration: bytes.subarray(av1C.start, av1C.end),
    extents: itemExtents(view, body("iloc").start, primary, boxes.get("idat")?.start),
  };
}

/** The type of item `wanted`, out of `iinf`. */
function itemKind(view: DataView, iinf: { start: number; end: number }, wanted: number): string {
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

/** The numbers, from 1, of the properties of item `wanted`, out of `ipma`. */
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

/** Where the data of item `wanted` lies, out of `iloc`. */
function itemExtents(
  view: DataView,
  start: number,
  wanted: number,
  idat: number | undefined,
): { start: number; end: number }[] {
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
    const extents: { start: number; end: number }[] = [];
    let total = 0;
    for (let count = number(2); count > 0; count--) {
      at += indexSize;
      const from = base + number(offsetSize);
      const length = number(lengthSize) || view.byteLength - from;
      extents.push({ start: from, end: from + length });
      total += length;
      // Pieces that overlap, or are none, have no honest reason.
      if (length < 0 || total > view.byteLength) {
        throw new MediaError("truncated", "The AVIF names more data than it has.");
      }
    }
    if (item === wanted) return extents;
  }
  throw new MediaError("corrupt", "The AVIF does not say where its picture is.");
}
