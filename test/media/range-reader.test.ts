import { describe, expect, it } from "vitest";
import type { Transfer } from "../../src/media/net/fetch-bytes.ts";
import { openReader } from "../../src/media/net/range-reader.ts";
import type { OpenReaderOptions } from "../../src/media/net/remote-file.ts";
import { RangeServer, type SeenRequest } from "./range-server.ts";

const url = "https://media.test/a/video.mp4?Signature=secret-signature";
const KIB = 1024;

/** Bytes that tell where they come from. */
function patterned(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8) * 7) & 255);
}

const file = patterned(1000 * KIB);

function open(server: RangeServer, options: OpenReaderOptions = {}) {
  return openReader(url, { fetch: server.fetch, sleep: async () => {}, ...options });
}

describe("a file is read by ranges", () => {
  it("and only what is missing is asked for", async () => {
    const server = new RangeServer(file);
    const reader = await open(server);
    expect(reader.size).toBe(file.length);
    expect(await reader.read(10, 20)).toEqual(file.slice(10, 20));
    expect(server.requests.map(({ start, end }) => [start, end])).toEqual([[0, 256 * KIB]]);
    expect(await reader.read(500_000, 500_100, { ahead: 1000 })).toEqual(file.slice(500_000, 500_100));
    expect(await reader.read(500_900, 501_100)).toEqual(file.slice(500_900, 501_100));
    expect(await reader.read(200 * KIB, 500_500)).toEqual(file.slice(200 * KIB, 500_500));
    expect(server.requests.slice(1).map(({ start, end }) => [start, end])).toEqual([
      [500_000, 501_000],
      [501_000, 501_100],
      [256 * KIB, 500_000],
    ]);
    expect(reader.transfer).toEqual({ requests: 4, bytes: server.bytesSent });
  });

  it("whose cost is told once, when it is closed", async () => {
    const told: Transfer[] = [];
    const reader = await open(new RangeServer(file), { onTransfer: (transfer) => told.push(transfer) });
    await reader.read(900_000, 900_010);
    reader.close();
    reader.close();
    expect(told).toEqual([{ requests: 2, bytes: 256 * KIB + 10 }]);
  });

  it("without asking twice for what is under way, and with six requests at most at a time", async () => {
    const server = new RangeServer(file);
    const reader = await open(server);
    reader.prefetch(300 * KIB, 400 * KIB);
    expect(await reader.read(310 * KIB, 410 * KIB)).toEqual(file.slice(310 * KIB, 410 * KIB));
    expect(server.requests.map(({ start, end }) => [start, end])).toEqual([
      [0, 256 * KIB],
      [300 * KIB, 400 * KIB],
      [400 * KIB, 410 * KIB],
    ]);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => reader.read(500 * KIB + i * 900, 500 * KIB + i * 900 + 10)),
    );
    expect(server.mostOpen).toBe(6);
  });

  it("up to what is under way, without waiting for it", async () => {
    const server = new RangeServer(file);
    const reader = await open(server);
    const answers = Promise.withResolvers<undefined>();
    server.answer = () => answers.promise;
    reader.prefetch(300 * KIB, 400 * KIB);
    const across = reader.read(290 * KIB, 310 * KIB);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(server.requests.slice(1).map(({ start, end }) => [start, end])).toEqual([
      [300 * KIB, 400 * KIB],
      [290 * KIB, 300 * KIB],
    ]);
    answers.resolve(undefined);
    expect(await across).toEqual(file.slice(290 * KIB, 310 * KIB));
  });

  it("and an old piece leaves the cache for a new one", async () => {
    const server = new RangeServer(file);
    const reader = await open(server, { cacheBytes: 300 * KIB });
    await reader.read(600 * KIB, 700 * KIB);
    await reader.read(0, 10);
    expect(server.requests.length).toBe(3);
  });

  it("that is empty", async () => {
    const reader = await open(new RangeServer(new Uint8Array()));
    expect(reader.size).toBe(0);
    await expect(reader.read(0, 1)).rejects.toMatchObject({ code: "truncated" });
  });
});

