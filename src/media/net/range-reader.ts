/**
 * Reads a remote file by bounded ranges: only what is missing is requested, and nothing twice at the same time. Fails with a
 * `MediaError`; an abort by the caller's signal throws that signal's reason.
 */
import { type ByteReader, checkRange, joined, type ReadOptions } from "./byte-reader.ts";
import { ExtentCache } from "./extent-cache.ts";
import type { Transfer } from "./fetch-bytes.ts";
import type { FilePin, RangeAnswer } from "./range-request.ts";
import { type OpenReaderOptions, RemoteFile } from "./remote-file.ts";
import { readWhole } from "./whole-file.ts";

/** The first request: enough for the index of most videos up to half an hour, and for all of a small file. */
const FIRST_BYTES = 256 * 1024;

/**
 * Opens a remote file with one request.
 *
 * @throws MediaError `refused-address`, `access-denied`, `http-status`, `network`, `timed-out`, `ranges-ignored`, `too-large`
 * @example
 * const reader = await openReader(signedUrl, { signal });
 * try { const head = await reader.read(0, 12) } finally { reader.close() }
 */
export async function openReader(url: string, options: OpenReaderOptions = {}): Promise<ByteReader> {
  const file = new RemoteFile(url, options);
  try {
    const answer = await file.request(0, FIRST_BYTES, null);
    if (answer.kind === "range") return new RangeReader(file, answer.pin, answer.bytes);
    return await readWhole(answer.response, answer.from, file);
  } catch (error) {
    file.close();
    throw error;
  }
}

/** A range of a file that is being fetched. */
interface Pending {
  readonly start: number;
  readonly end: number;
  readonly done: Promise<void>;
}

class RangeReader implements ByteReader {
  readonly #file: RemoteFile;
  readonly #pin: FilePin;
  readonly #cache: ExtentCache;
  readonly #pending = new Set<Pending>();

  constructor(file: RemoteFile, pin: FilePin, head: Uint8Array) {
    this.#file = file;
    this.#pin = pin;
    this.#cache = new ExtentCache(file.cacheBytes);
    this.#cache.add({ start: 0, bytes: head });
  }

  get size(): number {
    return this.#pin.size;
  }

  get transfer(): Transfer {
    return this.#file.transfer;
  }

  async read(start: number, end: number, options: ReadOptions = {}): Promise<Uint8Array> {
    checkRange(start, end, this.size);
    const parts: Uint8Array[] = [];
    let at = start;
    while (at < end) {
      const cached = this.#cache.find(at);
      if (cached) {
        const part = cached.bytes.subarray(at - cached.start, end - cached.start);
        parts.push(part);
        at += part.length;
        continue;
      }
      const pending = this.#pendingAt(at);
      if (pending) await pending.done;
      else {
        const bytes = await this.#fetch(at, this.#boundary(at, Math.max(end, at + (options.ahead ?? 0))));
        // Taken from the answer itself: the cache may be too small to hold it until it is looked up again.
        const part = bytes.subarray(0, end - at);
        parts.push(part);
        at += part.length;
      }
    }
    return joined(parts);
  }

  prefetch(start: number, end: number): void {
    const last = Math.min(end, this.size);
    if (start >= 0 && start < last) this.read(start, last).catch(() => {}); // A failure shows when it is read.
  }

  close(): void {
    this.#file.close();
  }

  #pendingAt(position: number): Pending | undefined {
    for (const pending of this.#pending) {
      if (pending.start <= position && position < pending.end) return pending;
    }
    return undefined;
  }

  /** How far a request from `start` goes, so that nothing is fetched twice. */
  #boundary(start: number, wanted: number): number {
    let end = this.#cache.nextStart(start, Math.min(wanted, this.size));
    for (const pending of this.#pending) {
      if (pending.start > start && pending.start < end) end = pending.start;
    }
    return end;
  }

  async #fetch(start: number, end: number): Promise<Uint8Array> {
    const answer = this.#file.request(start, end, this.#pin);
    const pending: Pending = { start, end, done: answer.then(() => {}) };
    pending.done.catch(() => {}); // Whoever waits for it sees the failure, but perhaps nobody does.
    this.#pending.add(pending);
    try {
      const { bytes } = (await answer) as RangeAnswer & { kind: "range" }; // A pinned request gives nothing else.
      this.#cache.add({ start, bytes });
      return bytes;
    } finally {
      this.#pending.delete(pending);
    }
  }
}
