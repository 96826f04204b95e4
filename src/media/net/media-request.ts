/**
 * One GET of media: redirects are followed by hand so that every address is checked, and failures are `MediaError`s whose messages
 * never show a query. The caller reads or cancels the body.
 */
import { MediaError } from "../errors.ts";
import { checkMediaAddress, safeUrl } from "./media-address.ts";

/** The part of `fetch` that is used. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

/** Options of every request for media. */
export interface MediaRequestOptions {
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Local development: also fetch from this machine, also without TLS. */
  readonly allowInsecureLoopback?: boolean | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer with status 2xx or 416, and the address that gave it (for messages). */
export interface MediaResponse {
  readonly response: Response;
  readonly from: string;
}

const MAX_REDIRECTS = 5;

/**
 * Sends the request.
 *
 * @throws MediaError `refused-address`, `access-denied` (401, 403: a signed URL may have expired), `http-status`, `network`;
 * the signal's own reason when it aborts
 */
export async function requestMedia(address: string, options: MediaRequestOptions): Promise<MediaResponse> {
  const send = options.fetch ?? ((input, init) => fetch(input, init));
  let url = checkMediaAddress(address, options.allowInsecureLoopback);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await attempt(send, url, options);
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      url = checkMediaAddress(location, options.allowInsecureLoopback, url);
      continue;
    }
    if (response.ok || response.status === 416) return { response, from: safeUrl(url) };
    await response.body?.cancel();
    throw statusError(response.status, safeUrl(url));
  }
  throw new MediaError(
    "http-status",
    `${safeUrl(url)} was reached after more than ${MAX_REDIRECTS} redirects, which is as far as they are followed.`,
  );
}

async function attempt(send: Fetch, url: URL, options: MediaRequestOptions): Promise<Response> {
  options.signal?.throwIfAborted();
  const init: RequestInit = { redirect: "manual" };
  if (options.headers) init.headers = { ...options.headers };
  if (options.signal) init.signal = options.signal;
  try {
    return await send(url.href, init);
  } catch (cause) {
    throw networkError(cause, safeUrl(url), options.signal);
  }
}

/** The error for a failed read from `from`: the signal's own reason, or a `MediaError`. */
export function networkError(cause: unknown, from: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (cause instanceof MediaError) return cause;
  // The runtime's own message may quote the whole URL, so it is neither repeated nor kept as the cause.
  return new MediaError("network", `The connection to ${from} failed or broke off.`, { retryable: true });
}

/** The error for a body that ended early. */
export function brokenOff(from: string, arrived: number, expected: number): MediaError {
  const message = `${from} broke off: ${arrived} of ${expected} bytes arrived.`;
  return new MediaError("truncated", message, { retryable: true });
}

function statusError(status: number, from: string): MediaError {
  if (status === 401 || status === 403) {
    return new MediaError(
      "access-denied",
      `${from} answered with status ${status}. A signed URL may have expired: get a fresh one and try again.`,
      { retryable: true },
    );
  }
  const retryable = status === 408 || status === 425 || status === 429 || status >= 500;
  return new MediaError("http-status", `${from} answered with status ${status}.`, { retryable });
}

/** Runs `work` with a signal that aborts with `signal` or after `timeoutMs`; the timer is always cleared. */
export async function withTimeLimit<T>(
  { signal, timeoutMs, what }: { signal: AbortSignal | undefined; timeoutMs: number; what: string },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => {
    const message = `${what} took longer than ${timeoutMs / 1000} seconds.`;
    limit.abort(new MediaError("timed-out", message, { retryable: true }));
  }, timeoutMs);
  try {
    return await work(signal ? AbortSignal.any([signal, limit.signal]) : limit.signal);
  } finally {
    clearTimeout(timer);
  }
}
