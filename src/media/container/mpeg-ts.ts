/**
 * MPEG transport streams through mediabunny, on a reader of ours. A stream has no index at all, so it costs one pass over the file;
 * afterwards a frame costs its group of pictures and the search for it. Nothing of the pass is kept but times and sizes. What
 * mediabunny throws becomes a MediaError; what reading fails with goes through.
 */
import {
  CustomSource,
  type EncodedPacket,
  EncodedPacketSink,
  Input,
  type InputVideoTrack,
  MPEG_TS,
} from "mediabunny";
import { MediaError } from "../errors.ts";
import type { ByteReader } from "../net/byte-reader.ts";
import type { Orientation } from "../pixels.ts";
import type { VideoCodec } from "../wasm/video-decoder.ts";
import type { PacketSource } from "./packet-source.ts";
import { unsupportedCodec } from "./unsupported-codec.ts";
import { indexFrames, PacketList, type VideoIndex, type VideoTrack } from "./video-index.ts";

const CODECS: Readonly<Record<string, VideoCodec>> = { avc: "h264", hevc: "hevc" };
const ORIENTATIONS: Readonly<Record<number, Orientation>> = { 0: 1, 90: 6, 180: 3, 270: 8 };

/** Stream types (ISO/IEC 13818-1, table 2-34) that have a name but no decoder here. */
const STREAM_TYPES: Readonly<Record<number, string>> = {
  1: "MPEG-1",
  2: "MPEG-2",
  16: "MPEG-4 part 2",
  51: "VVC",
  234: "VC-1",
};

/** Read at a time in the pass over the whole file, and when a group of pictures is looked up. */
const PASS_AHEAD = 1024 * 1024;
const LOOKUP_AHEAD = 256 * 1024;
const MEDIABUNNY_CACHE_BYTES = 2 * 1024 * 1024;

/**
 * Reads the index of an MPEG transport stream.
 *
 * @throws MediaError `no-video-track`, `unsupported-codec`, `corrupt`, `truncated`, `too-large`, and what reading fails with
 */
export async function openMpegTs(reader: ByteReader): Promise<{ index: VideoIndex; packets: PacketSource }> {
  const file = new TransportStream(reader);
  return file.guarded(async () => {
    const track = await file.videoTrack();
    const facts = await readTrack(track);
    const list = await readPackets(track);
    const index = indexFrames({ ...facts, frameRate: frameRateOf(list.times) }, list, null);
    file.ahead = LOOKUP_AHEAD;
    return { index, packets: new StreamedPackets(file, track, index) };
  });
}

/** The file as mediabunny reads it. */
class TransportStream {
  ahead = PASS_AHEAD;
  readonly #input: Input;
  #failure: { readonly error: unknown } | null = null;

  constructor(reader: ByteReader) {
    const source = new CustomSource({
      getSize: () => reader.size,
      read: async (start, end) => {
        try {
          return await reader.read(start, end, { ahead: this.ahead });
        } catch (error) {
          this.#failure ??= { error };
          throw error;
        }
      },
      maxCacheSize: MEDIABUNNY_CACHE_BYTES,
      handleUnhandledError: () => {}, // The same failure meets whoever waits for the bytes.
    });
    this.#input = new Input({ source, formats: [MPEG_TS] });
  }

  async videoTrack(): Promise<InputVideoTrack> {
    const tracks = await this.#input.getTracks();
    const track = tracks.find((one) => one.isVideoTrack());
    if (track) return track;
    const kinds = tracks.map(({ type }) => type);
    throw new MediaError(
      "no-video-track",
      `The file has no video stream that can be read${kinds.length > 0 ? `; its streams are: ${kinds.slice(0, 8).join(", ")}` : ""}.`,
    );
  }

  /** Runs `work`; a failure of reading is thrown as it was, one of mediabunny's as `corrupt`. */
  async guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      const failure = this.#failure;
      this.#failure = null;
      if (failure) throw failure.error;
      if (cause instanceof MediaError) throw cause;
      throw new MediaError("corrupt", "The transport stream is damaged.", { cause });
    }
  }
}

async function readTrack(track: InputVideoTrack): Promise<Omit<VideoTrack, "frameRate">> {
  const [name, id] = await Promise.all([track.getCodec(), track.getInternalCodecId()]);
  const codec = CODECS[name ?? ""];
  const codecTag = name ?? STREAM_TYPES[Number(id)] ?? `stream type ${id}`;
  if (!codec) throw unsupportedCodec(codecTag);
  const width = await track.getCodedWidth();
  const height = await track.getCodedHeight();
  const orientation = ORIENTATIONS[await track.getRotation()] ?? 1;
  return { container: "mpegts", codec, codecTag, extradata: undefined, width, height, orientation };
}

async function readPackets(track: InputVideoTrack): Promise<PacketList> {
  const list = new PacketList();
  const sink = new EncodedPacketSink(track);
  for await (const { byteLength, timestamp, type } of sink.packets(undefined, undefined, {
    metadataOnly: true,
  })) {
    list.add(0, byteLength, timestamp, type === "key");
  }
  return list;
}

/** Frames per second between the first and the last frame; a lone frame has none. */
function frameRateOf(times: Float64Array): number {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const time of times) [first, last] = [Math.min(first, time), Math.max(last, time)];
  return times.length > 1 && last > first ? (times.length - 1) / (last - first) : 0;
}

/** Packets that mediabunny puts together: from a key packet on, one after the other. */
class StreamedPackets implements PacketSource {
  readonly #file: TransportStream;
  readonly #sink: EncodedPacketSink;
  readonly #index: VideoIndex;
  /** The packet given last. */
  #at: { readonly number: number; readonly packet: EncodedPacket } | null = null;

  constructor(file: TransportStream, track: InputVideoTrack, index: VideoIndex) {
    this.#file = file;
    this.#sink = new EncodedPacketSink(track);
    this.#index = index;
  }

  read(number: number): Promise<Uint8Array> {
    return this.#file.guarded(async () => {
      if (!this.#at || number < this.#at.number || this.#keyBefore(number) > this.#at.number) {
        this.#at = await this.#keyPacket(this.#keyBefore(number));
      }
      while (this.#at.number < number) {
        const packet = await this.#sink.getNextPacket(this.#at.packet);
        this.#at = { number: this.#at.number + 1, packet: this.#checked(packet, this.#at.number + 1) };
      }
      return this.#at.packet.data;
    });
  }

  async #keyPacket(number: number): Promise<{ number: number; packet: EncodedPacket }> {
    const time = this.#index.packets.times[number] as number;
    const found = number === 0 ? null : await this.#sink.getKeyPacket(time);
    if (found?.timestamp === time) return { number, packet: found };
    // The search goes by times, which can lie in damaged streams; the walk from the start does not.
    return { number: 0, packet: this.#checked(await this.#sink.getFirstPacket(), 0) };
  }

  /** @throws MediaError when it is not the packet of the pass over the file */
  #checked(packet: EncodedPacket | null, number: number): EncodedPacket {
    if (packet && packet.timestamp === this.#index.packets.times[number]) return packet;
    throw new MediaError("corrupt", `The transport stream does not give packet ${number} a second time.`);
  }

  #keyBefore(number: number): number {
    let key = number;
    while (key > 0 && this.#index.packets.keys[key] !== 1) key--;
    return key;
  }
}
