/**
 * What an `stsd` box says about a video track: codec, stored size, and the header that the decoder needs (the body of `avcC`, `hvcC`,
 * `av1C`, or the DecoderSpecificInfo inside `esds`, ISO/IEC 14496-1, 7.2.6). An unknown codec is named in a MediaError.
 */

import type { VideoCodec } from "../../wasm/video-codec.ts";
import { unsupportedCodec } from "../unsupported-codec.ts";
import { type Box, boxesIn, findBox, fourLetters } from "./box.ts";

/** One entry of `stsd`. */
export interface SampleDescription {
  readonly codec: VideoCodec;
  readonly tag: string;
  readonly extradata: Uint8Array | undefined;
  readonly width: number;
  readonly height: number;
}

const CODECS: Record<string, VideoCodec> = {
  avc1: "h264",
  avc2: "h264",
  avc3: "h264",
  avc4: "h264",
  dva1: "h264",
  dvav: "h264",
  hvc1: "hevc",
  hev1: "hevc",
  dvh1: "hevc",
  dvhe: "hevc",
  vp08: "vp8",
  vp09: "vp9",
  av01: "av1",
  mp4v: "mpeg4",
  XVID: "mpeg4",
  DIVX: "mpeg4",
  DX50: "mpeg4",
  FMP4: "mpeg4",
  jpeg: "mjpeg",
  mjpa: "mjpeg",
  AVDJ: "mjpeg",
  dmb1: "mjpeg",
  apco: "prores",
  apcs: "prores",
  apcn: "prores",
  apch: "prores",
  ap4h: "prores",
  ap4x: "prores",
};

const HEADER_BOXES: Partial<Record<VideoCodec, string>> = { h264: "avcC", hevc: "hvcC", av1: "av1C" };

/** `mp4v` is a family: the object types that are not MPEG-4 part 2 (the registration authority's list, mp4ra.org). */
const OBJECT_TYPES: Record<number, string> = {
  33: "h264",
  35: "hevc",
  96: "MPEG-2",
  97: "MPEG-2",
  98: "MPEG-2",
  99: "MPEG-2",
  100: "MPEG-2",
  101: "MPEG-2",
  106: "MPEG-1",
  108: "mjpeg",
};

/** Fixed part of a visual sample entry, from the start of its box. */
const ENTRY_BYTES = 86;

/**
 * The descriptions of a track; usually one.
 *
 * @throws MediaError `unsupported-codec`
 */
export function readSampleDescriptions(view: DataView, stsd: Box): SampleDescription[] {
  return [...boxesIn(view, stsd.start + 8, stsd.end)]
    .filter((entry) => entry.end - entry.at >= ENTRY_BYTES)
    .map((entry) => readSampleDescription(view, entry));
}

function readSampleDescription(view: DataView, entry: Box): SampleDescription {
  const tag = entry.type;
  const children = { start: entry.at + ENTRY_BYTES, end: entry.end };
  if (tag === "encv") {
    const original = findBox(view, children, "sinf", "frma");
    throw unsupportedCodec(original ? fourLetters(view, original.start) : tag, "It is encrypted (DRM).");
  }
  const found = CODECS[tag];
  if (!found) throw unsupportedCodec(tag);
  let codec = found;
  let extradata: Uint8Array | undefined;
  const elementary = found === "mpeg4" ? findBox(view, children, "esds") : undefined;
  if (elementary) {
    const { objectType, specificInfo } = readElementaryStream(view, elementary);
    const other = OBJECT_TYPES[objectType];
    if (other?.startsWith("MPEG")) throw unsupportedCodec(other);
    if (other) codec = other as VideoCodec;
    extradata = specificInfo;
  }
  const header = HEADER_BOXES[found];
  const box = header ? findBox(view, children, header) : undefined;
  if (box) extradata = bytesOf(view, box.start, box.end);
  return {
    codec,
    tag,
    extradata,
    width: view.getUint16(entry.at + 32),
    height: view.getUint16(entry.at + 34),
  };
}

function readElementaryStream(view: DataView, esds: Box): { objectType: number; specificInfo?: Uint8Array } {
  let at = esds.start + 4;
  let objectType = 0;
  while (at + 2 <= esds.end) {
    const tag = view.getUint8(at++);
    let length = 0;
    for (let i = 0; i < 4 && at < esds.end; i++) {
      const byte = view.getUint8(at++);
      length = (length << 7) | (byte & 0x7f);
      if (byte < 0x80) break;
    }
    if (tag === 3 && at + 3 <= esds.end) {
      const flags = view.getUint8(at + 2);
      at += 3 + (flags & 0x80 ? 2 : 0) + (flags & 0x20 ? 2 : 0);
      if (flags & 0x40 && at < esds.end) at += 1 + view.getUint8(at);
    } else if (tag === 4 && at + 13 <= esds.end) {
      objectType = view.getUint8(at);
      at += 13;
    } else if (tag === 5) {
      return { objectType, specificInfo: bytesOf(view, at, Math.min(esds.end, at + length)) };
    } else {
      at += length;
    }
  }
  return { objectType };
}

function bytesOf(view: DataView, start: number, end: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + start, end - start).slice();
}
