/**
 * Where the fragments of a file are, if it tells (`sidx`, `mfra`), so that several of their heads are fetched ahead at a time. If not,
 * the last fragment tells how much to fetch at the next. This is only about speed: walking the boxes corrects whatever is wrong here.
 */
import type { ByteReader } from "../../net/byte-reader.ts";
import { boxesIn, viewOf } from "./box.ts";

/** How many heads are fetched ahead. */
const AHEAD_COUNT = 5;
/** In a smaller file looking for `mfra` is not worth a request. */
const MFRA_FROM_BYTES = 4 * 1024 * 1024;
const MFRA_AHEAD = 32 * 1024;
const MAX_MFRA_BYTES = 8 * 1024 * 1024;
/** Fragments closer than this are read through instead of stepped over. */
const NEAR = 128 * 1024;
const READ_THROUGH = 1024 * 1024;
const FIRST_HEAD = 8 * 1024;
/** Small boxes that stand before a fragment (`styp`, `sidx`). */
const LEAD_BYTES = 256;

export class FragmentPlaces {
  readonly #reader: ByteReader;
  /** Known starts, ascending. */
  #starts: number[] = [];
  #nextStart = 0;
  #lastAt: number | null = null;
  #stride = 0;
  #headBytes = FIRST_HEAD;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  /** How many bytes to fetch at `at`; undefined before the first fragment. */
  ahead(at: number): number | undefined {
    if (this.#lastAt === null && this.#starts.length === 0) return undefined;
    if (this.#stride > 0 && this.#stride < NEAR) return READ_THROUGH;
    while (this.#nextStart < this.#starts.length && (this.#starts[this.#nextStart] as number) <= at)
      this.#nextStart++;
    for (const start of this.#starts.slice(this.#nextStart, this.#nextStart + AHEAD_COUNT)) {
      this.#reader.prefetch(start - LEAD_BYTES, start + this.#headBytes);
    }
    return this.#headBytes;
  }

  /** Tells that a fragment's box was found. */
  met(at: number, end: number): void {
    if (this.#lastAt !== null) this.#stride = at - this.#lastAt;
    this.#lastAt = at;
    // The next one may be a little larger, and the head of its media data should come with it.
    this.#headBytes = Math.max(FIRST_HEAD / 4, Math.ceil((end - at) * 1.25) + 64);
  }

  /** The segment index (ISO/IEC 14496-12, 8.16.3) between `at` and `end`. */
  async readSidx(at: number, end: number): Promise<void> {
    if (end - at > MAX_MFRA_BYTES) return;
    const view = viewOf(await this.#reader.read(at, end));
    if (view.byteLength < 32) return;
    const long = view.getUint8(8) === 1;
    let place = end + (long ? Number(view.getBigUint64(28)) : view.getUint32(24));
    const table = long ? 36 : 28;
    if (view.byteLength < table + 4) return;
    const count = Math.min(view.getUint16(table + 2), Math.floor((view.byteLength - table - 4) / 12));
    const starts: number[] = [];
    for (let i = 0; i < count; i++) {
      const reference = view.getUint32(table + 4 + i * 12);
      if (reference < 0x8000_0000) starts.push(place);
      place += reference & 0x7fff_ffff;
    }
    this.#know(starts);
  }

  /** The random access index at the end of the file (8.8.9 to 8.8.11), if there is one. */
  async readMfra(): Promise<void> {
    const { size } = this.#reader;
    if (this.#starts.length > 0 || size < MFRA_FROM_BYTES) return;
    const tail = viewOf(await this.#reader.read(size - MFRA_AHEAD, size));
    const length = tail.getUint32(tail.byteLength - 4);
    if (tail.getUint32(tail.byteLength - 12) !== 0x6d66_726f || length < 16 || length > MAX_MFRA_BYTES)
      return;
    const view = viewOf(await this.#reader.read(Math.max(0, size - length), size));
    const starts: number[] = [];
    for (const mfra of boxesIn(view, 0, view.byteLength)) {
      if (mfra.type !== "mfra") return;
      for (const tfra of boxesIn(view, mfra.start, mfra.end)) {
        if (tfra.type !== "tfra" || tfra.end - tfra.start < 16) continue;
        const long = view.getUint8(tfra.start) === 1;
        const lengths = view.getUint32(tfra.start + 8);
        const bytes = (long ? 16 : 8) + 3 + ((lengths >> 4) & 3) + ((lengths >> 2) & 3) + (lengths & 3);
        const count = Math.min(
          view.getUint32(tfra.start + 12),
          Math.floor((tfra.end - tfra.start - 16) / bytes),
        );
        for (let i = 0; i < count; i++) {
          const at = tfra.start + 16 + i * bytes;
          starts.push(long ? Number(view.getBigUint64(at + 8)) : view.getUint32(at + 4));
        }
      }
    }
    this.#know(starts);
  }

  #know(starts: readonly number[]): void {
    this.#starts = [...new Set([...this.#starts, ...starts])].sort((a, b) => a - b);
    this.#nextStart = 0;
  }
}
