/**
 * MP4 and QuickTime, whole or fragmented, by ranges: the file's boxes are walked head by head, `moov` and each `moof` are read, and
 * media data is skipped. `sidx` and `mfra` only tell which fragments to fetch ahead; only the walk itself counts, so that a wrong one
 * costs requests but never frames.
 */
import { MediaError } from "../../errors.ts";
import type { ByteReader } from "../../net/byte-reader.ts";
import { type Container, indexFrames, PacketList, type VideoIndex } from "../video-index.ts";
import { type Box, boxesIn, fourLetters, MAX_HEAD_BYTES, readBoxHead, viewOf } from "./box.ts";
import { type Coding, codingOf } from "./coding-changes.ts";
import { type FragmentCursor, readFragment } from "./fragment.ts";
import { FragmentPlaces } from "./fragment-places.ts";
import { readSampleDescriptions } from "./sample-description.ts";
import { readSampleTable, type SampleTableFacts } from "./sample-table.ts";
import { type Mp4Track, readVideoTrack } from "./track.ts";

/** An MP4 file's index. */
export interface Mp4File {
  readonly index: VideoIndex;
  /** Makes a packet from its stored bytes. */
  readonly unpack: (stored: Uint8Array, packet: number) => Uint8Array;
}

/** An index of a million frames with as many audio samples stays below this. */
const MAX_MOOV_BYTES = 64 * 1024 * 1024;
const MAX_MOOF_BYTES = 4 * 1024 * 1024;
/** Boxes beside the fragments; real files have a dozen. */
const MAX_BOXES = 10_000;
const MAX_FRAGMENTS = 200_000;

/** How much is fetched at a box in the middle of a file: a `moov` there is often complete with it. */
const HEAD_AHEAD = 64 * 1024;
/** If less than this is left of the file, all of it is fetched: a `moov` at the end comes with its head. */
const TAIL_AHEAD = 512 * 1024;

/**
 * Reads the index of an MP4 or QuickTime file.
 *
 * @throws MediaError `no-video-track`, `unsupported-codec`, `unsupported-format`, `truncated`, `corrupt`, `too-large`, and what
 *   reading fails with
 */
export async function readMp4(reader: ByteReader): Promise<Mp4File> {
  const walk = new Mp4Walk(reader);
  try {
    await walk.run();
    return walk.file();
  } catch (cause) {
    // A table that points outside of its box.
    if (cause instanceof RangeError)
      throw new MediaError("corrupt", "The video's index is damaged.", { cause });
    throw cause;
  }
}

class Mp4Walk {
  readonly #reader: ByteReader;
  #brand = "qt  ";
  #movie: { track: Mp4Track; facts: SampleTableFacts; coding: Coding } | null = null;
  #cursor: FragmentCursor | null = null;
  readonly #places: FragmentPlaces;
  #packets = new PacketList();
  /** How many packets `moov` itself lists. */
  #unfragmented = 0;
  /** Where the box that the file's end cuts off begins. */
  #cutAt: { at: number; type: string } | null = null;
  #fragments = 0;

  constructor(reader: ByteReader) {
    this.#reader = reader;
    this.#places = new FragmentPlaces(reader);
  }

