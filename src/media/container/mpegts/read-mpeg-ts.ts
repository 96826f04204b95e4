/**
 * MPEG transport streams. There is no index, so it costs one pass over the file: the tables tell which stream is the video, and where
 * one of its units (PES, ISO/IEC 13818-1, 2.4.3.6) begins, a picture begins. A packet is the stretch of the file from there to the
 * unit's last packet; other streams' packets in between are left out when it is read (`unpack`).
 */
import { MediaError } from "../../errors.ts";
import type { ByteReader } from "../../net/byte-reader.ts";
import type { VideoCodec } from "../../wasm/video-codec.ts";
import type { PictureSize } from "../parameter-sets.ts";
import { pictureStart } from "../picture-start.ts";
import { unsupportedCodec } from "../unsupported-codec.ts";
import { indexFrames, PacketList, type VideoIndex } from "../video-index.ts";
import { findPackets, PACKET_BYTES, type PacketLayout, readPacket, StreamPayloads } from "./packet.ts";
import { type ProgramStream, readAssociation, readMap } from "./program.ts";

/** A transport stream's index. */
export interface TransportStreamFile {
  readonly index: VideoIndex;
  /** Makes a packet of its stretch of the file. */
  readonly unpack: (stored: Uint8Array) => Uint8Array;
}

const PASS_BYTES = 1024 * 1024;
/** The tables come several times a second. */
const TABLES_WITHIN = 16 * 1024 * 1024;
/** What is kept of a picture's beginning: parameter sets and messages come before its slices. */
const LOOK_BYTES = 16 * 1024;
const CLOCK = 90_000;
/** Times have 33 bits, and begin again every 26 hours. */
const TIME_WRAP = 2 ** 33;
/** What is put between streams that were joined, each with a time line of its own: more than pictures are moved for presentation. */
const JOINT = 10 * CLOCK;

/**
 * Reads the index of a transport stream.
 *
 * @throws MediaError `no-video-track`, `unsupported-codec`, `corrupt`, `truncated`, `too-large`, and what reading fails with
 */
export async function readMpegTs(reader: ByteReader): Promise<TransportStreamFile> {
  const found = findPackets(await reader.read(0, Math.min(reader.size, 1024)));
  if (!found) throw new MediaError("not-a-video", "The file is no transport stream: no packets were found.");
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
  const { list, size, header, frameRate } = pass.finish();
  if (!size && list.count > 0) {
    throw new MediaError(
      "corrupt",
      "The video stream has no header (sequence parameter set), so nothing in it can be decoded: it was cut out of a longer one without it.",
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
  } as const;
  const index = indexFrames({ ...facts, extradata: header }, list, null);
  return { index, unpack: (stored) => unpack(stored, stream, layout) };
}

/**
 * Calls `use` with each packet: the bytes at hand, the sync byte's place in them, and the packet's place in the file; until it answers
 * true.
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
        // Lost its step: a byte is missing or too many. On to where packets follow each other again.
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
        : "The file has no table of its streams.",
    );
  }
  if (!video.codec) throw unsupportedCodec(video.kind);
  return { stream: video.stream, codec: video.codec };
}

/** Gathers the pictures of the video stream. */
class VideoPass {
  readonly #codec: VideoCodec;
  readonly #list = new PacketList();
  /** Pictures that are coded alone, for streams that mark none as a place to start. */
  readonly #intra: number[] = [];
  readonly #look = new Uint8Array(LOOK_BYTES);
  #lookBytes = 0;
  #start = 0;
  #end = 0;
  #isOpen = false;
  #lastTime = 0;
  #first = Number.POSITIVE_INFINITY;
  /** Added to the stream's own times. */
  #shift = 0;
  /** How many streams were joined to the first. */
  #joints = 0;
  #size: PictureSize | null = null;
  #header: Uint8Array | undefined;

  constructor(codec: VideoCodec) {
    this.#codec = codec;
  }

  /** @param place where the packet lies in the file */
  add(payload: Uint8Array, isStart: boolean, place: number, end: number): void {
    if (isStart) {
      this.#close();
      this.#isOpen = true;
      this.#start = place;
      this.#lookBytes = 0;
    }
    if (!this.#isOpen) return;
    this.#end = end;
    const kept = payload.subarray(0, LOOK_BYTES - this.#lookBytes);
    this.#look.set(kept, this.#lookBytes);
    this.#lookBytes += kept.length;
  }

  finish() {
    this.#close();
    const list = this.#list;
    list.markKeysIfNone(this.#intra);
    const span = list.latestTime - this.#first - this.#joints * JOINT;
    const frameRate = span > 0 ? ((list.count - 1 - this.#joints) * CLOCK) / span : 0;
    return {
      list,
      size: this.#size,
      header: this.#header,
      frameRate,
    };
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const unit = this.#look.subarray(0, this.#lookBytes);
    const body = unitBody(unit);
    if (body === null || body >= unit.length) return;
    let time = this.#timeOf(unit) + this.#shift;
    const { access, size, header } = pictureStart(this.#codec, unit.subarray(body));
    this.#size ??= size;
    if (access !== "other") this.#header ??= header;
    const latest = this.#list.latestTime;
    // No picture is shown after a key packet that follows it: here, another stream begins.
    if ((access === "key" && time <= latest) || time < latest - JOINT) {
      this.#shift += latest + JOINT - time;
      this.#joints++;
      time = latest + JOINT;
    }
    this.#first = Math.min(this.#first, time);
    if (access === "intra") this.#intra.push(this.#list.count);
    this.#list.add(this.#start, this.#end - this.#start, time, access === "key");
  }

  /** The presentation time, without its wrap; a unit without one comes right after the last. */
  #timeOf(unit: Uint8Array): number {
    let time = this.#lastTime + 1;
    if (((unit[7] ?? 0) & 0x80) !== 0 && unit.length >= 14) {
      const at = (i: number) => unit[i] as number;
      time =
        ((at(9) >> 1) & 7) * 2 ** 30 +
        ((at(10) << 22) | ((at(11) >> 1) << 15) | (at(12) << 7) | (at(13) >> 1));
      if (this.#list.count > 0) time += Math.round((this.#lastTime - time) / TIME_WRAP) * TIME_WRAP;
    }
    this.#lastTime = time;
    return time;
  }
}

/** Where the body of a unit (PES) begins; null when it is none. */
function unitBody(unit: Uint8Array): number | null {
  if (unit[0] !== 0 || unit[1] !== 0 || unit[2] !== 1 || unit.length < 9) return null;
  return 9 + (unit[8] as number);
}

/** The video stream's payloads in a stretch of the file, without the unit's head. */
function unpack(stored: Uint8Array, stream: number, layout: PacketLayout): Uint8Array {
  const bytes = new Uint8Array(stored.length);
  const payloads = new StreamPayloads();
  let length = 0;
  let at = layout.lead;
  while (at + PACKET_BYTES <= stored.length) {
    const packet = readPacket(stored, at);
    const payload = packet?.stream === stream ? payloads.next(stored, packet) : null;
    if (payload) {
      bytes.set(payload, length);
      length += payload.length;
    }
    if (packet) at += layout.stride;
    else {
      const next = findPackets(stored.subarray(at - layout.lead, at - layout.lead + 4 * layout.stride));
      at += next && next.start > 0 ? next.start : layout.stride;
    }
  }
  return bytes.subarray(unitBody(bytes.subarray(0, length)) ?? 0, length);
}
