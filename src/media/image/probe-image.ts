/**
 * What an image is and how large, read from its header alone, so that nothing is allocated for a picture that is refused. Sizes are
 * those of the stored picture, before its orientation is applied. A file that is not an image, or of a kind that is not decoded here,
 * throws a `MediaError` that says what it looks like.
 */
import { MediaError } from "../errors.ts";
import type { Orientation } from "../pixels.ts";
import { readAvif } from "./avif.ts";
import { orientationFromExif, orientationFromTiff } from "./exif.ts";
import { describeBytes, isAvif, unsupportedImageKind } from "./signature.ts";
import { isTiff, readTiffDirectory } from "./tiff-directory.ts";

/** The image formats that can be decoded. */
export type ImageFormat = "jpeg" | "png" | "webp" | "avif" | "gif" | "bmp" | "tiff";

/** The facts in an image's header. */
export interface ImageInfo {
  readonly format: ImageFormat;
  /** Stored width in pixels (before orientation). */
  readonly width: number;
  /** Stored height in pixels (before orientation). */
  readonly height: number;
  readonly orientation: Orientation;
  /** Whether the file holds several pictures, one after the other; only the first is decoded. */
  readonly animated: boolean;
  /** Whether it is a JPEG whose scans refine the whole picture: its decoder holds all coefficients in memory. */
  readonly progressive: boolean;
}

/** The longest side that is believed: real pictures are smaller, and width x height stays an exact number. */
const MAX_SIDE = 0x7fff_ffff;

/**
 * Reads an image's header.
 *
 * @param bytes the file, or at least its beginning up to the size (an EXIF block may come later in PNG and WebP).
 * @throws MediaError `not-an-image`, `unsupported-format`, `truncated` or `corrupt`
 */
export function probeImage(bytes: Uint8Array): ImageInfo {
  const info = readHeader(bytes);
  if (info.width < 1 || info.height < 1 || info.width > MAX_SIDE || info.height > MAX_SIDE) {
    throw new MediaError(
      "corrupt",
      `The ${info.format.toUpperCase()} header gives an impossible size: ${info.width} x ${info.height} pixels.`,
    );
  }
  return info;
}

function readHeader(bytes: Uint8Array): ImageInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (startsWith(bytes, 0xff, 0xd8, 0xff)) return probeJpeg(view);
  if (startsWith(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return probePng(view);
  if (ascii(bytes, 0, 4) === "RIFF" && ascii(bytes, 8, 4) === "WEBP") return probeWebp(view);
  if (/^GIF8[79]a$/.test(ascii(bytes, 0, 6))) return probeGif(view);
  if (ascii(bytes, 0, 2) === "BM" && bytes.length >= 6) return probeBmp(view);
  if (isTiff(bytes)) return probeTiff(bytes);
  if (isAvif(bytes)) {
    const { width, height, orientation } = readAvif(bytes);
    return { ...upright, format: "avif", width, height, orientation };
  }
  const kind = unsupportedImageKind(bytes);
  if (kind) {
    const advice = kind.includes("HEIC")
      ? "Convert it to JPEG, for example with: heif-convert in.heic out.jpg"
      : "Convert it to JPEG, PNG or WebP.";
    throw new MediaError("unsupported-format", `This is ${kind}, which cannot be decoded here. ${advice}`);
  }
  throw new MediaError("not-an-image", `The bytes are not an image: they look like ${describeBytes(bytes)}.`);
}

const upright = { orientation: 1, animated: false, progressive: false } as const;

const JPEG_LS_FRAME = 0xf7;

/** JPEG (ITU T.81 annex B): marker segments up to the frame header, among them APP1 "Exif". */
function probeJpeg(view: DataView): ImageInfo {
  let exif: Uint8Array | undefined;
  let at = 2;
  while (at + 4 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) {
      at++; // Bytes between segments are skipped, as decoders do.
      continue;
    }
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0x00 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    if (marker === 0xd9 || marker === 0xda) break;
    if (marker === JPEG_LS_FRAME) {
      throw new MediaError(
        "unsupported-format",
        "This is a JPEG-LS image, which cannot be decoded here. Convert it to PNG.",
      );
    }
    const length = view.getUint16(at + 2);
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      if (at + 9 > view.byteLength) break;
      const kind = marker & 3;
      if (kind === 3 || (marker >= 0xc5 && marker <= 0xc7) || marker >= 0xcd) {
        throw new MediaError(
          "unsupported-format",
          `This is a ${kind === 3 ? "lossless" : "hierarchical"} JPEG, which no common decoder reads. Convert it to PNG.`,
        );
      }
      return {
        ...upright,
        format: "jpeg",
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        orientation: exif ? orientationFromExif(exif) : 1,
        progressive: kind === 2,
      };
    }
    if (marker === 0xe1) {
      const payload = part(view, at + 4, length - 2);
      // A second block was added by an editor that forgot the first; it does not count.
      if (ascii(payload, 0, 4) === "Exif") exif ??= payload;
    }
    at += 2 + Math.max(2, length);
  }
  throw truncatedHeader("JPEG", view);
}

