/**
 * Downloads a whole file as a stream, for what is too large for memory: nothing is read from the connection before the consumer asks
 * for it, and both the size and every wait for the server are limited. The stream fails with a `MediaError`; an abort by the caller's
 * signal fails it with that signal's reason.
 */
import { MediaError } from "../errors.ts";
import { type Transfer, tooLarge } from "./fetch-bytes.ts";
import {
  brokenOff,
  type Fetch,
  type MediaRequestOptions,
  networkError,
  requestMedia,
} from "./media-request.ts";

/** Options of a download as a stream. */
export interface FetchStreamOptions extends MediaRequestOptions {
  /** Largest file taken, in bytes; default 8 GiB. */
  readonly maxBytes?: number | undefined;
  /** The least size that the file is known to have; if less arrives, the stream fails with `truncated`. */
  readonly expectedBytes?: number | undefined;
  /** For the answer, and for each piece that the reader waits for, in milliseconds; default 60 seconds. */
  readonly timeoutMs?: number | undefined;
  /** Called once: when the stream has ended, has failed, was cancelled, or could not be opened. */
  readonly onTransfer?: ((transfer: Transfer) => void) | undefined;
}

const DEFAULT_MAX_BYTES = 8 * 1024 ** 3;
const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Opens `url` with one request. The stream holds its connection until it is read to the end or cancelled.
 *
 * @throws MediaError `refused-address`, `access-denied`, `http-status`, `network`, `timed-out`, `too-large`; while it is read also
 *   `truncated`
 * @example
 * const stream = await fetchStream(signedUrl, { signal });
 * for await (const chunk of stream) hash.update(chunk);
 */
export async function fetchStream(
  url: string,
  options: FetchStreamOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  return new Download(options).open(url);
}

class Download {
  readonly #options: FetchStreamOptions;
  readonly #maxBytes: number;
  readonly #limit = new AbortController();
  /** Aborts with the caller's signal, and at the time limit. */
  readonly #signal: AbortSignal;
  #requests = 0;
  #bytes = 0;
  #ended = false;

  constructor(options: FetchStreamOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#signal = options.signal
      ? AbortSignal.any([options.signal, this.#limit.signal])
      : this.#limit.signal;
  }

  async open(url: string): Promise<ReadableStream<Uint8Array>> {
    try {
      const request = { ...this.#options, fetch: this.#send, signal: this.#signal };
      const { response, from } = await this.#inTime(() => requestMedia(url, request));
      const encoded = response.headers.has("content-encoding");
      const declared = encoded ? 0 : Number.parseInt(response.headers.get("content-length") ?? "0", 10);
      if (declared > this.#maxBytes) {
        await response.body?.cancel();
        throw tooLarge(from, `has ${declared} bytes`, this.#maxBytes);
      }
      const body: ReadableStream<Uint8Array> = response.body ?? new Blob([]).stream();
      return this.#stream(body.getReader(), from, Math.max(declared, this.#options.expectedBytes ?? 0));
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #stream(body: ReadableStreamDefaultReader<Uint8Array>, from: string, expected: number) {
    const signal = this.#signal;
    const stop = (reason: unknown) => {
      this.#end();
      body.cancel(reason).catch(() => {}); // Nobody waits for the rest.
    };
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          // A source that does not heed the signal must not keep the reader waiting.
          const onAbort = () => {
            if (this.#ended) return;
            controller.error(signal.reason);
            stop(signal.reason);
          };
          signal.addEventListener("abort", onAbort, { once: true });
        },
        pull: async (controller) => {
          try {
            const chunk = await this.#inTime(() => body.read());
            if (this.#ended) return;
            if (!chunk.done) {
              this.#received(chunk.value.length, from);
              controller.enqueue(chunk.value);
              return;
            }
            if (this.#bytes < expected) throw brokenOff(from, this.#bytes, expected);
            this.#end();
            controller.close();
          } catch (cause) {
            if (this.#ended) return;
            const error = networkError(cause, from, signal);
            stop(error);
            controller.error(error);
          }
        },
        cancel: stop,
      },
      { highWaterMark: 0 },
    );
  }

  readonly #send: Fetch = (input, init) => {
    this.#requests++;
    return (this.#options.fetch ?? fetch)(input, init);
  };

  #received(bytes: number, from: string): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) {
      throw tooLarge(from, `sent more than ${this.#maxBytes} bytes`, this.#maxBytes);
    }
  }

  /** A timer for each wait is cheaper than an abort signal for each of very many pieces. */
  async #inTime<T>(work: () => Promise<T>): Promise<T> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const timer = setTimeout(() => {
      const message = `The download stood still for ${timeoutMs / 1000} seconds.`;
      this.#limit.abort(new MediaError("timed-out", message, { retryable: true }));
    }, timeoutMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onTransfer?.({ requests: this.#requests, bytes: this.#bytes });
  }
}
