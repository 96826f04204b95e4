/**
 * Requests to one remote file: at most six at a time, counted and limited, and every answer is checked to be of the same file. An
 * expired signed URL is refreshed once per expiry; a failed request is repeated twice.
 */
import { MediaError } from "../errors.ts";
import { Connections, MAX_CONNECTIONS } from "./connections.ts";
import type { Transfer } from "./fetch-bytes.ts";
import { type Fetch, type MediaRequestOptions, withTimeLimit } from "./media-request.ts";
import { type FilePin, type RangeAnswer, requestRange } from "./range-request.ts";

/** Options of reading a remote file. */
export interface OpenReaderOptions extends Omit<MediaRequestOptions, "headers"> {
  /** Gives a fresh URL of the same file when the old one is refused (401, 403). */
  readonly refreshUrl?: (() => Promise<string>) | undefined;
  /** Bytes received in all; default 8 GiB. */
  readonly maxBytes?: number | undefined;
  /** Requests sent in all; default 5000. */
  readonly maxRequests?: number | undefined;
  /** For one request with its body, in milliseconds; default 60 seconds. */
  readonly requestTimeoutMs?: number | undefined;
  /** Bytes of fetched pieces that are kept; default 4 MiB. */
  readonly cacheBytes?: number | undefined;
  /** Waits before a request is repeated. */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
  /** Called once, when the reader is closed (or could not be opened). */
  readonly onTransfer?: ((transfer: Transfer) => void) | undefined;
}

const REPEATS = 2;
const FIRST_PAUSE_MS = 250;

/** The address of a file, with the limits and counts of all requests to it. */
export class RemoteFile {
  readonly cacheBytes: number;
  readonly signal: AbortSignal;
  readonly #options: OpenReaderOptions;
  readonly #connections = new Connections(MAX_CONNECTIONS);
  readonly #closing = new AbortController();
  #closed = false;
  #url: string;
  #refreshing: Promise<void> | null = null;
  /** Whether the present URL has answered; a fresh one that is refused at once is not refreshed again. */
  #urlWorked = true;
  #requests = 0;
  #bytes = 0;

  constructor(url: string, options: OpenReaderOptions) {
    this.#url = url;
    this.#options = options;
    this.cacheBytes = options.cacheBytes ?? 4 * 1024 * 1024;
    this.signal = options.signal
      ? AbortSignal.any([options.signal, this.#closing.signal])
      : this.#closing.signal;
  }

  get transfer(): Transfer {
    return { requests: this.#requests, bytes: this.#bytes };
  }

  readonly received = (bytes: number): void => {
    this.#bytes += bytes;
    const { maxBytes = 8 * 1024 ** 3 } = this.#options;
    if (this.#bytes > maxBytes) {
      throw new MediaError(
        "too-large",
        `Reading the file takes more than ${maxBytes} bytes of downloads (maxBytes). Raise the limit if that is right.`,
      );
    }
  };

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.abort(new MediaError("closed", "The file was closed while it was read."));
    this.#options.onTransfer?.(this.transfer);
  }

  /** Requests a range; repeats it, and refreshes the URL, where that may help. */
  async request(start: number, end: number, pin: FilePin | null): Promise<RangeAnswer> {
    const { sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) } = this.#options;
    for (let repeat = 0; ; ) {
      const url = this.#url;
      try {
        const answer = await this.#connections.run(() => this.#once(url, start, end, pin));
        if (url === this.#url) this.#urlWorked = true;
        return answer;
      } catch (error) {
        if (!(error instanceof MediaError) || !error.retryable || error.code === "changed") throw error;
        if (error.code === "access-denied") {
          if (!(await this.#refreshed(url))) throw error;
        } else {
          if (++repeat > REPEATS) throw error;
          await sleep(FIRST_PAUSE_MS * 2 ** (repeat - 1));
        }
      }
    }
  }

  async #once(url: string, start: number, end: number, pin: FilePin | null): Promise<RangeAnswer> {
    const { requestTimeoutMs = 60_000, allowInsecureLoopback } = this.#options;
    const limits = { signal: this.signal, timeoutMs: requestTimeoutMs, what: "A range request" };
    return withTimeLimit(limits, (signal) =>
      requestRange(
        url,
        { start, end, pin },
        { fetch: this.#send, signal, allowInsecureLoopback, onReceived: this.received },
      ),
    );
  }

  readonly #send: Fetch = (input, init) => {
    const { maxRequests = 5000, fetch: send = (address, how) => fetch(address, how) } = this.#options;
    if (this.#requests >= maxRequests) {
      throw new MediaError(
        "too-large",
        `Reading the file takes more than ${maxRequests} requests (maxRequests). Raise the limit if that is right.`,
      );
    }
    this.#requests++;
    return send(input, init);
  };

  /** Whether there is another URL than `refused` to try. */
  async #refreshed(refused: string): Promise<boolean> {
    const { refreshUrl } = this.#options;
    if (this.#url !== refused) return true;
    if (!refreshUrl || !this.#urlWorked) return false;
    this.#refreshing ??= refreshUrl()
      .then((url) => {
        this.#url = url;
        this.#urlWorked = false;
      })
      .finally(() => {
        this.#refreshing = null;
      });
    await this.#refreshing;
    return true;
  }
}
