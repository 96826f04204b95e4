/**
 * Matroska and WebM (RFC 9559). There is no table of frames, so the index takes one pass over the file, a mebibyte at a time: block heads
 * are read, large blocks skipped. The walk is flat: it steps into segments, clusters and block groups and over everything else, which
 * also works for files that never say how long a cluster is. After damage it goes on with the next cluster.
 */
import { MediaError } from "../../errors.ts";
import { type ByteReader, joined } from "../../net/byte-reader.ts";
import { viewOf } from "../mp4/box.ts";
import { type Container, indexFrames, PacketList, type VideoIndex } from "../video-index.ts";
import {
  type ElementHead,
  elementsIn,
  MAX_HEAD_BYTES,
  readElementHead,
  readLength,
  textOf,
  unsignedOf,
} from "./element.ts";
import { readLace } from "./lacing.ts";
import { type MatroskaTrack, readMatroskaTrack } from "./track.ts";

/** A Matroska file's index. */
export interface MatroskaFile {
  readonly index: VideoIndex;
  /** Makes a packet from its stored bytes. */
  readonly unpack: (stored: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

const ID = {
  header: 0x1a45dfa3,
  docType: 0x4282,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  tracks: 0x1654ae6b,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  referenceBlock: 0xfb,
};

const STEP_INTO = new Set([ID.segment, ID.cluster, ID.blockGroup]);
const READ_WHOLE = new Set([ID.header, ID.info, ID.tracks, ID.timestamp]);
const MAX_WHOLE_BYTES = 16 * 1024 * 1024;
const PASS_AHEAD = 1024 * 1024;
/** If less than this is skipped, reading goes on in the same stretch of the file. */
const NEAR = 64 * 1024;
/** Element head, track number, time, flags, and the first byte of the picture. */
const BLOCK_HEAD_BYTES = MAX_HEAD_BYTES + 12;
/** All elements of a file; real ones have one for each frame, and a few for each cluster. */
const MAX_ELEMENTS = 8_000_000;

/** A file with more damaged places than this is not searched any further. */
const MAX_DAMAGES = 1000;

/** The time put between joined segments: more than pictures are ever moved for presentation. */
const JOINT_NS = 10e9;

/** Other elements that the walk may meet: void, checksums, tables of contents, and parts of clusters and groups. */
const OTHERS = [
  0xec, 0xbf, 0x114d9b74, 0x1c53bb6b, 0x1043a770, 0x1254c367, 0x1941a469, 0xa7, 0xab, 0x5854, 0xaf, 0x75a1,
  0x9b, 0xfa, 0xfd, 0xa4, 0xa2, 0x75a2, 0x8e, 0xc8,
];
const KNOWN: ReadonlySet<number> = new Set([...Object.values(ID), ...OTHERS]);
/** More than the head of a block with 256 packets in it. */
const MAX_LACE_BYTES = 1024;

/** No packet is larger than this. */
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;

const LACING = 0x06;
const KEY = 0x80;

/**
 * Reads the index of a Matroska or WebM file.
 *
 * @throws MediaError `no-video-track`, `unsupported-codec`, `unsupported-format`, `corrupt`, `truncated`, `too-large`, and what
 *   reading fails with
 */
export async function readMatroska(reader: ByteReader): Promise<MatroskaFile> {
  const walk = new MatroskaWalk(reader);
  try {
    await walk.run();
    return walk.file();
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new MediaError("corrupt", "The video's structure is damaged.", { cause });
    throw cause;
  }
}

class MatroskaWalk {
  readonly #reader: ByteReader;
  readonly #packets = new PacketList();
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the view starts in the file. */
  #from = 0;
  /** Up to where the file has been requested. */
  #fetched = 0;
  #docType = "matroska";
  #scale = 1_000_000;
  #track: MatroskaTrack | null = null;
  #clusterTime = 0;
  /** Added to the times of a segment that is not the first. */
  #shift = 0;
  /** How many segments were joined to the first. */
  #joints = 0;
  #lastIsOurs = false;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  async run(): Promise<void> {
    const { size } = this.#reader;
    let at = 0;
    let before = 0;
    let damages = 0;
    for (let elements = 0; at < size && elements < MAX_ELEMENTS; elements++) {
      if (!this.#holds(at, BLOCK_HEAD_BYTES)) await this.#load(at, Math.min(BLOCK_HEAD_BYTES, size - at));
      const head = readElementHead(this.#view, at - this.#from);
      if (!head || !(await this.#isSound(head, at + head.headBytes))) {
        if (++damages > MAX_DAMAGES) return;
        // The element before may have been cut short, so that its length reaches beyond the start of a cluster.
        at = await this.#nextCluster(before + 1);
        before = at;
        continue;
      }
      before = at;
      const body = at + head.headBytes;
      if (STEP_INTO.has(head.id)) {
        // A second file was appended to the first: its time line begins anew.
        if (head.id === ID.segment && this.#packets.count > 0) {
          this.#shift = this.#packets.latestTime + JOINT_NS / this.#scale;
          this.#joints++;
        }
        at = body;
        continue;
      }
      const end = body + (head.size ?? 0);
      if (READ_WHOLE.has(head.id) && end <= size) await this.#readElement(head.id, body, end);
      else if (head.id === ID.simpleBlock || head.id === ID.block) await this.#readBlock(head.id, body, end);
      else if (head.id === ID.referenceBlock && this.#lastIsOurs) this.#packets.refersToOthers();
      at = end;
    }
  }

  file(): MatroskaFile {
    const track = this.#track;
    if (!track)
      throw new MediaError(
        "truncated",
        "The file ends before it describes its tracks: it was cut short. Upload it again.",
      );
    const { codec, codecTag, extradata, width, height, orientation, lacksPresentationTimes } = track;
    const container: Container = this.#docType === "webm" ? "webm" : "mkv";
    const frameRate = track.declaredRate || this.#meanRate();
    const facts = { container, codec, codecTag, extradata, width, height, orientation, frameRate };
    const index = indexFrames({ ...facts, lacksPresentationTimes }, this.#packets, null, this.#reader.size);
    return { index, unpack: (stored) => unpacked(stored, track) };
  }

  /** Frames per second, without the time put between segments. */
  #meanRate(): number {
    const { times, latestTime } = this.#packets;
    const first = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
    const span = (latestTime - first) * this.#scale - this.#joints * JOINT_NS;
    return span > 0 ? ((times.length - 1 - this.#joints) * 1e9) / span : 0;
  }

  /** Whether an element makes sense here: it is a known one, or a known one follows it. */
  async #isSound({ id, size }: ElementHead, body: number): Promise<boolean> {
    if (STEP_INTO.has(id)) return true;
    if (size === null) return false;
    const end = body + size;
    if (KNOWN.has(id) || end === this.#reader.size) return true;
    if (end > this.#reader.size) return false;
    if (!this.#holds(end, MAX_HEAD_BYTES))
      await this.#load(end, Math.min(MAX_HEAD_BYTES, this.#reader.size - end));
    const next = readElementHead(this.#view, end - this.#from);
    return next !== null && KNOWN.has(next.id);
  }

  /** The next cluster from `at` on; the end of the file when there is none. */
  async #nextCluster(at: number): Promise<number> {
    const { size } = this.#reader;
    for (let from = at; from + 4 <= size; from = this.#from + this.#view.byteLength - 3) {
      if (!this.#holds(from, 4)) await this.#load(from, Math.min(PASS_AHEAD, size - from));
      const last = this.#view.byteLength - 4;
      for (let i = from - this.#from; i <= last; i++)
        if (this.#view.getUint32(i) === ID.cluster) return this.#from + i;
    }
    return size;
  }

  #holds(at: number, bytes: number): boolean {
    return at >= this.#from && at + bytes <= this.#from + this.#view.byteLength;
  }

  async #load(at: number, least: number): Promise<void> {
    // Up to where the last prefetch went, or a whole stretch from here.
    const known =
      this.#fetched - at >= Math.max(least, NEAR) ? this.#fetched : at + Math.max(least, PASS_AHEAD);
    const end = Math.min(this.#reader.size, known);
    const walksOn = at - (this.#from + this.#view.byteLength) < NEAR;
    this.#view = viewOf(await this.#reader.read(at, end));
    this.#from = at;
    this.#fetched = walksOn ? end + PASS_AHEAD : end;
    this.#reader.prefetch(end, this.#fetched);
  }

  async #readElement(id: number, start: number, end: number): Promise<void> {
    if (end - start > MAX_WHOLE_BYTES) {
      throw new MediaError(
        "too-large",
        `The video's description has ${end - start} bytes; at most ${MAX_WHOLE_BYTES} are read.`,
      );
    }
    if (!this.#holds(start, end - start)) await this.#load(start, end - start);
    const at = start - this.#from;
    const view = new DataView(this.#view.buffer, this.#view.byteOffset + at, end - start);
    if (id === ID.timestamp) this.#clusterTime = unsignedOf(view, { start: 0, end: view.byteLength });
    else if (id === ID.tracks) this.#track ??= readMatroskaTrack(view);
    else {
      for (const child of elementsIn(view, 0, view.byteLength)) {
        if (child.id === ID.docType) this.#docType = textOf(view, child);
        if (child.id === ID.timestampScale) this.#scale = unsignedOf(view, child) || 1_000_000;
      }
    }
  }

  async #readBlock(id: number, start: number, end: number): Promise<void> {
    this.#lastIsOurs = false;
    if (!this.#track || !this.#holds(start, 4)) return;
    const at = start - this.#from;
    const number = readLength(this.#view, at);
    if (number?.value !== this.#track.number || !this.#holds(start + number.bytes, 3)) return;
    const time = this.#shift + this.#clusterTime + this.#view.getInt16(at + number.bytes);
    const flags = this.#view.getUint8(at + number.bytes + 2);
    const isKey = id === ID.block || (flags & KEY) !== 0;
    const data = start + number.bytes + 3;
    if (flags & LACING) await this.#addLaced(data, end, flags & LACING, time, isKey);
    else this.#add(data, Math.max(0, end - data), time, isKey);
    this.#lastIsOurs = id === ID.block;
  }

  #add(data: number, bytes: number, time: number, isKey: boolean): void {
    this.#packets.add(data, bytes, time, isKey);
    if (this.#isUnshownVp8(data, data + bytes)) this.#packets.hide();
  }

  /** Each packet is later than the one before by the duration of a frame, if the file tells it. */
  async #addLaced(data: number, end: number, kind: number, time: number, isKey: boolean): Promise<void> {
    const headBytes = Math.min(MAX_LACE_BYTES, end - data, this.#reader.size - data);
    if (!this.#holds(data, headBytes)) await this.#load(data, headBytes);
    const lace = readLace(this.#view, data - this.#from, kind, end - data);
    if (!lace) return;
    const { declaredRate = 0 } = this.#track ?? {};
    const duration = declaredRate > 0 ? 1e9 / declaredRate / this.#scale : 0;
    let at = data + lace.headBytes;
    for (const [i, size] of lace.sizes.entries()) {
      this.#add(at, size, time + i * duration, isKey && i === 0);
      at += size;
    }
  }

  /** In VP8, pictures that are only referred to are packets of their own (RFC 6386, 9.1: show_frame). */
  #isUnshownVp8(data: number, end: number): boolean {
    if (this.#track?.codec !== "vp8" || data >= end || !this.#holds(data, 1)) return false;
    return (this.#view.getUint8(data - this.#from) & 0x10) === 0;
  }
}

/** A packet from its stored bytes. Matroska leaves out the head of ProRes frames: the length, and "icpf". */
function unpacked(
  stored: Uint8Array,
  { codec, isDeflated, strippedBytes: stripped }: MatroskaTrack,
): Uint8Array | Promise<Uint8Array> {
  if (isDeflated) return inflated(stored);
  if (codec === "prores") {
    const head = Uint8Array.of(0, 0, 0, 0, 0x69, 0x63, 0x70, 0x66);
    viewOf(head).setUint32(0, head.length + stored.length);
    return joined([head, stored]);
  }
  return stripped ? joined([stripped, stored]) : stored;
}

/** A zlib stream's contents. */
async function inflated(stored: Uint8Array): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    const stream = new Blob([stored.slice()]).stream().pipeThrough(new DecompressionStream("deflate"));
    for await (const part of stream) {
      parts.push(part.slice());
      length += part.length;
      if (length > MAX_INFLATED_BYTES) throw new RangeError(`It has more than ${MAX_INFLATED_BYTES} bytes.`);
    }
  } catch (cause) {
    throw new MediaError("corrupt", "A packet of the video cannot be decompressed: the file is damaged.", {
      cause,
    });
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
