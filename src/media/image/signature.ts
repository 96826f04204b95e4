/** Names files by their first bytes, so that an error says what was sent, not only what was expected. */

const HEIF_BRANDS = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"]);

/** Whether `bytes` begin like an AVIF file. */
export function isAvif(bytes: Uint8Array): boolean {
  const text = latin1(bytes, 64);
  if (text.slice(4, 8) !== "ftyp") return false;
  const brand = text.slice(8, 12);
  return brand === "avif" || brand === "avis" || (HEIF_BRANDS.has(brand) && text.includes("avif"));
}

type Beginnings = readonly (readonly [beginning: string, kind: string])[];

/** How images begin that have no decoder here. */
const UNSUPPORTED_IMAGES: Beginnings = [
  ["\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"],
  ["\xff\x4f\xff\x51", "a JPEG 2000 image"],
  ["\x00\x00\x00\x0cJXL ", "a JPEG XL image"],
  ["\xff\x0a", "a JPEG XL image"],
  ["8BPS", "a Photoshop document"],
  ["\x00\x00\x01\x00", "an icon file (ICO)"],
  ["\x76\x2f\x31\x01", "an OpenEXR image"],
  ["#?RADIANCE", "a Radiance HDR image"],
  ["DDS ", "a DDS texture"],
  ["\x01\xda", "an SGI image"],
  ["\x59\xa6\x6a\x95", "a Sun raster image"],
  ["\x0a\x05\x01", "a PCX image"],
];

/** The name of a known kind of image that has no decoder here ("a HEIC image"), or null. */
export function unsupportedImageKind(bytes: Uint8Array): string | null {
  const text = latin1(bytes, 512);
  if (text.slice(4, 8) === "ftyp") {
    const brand = text.slice(8, 12);
    return HEIF_BRANDS.has(brand) ? "a HEIC image" : null;
  }
  if (text.slice(128, 132) === "DICM") return "a DICOM image";
  if (/^P[1-7]\s/.test(text)) return "a portable anymap (PNM)";
  if (/^\s*(<\?xml[^>]*>\s*)?(<!--(?:(?!-->)[\s\S])*-->\s*)*(<!DOCTYPE svg|<svg[\s>])/i.test(text))
    return "an SVG drawing";
  return UNSUPPORTED_IMAGES.find(([beginning]) => text.startsWith(beginning))?.[1] ?? null;
}

/** How files of other kinds begin. */
const BEGINNINGS: Beginnings = [
  ["\x1a\x45\xdf\xa3", "a Matroska or WebM video"],
  ["\xff\xd8\xff", "a JPEG image, or several"],
  ["\x89PNG", "a PNG image"],
  ["GIF8", "a GIF image"],
  ["BM", "a BMP image"],
  ["II*\0", "a TIFF image"],
  ["MM\0*", "a TIFF image"],
  ["ID3", "an MP3 sound"],
  ["\xff\xfb", "an MP3 sound"],
  ["\xff\xf1", "an AAC sound"],
  ["\xff\xf9", "an AAC sound"],
  ["fLaC", "a FLAC sound"],
  ["OggS", "an Ogg file"],
  ["YUV4MPEG2", "an uncompressed video (Y4M)"],
  ["nut/multimedia", "a NUT video"],
  ["FWS", "a Flash film"],
  ["CWS", "a Flash film"],
  ["\x1f\x07\x00", "a DV video"],
  ["\x12\x00\x0a", "a bare AV1 stream without a container"],
  ["NRRD", "an NRRD volume"],
  ["\x93NUMPY", "a NumPy array"],
  ["\x89HDF", "an HDF5 file"],
  ["%PDF-", "a PDF document"],
  ["PK\x03\x04", "a ZIP archive"],
  ["\x1f\x8b", "a gzip file"],
];

/** What a RIFF file holds. */
const RIFF_KINDS: Readonly<Record<string, string>> = {
  "AVI ": "an AVI video",
  WAVE: "a WAV sound",
  WEBP: "a WebP image",
};

/**
 * What `bytes` look like, in a few words: "nothing (0 bytes)", "an HTML page", "plain text", "an MP4 or QuickTime video".
 *
 * @param size of the whole file, if `bytes` are only its beginning
 */
export function describeBytes(bytes: Uint8Array, size = bytes.length): string {
  if (bytes.length === 0) return "nothing (0 bytes)";
  const text = latin1(bytes, 256);
  if (text.slice(4, 8) === "ftyp") return "an MP4 or QuickTime video";
  const riff = text.startsWith("RIFF") ? RIFF_KINDS[text.slice(8, 12)] : undefined;
  if (riff) return riff;
  const known =
    BEGINNINGS.find(([beginning]) => text.startsWith(beginning))?.[1] ?? unsupportedImageKind(bytes);
  if (known) return known;
  if (/^\s*(<!doctype html|<html|<head|<body)/i.test(text)) return "an HTML page";
  if (/^\s*<\?xml|^\s*<[a-z]/i.test(text)) return "an XML document";
  if (/^\s*[[{]/.test(text) && isText(text)) return "JSON text";
  if (isText(text)) return "plain text";
  return `unknown binary data (${size} bytes, beginning ${hex(bytes.subarray(0, 8))})`;
}

function latin1(bytes: Uint8Array, length: number): string {
  return String.fromCharCode(...bytes.subarray(0, length));
}

function isText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary from text
  return !/[\x00-\x08\x0e-\x1f\x7f]/.test(text);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
