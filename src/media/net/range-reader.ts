/**
 * A remote file by bounded ranges: only what is missing is asked for, at most six requests at a time, every answer checked to
 * be of the same file. An expired signed URL is refreshed once per expiry, a failed request is repeated twice. Fails with a
 * `MediaError`; an abort by the caller's signal throws that signal's reason.
 */
import { MediaError } from "../errors.ts";
import { type ByteReader, checkRange, MemoryReader, type ReadOptions } from "./byte-reader.ts";
import { Connections, MAX_CONNECTIONS } from "./connections.ts";
import { ExtentCache } from "./extent-cache.ts";
import type { Transfer } from "./fetch-bytes.ts";
import { ForwardReader } from "./forward-reader.ts";
import { type Fetch, type MediaRequestOptions, networkError, withTimeLimit } from "./media-request.ts";
import { type FilePin, type RangeAnswer, requestRange } from "./range-request.ts";

/** Ways and limits of reading a remote file. */
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
  /** Told once, when the reader is closed (or could not be opened). */
  readonly onTransfer?: ((transfer: Transfer) => void) | undefined;
}

/** Asked for at once: enough for the index of most files up to half an hour, and for small files as a whole. */
const FIRST_BYTES = 256 * 1024;
/** A file from a server without ranges is taken into memory up to this size, and read forward above it. */
const WHOLE_BYTES = 24 * 1024 * 1024;
/** What is kept of a file that is read forward. */
const FORWARD_KEEP = 16 * 1024 * 1024;
const REPEATS = 2;
const FIRST_PAUSE_MS = 250;

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
    if (start >= 0 && start < last) this.read(start, last).catch(() => {}); // Shows when it is read.
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
    pending.done.catch(() => {}); // Whoever waits for it sees the failure; nobody needs to.
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

/** The address of a file, with the limits and counts of all requests to it. */
class RemoteFile {
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
      throw new MediaError("too-large", `More than ${maxBytes} bytes would be downloaded (maxBytes).`);
    }
  };

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.abort(new MediaError("closed", "The file was closed while it was read."));
    this.#options.onTransfer?.(this.transfer);
  }

  /** A range, with all that the repeats and the refresh can do for it. */
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
      throw new MediaError("too-large", `More than ${maxRequests} requests would be needed (maxRequests).`);
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

/** What to do with a file that comes as a whole: into memory when it is small, else read forward. */
async function readWhole(response: Response, from: string, file: RemoteFile): Promise<ByteReader> {
  const declared = Number.parseInt(response.headers.get("content-length") ?? "", 10);
  const isPlain = !response.headers.has("content-encoding");
  const { body } = response;
  if (!body) return new ClosingReader(new MemoryReader(new Uint8Array(), file.transfer), file);
  if (isPlain && declared > WHOLE_BYTES) {
    return new ForwardReader({
      body,
      size: declared,
      from,
      keepBytes: FORWARD_KEEP,
      signal: file.signal,
      transfer: () => file.transfer,
      onReceived: file.received,
      onClose: () => file.close(),
    });
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  for (;;) {
    const chunk = await reader.read().catch((cause: unknown) => {
      throw networkError(cause, from, file.signal);
    });
    if (chunk.done) break;
    file.received(chunk.value.length);
    parts.push(chunk.value);
    length += chunk.value.length;
    if (length > WHOLE_BYTES) {
      await reader.cancel();
      throw new MediaError(
        "ranges-ignored",
        `${from} ignores range requests and does not say how large the file is; more than ${WHOLE_BYTES} bytes came. ` +
          "Serve the file from storage that answers ranges.",
      );
    }
  }
  if (isPlain && length < declared) {
    const message = `${from} broke off: ${length} of ${declared} bytes arrived.`;
    throw new MediaError("truncated", message, { retryable: true });
  }
  return new ClosingReader(new MemoryReader(joined(parts), file.transfer), file);
}

/** A file in memory that reports its cost when it is closed. */
class ClosingReader implements ByteReader {
  readonly size: number;
  readonly #reader: MemoryReader;
  readonly #file: RemoteFile;

  constructor(reader: MemoryReader, file: RemoteFile) {
    this.size = reader.size;
    this.#reader = reader;
    this.#file = file;
  }

  get transfer(): Transfer {
    return this.#file.transfer;
  }

  read(start: number, end: number): Promise<Uint8Array> {
    return this.#reader.read(start, end);
  }

  prefetch(): void {}

  close(): void {
    this.#file.close();
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
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