/** PNG (ISO 15948): IHDR comes first; eXIf may stand anywhere before IEND; acTL marks an animation. */
function probePng(view: DataView): ImageInfo {
  if (view.byteLength < 33) throw truncatedHeader("PNG", view);
  if (tag(view, 12) !== "IHDR") throw new MediaError("corrupt", "The PNG does not begin with an IHDR chunk.");
  let orientation: Orientation = 1;
  let animated = false;
  let at = 8;
  while (at + 8 <= view.byteLength) {
    const length = view.getUint32(at);
    const name = tag(view, at + 4);
    if (name === "eXIf") orientation = orientationFromTiff(part(view, at + 8, length));
    if (name === "acTL") animated = true;
    if (name === "IEND") break;
    at += 12 + length;
  }
  return {
    ...upright,
    format: "png",
    width: view.getUint32(16),
    height: view.getUint32(20),
    orientation,
    animated,
  };
}

/** WebP (RFC 9649): VP8 (lossy), VP8L (lossless) or VP8X (extended, with an EXIF chunk after the picture). */
function probeWebp(view: DataView): ImageInfo {
  if (view.byteLength < 30) throw truncatedHeader("WebP", view);
  const chunk = tag(view, 12);
  if (chunk === "VP8 ") {
    if (view.getUint8(23) !== 0x9d || view.getUint8(24) !== 0x01 || view.getUint8(25) !== 0x2a) {
      throw new MediaError("corrupt", "The WebP's VP8 frame has no start code.");
    }
    const width = view.getUint16(26, true) & 0x3fff;
    return { ...upright, format: "webp", width, height: view.getUint16(28, true) & 0x3fff };
  }
  if (chunk === "VP8L") {
    const bits = view.getUint32(21, true);
    return { ...upright, format: "webp", width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (chunk !== "VP8X")
    throw new MediaError("corrupt", `The WebP begins with an unknown chunk ("${chunk}").`);
  const flags = view.getUint8(20);
  let orientation: Orientation = 1;
  if (flags & 0x08) {
    let at = 12;
    while (at + 8 <= view.byteLength) {
      const length = view.getUint32(at + 4, true);
      if (tag(view, at) === "EXIF") orientation = orientationFromExif(part(view, at + 8, length));
      at += 8 + length + (length & 1);
    }
  }
  return {
    ...upright,
    format: "webp",
    width: (view.getUint32(24, true) & 0xff_ffff) + 1,
    height: (view.getUint32(26, true) >>> 8) + 1,
    orientation,
    animated: (flags & 0x02) !== 0,
  };
}

/** GIF: the logical screen; whether more pictures follow is known only when decoding. */
function probeGif(view: DataView): ImageInfo {
  if (view.byteLength < 13) throw truncatedHeader("GIF", view);
  return { ...upright, format: "gif", width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** BMP: BITMAPCOREHEADER (12 bytes) or BITMAPINFOHEADER and its successors; a negative height means top-down rows. */
function probeBmp(view: DataView): ImageInfo {
  if (view.byteLength < 26) throw truncatedHeader("BMP", view);
  if (view.getUint32(14, true) === 12) {
    return { ...upright, format: "bmp", width: view.getUint16(18, true), height: view.getUint16(20, true) };
  }
  const height = Math.abs(view.getInt32(22, true));
  return { ...upright, format: "bmp", width: view.getInt32(18, true), height };
}

/** TIFF and BigTIFF: the first image file directory. */
function probeTiff(bytes: Uint8Array): ImageInfo {
  const { one } = readTiffDirectory(bytes);
  const orientation = one(274, 1);
  return {
    ...upright,
    format: "tiff",
    width: one(256, 0),
    height: one(257, 0),
    orientation: orientation >= 1 && orientation <= 8 ? (orientation as Orientation) : 1,
  };
}

function truncatedHeader(format: string, view: DataView): MediaError {
  return new MediaError("truncated", `The ${format} ends inside its header (${view.byteLength} bytes).`);
}

function startsWith(bytes: Uint8Array, ...prefix: number[]): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}

function tag(view: DataView, at: number): string {
  return String.fromCharCode(...part(view, at, 4));
}

function part(view: DataView, at: number, length: number): Uint8Array {
  const end = Math.max(at, Math.min(view.byteLength, at + length));
  return new Uint8Array(view.buffer, view.byteOffset + at, end - at);
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
