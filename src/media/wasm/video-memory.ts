/**
 * Estimates how much memory decoding a video takes, from its codec, size and level, before anything is allocated. Measured with
 * FFmpeg's decoders: a picture takes its planes, and what is kept of its motion (a third more for H.264 up to 4 megapixels); a decoder
 * keeps the reference pictures that its level allows, the one being decoded, and those waiting to be shown.
 */
import type { VideoCodec } from "./video-decoder.ts";

/** Code, tables, stack and packets of an open decoder. */
const BASE_BYTES = 6 * 1024 * 1024;

/** Bytes that a decoder takes: for the leanest stream of this size, and for one that makes use of what its level allows. */
export interface VideoMemory {
  readonly leastBytes: number;
  readonly likelyBytes: number;
}

/** Pictures at once (least, likely) and bytes per luma sample with everything that belongs to it. */
const COSTS: Record<VideoCodec, { least: number; likely: number; perPixel: number }> = {
  h264: { least: 3, likely: 7, perPixel: 2.05 },
  hevc: { least: 3, likely: 8, perPixel: 1.65 },
  vp8: { least: 3, likely: 5, perPixel: 1.6 },
  vp9: { least: 3, likely: 6, perPixel: 1.7 },
  av1: { least: 4, likely: 9, perPixel: 2.1 },
  mpeg4: { least: 3, likely: 4, perPixel: 1.8 },
  mjpeg: { least: 1, likely: 2, perPixel: 2 },
  prores: { least: 1, likely: 2, perPixel: 4 },
};

/** MaxDpbMbs by level_idc (ITU-T H.264, table A-1). */
const MAX_DPB_MACROBLOCKS: Record<number, number> = {
  9: 396,
  10: 396,
  11: 900,
  12: 2376,
  13: 2376,
  20: 2376,
  21: 4752,
  22: 8100,
  30: 8100,
  31: 18_000,
  32: 20_480,
  40: 32_768,
  41: 32_768,
  42: 34_816,
  50: 110_400,
  51: 184_320,
  52: 184_320,
};

/** The estimate for a stream; `extradata` as in `VideoDecoderOptions`. */
export function estimateVideoMemory(
  codec: VideoCodec,
  width: number,
  height: number,
  extradata?: Uint8Array,
): VideoMemory {
  const { least, likely, perPixel } = COSTS[codec];
  const picture = (Math.ceil(width / 16) * 16 + 32) * (Math.ceil(height / 16) * 16 + 32) * perPixel;
  const pictures = codec === "h264" ? h264Pictures(width, height, extradata) : likely;
  return {
    leastBytes: Math.ceil(BASE_BYTES + least * picture),
    likelyBytes: Math.ceil(BASE_BYTES + pictures * picture),
  };
}

/** The reference pictures that the level in `avcC` allows for this size, one being decoded and one being shown. */
function h264Pictures(width: number, height: number, extradata: Uint8Array | undefined): number {
  const level = extradata?.[0] === 1 ? extradata[3] : undefined;
  const macroblocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const references = Math.floor((MAX_DPB_MACROBLOCKS[level ?? 0] ?? 32_768) / macroblocks);
  return Math.min(5, Math.max(2, references)) + 2;
}
