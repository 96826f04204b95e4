/**
 * One bounded range of a remote file, with proof that it is that range of that file: status 206, a `Content-Range` that
 * matches the request, and the size and ETag of the first answer. Fails with a `MediaError`.
 */
import { MediaError } from "../errors.ts";
import { brokenOff, type MediaRequestOptions, networkError, requestMedia } from "./media-request.ts";

/** What the first answer said about the file; later answers must say the same. */
export interface FilePin {
  readonly size: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** The answer to a range request. */
export type RangeAnswer =
  | { readonly kind: "range"; readonly pin: FilePin; readonly bytes: Uint8Array }
  /** The server sends the whole file instead; the caller reads or cancels the body. */
  | { readonly kind: "whole"; readonly response: Response; readonly from: string };

/**
 * Requests the bytes `start <= i < end`; fewer come at the end of the file, or from a server that limits its answers.
 *
 * @throws MediaError `changed` when it is not the file that `pin` describes, `truncated` when the body breaks off, `http-status`,
 *   and what `requestMedia` throws
 */
export async function requestRange(
  url: string,
  range: { readonly start: number; readonly end: number; readonly pin: FilePin | null },
  options: MediaRequestOptions & { readonly onReceived: (bytes: number) => void },
): Promise<RangeAnswer> {
  const { start, end, pin } = range;
  const headers: Record<string, string> = {
    range: `bytes=${start}-${end - 1}`,
    "accept-encoding": "identity",
  };
  // A weak ETag may not stand in If-Range (RFC 9110, 13.1.5).
  if (pin?.etag && !pin.etag.startsWith("W/")) headers["if-range"] = pin.etag;
  const { response, from } = await requestMedia(url, { ...options, headers });
  if (response.status === 416) return outsideOfFile(response, from, pin);
  if (response.status !== 206) {
    if (!pin) return { kind: "whole", response, from };
    await response.body?.cancel();
    throw changed(from);
  }
  const found = readContentRange(response.headers.get("content-range"));
  if (!found || found.start !== start || found.end > end) {
    await response.body?.cancel();
    throw new MediaError(
      "http-status",
      `${from} answered a request for the bytes ${start} to ${end - 1} with the range ` +
        `"${response.headers.get("content-range") ?? ""}". Serve the file from storage that answers ranges as RFC 9110 says.`,
    );
  }
  const answered: FilePin = {
    size: found.size,
    etag: response.headers.get("etag"),
    lastModified: response.headers.get("last-modified"),
  };
  if (pin && isAnotherFile(pin, answered)) {
    await response.body?.cancel();
    throw changed(from);
  }
  const bytes = await readBody(response, found.end - start, from, options);
  return { kind: "range", pin: pin ?? answered, bytes };
}

async function outsideOfFile(response: Response, from: string, pin: FilePin | null): Promise<RangeAnswer> {
  await response.body?.cancel();
  if (pin) throw changed(from);
  return {
    kind: "range",
    pin: { size: 0, etag: null, lastModified: null },
    bytes: new Uint8Array(),
  };
}

function readContentRange(text: string | null): { start: number; end: number; size: number } | null {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(text ?? "");
  if (!match) return null;
  const [start, last, size] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return start <= last && last < size && Number.isSafeInteger(size) ? { start, end: last + 1, size } : null;
}

function isAnotherFile(pin: FilePin, answered: FilePin): boolean {
  if (pin.size !== answered.size) return true;
  if (pin.etag !== null && answered.etag !== null) return pin.etag !== answered.etag;
  return (
    pin.lastModified !== null && answered.lastModified !== null && pin.lastModified !== answered.lastModified
  );
}

async function readBody(
  response: Response,
  length: number,
  from: string,
  options: { readonly signal?: AbortSignal | undefined; readonly onReceived: (bytes: number) => void },
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const chunk = await reader?.read().catch((cause: unknown) => {
      throw networkError(cause, from, options.signal);
    });
    if (!chunk || chunk.done) break;
    options.onReceived(chunk.value.length);
    if (at + chunk.value.length > length) {
      await reader?.cancel();
      throw new MediaError("http-status", `${from} sent more than the ${length} bytes it announced.`);
    }
    bytes.set(chunk.value, at);
    at += chunk.value.length;
  }
  if (at < length) throw brokenOff(from, at, length);
  return bytes;
}

function changed(from: string): MediaError {
  return new MediaError(
    "changed",
    `${from} has changed since the first request (its size, its ETag, or how it answers ranges). Start again.`,
    { retryable: true },
  );
}
