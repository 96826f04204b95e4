/** The tables that say which stream of a transport stream is the video (ISO/IEC 13818-1, 2.4.4): PAT, then PMT. */
import type { VideoCodec } from "../../wasm/video-codec.ts";

/** An elementary stream of a program. */
export interface ProgramStream {
  readonly stream: number;
  readonly codec: VideoCodec | null;
  /** For messages: "H.264", "sound", "stream type 21". */
  readonly kind: string;
  readonly isVideo: boolean;
}

const CODECS: Readonly<Record<number, VideoCodec>> = { 16: "mpeg4", 27: "h264", 36: "hevc" };
/** Stream types (table 2-34) by name. */
const VIDEO: Readonly<Record<number, string>> = {
  1: "MPEG-1",
  2: "MPEG-2",
  16: "MPEG-4 part 2",
  27: "H.264",
  32: "H.264 (multiview)",
  36: "HEVC",
  51: "VVC",
  66: "AVS",
  234: "VC-1",
};
const SOUND = new Set([0x03, 0x04, 0x0f, 0x11, 0x1c, 0x81, 0x82, 0x87]);
const REGISTRATION = 5;

/** The streams of the program map tables that a program association table names. */
export function readAssociation(section: Uint8Array): number[] {
  const tables: number[] = [];
  const body = sectionBody(section, 0x00);
  for (let at = 8; body && at + 4 <= body.length; at += 4) {
    const program = number16(body, at);
    if (program !== 0) tables.push(number16(body, at + 2) & 0x1fff);
  }
  return tables;
}

/** The streams that a program map table lists; null if the section is another table. */
export function readMap(section: Uint8Array): ProgramStream[] | null {
  const body = sectionBody(section, 0x02);
  if (!body || body.length < 12) return null;
  const streams: ProgramStream[] = [];
  let at = 12 + (number16(body, 10) & 0xfff);
  while (at + 5 <= body.length) {
    const type = body[at] as number;
    const length = number16(body, at + 3) & 0xfff;
    const descriptors = body.subarray(at + 5, at + 5 + length);
    // Private data that says it is HEVC.
    const isHevc = type === 0x06 && registrationOf(descriptors) === "HEVC";
    const codec = isHevc ? "hevc" : (CODECS[type] ?? null);
    const named = isHevc ? "HEVC" : VIDEO[type];
    const kind = named ?? (SOUND.has(type) ? "sound" : `stream type ${type}`);
    streams.push({ stream: number16(body, at + 1) & 0x1fff, codec, kind, isVideo: named !== undefined });
    at += 5 + length;
  }
  return streams;
}

/** A section without its checksum; null if it is of another table or not complete. */
function sectionBody(payload: Uint8Array, table: number): Uint8Array | null {
  const start = 1 + (payload[0] ?? 0);
  const section = payload.subarray(start);
  if (section.length < 3 || section[0] !== table) return null;
  const end = 3 + (number16(section, 1) & 0xfff) - 4;
  return end >= 8 && end <= section.length ? section.subarray(0, end) : null;
}

function registrationOf(descriptors: Uint8Array): string | null {
  let at = 0;
  while (at + 2 <= descriptors.length) {
    const length = descriptors[at + 1] as number;
    if (descriptors[at] === REGISTRATION) return String.fromCharCode(...descriptors.subarray(at + 2, at + 6));
    at += 2 + length;
  }
  return null;
}

function number16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
