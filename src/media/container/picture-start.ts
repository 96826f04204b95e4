/**
 * What the first bytes of a picture tell if its container does not: whether decoding can start there, the size, and the decoder's header.
 * Units of H.264 and HEVC have start codes between them. Nothing here throws.
 */
import type { VideoCodec } from "../wasm/video-codec.ts";
import { headerBefore, layerOf, vopTypes } from "./mpeg4-headers.ts";
import { h264SliceType, h264Type, hevcType, nalUnits, recoveryFrames } from "./nal-units.ts";
import { h264Sequence, hevcSequence, type PictureSize } from "./parameter-sets.ts";

/** The start of a picture. */
export interface PictureStart {
  /** Decoding can start here ("key"), may start here ("intra": refers to nothing, but nothing marks it), or cannot ("other"). */
  readonly access: "key" | "intra" | "other";
  readonly size: PictureSize | null;
  /** Parameter sets or layer header; undefined when there are none. */
  readonly header: Uint8Array | undefined;
}

/** Reads the start of a picture. */
export function pictureStart(codec: VideoCodec, picture: Uint8Array): PictureStart {
  if (codec === "h264") return startOfH264(picture);
  if (codec === "hevc") return startOfHevc(picture);
  if (codec === "mpeg4") return startOfMpeg4(picture);
  return { access: standsAlone(codec, picture) ? "key" : "other", size: null, header: undefined };
}

/** VP8: RFC 6386, 9.1. VP9: its bitstream specification, 6.2. AV1: its own, 5.3, with a sequence header in front. Others: every picture. */
function standsAlone(codec: VideoCodec, picture: Uint8Array): boolean {
  const first = picture[0] ?? 0;
  if (codec === "vp8") return (first & 1) === 0;
  // Marker (2 bits), profile (2, and a reserved one after profile 3), show_existing_frame, frame_type.
  if (codec === "vp9") return (first & ((first & 0x30) === 0x30 ? 0x06 : 0x0c)) === 0;
  if (codec !== "av1") return true;
  const types = [first, picture[2] ?? 0].map((byte) => (byte >> 3) & 15);
  return types[0] === 1 || (types[0] === 2 && types[1] === 1);
}

function startOfH264(picture: Uint8Array): PictureStart {
  const sets: Uint8Array[] = [];
  let access: PictureStart["access"] = "other";
  let size: PictureSize | null = null;
  let recovers = false;
  for (const nal of nalUnits(picture, null)) {
    const type = h264Type(nal);
    if (type === 7 || type === 8) sets.push(nal);
    if (type === 7) size ??= sizeOf(h264Sequence(nal));
    if (type === 6) recovers ||= recoveryFrames(nal) === 0;
    if (type === 5) access = "key";
    if (type === 1 && [2, 4].includes(h264SliceType(nal))) access = recovers ? "key" : "intra";
    if (type >= 1 && type <= 5) break;
  }
  return { access, size, header: annexB(sets) };
}

function startOfHevc(picture: Uint8Array): PictureStart {
  const sets: Uint8Array[] = [];
  let size: PictureSize | null = null;
  for (const nal of nalUnits(picture, null)) {
    const type = hevcType(nal);
    if (type >= 32 && type <= 34) sets.push(nal);
    if (type === 33) size ??= sizeOf(hevcSequence(nal));
    if (type < 32) return { access: type >= 16 ? "key" : "other", size, header: annexB(sets) };
  }
  return { access: "other", size, header: annexB(sets) };
}

/** An I picture. Its header is repeated before it, or came with the first picture. */
function startOfMpeg4(picture: Uint8Array): PictureStart {
  const layer = layerOf(picture);
  return {
    access: vopTypes(picture)[0] === "I" ? "key" : "other",
    size: layer?.size ?? null,
    header: layer ? headerBefore(picture).slice() : undefined,
  };
}

function sizeOf({ width, height }: PictureSize): PictureSize {
  return { width, height };
}

/** Units with start codes between them; undefined when there are none. */
function annexB(units: readonly Uint8Array[]): Uint8Array | undefined {
  if (units.length === 0) return undefined;
  return Uint8Array.from(units.flatMap((unit) => [0, 0, 0, 1, ...unit]));
}
