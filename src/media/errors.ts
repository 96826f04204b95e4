/**
 * What can go wrong between a URL and pixels. Every failure of this room is a `MediaError` whose `code` names the cause;
 * `retryable` says whether the same bytes, asked for again later, could do better. Messages never hold a URL's query.
 */

/** The causes, by who can act on them: the file, the decoder, the deployment's limits, or the way to the bytes. */
export type MediaErrorCode =
  | "not-an-image"
  | "not-a-video"
  | "no-video-track"
  | "unsupported-format"
  | "unsupported-codec"
  | "truncated"
  | "corrupt"
  | "too-large"
  | "out-of-memory"
  | "reclaimed"
  | "out-of-range"
  | "invalid-argument"
  | "closed"
  | "refused-address"
  | "access-denied"
  | "http-status"
  | "network"
  | "timed-out"
  | "changed"
  | "ranges-ignored";

/** A failure to get, understand or decode media. */
export class MediaError extends Error {
  /** A stable name for programs. */
  readonly code: MediaErrorCode;
  /** Whether the same job may succeed later. */
  readonly retryable: boolean;

  constructor(code: MediaErrorCode, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "MediaError";
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
