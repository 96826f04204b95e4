/**
 * What every container boils down to: the packets of one video track in decode order, in typed arrays, and which of them is frame k.
 * Frame numbers are defined here and nowhere else: frame k is the k-th of the packets that are shown, in presentation order; times are
 * used to sort, never to count.
 */
import { MediaError } from "../errors.ts";
import type { Orientation } from "../pixels.ts";
import type { VideoCodec } from "../wasm/video-codec.ts";

/** The containers that can be read. */
export type Container = "mp4" | "mov" | "mkv" | "webm" | "mpegts" | "avi";

/** Packets in decode order. */
export interface PacketTable {
  readonly count: number;
  /** Where a packet's bytes start in the file; 0 where the container has no such place. */
  readonly offsets: Float64Array;
  readonly sizes: Uint32Array;
  /** Presentation times in ticks of the track; only their order means something. */
  readonly times: Float64Array;
  /** 1: decoding can start here. */
  readonly keys: Uint8Array;
  /** The packet that the end of the file cuts off, if one is. */
  readonly cut?: number;
}

/** What is known about a track before a packet is read. */
export interface VideoTrack {
  readonly container: Container;
  readonly codec: VideoCodec;
  /** The codec's name in the file: "avc1", "V_VP9", "XVID". */
  readonly codecTag: string;
  /** The header that a decoder needs; undefined if the packets carry everything. */
  readonly extradata: Uint8Array | undefined;
  /** Pixels as stored, before any rotation. */
  readonly width: number;
  readonly height: number;
  /** How to turn a stored picture upright. */
  readonly orientation: Orientation;
  /** Mean frames per second; 0 when the file does not tell. */
  readonly frameRate: number;
  /** Times are only decode times (AVI, and Matroska made from it): the order of frames has to be found in the stream. */
  readonly lacksPresentationTimes?: boolean;
  /** Packets contain headers other than `extradata`. */
  readonly hasSeveralHeaders?: boolean;
}

/** A track, its packets, and which of them are its frames. */
export interface VideoIndex extends VideoTrack {
  readonly packets: PacketTable;
  /** Frame number to packet number. */
  readonly frames: Uint32Array;
  /** Frames that the file's own index lists; more than `frames` when the file was cut short. */
  readonly promisedFrames: number;
  /** The largest number of packets that come before another one in the file and are shown after it. */
  readonly reorderDepth: number;
  /** The order of frames was read from the stream, not from the times in the file. */
  readonly hasStreamOrder?: boolean;
}

/** A part of the track's time line that is shown: `start <= time < end`, in ticks. */
export interface ShownPart {
  readonly start: number;
  readonly end: number;
}

/** What an edit list shows of a track. */
export interface Edits {
  /** In the order shown. */
  readonly parts: readonly ShownPart[];
  /** The packets, from the first, that the edits are about; all others are shown. */
  readonly packets: number;
}

/** Codecs that may store pictures in another order than they are shown; the others show each when it is decoded. */
const REORDERING: ReadonlySet<VideoCodec> = new Set(["h264", "hevc", "mpeg4"]);

/** More packets than this are refused: nine hours at 30 frames per second, 25 MB of index. */
export const MAX_PACKETS = 1_000_000;

/** A cut packet with less than this has no picture in it; Motion JPEG begins with its tables. */
const LEAST_CUT_BYTES = 64;
const LEAST_CUT_JPEG_BYTES = 1024;

/** A packet table that grows. */
export class PacketList {
  count = 0;
  /** The latest time of all; -Infinity while there is none. */
  latestTime = Number.NEGATIVE_INFINITY;
  #offsets: Float64Array;
  #sizes: Uint32Array;
  #times: Float64Array;
  #keys: Uint8Array;
  readonly #hidden = new Set<number>();

  constructor(room = 1024) {
    this.#offsets = new Float64Array(room);
    this.#sizes = new Uint32Array(room);
    this.#times = new Float64Array(room);
    this.#keys = new Uint8Array(room);
  }

