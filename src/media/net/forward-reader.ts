/**
 * A file from a server that sends it only as a whole: its body is read forward, once, and the last bytes read are kept. Good
 * for reading in file order; a step back beyond what is kept fails with `ranges-ignored`, because it would cost the whole
 * download again.
 */
import { MediaError } from "../errors.ts";
import { type ByteReader, checkRange } from "./byte-reader.ts";
import { ExtentCache } from "./extent-cache.ts";
import type { Transfer } from "./fetch-bytes.ts";
import { brokenOff, networkError } from "./media-request.ts";

/** What a forward reader needs. */
export interface ForwardReaderOptions {
  readonly body: ReadableStream<Uint8Array>;
  /** Bytes of the whole file. */
  readonly size: number;
  /** The address, for messages. */
  readonly from: string;
  /** Bytes kept of what was read. */
  readonly keepBytes: number;
  readonly signal: AbortSignal;
  /** What reading the file has cost so far; `onReceived` adds to it. */
  readonly transfer: () => Transfer;
  /** Called with the number of bytes that arrived; throws when there are too many in all. */
  readonly onReceived: (bytes: number) => void;
  readonly onClose: () => void;
}

export class ForwardReader implements ByteReader {
  readonly size: number;
  readonly #options: ForwardReaderOptions;
  readonly #body: ReadableStreamDefaultReader<Uint8Array>;
  readonly #kept: ExtentCache;
  #position = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ForwardReaderOptions) {
    this.size = options.size;
    this.#options = options;
    this.#body = options.body.getReader();
    this.#kept = new ExtentCache(options.keepBytes);
  }

  get transfer(): Transfer {
    return this.#options.transfer();
  }

  read(start: number, end: number): Promise<Uint8Array> {
    checkRange(start, end, this.size);
    const mine = this.#turn.then(() => this.#read(start, end));
    this.#turn = mine.catch(() => {});
    return mine;
  }

  prefetch(): void {}

  close(): void {
    this.#body.cancel().catch(() => {}); // Nobody waits for the rest.
    this.#options.onClose();
  }

  async #read(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    let at = start;
    while (at < end) {
      const kept = this.#kept.find(at);
      if (kept) {
        const part = kept.bytes.subarray(at - kept.start, end - kept.start);
        bytes.set(part, at - start);
        at += part.length;
      } else if (at < this.#position) {
        throw new MediaError(
          "ranges-ignored",
          `${this.#options.from} ignores range requests and sends the file as a whole; byte ${at} is needed again, but only the ` +
            `last ${this.#options.keepBytes} bytes are kept. Serve the file from storage that answers ranges, or put its index ` +
            "first (MP4: faststart) and read its frames in order.",
        );
      } else {
        await this.#advance();
      }
    }
    return bytes;
  }

  async #advance(): Promise<void> {
    const { from, signal, onReceived } = this.#options;
    signal.throwIfAborted();
    const chunk = await this.#body.read().catch((cause: unknown) => {
      throw networkError(cause, from, signal);
    });
    if (chunk.done) throw brokenOff(from, this.#position, this.size);
    onReceived(chunk.value.length);
    this.#kept.add({ start: this.#position, bytes: chunk.value });
    this.#position += chunk.value.length;
  }
}
