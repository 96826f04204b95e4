/**
 * Random access to a file's bytes, wherever the file lies. Readers of containers and packets know files by nothing else.
 * `read` may return a view of a cache: never change it, and copy what is to be kept.
 */
import { MediaError } from "../errors.ts";
import type { Transfer } from "./fetch-bytes.ts";

/** What the reader may do beyond the bytes asked for. */
export interface ReadOptions {
  /** Fetch at least this many bytes when a request is needed anyway; they are likely to be asked for next. */
  readonly ahead?: number;
}

/** A file of known size. */
export interface ByteReader {
  /** Bytes. */
  readonly size: number;
  /** What reading has cost so far. */
  readonly transfer: Transfer;
  /**
   * The bytes `start <= i < end`.
   *
   * @throws MediaError `truncated` when they are not all inside the file, and what fetching fails with
   */
  read(start: number, end: number, options?: ReadOptions): Promise<Uint8Array>;
  /** Starts fetching what will be read soon; a failure shows when it is read. */
  prefetch(start: number, end: number): void;
  /** Ends all requests. May be called twice. */
  close(): void;
}

/** A file in memory. */
export class MemoryReader implements ByteReader {
  readonly #bytes: Uint8Array;
  readonly #transfer: () => Transfer;
  readonly #onClose: () => void;

  /** @param origin what fetching the file cost, and what to call when it is closed */
  constructor(
    bytes: Uint8Array,
    origin: { readonly transfer?: () => Transfer; readonly onClose?: () => void } = {},
  ) {
    this.#bytes = bytes;
    this.#transfer = origin.transfer ?? (() => ({ requests: 0, bytes: 0 }));
    this.#onClose = origin.onClose ?? (() => {});
  }

  get size(): number {
    return this.#bytes.length;
  }

  get transfer(): Transfer {
    return this.#transfer();
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    checkRange(start, end, this.size);
    return this.#bytes.subarray(start, end);
  }

  prefetch(): void {}

  close(): void {
    this.#onClose();
  }
}

/** @throws MediaError `truncated` when a file of `size` bytes does not hold the range */
export function checkRange(start: number, end: number, size: number): void {
  if (start >= 0 && start <= end && end <= size) return;
  throw new MediaError(
    "truncated",
    `The bytes ${start} to ${end} are outside of the file, which has ${size} bytes: it was cut short, or its index is wrong.`,
  );
}

/** Several pieces as one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