describe("every answer must be of the same file", () => {
  const failures: [string, string, (server: RangeServer) => void][] = [
    [
      "another ETag",
      "changed",
      (server) => {
        server.etag = '"v2"';
      },
    ],
    [
      "another size",
      "changed",
      (server) => {
        server.answer = ({ start, end }) =>
          new Response(new Uint8Array(end - start), {
            status: 206,
            headers: { "content-range": `bytes ${start}-${end - 1}/77777777` },
          });
      },
    ],
    [
      "the whole file, because If-Range did not match",
      "changed",
      (server) => {
        server.answer = () => new Response(file);
      },
    ],
    [
      "another range than asked for",
      "http-status",
      (server) => {
        server.answer = ({ start, end }) => server.range(start + 1, end);
      },
    ],
    [
      "no Content-Range",
      "http-status",
      (server) => {
        server.answer = () => new Response(file.slice(0, 10), { status: 206 });
      },
    ],
    [
      "more bytes than announced",
      "http-status",
      (server) => {
        server.answer = ({ start, end }) => {
          const { headers } = server.range(start, end);
          return new Response(new Uint8Array(end - start + 5), { status: 206, headers });
        };
      },
    ],
    [
      "fewer bytes than announced",
      "truncated",
      (server) => {
        server.answer = ({ start, end }) => {
          const { headers } = server.range(start, end);
          return new Response(new Uint8Array(end - start - 5), { status: 206, headers });
        };
      },
    ],
    [
      "a range outside of the file",
      "changed",
      (server) => {
        server.answer = () => new Response(null, { status: 416 });
      },
    ],
  ];
  for (const [what, code, spoil] of failures) {
    it(what, async () => {
      const server = new RangeServer(file);
      const reader = await open(server);
      spoil(server);
      await expect(reader.read(500_000, 500_100)).rejects.toMatchObject({ code });
    });
  }

  it("so If-Range names the first ETag, unless it is a weak one", async () => {
    for (const [etag, sent] of [
      ['"v1"', '"v1"'],
      ['W/"v1"', null],
    ] as const) {
      const server = new RangeServer(file);
      server.etag = etag;
      await (await open(server)).read(500_000, 500_100);
      expect(server.requests.map(({ headers }) => headers.get("if-range"))).toEqual([null, sent]);
    }
  });
});

describe("what may pass is tried again", () => {
  /** Answers the n-th request with its status; null: as it should be. */
  function failing(...statuses: (number | null)[]) {
    const server = new RangeServer(file);
    server.answer = () => {
      const status = statuses.shift();
      return status ? new Response("no", { status }) : undefined;
    };
    return server;
  }

  it("a busy server twice", async () => {
    const server = failing(503, 429, null);
    const pauses: number[] = [];
    await open(server, { sleep: async (ms) => void pauses.push(ms) });
    expect(pauses).toEqual([250, 500]);
    await expect(open(failing(503, 503, 503))).rejects.toMatchObject({
      code: "http-status",
      retryable: true,
    });
  });

  it("an expired URL with a fresh one, once per expiry", async () => {
    const fresh: string[] = [];
    const refreshUrl = async () => {
      const next = `https://media.test/a/video.mp4?Signature=fresh-${fresh.length}`;
      fresh.push(next);
      return next;
    };
    const server = failing(null, 403, null, 403, null);
    const reader = await open(server, { refreshUrl });
    await reader.read(300 * KIB, 301 * KIB);
    await reader.read(302 * KIB, 303 * KIB);
    expect(server.requests.map((request) => request.url)).toEqual([url, url, fresh[0], fresh[0], fresh[1]]);
    const refused = failing(null, 403, 403, 403);
    const other = await open(refused, { refreshUrl });
    await expect(other.read(300 * KIB, 301 * KIB)).rejects.toMatchObject({ code: "access-denied" });
    expect(refused.requests.length).toBe(3);
    expect(fresh.length).toBe(3);
  });

  it("and a range that could not be had, when it is wanted again", async () => {
    const reader = await open(failing(null, 404, null));
    await expect(reader.read(300 * KIB, 301 * KIB)).rejects.toMatchObject({ code: "http-status" });
    expect(await reader.read(300 * KIB, 301 * KIB)).toEqual(file.slice(300 * KIB, 301 * KIB));
  });

  it("and what will not pass is not", async () => {
    const server = failing(404);
    const told: Transfer[] = [];
    await expect(open(server, { onTransfer: (cost) => told.push(cost) })).rejects.toMatchObject({
      code: "http-status",
      message: "https://media.test/a/video.mp4 answered with status 404.",
    });
    expect(told).toEqual([{ requests: 1, bytes: 0 }]);
  });
});

