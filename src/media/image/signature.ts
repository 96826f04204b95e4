/**
 * Names for bytes that no decoder here takes, so that an error says what somebody sent instead of what was expected.
 */

const HEIF_BRANDS = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"]);

/** Whether `bytes` begin as an AVIF file does. */
export function isAvif(bytes: Uint8Array): boolean {
  const text = latin1(bytes, 64);
  if (text.slice(4, 8) !== "ftyp") return false;
  const brand = text.slice(8, 12);
  return brand === "avif" || brand === "avis" || (HEIF_BRANDS.has(brand) && text.includes("avif"));
}

/** An image kind that is known but has no decoder ("a HEIC image"), or null. */
export function unsupportedImageKind(bytes: Uint8Array): string | null {
  const text = latin1(bytes, 512);
  if (text.slice(4, 8) === "ftyp") {
    const brand = text.slice(8, 12);
    return HEIF_BRANDS.has(brand) ? "a HEIC image" : null;
  }
  if (text.startsWith("\x00\x00\x00\x0cjP  ") || text.startsWith("\xff\x4f\xff\x51"))
    return "a JPEG 2000 image";
  if (text.startsWith("\x00\x00\x00\x0cJXL ") || text.startsWith("\xff\x0a")) return "a JPEG XL image";
  if (text.startsWith("8BPS")) return "a Photoshop document";
  if (text.startsWith("\x00\x00\x01\x00")) return "an icon file (ICO)";
  if (text.startsWith("II+\0") || text.startsWith("MM\0+")) return "a BigTIFF image";
  if (text.slice(128, 132) === "DICM") return "a DICOM image";
  if (/^\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<!DOCTYPE svg|<svg[\s>])/i.test(text))
    return "an SVG drawing";
  return null;
}

/** A few words on what `bytes` look like: "nothing (0 bytes)", "an HTML page", "text: Access denied", "an MP4 video". */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return "nothing (0 bytes)";
  const text = latin1(bytes, 256);
  if (text.slice(4, 8) === "ftyp") return "an MP4 or QuickTime video";
  if (text.startsWith("\x1a\x45\xdf\xa3")) return "a Matroska or WebM video";
  if (text.startsWith("RIFF") && text.slice(8, 11) === "AVI") return "an AVI video";
  if (text.startsWith("%PDF-")) return "a PDF document";
  if (text.startsWith("PK\x03\x04")) return "a ZIP archive";
  if (text.startsWith("\x1f\x8b")) return "a gzip file";
  if (/^\s*(<!doctype html|<html|<head|<body)/i.test(text)) return "an HTML page";
  if (/^\s*<\?xml|^\s*<[a-z]/i.test(text)) return "an XML document";
  if (/^\s*[[{]/.test(text) && isText(text)) return "JSON text";
  if (isText(text)) return "plain text";
  return `unknown binary data (${bytes.length} bytes, beginning ${hex(bytes.subarray(0, 8))})`;
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
