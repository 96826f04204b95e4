/**
 * From a file's first bytes to its index: recognizes the container, has it read, and corrects what containers get wrong (size, order,
 * first frame). A file that is not a video, or of a kind that is not read here, fails with an error that says what it is.
 */
import { MediaError } from "../errors.ts";
import { describeBytes } from "../image/signature.ts";
import type { ByteReader } from "../net/byte-reader.ts";
import { isSkippedHevc, startKind } from "../video/start-point.ts";
import { readAvi } from "./avi.ts";
import { readMatroska } from "./matroska/read-matroska.ts";
import { fourLetters, viewOf } from "./mp4/box.ts";
import { readMp4 } from "./mp4/read-mp4.ts";
import { findPackets } from "./mpegts/packet.ts";
import { readMpegTs } from "./mpegts/read-mpeg-ts.ts";
import { type PacketSource, StoredPackets } from "./packet-source.ts";
import { sizeInHeader } from "./parameter-sets.ts";
import { withStreamOrder } from "./stream-order.ts";
import { unreadable, type VideoIndex } from "./video-index.ts";

/** A file's index and its packets. */
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

const HEAD_BYTES = 1024;
/** The first bytes of Matroska and WebM. */
const EBML = 0x1a45dfa3;

/**
 * Reads the index of a video.
 *
 * @throws MediaError `not-a-video`, `no-video-track`, `unsupported-codec`, `unsupported-format`, `truncated`, `corrupt`, `too-large`,
 *   and what reading fails with
 */
export async function openVideoFile(reader: ByteReader): Promise<VideoFile> {
  const { index, packets } = await openContainer(reader);
  const ordered = await withStreamOrder(withVisibleSize(index), packets);
  const begun = await fromFirstKey({ index: ordered, packets });
  return { index: await withoutUndecodableStart({ index: begun, packets }), packets };
}

async function openContainer(reader: ByteReader): Promise<VideoFile> {
  const head = await reader.read(0, Math.min(reader.size, HEAD_BYTES));
  const first = head.length >= 12 ? fourLetters(viewOf(head), 0) : "";
  const second = head.length >= 12 ? fourLetters(viewOf(head), 4) : "";
  if (FIRST_BOXES.has(second)) {
    const { index, unpack } = await readMp4(reader);
    return { index, packets: new StoredPackets(reader, index.packets, unpack) };
  }
  if (head.length >= 4 && viewOf(head).getUint32(0) === EBML) {
    const { index, unpack } = await readMatroska(reader);
    return { index, packets: new StoredPackets(reader, index.packets, unpack) };
  }
  if (first === "RIFF" && fourLetters(viewOf(head), 8) === "AVI ") {
    const index = await readAvi(reader);
    return { index, packets: new StoredPackets(reader, index.packets) };
  }
  if (findPackets(head)) {
    const { index, unpack } = await readMpegTs(reader);
    return { index, packets: new StoredPackets(reader, index.packets, unpack) };
  }
  const kind = unsupportedKind(head);
  if (!kind) {
    const what = describeBytes(head, reader.size);
    throw new MediaError("not-a-video", `The file is not a video that can be read here: it is ${what}.`);
  }
  throw new MediaError(
    "unsupported-format",
    `The file is ${kind}, which cannot be read here. MP4, MOV, WebM, MKV, AVI and MPEG-TS can: convert it, for example ` +
      "with ffmpeg -i in -c:v libx264 out.mp4.",
  );
}

/** Containers often give the stored size; the stream's own header tells how much of it is cropped. */
function withVisibleSize(index: VideoIndex): VideoIndex {
  const { codec, extradata } = index;
  if ((codec !== "h264" && codec !== "hevc") || !extradata) return index;
  return { ...index, ...sizeInHeader(codec, extradata) };
}

/**
 * A file that was cut out of a longer one at an open group of pictures has pictures behind its first key packet that are shown before
 * it and refer to pictures that are missing. Decoders skip them, so they get no number.
 */
async function withoutUndecodableStart({ index, packets }: VideoFile): Promise<VideoIndex> {
  const leading = leadingPackets(index);
  if (leading.length === 0) return index;
  // Nothing is shown before a picture that resets the decoder, so such times are wrong.
  const key = index.packets.keys.indexOf(1);
  const isReset = index.codec !== "hevc" && startKind(index, await packets.read(key, key)) === "reset";
  if (isReset && !index.hasStreamOrder)
    return withoutUndecodableStart({ index: await withStreamOrder(index, packets, true), packets });
  const missing = new Set<number>();
  for (const packet of leading) {
    const isSkipped =
      index.codec !== "hevc" || isSkippedHevc(await packets.read(packet, packet), index.extradata);
    if (isSkipped) missing.add(packet);
  }
  return without(index, (packet) => missing.has(packet));
}

/**
 * Corrects which key packet is the first, where the stream knows better than the file: a Matroska file that was cut may call a packet
 * one that refers to missing pictures, and an MP4 may not list its first one. Only FFmpeg's HEVC decoder shows anything before it.
 */
async function fromFirstKey({ index, packets }: VideoFile): Promise<VideoIndex> {
  const { keys, count } = index.packets;
  const kindOf = async (packet: number, until = packet) =>
    startKind(index, await packets.read(packet, until));
  let key = keys.indexOf(1);
  if (key < 0) {
    // The file names no key packets: one more pass finds them.
    for (let packet = 0; packet < count; packet++)
      if (index.packets.sizes[packet] !== 0 && (await kindOf(packet, count - 1)) !== "none") keys[packet] = 1;
    key = keys.indexOf(1);
    if (key < 0) throw unreadable(index.frames.length);
  }
  if (index.codec === "hevc") return index;
  if (index.codec === "h264" && key > 0 && (await kindOf(0)) === "reset") {
    key = 0;
    keys[0] = 1;
  } else if (index.codec === "h264" && (index.container === "mkv" || index.container === "webm")) {
    while (key >= 0 && (await kindOf(key)) === "none") key = keys.indexOf(1, key + 1);
  }
  return without(index, (packet) => packet < key);
}

function without(index: VideoIndex, isMissing: (packet: number) => boolean): VideoIndex {
  const frames = index.frames.filter((packet) => !isMissing(packet));
  if (frames.length === 0) throw unreadable(index.frames.length);
  return { ...index, frames, promisedFrames: index.promisedFrames - (index.frames.length - frames.length) };
}

/** The packets that are shown before the first key packet. */
function leadingPackets({ frames, packets: { times, keys } }: VideoIndex): Uint32Array {
  const key = keys.indexOf(1);
  const end = frames.findIndex((packet) => (times[packet] as number) >= (times[key] as number));
  return frames.subarray(0, Math.max(0, end));
}

/** The name of a known kind of video that has no reader here. */
function unsupportedKind(head: Uint8Array): string | null {
  const start = Array.from(head.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (start.startsWith("464c5601")) return "a Flash video (FLV)";
  if (start.startsWith("4f676753")) return "an Ogg file";
  if (start.startsWith("3026b2758e66cf11")) return "a Windows Media file (WMV, ASF)";
  if (start.startsWith("000001ba")) return "an MPEG program stream (MPG, VOB)";
  if (start.startsWith("000001b3")) return "a bare MPEG video stream";
  if (start.startsWith("00000001") || start.startsWith("00000109"))
    return "a bare H.264 or HEVC stream without a container";
  if (start.startsWith("444b4946")) return "an IVF file";
  if (start.startsWith("060e2b34")) return "an MXF file";
  if (start.startsWith("2e524d46")) return "a RealMedia file";
  if (start.startsWith("47494638")) return "a GIF animation";
  return null;
}