  /** @throws MediaError `too-large` when there are too many */
  add(offset: number, size: number, time: number, isKey: boolean): void {
    if (this.count === this.#sizes.length) this.#grow();
    const i = this.count++;
    this.#offsets[i] = offset;
    this.#sizes[i] = size;
    this.#times[i] = time;
    this.#keys[i] = isKey && size > 0 ? 1 : 0;
    if (time > this.latestTime) this.latestTime = time;
  }

  /** The packet added last reaches up to `end` in the file. */
  extendLast(end: number): void {
    this.#sizes[this.count - 1] = end - (this.#offsets[this.count - 1] as number);
  }

  /** The packet added last is never shown, only referred to. */
  hide(): void {
    this.#hidden.add(this.count - 1);
  }

  /** The packet added last is not a key packet after all. */
  refersToOthers(): void {
    this.#keys[this.count - 1] = 0;
  }

  /** If no packet is a key packet, marks those that may be. */
  markKeysIfNone(packets: readonly number[]): void {
    if (this.#keys.subarray(0, this.count).includes(1)) return;
    for (const packet of packets) this.#keys[packet] = 1;
  }

  /** Whether a packet has a picture to show. */
  isShown(packet: number): boolean {
    return (this.#sizes[packet] as number) > 0 && !this.#hidden.has(packet);
  }

  /**
   * The packets inside a file of `fileSize` bytes: all before the first that is not.
   *
   * @param leastCut if at least this many bytes of that one are inside the file, it stays too, cut off
   */
  finish(fileSize = Number.POSITIVE_INFINITY, leastCut: number = Number.POSITIVE_INFINITY): PacketTable {
    const endOf = (packet: number) => (this.#offsets[packet] as number) + (this.#sizes[packet] as number);
    let count = 0;
    while (count < this.count && endOf(count) <= fileSize) count++;
    const left = fileSize - (this.#offsets[count] as number);
    const cut = count < this.count && left >= leastCut ? count++ : undefined;
    if (cut !== undefined) this.#sizes[cut] = left;
    return {
      count,
      offsets: this.#offsets.slice(0, count),
      sizes: this.#sizes.slice(0, count),
      times: this.#times.slice(0, count),
      keys: this.#keys.slice(0, count),
      ...(cut === undefined ? {} : { cut }),
    };
  }

  /** All times, also of packets that lie outside of the file. */
  get times(): Float64Array {
    return this.#times.subarray(0, this.count);
  }

  #grow(): void {
    if (this.count >= MAX_PACKETS) throw tooManyPackets();
    const room = Math.min(MAX_PACKETS, this.count * 2);
    const grown = <A extends Float64Array | Uint32Array | Uint8Array>(larger: A, old: A): A => {
      larger.set(old);
      return larger;
    };
    this.#offsets = grown(new Float64Array(room), this.#offsets);
    this.#sizes = grown(new Uint32Array(room), this.#sizes);
    this.#times = grown(new Float64Array(room), this.#times);
    this.#keys = grown(new Uint8Array(room), this.#keys);
  }
}

/** The error for an index that is too large to hold. */
export function tooManyPackets(): MediaError {
  return new MediaError(
    "too-large",
    `The video's index lists more than ${MAX_PACKETS} frames; split the video into shorter ones.`,
  );
}

/**
 * Numbers the frames of a track.
 *
 * @param list all packets that the container lists
 * @param edits null if everything is shown
 * @param fileSize packets beyond it are missing
 * @throws MediaError `no-video-track` when there is no packet, `truncated` when none of them is inside the file
 */
export function indexFrames(
  track: VideoTrack,
  list: PacketList,
  edits: Edits | null,
  fileSize?: number,
): VideoIndex {
  const isReordering = REORDERING.has(track.codec);
  const all = shownFrames(list, edits, isReordering);
  const stored = list.finish(fileSize, leastCutBytes(track));
  const packets = isReordering ? stored : { ...stored, times: stored.times.map((_, packet) => packet) };
  const frames = all.filter((packet) => packet < packets.count);
  if (all.length === 0) {
    throw new MediaError(
      "no-video-track",
      `The video track has no frames to show${edits && list.count > 0 ? `: its edit list hides all ${list.count}` : ""}.`,
    );
  }
  if (frames.length === 0) throw unreadable(all.length);
  return { ...track, packets, frames, promisedFrames: all.length, reorderDepth: reorderDepth(packets.times) };
}

/** The error for an index that promises frames of which the file holds none. */
export function unreadable(frames: number): MediaError {
  return new MediaError(
    "truncated",
    `The file's index lists ${frames} frames, and none of them can be read: the file was cut short, or has no key frame.`,
  );
}

/** How many bytes of a cut packet a decoder needs to make a picture of it; Infinity if it refuses cut packets. */
function leastCutBytes({ container, codec, extradata }: VideoTrack): number {
  const hasLengths = (codec === "h264" || codec === "hevc") && extradata?.[0] === 1;
  // Matroska readers do not hand a cut block to decoders.
  const isRefused = container === "mkv" || container === "webm" || codec === "av1" || codec === "prores";
  if (hasLengths || isRefused) return Number.POSITIVE_INFINITY;
  return codec === "mjpeg" ? LEAST_CUT_JPEG_BYTES : LEAST_CUT_BYTES;
}

/** The index with packets shown in the order of `places`, one for each packet, instead of their times. */
export function reordered(index: VideoIndex, places: Float64Array): VideoIndex {
  const { times } = index.packets;
  const frames = new Uint32Array(index.frames.length);
  // Frames ascend only within each part of an edit list.
  for (let start = 0; start < frames.length; ) {
    let end = start + 1;
    while (
      end < frames.length &&
      isBefore(times, index.frames[end - 1] as number, index.frames[end] as number)
    )
      end++;
    const part = index.frames.slice(start, end);
    frames.set(
      part.sort((a, b) => (isBefore(places, a, b) ? -1 : 1)),
      start,
    );
    start = end;
  }
  const packets = { ...index.packets, times: places };
  return { ...index, packets, frames, reorderDepth: reorderDepth(places), hasStreamOrder: true };
}

/** Whether packet `a` is shown before packet `b`. */
export function isBefore(times: Float64Array, a: number, b: number): boolean {
  const difference = (times[a] as number) - (times[b] as number);
  return difference < 0 || (difference === 0 && a < b);
}

/** Packet numbers by time; packets of the same time stay in decode order. */
export function presentationOrder(times: Float64Array): Uint32Array {
  const order = new Uint32Array(times.length);
  // Packets are nearly in order, so insertion is fastest; a file made to slow that down falls back to sorting.
  let moves = times.length * 32;
  for (let i = 0; i < times.length; i++) {
    const time = times[i] as number;
    let at = i;
    while (at > 0 && (times[order[at - 1] as number] as number) > time) {
      order[at] = order[at - 1] as number;
      at--;
      moves--;
    }
    order[at] = i;
    if (moves < 0) {
      for (let rest = i + 1; rest < times.length; rest++) order[rest] = rest;
      return order.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
    }
  }
  return order;
}

function shownFrames(list: PacketList, edits: Edits | null, isReordering: boolean): Uint32Array {
  const { times } = list;
  const present = presentationOrder(times).filter((packet) => list.isShown(packet));
  const parts = edits ? editedParts(present, times, edits) : [present];
  const count = parts.reduce((sum, part) => sum + part.length, 0);
  if (count > MAX_PACKETS) throw tooManyPackets();
  const frames = new Uint32Array(count);
  let at = 0;
  for (const part of parts) {
    frames.set(part, at);
    if (!isReordering) frames.subarray(at, at + part.length).sort();
    at += part.length;
  }
  return frames;
}

function editedParts(present: Uint32Array, times: Float64Array, { parts, packets }: Edits): Uint32Array[] {
  const edited = present.filter((packet) => packet < packets);
  const shown = parts.map(({ start, end }) => {
    const from = firstAtOrAfter(edited, times, start);
    return edited.subarray(from, Math.max(from, firstAtOrAfter(edited, times, end)));
  });
  return [...shown, present.filter((packet) => packet >= packets)];
}

function firstAtOrAfter(order: Uint32Array, times: Float64Array, time: number): number {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[order[middle] as number] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** No codec holds back more pictures than this. */
const MAX_REORDER = 16;

/** The largest number of packets that come before another one and have later times. */
export function reorderDepth(times: Float64Array): number {
  let depth = 0;
  for (let i = 1; i < times.length; i++) {
    let later = 0;
    for (let j = Math.max(0, i - MAX_REORDER); j < i; j++) {
      if ((times[j] as number) > (times[i] as number)) later++;
    }
    if (later > depth) depth = later;
  }
  return depth;
}
