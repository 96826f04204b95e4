/**
 * Downloads a whole file into memory, up to a limit: the declared size is checked before reading, the real size while reading, and
 * nothing is kept beyond the limit. Fails with a `MediaError`; an abort by the caller's signal throws that signal's reason.
 */
import { MediaError } from "../errors.ts";
import {
  brokenOff,
  type Fetch,
  type MediaRequestOptions,
  networkError,
  requestMedia,
  withTimeLimit,
} from "./media-request.ts";

/** What a download cost. */
export interface Transfer {
  /** Requests sent. */
  readonly requests: number;
  /** Bytes of bodies received. */
  readonly bytes: number;
}

/** Options of a download into memory. */
export interface FetchBytesOptions extends MediaRequestOptions {
  /** Largest file taken, in bytes; default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /** For the whole download, in milliseconds; default 60 seconds. */
  readonly timeoutMs?: number | undefined;
  /** Called once, at the end, also after a failure. */
  readonly onTransfer?: ((transfer: Transfer) => void) | undefined;
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 60_000;
/** The first buffer when the size is not declared. */
const FIRST_BUFFER_BYTES = 256 * 1024;

/**
 * Downloads `url`.
 *
 * @throws MediaError `refused-address`, `access-denied`, `http-status`, `network`, `timed-out`, `too-large`, `truncated`
 * @example
 * const bytes = await fetchBytes(signedUrl, { maxBytes: 20_000_000, signal });
 */
export async function fetchBytes(url: string, options: FetchBytesOptions = {}): Promise<Uint8Array> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const send = options.fetch ?? ((input: string, init: RequestInit) => fetch(input, init));
  let requests = 0;
  let bytes = 0;
  const counted: Fetch = (input, init) => {
    requests++;
    return send(input, init);
  };
  try {
    return await withTimeLimit({ signal, timeoutMs, what: "The download" }, (limited) =>
      download(url, { ...options, fetch: counted, signal: limited }, (received) => {
        bytes += received;
      }),
    );
  } finally {
    options.onTransfer?.({ requests, bytes });
  }
}

async function download(
  url: string,
  options: FetchBytesOptions,
  onReceived: (bytes: number) => void,
): Promise<Uint8Array> {
  const { maxBytes = DEFAULT_MAX_BYTES, signal } = options;
  const { response, from } = await requestMedia(url, options);
  const encoded = response.headers.has("content-encoding");
  const declared = encoded ? Number.NaN : Number.parseInt(response.headers.get("content-length") ?? "", 10);
  if (declared > maxBytes) {
    await response.body?.cancel();
    throw tooLarge(from, `has ${declared} bytes`, maxBytes);
  }
  let buffer = new Uint8Array(Number.isNaN(declared) ? Math.min(FIRST_BUFFER_BYTES, maxBytes) : declared);
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const chunk = await reader?.read().catch((cause: unknown) => {
      throw networkError(cause, from, signal);
    });
    if (!chunk || chunk.done) break;
    onReceived(chunk.value.length);
    if (length + chunk.value.length > maxBytes) {
      await reader?.cancel();
      throw tooLarge(from, `sent more than ${maxBytes} bytes`, maxBytes);
    }
    if (length + chunk.value.length > buffer.length) {
      const larger = new Uint8Array(
        Math.min(maxBytes, Math.max(buffer.length * 2, length + chunk.value.length)),
      );
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(chunk.value, length);
    length += chunk.value.length;
  }
  if (length < declared) throw brokenOff(from, length, declared);
  return buffer.subarray(0, length);
}

/** @param what what is wrong with the size, as in `has 5 bytes` */
export function tooLarge(from: string, what: string, maxBytes: number): MediaError {
  return new MediaError("too-large", `${from} ${what}; at most ${maxBytes} bytes are taken (maxBytes).`);
}