describe("reading has limits", () => {
  it("in bytes", async () => {
    const reader = await open(new RangeServer(file), { maxBytes: 300 * KIB });
    await expect(reader.read(600 * KIB, 700 * KIB)).rejects.toMatchObject({ code: "too-large" });
  });

  it("in requests", async () => {
    const reader = await open(new RangeServer(file), { maxRequests: 2 });
    await reader.read(600 * KIB, 601 * KIB);
    await expect(reader.read(700 * KIB, 701 * KIB)).rejects.toMatchObject({ code: "too-large" });
  });

  it("in time", async () => {
    const never = (_request: SeenRequest) => new Promise<Response>(() => {});
    const server = new RangeServer(file);
    const reader = await openReader(url, {
      sleep: async () => {},
      requestTimeoutMs: 5,
      fetch: (input, init) =>
        Promise.race([
          server.fetch(input, init),
          new Promise<Response>((_, reject) => {
            init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
          }),
        ]),
    });
    server.answer = never;
    await expect(reader.read(700 * KIB, 701 * KIB)).rejects.toMatchObject({ code: "timed-out" });
  });

  it("by the caller's signal, whose reason is thrown", async () => {
    const abort = new AbortController();
    const reader = await open(new RangeServer(file), { signal: abort.signal });
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(reader.read(700 * KIB, 701 * KIB)).rejects.toBe(reason);
  });

  it("and ends when the reader is closed", async () => {
    const reader = await open(new RangeServer(file));
    reader.close();
    await expect(reader.read(700 * KIB, 701 * KIB)).rejects.toMatchObject({ code: "closed" });
  });
});

describe("a server that ignores ranges", () => {
  function whole(size: number, sendsLength = true) {
    const server = new RangeServer(file);
    let sent = 0;
    server.answer = () => {
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const chunk = new Uint8Array(Math.min(1024 * KIB, size - sent)).fill((sent >> 20) & 255);
          sent += chunk.length;
          if (chunk.length === 0) controller.close();
          else controller.enqueue(chunk);
        },
      });
      return new Response(body, sendsLength ? { headers: { "content-length": `${size}` } } : {});
    };
    return server;
  }

  it("gives a small file at once", async () => {
    const server = whole(3 * 1024 * KIB + 5, false);
    const reader = await open(server);
    expect(reader.size).toBe(3 * 1024 * KIB + 5);
    expect((await reader.read(2 * 1024 * KIB, 2 * 1024 * KIB + 2)).join()).toBe("2,2");
    expect((await reader.read(5, 6)).join()).toBe("0");
    expect(reader.transfer).toEqual({ requests: 1, bytes: reader.size });
  });

  it("gives a large file in its order, and says so when that will not do", async () => {
    const reader = await open(whole(80 * 1024 * KIB));
    const at = (mib: number) => reader.read(mib * 1024 * KIB - 1, mib * 1024 * KIB + 1);
    expect((await at(1)).join()).toBe("0,1");
    expect((await at(70)).join()).toBe("69,70");
    expect((await at(60)).join()).toBe("59,60");
    await expect(at(1)).rejects.toMatchObject({ code: "ranges-ignored" });
    reader.close();
  });

  it("cannot give a large file of unknown size", async () => {
    await expect(open(whole(80 * 1024 * KIB, false))).rejects.toMatchObject({ code: "ranges-ignored" });
  });
});