  async run(): Promise<void> {
    const { size } = this.#reader;
    let at = 0;
    for (let boxes = 0; at + 8 <= size; boxes++) {
      const head = await this.#head(at);
      if (!head) break;
      const end = head.size === 0 ? size : at + head.size;
      if (end > size) this.#cutAt = { at, type: head.type };
      if (head.type === "moov") {
        await this.#readMoov(at, end);
        if (!this.#movie?.track.isFragmented) return;
        await this.#places.readMfra();
      } else if (head.type === "moof") {
        await this.#readMoof(at, end);
      } else if (head.type === "ftyp" && head.size >= 12) {
        this.#brand = fourLetters(
          viewOf(await this.#reader.read(at + head.headBytes, at + head.headBytes + 4)),
          0,
        );
      } else if (head.type === "sidx" && end <= size) {
        await this.#places.readSidx(at, end);
      }
      if (boxes > MAX_BOXES + 16 * this.#fragments || this.#fragments > MAX_FRAGMENTS) {
        throw new MediaError(
          "corrupt",
          `The file has more boxes than a video needs (${boxes}, ${this.#fragments} of them fragments). Rewrite it, for example with ` +
            "ffmpeg -i in -c copy out.mp4.",
        );
      }
      at = end;
    }
  }

  file(): Mp4File {
    if (!this.#movie) throw this.#noMovie();
    const { track, facts, coding } = this.#movie;
    const { description, withHeader } = coding;
    const duration = this.#cursor ? this.#cursor.nextTime : facts.duration;
    const { codec, tag: codecTag, extradata, width, height } = description;
    const container: Container = this.#brand === "qt  " ? "mov" : "mp4";
    const frameRate = duration > 0 ? (this.#packets.count * track.timescale) / duration : 0;
    const { orientation, shown } = track;
    // For fragments edits only move times: FFmpeg hides none of their frames.
    const edits = shown && this.#unfragmented > 0 ? { parts: shown, packets: this.#unfragmented } : null;
    const hasSeveralHeaders = withHeader !== null;
    const index = indexFrames(
      { container, codec, codecTag, extradata, width, height, orientation, frameRate, hasSeveralHeaders },
      this.#packets,
      edits,
      this.#reader.size,
    );
    const unpack = (stored: Uint8Array, packet: number) =>
      withHeader ? withHeader(stored, packet, index.packets.keys[packet] === 1) : stored;
    return { index, unpack };
  }

  async #head(at: number) {
    const { size } = this.#reader;
    const ahead = this.#places.ahead(at) ?? (size - at <= TAIL_AHEAD ? size - at : HEAD_AHEAD);
    return readBoxHead(
      viewOf(await this.#reader.read(at, Math.min(size, at + MAX_HEAD_BYTES), { ahead })),
      0,
    );
  }

  async #readMoov(at: number, end: number): Promise<void> {
    if (this.#movie) return;
    if (end - at > MAX_MOOV_BYTES) {
      throw new MediaError(
        "too-large",
        `The video's index has ${end - at} bytes; at most ${MAX_MOOV_BYTES} are read. Split the video into shorter ones.`,
      );
    }
    if (end > this.#reader.size) throw this.#noMovie();
    const view = viewOf(await this.#reader.read(at, end));
    const moov = firstBox(view);
    const track = readVideoTrack(view, moov);
    this.#packets = new PacketList();
    const facts = readSampleTable(view, track.stbl, this.#packets);
    this.#unfragmented = this.#packets.count;
    const coding = codingOf(readSampleDescriptions(view, track.stsd), facts.descriptions);
    this.#movie = { track, facts, coding };
    if (track.isFragmented) {
      const { duration: nextTime, lastTime } = facts;
      this.#cursor = { trackId: track.id, defaults: track.fragmentDefaults, nextTime, lastTime };
    }
  }

  async #readMoof(at: number, end: number): Promise<void> {
    if (!this.#cursor || end > this.#reader.size) return;
    if (end - at > MAX_MOOF_BYTES) {
      throw new MediaError(
        "too-large",
        `A fragment's index has ${end - at} bytes; at most ${MAX_MOOF_BYTES} are read. Rewrite the file with shorter fragments.`,
      );
    }
    this.#fragments++;
    this.#places.met(at, end);
    const view = viewOf(await this.#reader.read(at, end));
    readFragment(view, firstBox(view), at, this.#cursor, this.#packets);
  }

  #noMovie(): MediaError {
    const cut = this.#cutAt;
    if (cut) {
      return new MediaError(
        "truncated",
        `The file ends inside its ${cut.type} box, before its index (moov) is complete: it was cut short. Upload it again.`,
      );
    }
    return new MediaError(
      "corrupt",
      "The file has no index (moov): its recording or upload was not finished. Upload it again.",
    );
  }
}

function firstBox(view: DataView): Box {
  for (const box of boxesIn(view, 0, view.byteLength)) return box;
  throw new MediaError("corrupt", "The video's index is damaged.");
}
