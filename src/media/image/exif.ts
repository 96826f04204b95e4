/**
 * Reads the orientation tag of an EXIF block (a TIFF structure: CIPA DC-008, section 4.6). Cameras often write broken EXIF, so
 * anything unreadable means "upright" and never fails a picture.
 */
import type { Orientation } from "../pixels.ts";

const ORIENTATION_TAG = 0x0112;
const TYPE_SHORT = 3;

/** The orientation in a TIFF structure (which starts with "II" or "MM"); 1 if there is none. */
export function orientationFromTiff(tiff: Uint8Array): Orientation {
  if (tiff.length < 14) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return 1;
  const little = order === 0x4949;
  if (view.getUint16(2, little) !== 42) return 1;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + i * 12;
    if (at + 12 > tiff.length) return 1;
    if (view.getUint16(at, little) !== ORIENTATION_TAG) continue;
    if (view.getUint16(at + 2, little) !== TYPE_SHORT) return 1;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? (value as Orientation) : 1;
  }
  return 1;
}

/** The same for a JPEG APP1 or WebP EXIF payload, which may start with "Exif\0\0". */
export function orientationFromExif(payload: Uint8Array): Orientation {
  const prefixed = payload[0] === 0x45 && payload[1] === 0x78 && payload[2] === 0x69 && payload[3] === 0x66;
  return orientationFromTiff(prefixed ? payload.subarray(6) : payload);
}
