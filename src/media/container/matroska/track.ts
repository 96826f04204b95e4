/** The video track of a Matroska `Tracks` element (RFC 9559): codec, header, size, rotation, and what was stripped from its packets. */
import { MediaError } from "../../errors.ts";
import type { Orientation } from "../../pixels.ts";
import type { VideoCodec } from "../../wasm/video-codec.ts";
import { BITMAP_HEADER_BYTES, readBitmapHeader } from "../bitmap-header.ts";
import { unsupportedCodec } from "../unsupported-codec.ts";
import { bytesOf, type Element, elementsIn, floatOf, textOf, unsignedOf } from "./element.ts";

/** A video track as its entry describes it. */
export interface MatroskaTrack {
  readonly number: number;
  readonly codec: VideoCodec;
  readonly codecTag: string;
  readonly extradata: Uint8Array | undefined;
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  /** Frames per second that the entry declares; 0 when it does not. */
  readonly declaredRate: number;
  /** Bytes with which every packet begins and which the file leaves out. */
  readonly strippedBytes: Uint8Array | undefined;
  /** Whether every packet is a zlib stream. */
  readonly isDeflated: boolean;
  readonly lacksPresentationTimes: boolean;
}

const ID = {
  trackEntry: 0xae,
  number: 0xd7,
  type: 0x83,
  codec: 0x86,
  codecPrivate: 0x63a2,
  defaultDuration: 0x23e383,
  video: 0xe0,
  width: 0xb0,
  height: 0xba,
  projection: 0x7670,
  roll: 0x7675,
  encodings: 0x6d80,
  encoding: 0x6240,
  compression: 0x5034,
  algorithm: 0x4254,
  settings: 0x4255,
  encryption: 0x5035,
};

const KINDS: Record<number, string> = { 1: "video", 2: "audio", 16: "logo", 17: "subtitles", 18: "buttons" };
const VIDEO = 1;
const DEFLATE = 0;
const HEADER_STRIPPING = 3;
/** The track is described as in an AVI file. */
const AS_IN_AVI = "V_MS/VFW/FOURCC";

/** `hasHeader`: the decoder needs the header in `CodecPrivate`. */
const CODECS: Record<string, { readonly codec: VideoCodec; readonly hasHeader: boolean }> = {
  "V_MPEG4/ISO/AVC": { codec: "h264", hasHeader: true },
  "V_MPEGH/ISO/HEVC": { codec: "hevc", hasHeader: true },
  V_VP8: { codec: "vp8", hasHeader: false },
  V_VP9: { codec: "vp9", hasHeader: false },
  V_AV1: { codec: "av1", hasHeader: true },
  "V_MPEG4/ISO/SP": { codec: "mpeg4", hasHeader: true },
  "V_MPEG4/ISO/ASP": { codec: "mpeg4", hasHeader: true },
  "V_MPEG4/ISO/AP": { codec: "mpeg4", hasHeader: true },
  V_MJPEG: { codec: "mjpeg", hasHeader: false },
  V_PRORES: { codec: "prores", hasHeader: false },
};

/**
 * The first video track.
 *
 * @throws MediaError `no-video-track`, `unsupported-codec`
 */
export function readMatroskaTrack(view: DataView): MatroskaTrack {
  const kinds: string[] = [];
  for (const entry of elementsIn(view, 0, view.byteLength)) {
    if (entry.id !== ID.trackEntry) continue;
    const children = new Map<number, Element>();
    for (const child of elementsIn(view, entry.start, entry.end)) children.set(child.id, child);
    const type = numberIn(view, children, ID.type, 0);
    if (type === VIDEO) return readEntry(view, children);
    kinds.push(KINDS[type] ?? `type ${type}`);
  }
  throw new MediaError(
    "no-video-track",
    kinds.length === 0
      ? "The file has no tracks."
      : `The file has no video track; its tracks are: ${kinds.slice(0, 8).join(", ")}.`,
  );
}

