/**
 * A whole file into memory, bounded: its declared size is checked before reading, its real size while reading, and nothing
 * is kept beyond the limit. Fails with a `MediaError`; an abort by the caller's signal throws that signal's reason.
 */
import { MediaError } from "../errors.ts";
import {
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

/** Limits and ways of a download. */
export interface FetchBytesOptions extends MediaRequestOptions {
  /** Largest file taken, in bytes; default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /** For the whole download, in milliseconds; default 60 seconds. */
  readonly timeoutMs?: number | undefined;
  /** Told once, at the end, also when it failed. */
  readonly onTransfer?: ((transfer: Transfer) => void) | undefined;
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 60_000;
/** Room made when the size is not declared. */
const FIRST_ROOM = 256 * 1024;

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
  let room = new Uint8Array(Number.isNaN(declared) ? Math.min(FIRST_ROOM, maxBytes) : declared);
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
    if (length + chunk.value.length > room.length) {
      const larger = new Uint8Array(
        Math.min(maxBytes, Math.max(room.length * 2, length + chunk.value.length)),
      );
      larger.set(room.subarray(0, length));
      room = larger;
    }
    room.set(chunk.value, length);
    length += chunk.value.length;
  }
  if (length < declared) {
    const message = `${from} broke off: ${length} of ${declared} bytes arrived.`;
    throw new MediaError("truncated", message, { retryable: true });
  }
  return room.subarray(0, length);
}

/** @param what what is wrong with the size: `has 5 bytes` */
export function tooLarge(from: string, what: string, maxBytes: number): MediaError {
  return new MediaError("too-large", `${from} ${what}; at most ${maxBytes} bytes are taken (maxBytes).`);
}
