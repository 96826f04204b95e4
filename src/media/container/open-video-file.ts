/** From a file's first bytes to its index: which container it is, or what it is instead of a video. */
import { MediaError } from "../errors.ts";
import { describeBytes } from "../image/signature.ts";
import type { ByteReader } from "../net/byte-reader.ts";
import { readAvi } from "./avi.ts";
import { readMatroska } from "./matroska/read-matroska.ts";
import { fourLetters, viewOf } from "./mp4/box.ts";
import { readMp4 } from "./mp4/read-mp4.ts";
import { type PacketSource, StoredPackets } from "./packet-source.ts";
import type { VideoIndex } from "./video-index.ts";

/** The index of a file and the way to its packets. */
export interface VideoFile {
  readonly index: VideoIndex;
  readonly packets: PacketSource;
}

/** What an MP4 or QuickTime file may begin with; old QuickTime files have no `ftyp`. */
const FIRST_BOXES = new Set([
  "ftyp",
  "styp",
  "moov",
  "mdat",
  "free",
  "skip",
  "wide",
  "pnot",
  "uuid",
  "moof",
  "sidx",
]);

/** The first bytes of Matroska and WebM. */
const EBML = 0x1a45dfa3;

/**
 * Reads the index of a video.
 *
 * @throws MediaError `not-a-video`, `no-video-track`, `unsupported-codec`, `unsupported-format`, `truncated`, `corrupt`, `too-large`,
 *   and what reading fails with
 */
export async function openVideoFile(reader: ByteReader): Promise<VideoFile> {
  const head = await reader.read(0, Math.min(reader.size, 1024));
  if (head.length >= 8 && FIRST_BOXES.has(fourLetters(viewOf(head), 4))) {
    const index = await readMp4(reader);
    return { index, packets: new StoredPackets(reader, index.packets) };
  }
  if (head.length >= 4 && viewOf(head).getUint32(0) === EBML) {
    const { index, strippedBytes } = await readMatroska(reader);
    return { index, packets: new StoredPackets(reader, index.packets, strippedBytes) };
  }
  if (
    head.length >= 12 &&
    fourLetters(viewOf(head), 0) === "RIFF" &&
    fourLetters(viewOf(head), 8) === "AVI "
  ) {
    const index = await readAvi(reader);
    return { index, packets: new StoredPackets(reader, index.packets) };
  }
  if (isTransportStream(head)) {
    // Loaded for the few files that need it.
    const { openMpegTs } = await import("./mpeg-ts.ts");
    return openMpegTs(reader);
  }
  throw new MediaError("not-a-video", `The file is not a video: it is ${describeBytes(head)}.`);
}

/** Packets of 188 bytes that start with a sync byte, or of 192 with a time before it (Blu-ray, camcorders). */
function isTransportStream(head: Uint8Array): boolean {
  return [
    { packet: 188, sync: 0 },
    { packet: 192, sync: 4 },
  ].some(({ packet, sync }) => {
    let at = sync;
    while (at < head.length && head[at] === 0x47) at += packet;
    return at >= head.length && head.length > packet;
  });
}
