/**
 * The BITMAPINFOHEADER by which AVI, and Matroska files made from AVI (V_MS/VFW/FOURCC), describe a video: four letters for the codec,
 * the size, and then the decoder's header. An unknown codec is named in a MediaError.
 */
import type { VideoCodec } from "../wasm/video-codec.ts";
import { fourLetters } from "./mp4/box.ts";
import { unsupportedCodec } from "./unsupported-codec.ts";

/** The codecs' names in files, in capitals. */
const NAMES: Readonly<Partial<Record<VideoCodec, string>>> = {
  mpeg4:
    "XVID DIVX DX50 FMP4 MP4V 3IV2 MP4S M4S2 UMP4 RMP4 SMP4 SEDG DXGM GEOX FFDS FVFW DIV1 BLZ0 HDX4 DIGI",
  mjpeg: "MJPG AVRN JPEG LJPG DMB1 MJPA IJPG JPGL AVDJ",
  h264: "H264 X264 AVC1 DAVC VSSH Q264 V264 GAVC",
  hevc: "HEVC H265 HVC1 HEV1",
  vp8: "VP80",
  vp9: "VP90",
  av1: "AV01",
};

function codecOf(tag: string): VideoCodec | undefined {
  const found = Object.entries(NAMES).find(([, names]) => names.split(" ").includes(tag.toUpperCase()));
  return found?.[0] as VideoCodec | undefined;
}

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
  const codec = codecOf(codecTag);
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