function readEntry(view: DataView, entry: ReadonlyMap<number, Element>): MatroskaTrack {
  const named = entry.get(ID.codec);
  const codecId = named ? textOf(view, named) : "unknown";
  const header = entry.get(ID.codecPrivate);
  const lacksPresentationTimes = codecId === AS_IN_AVI;
  const coding = lacksPresentationTimes ? codingAsInAvi(view, header) : codingOf(view, codecId, header);
  const video = new Map<number, Element>();
  const videoElement = entry.get(ID.video);
  if (videoElement)
    for (const child of elementsIn(view, videoElement.start, videoElement.end)) video.set(child.id, child);
  const duration = numberIn(view, entry, ID.defaultDuration, 0);
  return {
    number: numberIn(view, entry, ID.number, 1),
    ...coding,
    lacksPresentationTimes,
    width: numberIn(view, video, ID.width, 0),
    height: numberIn(view, video, ID.height, 0),
    orientation: orientationOf(view, video.get(ID.projection)),
    declaredRate: duration > 0 ? 1e9 / duration : 0,
    ...readEncodings(view, entry.get(ID.encodings), codecId),
  };
}

type Coding = Pick<MatroskaTrack, "codec" | "codecTag" | "extradata">;

function codingOf(view: DataView, codecId: string, header: Element | undefined): Coding {
  const known = CODECS[codecId];
  if (!known) throw unsupportedCodec(codecId);
  return {
    codec: known.codec,
    codecTag: known.codec === "prores" && header ? textOf(view, header) : codecId,
    extradata: known.hasHeader && header ? bytesOf(view, header) : undefined,
  };
}

function codingAsInAvi(view: DataView, header: Element | undefined): Coding {
  if (!header || header.end - header.start < BITMAP_HEADER_BYTES) throw unsupportedCodec(AS_IN_AVI);
  const { codec, codecTag, extradata } = readBitmapHeader(view, header.start, header.end);
  return { codec, codecTag, extradata };
}

function numberIn(
  view: DataView,
  elements: ReadonlyMap<number, Element>,
  id: number,
  otherwise: number,
): number {
  const element = elements.get(id);
  return element ? unsignedOf(view, element) : otherwise;
}

/** `ProjectionPoseRoll`, degrees counterclockwise, where it is a quarter turn. */
function orientationOf(view: DataView, projection: Element | undefined): Orientation {
  for (const child of projection ? elementsIn(view, projection.start, projection.end) : []) {
    if (child.id !== ID.roll) continue;
    const quarters = (((Math.round(floatOf(view, child) / 90) % 4) + 4) % 4) as 0 | 1 | 2 | 3;
    return ([1, 8, 3, 6] as const)[quarters];
  }
  return 1;
}

function readEncodings(
  view: DataView,
  encodings: Element | undefined,
  codecId: string,
): Pick<MatroskaTrack, "strippedBytes" | "isDeflated"> {
  let strippedBytes: Uint8Array | undefined;
  let isDeflated = false;
  for (const encoding of encodings ? elementsIn(view, encodings.start, encodings.end) : []) {
    if (encoding.id !== ID.encoding) continue;
    for (const kind of elementsIn(view, encoding.start, encoding.end)) {
      if (kind.id === ID.encryption) throw unsupportedCodec(codecId, "It is encrypted.");
      if (kind.id !== ID.compression) continue;
      let algorithm = DEFLATE;
      for (const child of elementsIn(view, kind.start, kind.end)) {
        if (child.id === ID.algorithm) algorithm = unsignedOf(view, child);
        if (child.id === ID.settings) strippedBytes = bytesOf(view, child);
      }
      if (algorithm !== HEADER_STRIPPING && algorithm !== DEFLATE)
        throw unsupportedCodec(codecId, "Its packets are compressed once more (bzip2 or LZO).");
      isDeflated ||= algorithm === DEFLATE;
    }
  }
  return { strippedBytes, isDeflated };
}
