/**
 * The BITMAPINFOHEADER with which AVI, and Matroska files that were made of AVI (V_MS/VFW/FOURCC), describe a video: four letters for
 * the codec, the size, and behind it what the decoder needs. An unknown codec is named in a MediaError.
 */
import type { VideoCodec } from "../wasm/video-codec.ts";
import { fourLetters } from "./mp4/box.ts";
import { unsupportedCodec } from "./unsupported-codec.ts";

const CODECS: Readonly<Record<string, VideoCodec>> = {
  XVID: "mpeg4",
  DIVX: "mpeg4",
  DX50: "mpeg4",
  FMP4: "mpeg4",
  MP4V: "mpeg4",
  "3IV2": "mpeg4",
  MJPG: "mjpeg",
  AVRN: "mjpeg",
  JPEG: "mjpeg",
  H264: "h264",
  X264: "h264",
  AVC1: "h264",
  HEVC: "hevc",
  H265: "hevc",
  HVC1: "hevc",
  VP80: "vp8",
  VP90: "vp9",
  AV01: "av1",
};

/** What the header says. */
export interface BitmapHeader {
  readonly codec: VideoCodec;
  readonly codecTag: string;
  readonly width: number;
  readonly height: number;
  readonly extradata: Uint8Array | undefined;
}

/** Bytes that every such header has. */
export const BITMAP_HEADER_BYTES = 40;

/**
 * Reads the header between `start` and `end`, which are at least `BITMAP_HEADER_BYTES` apart.
 *
 * @throws MediaError `unsupported-codec`
 */
export function readBitmapHeader(view: DataView, start: number, end: number): BitmapHeader {
  const compression = view.getUint32(start + 16, true);
  const codecTag = fourLetters(view, start + 16);
  const codec = CODECS[codecTag.toUpperCase()];
  if (!codec) throw unsupportedCodec(compression === 0 ? "uncompressed" : codecTag);
  const extra = new Uint8Array(
    view.buffer,
    view.byteOffset + start + BITMAP_HEADER_BYTES,
    end - start - BITMAP_HEADER_BYTES,
  ).slice();
  return {
    codec,
    codecTag,
    width: view.getUint32(start + 4, true),
    height: Math.abs(view.getInt32(start + 8, true)),
    extradata: extra.length > 0 ? extra : undefined,
  };
}
