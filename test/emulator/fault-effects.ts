/** What faults do to an answer: replace it, or damage it on its way out. */

import { ConnectionLost, type Fault } from "./faults.ts";

type Sleep = (ms: number) => Promise<void>;

/** Longer than it takes to send the headers: a proxy in between would retry a request whose answer breaks off before them. */
const BREAK_AFTER_MS = 50;

/** The answer that a fault gives in place of the emulator's; null for faults that give none. */
export function answerInstead(fault: Fault | null): Response | null {
  if (fault?.type === "html") {
    const page = "<!doctype html><title>Service</title><h1>We will be right back</h1>";
    return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
  }
  if (fault?.type !== "status") return null;
  const { status, retryAfter, body, text } = fault;
  const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  if (status === 204 || status === 304) return new Response(null, { status, headers });
  if (text !== undefined) return new Response(text, { status, headers });
  const content = body === undefined ? { message: `A fault was asked for: ${status}.` } : body;
  return Response.json(content, { status, headers });
}

export interface Departure {
  readonly response: Response;
  readonly bytes: Uint8Array<ArrayBuffer> | null;
  readonly fault: Fault | null;
  readonly sleep: Sleep;
  /** Of the request. */
  readonly signal: AbortSignal;
}

/** The answer as it leaves the emulator. @throws ConnectionLost */
export function departing({ response, bytes, fault, sleep, signal }: Departure): Response {
  const body = bytes ?? new Uint8Array();
  switch (fault?.type) {
    case "drop-after":
      throw new ConnectionLost();
    case "cut-body":
      return fault.silent
        ? new Response(body.subarray(0, Math.ceil(body.length / 2)), withoutLength(response))
        : new Response(brokenOff(body, sleep), withoutLength(response));
    case "slow-bytes":
      return new Response(slowly(body, fault, sleep, signal), response);
    default:
      return new Response(bytes, response);
  }
}

/** Status and headers for a body other than the one that they describe. */
function withoutLength(response: Response): ResponseInit {
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  return { status: response.status, headers };
}

/** The body in pieces, with pauses between them. */
function slowly(
  bytes: Uint8Array<ArrayBuffer>,
  fault: { readonly bytesPerPiece: number; readonly pauseMs: number },
  sleep: Sleep,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      signal.throwIfAborted();
      if (at >= bytes.length) {
        controller.close();
        return;
      }
      if (at > 0) await sleep(fault.pauseMs);
      controller.enqueue(bytes.subarray(at, at + fault.bytesPerPiece));
      at += fault.bytesPerPiece;
    },
  });
}

/** The first half of the body, then a broken connection. */
export function brokenOff(bytes: Uint8Array, sleep: Sleep): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    async pull(controller) {
      if (!sent) {
        sent = true;
        controller.enqueue(bytes.subarray(0, Math.ceil(bytes.length / 2)));
        return;
      }
      await sleep(BREAK_AFTER_MS);
      controller.error(new ConnectionLost());
    },
  });
}
