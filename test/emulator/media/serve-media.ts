/**
 * Serves a media file as cloud storage does: `Range` (one range; several are answered with the whole file), `If-Range`,
 * `If-None-Match`, `ETag`, `HEAD`. A refused URL is 403, an unknown file 404, a range outside the file 416.
 */

import type { MediaStorage } from "../state/storage.ts";
import { mimeTypeOf } from "./file-kind.ts";
import type { UrlSigner } from "./signed-url.ts";

export interface ServeOptions {
  readonly media: MediaStorage;
  readonly signer: UrlSigner;
  /** Answers every request with the whole file, as servers without range support do. */
  readonly ignoreRange?: boolean;
  /** Refuses the URL as expired. */
  readonly expired?: boolean;
}

export async function serveMedia(request: Request, options: ServeOptions): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") return text(405, "Only GET and HEAD.");
  const checked = await options.signer.check(new URL(request.url));
  if (options.expired) return text(403, "The URL has expired.");
  if ("refused" in checked) return text(403, checked.refused);
  const { name } = checked;
  const facts = await options.media.look(name);
  if (facts === null) return text(404, `There is no file ${name}.`);

  const { size } = facts;
  const etag = `"${facts.tag}"`;
  const headers = new Headers({
    "content-type": mimeTypeOf(name) ?? "application/octet-stream",
    etag,
    "cache-control": "private, max-age=0",
    ...(options.ignoreRange ? {} : { "accept-ranges": "bytes" }),
  });
  if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers });

  const ifRange = request.headers.get("if-range");
  const wanted =
    options.ignoreRange || (ifRange !== null && ifRange !== etag) ? null : request.headers.get("range");
  const range = wanted === null ? "whole" : readRange(wanted, size);
  if (range === "outside") {
    headers.set("content-range", `bytes */${size}`);
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = range === "whole" ? { start: 0, end: size } : range;
  headers.set("content-length", String(end - start));
  if (range !== "whole") headers.set("content-range", `bytes ${start}-${end - 1}/${size}`);
  const body = request.method === "HEAD" ? null : await options.media.read(name, start, end);
  return new Response(body, { status: range === "whole" ? 200 : 206, headers });
}

/** Start and exclusive end; "whole" for anything but one byte range, "outside" for a range without a byte of the file. */
function readRange(header: string, size: number): { start: number; end: number } | "whole" | "outside" {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? [];
  if (first === "" && last === "") return "whole";
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "outside" : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return "whole";
  if (start >= size) return "outside";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}

function text(status: number, message: string): Response {
  return new Response(message, { status, headers: { "content-type": "text/plain" } });
}
