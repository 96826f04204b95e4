/** The first picture of an animated WebP (RFC 9649, section 2.7.1.1), as a still WebP file of its own. */
import { MediaError } from "../errors.ts";

/** A still picture and its place on the animation's canvas. */
export interface WebpPicture {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly file: Uint8Array;
}

/** Extracts the first picture. Throws `truncated` if there is none. */
export function firstWebpPicture(bytes: Uint8Array): WebpPicture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    if (tag(bytes, at) === "ANMF") {
      if (at + 24 > bytes.length) break;
      const upper = (offset: number) => view.getUint32(at + offset, true) & 0xff_ffff;
      const width = upper(14) + 1;
      const height = upper(17) + 1;
      const picture = bytes.subarray(at + 24, at + 8 + length);
      return {
        left: upper(8) * 2,
        top: upper(11) * 2,
        width,
        height,
        file: stillFile(picture, width, height),
      };
    }
    at += 8 + length + (length & 1);
  }
  throw new MediaError("truncated", "The animated WebP ends before its first picture.");
}

/** A RIFF file of the picture's chunks; if alpha is a chunk of its own, the extended header comes first. */
function stillFile(chunks: Uint8Array, width: number, height: number): Uint8Array {
  const extended = tag(chunks, 0) === "ALPH";
  const start = extended ? 30 : 12;
  const file = new Uint8Array(start + chunks.length);
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode("RIFF"));
  view.setUint32(4, file.length - 8, true);
  file.set(new TextEncoder().encode(extended ? "WEBPVP8X" : "WEBP"), 8);
  if (extended) {
    view.setUint32(16, 10, true);
    view.setUint32(20, 0x10, true);
    view.setUint32(24, width - 1, true);
    view.setUint16(27, (height - 1) & 0xffff, true);
    file[29] = (height - 1) >> 16;
  }
  file.set(chunks, start);
  return file;
}

function tag(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
