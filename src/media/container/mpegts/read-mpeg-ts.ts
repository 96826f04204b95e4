/**
 * MPEG transport streams. There is no index, so reading costs one pass over the file: tables tell which stream is the video, and its units
 * (PES, ISO/IEC 13818-1, 2.4.3.6) are searched for pictures. A packet is the stretch of the file from the unit in which its picture
 * begins to the one in which it ends, nearly always the same one; `unpack` leaves out what else lies there: packets of other streams, and
 * other pictures.
 */
import { MediaError } from "../../errors.ts";
import { type ByteReader, joined } from "../../net/byte-reader.ts";
import { PictureFinder } from "../picture-finder.ts";
import { unsupportedCodec } from "../unsupported-codec.ts";
import { indexFrames, type VideoIndex } from "../video-index.ts";
import { findPackets, PACKET_BYTES, type PacketLayout, readPacket, StreamPayloads } from "./packet.ts";
import { type ProgramStream, readAssociation, readMap } from "./program.ts";
import { unitBody, VideoPass } from "./video-pass.ts";

/** A transport stream's index. */
export interface TransportStreamFile {
  readonly index: VideoIndex;
  /** Makes a packet from its stretch of the file. */
  readonly unpack: (stored: Uint8Array, packet: number) => Uint8Array;
}

const PASS_BYTES = 1024 * 1024;
/** How far to look for the tables, which come several times a second. */
const TABLES_WITHIN = 16 * 1024 * 1024;

/**
 * Reads the index of a transport stream.
 *
 * @throws MediaError `no-video-track`, `unsupported-codec`, `corrupt`, `truncated`, `too-large`, and what reading fails with
 */
export async function readMpegTs(reader: ByteReader): Promise<TransportStreamFile> {
  const found = findPackets(await reader.read(0, Math.min(reader.size, 1024)));
  if (!found) throw new MediaError("not-a-video", "The file is not a transport stream: it has no packets.");
  const { start, layout } = found;
  const { stream, codec } = await findVideo(reader, start, layout);
  const pass = new VideoPass(codec);
  const payloads = new StreamPayloads();
  await eachPacket(reader, start, layout, Number.POSITIVE_INFINITY, (bytes, at, place) => {
    const packet = readPacket(bytes, at);
    if (packet?.stream !== stream) return false;
    if (packet.isScrambled) throw unsupportedCodec(codec, "It is encrypted.");
    const payload = payloads.next(bytes, packet);
    if (payload) pass.add(payload, packet.isStart, place, place + layout.stride);
    return false;
  });
  const { list, size, header, frameRate, places, lacksPresentationTimes } = pass.finish();
  if (!size && list.count > 0) {
    throw new MediaError(
      "corrupt",
      "The video stream has no header (sequence parameter set), so nothing in it can be decoded. It was probably cut out of a longer one: " +
        "cut it again at a key frame.",
    );
  }
  const { width, height } = size ?? { width: 0, height: 0 };
  const facts = {
    container: "mpegts",
    codec,
    codecTag: codec,
    orientation: 1,
    width,
    height,
    frameRate,
    lacksPresentationTimes,
  } as const;
  const index = indexFrames({ ...facts, extradata: header }, list, null);
  // Pictures of one stretch are read one after the other, so the stretch is taken apart only once.
  let last: {
    readonly stretch: string;
    readonly bytes: Uint8Array;
    readonly starts: readonly number[];
  } | null = null;
  const unpack = (stored: Uint8Array, packet: number): Uint8Array => {
    const place = places.get(packet);
    if (place === undefined) return streamIn(stored, stream, layout);
    const stretch = `${index.packets.offsets[packet]}+${stored.length}`;
    if (last?.stretch !== stretch) {
      const bytes = streamIn(stored, stream, layout);
      last = { stretch, bytes, starts: new PictureFinder(codec, header).find(bytes) };
    }
    return last.bytes.subarray(last.starts[place], last.starts[place + 1]);
  };
  return { index, unpack };
}

/**
 * Calls `use` for each packet, with the bytes at hand, the sync byte's place in them, and the packet's place in the file; ends when it
 * returns true.
 */
async function eachPacket(
  reader: ByteReader,
  start: number,
  layout: PacketLayout,
  end: number,
  use: (bytes: Uint8Array, at: number, place: number) => boolean,
): Promise<void> {
  const last = Math.min(reader.size, end);
  const stretch = Math.floor(PASS_BYTES / layout.stride) * layout.stride;
  let from = start;
  while (from + layout.lead + PACKET_BYTES <= last) {
    const to = Math.min(reader.size, from + stretch);
    const bytes = await reader.read(from, to);
    if (to < last) reader.prefetch(to, to + stretch);
    let at = 0;
    while (at + layout.lead + PACKET_BYTES <= bytes.length) {
      if (bytes[at + layout.lead] !== 0x47) {
        // Bytes are missing or too many: go on where packets follow each other again.
        const next = findPackets(bytes.subarray(at, at + 4 * layout.stride));
        at += next ? next.start : layout.stride;
        if (!next || next.start === 0) continue;
      }
      if (use(bytes, at + layout.lead, from + at)) return;
      at += layout.stride;
    }
    from += Math.max(at, 1);
  }
}

async function findVideo(reader: ByteReader, start: number, layout: PacketLayout) {
  const maps = new Set<number>();
  let streams: ProgramStream[] | null = null;
  await eachPacket(reader, start, layout, start + TABLES_WITHIN, (bytes, at) => {
    const packet = readPacket(bytes, at);
    if (!packet?.isStart) return false;
    const section = bytes.subarray(packet.start, packet.end);
    if (packet.stream === 0) for (const map of readAssociation(section)) maps.add(map);
    if (maps.has(packet.stream)) streams = readMap(section) ?? streams;
    return streams?.some(({ isVideo }) => isVideo) ?? false;
  });
  const known = streams as ProgramStream[] | null; // Assigned in the callback, which the compiler does not see.
  const video = known?.find(({ isVideo }) => isVideo);
  if (!video) {
    throw new MediaError(
      "no-video-track",
      known
        ? `The file has no video stream; its streams are: ${known
            .map(({ kind }) => kind)
            .slice(0, 8)
            .join(", ")}.`
        : "The file has no table of its streams (PAT and PMT). Rewrite it, for example with ffmpeg -i in -c copy out.ts.",
    );
  }
  if (!video.codec) throw unsupportedCodec(video.kind);
  return { stream: video.stream, codec: video.codec };
}

/** The video stream in a stretch of the file, without the heads of its units. */
function streamIn(stored: Uint8Array, stream: number, layout: PacketLayout): Uint8Array {
  const bytes = new Uint8Array(stored.length);
  const payloads = new StreamPayloads();
  const starts: number[] = [];
  let length = 0;
  let at = layout.lead;
  while (at + PACKET_BYTES <= stored.length) {
    const packet = readPacket(stored, at);
    const payload = packet?.stream === stream ? payloads.next(stored, packet) : null;
    if (payload) {
      if (packet?.isStart) starts.push(length);
      bytes.set(payload, length);
      length += payload.length;
    }
    if (packet) at += layout.stride;
    else {
      const next = findPackets(stored.subarray(at - layout.lead, at - layout.lead + 4 * layout.stride));
      at += next && next.start > 0 ? next.start : layout.stride;
    }
  }
  const bodies = starts.map((start, i) => {
    const unit = bytes.subarray(start, starts[i + 1] ?? length);
    return unit.subarray(unitBody(unit) ?? 0);
  });
  return joined(bodies);
}
