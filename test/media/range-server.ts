import type { Fetch } from "../../src/media/net/media-request.ts";
import type { ServedFile } from "./spread-video.ts";

/** One request as the server saw it. */
export interface SeenRequest {
  readonly url: string;
  readonly start: number;
  readonly end: number;
  readonly headers: Headers;
}

/** A server of one file that answers ranges as RFC 9110 says; `answer` may answer otherwise. */
export class RangeServer {
  readonly requests: SeenRequest[] = [];
  bytesSent = 0;
  etag: string | null = '"v1"';
  open = 0;
  mostOpen = 0;
  answer: (request: SeenRequest) => Response | undefined | Promise<Response | undefined> = () => undefined;
  readonly #file: ServedFile;

  constructor(file: Uint8Array | ServedFile) {
    this.#file =
      file instanceof Uint8Array ? { size: file.length, part: (start, end) => file.slice(start, end) } : file;
  }

  readonly fetch: Fetch = async (url, init) => {
    init.signal?.throwIfAborted();
    const headers = new Headers(init.headers);
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range") ?? "") ?? [];
    const { size } = this.#file;
    const request = { url, start: Number(from), end: Math.min(Number(to) + 1, size), headers };
    this.requests.push(request);
    this.open++;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    try {
      const special = await this.answer(request);
      if (special) return special;
      await Promise.resolve();
      if (request.start >= size) {
        return new Response(null, { status: 416, headers: { "content-range": `bytes */${size}` } });
      }
      return this.range(request.start, request.end);
    } finally {
      this.open--;
    }
  };

  /** A correct answer with a part of the file. */
  range(start: number, end: number): Response {
    const bytes = this.#file.part(start, end);
    this.bytesSent += bytes.length;
    const headers = new Headers({ "content-range": `bytes ${start}-${end - 1}/${this.#file.size}` });
    if (this.etag !== null) headers.set("etag", this.etag);
    return new Response(bytes, { status: 206, headers });
  }
}
