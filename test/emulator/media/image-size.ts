/** Width and height from the first bytes of an image file, as Encord determines them when an image is uploaded. */

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Null for a file that is not a JPEG, PNG, GIF, BMP, WebP or TIFF, or that ends too early. */
export function imageSize(bytes: Uint8Array): ImageSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = String.fromCharCode(...bytes.subarray(0, 4));
  try {
    if (start === "\x89PNG") return { width: view.getUint32(16), height: view.getUint32(20) };
    if (start === "GIF8") return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    if (start.startsWith("BM"))
      return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
    if (start === "RIFF" && String.fromCharCode(...bytes.subarray(8, 12)) === "WEBP") return webpSize(view);
    if (start === "II*\0" || start === "MM\0*") return tiffSize(view, start === "II*\0");
    if (start.startsWith("\xff\xd8")) return jpegSize(view);
  } catch (error) {
    // The file ends before its size.
    if (!(error instanceof RangeError)) throw error;
  }
  return null;
}

function webpSize(view: DataView): ImageSize | null {
  const uint24 = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  switch (view.getUint8(15)) {
    case 0x20: // "VP8 "
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 0x4c: {
      // "VP8L"
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
    }
    case 0x58: // "VP8X"
      return { width: uint24(24) + 1, height: uint24(27) + 1 };
    default:
      return null;
  }
}

const TIFF_WIDTH = 256;
const TIFF_HEIGHT = 257;
const TIFF_SHORT = 3;

function tiffSize(view: DataView, little: boolean): ImageSize | null {
  const directory = view.getUint32(4, little);
  const found = new Map<number, number>();
  for (let entry = 0; entry < view.getUint16(directory, little); entry++) {
    const at = directory + 2 + entry * 12;
    const isShort = view.getUint16(at + 2, little) === TIFF_SHORT;
    const value = isShort ? view.getUint16(at + 8, little) : view.getUint32(at + 8, little);
    found.set(view.getUint16(at, little), value);
  }
  const [width, height] = [found.get(TIFF_WIDTH), found.get(TIFF_HEIGHT)];
  return width === undefined || height === undefined ? null : { width, height };
}

/** The size as stored, before any EXIF orientation. */
function jpegSize(view: DataView): ImageSize | null {
  for (let at = 2; ; ) {
    const marker = view.getUint16(at);
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    if (marker < 0xff00) return null;
    at += 2 + view.getUint16(at + 2);
  }
}
