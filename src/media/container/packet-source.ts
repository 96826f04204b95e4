/**
 * The bytes of packets, in the order in which a decoder takes them. Neighbours in the file are read with one request, up to a mebibyte,
 * and the next mebibyte is fetched while this one is decoded: two such runs are in memory.
 */
import { MediaError } from "../errors.ts";
import type { ByteReader } from "../net/byte-reader.ts";
import type { PacketTable } from "./video-index.ts";

/** Packets by their number in decode order. */
export interface PacketSource {
  /**
   * The bytes of one packet; valid until the next call.
   *
   * @param until the last packet that will certainly be asked for after this one
   * @throws MediaError what reading fails with, `truncated` when the bytes are not there
   */
  read(packet: number, until: number): Promise<Uint8Array>;
}

const RUN_BYTES = 1024 * 1024;
/** Data of other tracks between two packets: up to this size, fetching it is cheaper than another request. */
const GAP_BYTES = 64 * 1024;
/** A frame of 8K ProRes stays below this. */
const MAX_PACKET_BYTES = 32 * 1024 * 1024;

/** Packets that follow each other closely in the file. */
interface Run {
  readonly last: number;
  readonly start: number;
  readonly end: number;
}

/** Packets of a file, each in one stretch of it. */
export class StoredPackets implements PacketSource {
  readonly #reader: ByteReader;
  readonly #table: PacketTable;
  readonly #unpack: (stored: Uint8Array, packet: number) => Uint8Array | Promise<Uint8Array>;
  #run: (Run & { readonly bytes: Uint8Array }) | null = null;

  /** @param unpack makes a packet from its stored bytes, if they differ */
  constructor(
    reader: ByteReader,
    table: PacketTable,
    unpack: (stored: Uint8Array, packet: number) => Uint8Array | Promise<Uint8Array> = (stored) => stored,
  ) {
    this.#reader = reader;
    this.#table = table;
    this.#unpack = unpack;
  }

  async read(packet: number, until: number): Promise<Uint8Array> {
    let run = this.#run;
    const start = this.#table.offsets[packet] as number;
    const size = this.#table.sizes[packet] as number;
    if (!run || start < run.start || start + size > run.end) {
      this.#run = null;
      const planned = this.#plan(packet, until);
      run = { ...planned, bytes: await this.#reader.read(planned.start, planned.end) };
      this.#run = run;
      if (run.last < until) {
        const next = this.#plan(run.last + 1, until);
        this.#reader.prefetch(next.start, next.end);
      }
    }
    return this.#unpack(run.bytes.subarray(start - run.start, start - run.start + size), packet);
  }

  #plan(packet: number, until: number): Run {
    const { offsets, sizes } = this.#table;
    const start = offsets[packet] as number;
    let end = start + (sizes[packet] as number);
    if (end - start > MAX_PACKET_BYTES) {
      throw new MediaError(
        "corrupt",
        `The video's index is damaged: it says that packet ${packet} has ${end - start} bytes; at most ${MAX_PACKET_BYTES} are read.`,
      );
    }
    let last = packet;
    while (last < until && last + 1 < this.#table.count) {
      const nextStart = offsets[last + 1] as number;
      const nextEnd = nextStart + (sizes[last + 1] as number);
      if (nextStart < end || nextStart - end > GAP_BYTES || nextEnd - start > RUN_BYTES) break;
      last++;
      end = nextEnd;
    }
    return { last, start, end };
  }
}
