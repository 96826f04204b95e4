import { describe, expect, it } from "vitest";
import { fetchBytes, type Transfer } from "../../src/media/net/fetch-bytes.ts";
import type { Fetch } from "../../src/media/net/media-request.ts";

const url = "https://media.test/a/picture.jpg?Signature=secret-signature";

/** Answers from a table of address to answer. */
function server(answers: Record<string, () => Response>): Fetch {
  return async (input, init) => {
    init.signal?.throwIfAborted();
    const answer = answers[input];
    if (!answer) throw new TypeError(`Network connection lost: ${input}`);
    return answer();
  };
}

function streamOf(...chunks: number[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const size = chunks.shift();
      if (size === undefined) controller.close();
      else controller.enqueue(new Uint8Array(size).fill(size & 255));
    },
  });
}

describe("a download", () => {
  it("gives the bytes and tells what it cost", async () => {
    const transfers: Transfer[] = [];
    const fetch = server({ [url]: () => new Response(streamOf(5, 300_000, 7)) });
    const bytes = await fetchBytes(url, { fetch, onTransfer: (transfer) => transfers.push(transfer) });
    expect(bytes.length).toBe(300_012);
    expect([bytes[0], bytes[5], bytes[300_011]]).toEqual([5, 300_000 & 255, 7]);
    expect(transfers).toEqual([{ requests: 1, bytes: 300_012 }]);
  });

  it("of nothing is empty", async () => {
    expect(await fetchBytes(url, { fetch: server({ [url]: () => new Response(null) }) })).toHaveLength(0);
  });

  it("leaves what a redirect says unread", async () => {
    let cancelled = false;
    const body = new ReadableStream({
      cancel() {
        cancelled = true;
      },
    });
    const fetch = server({
      [url]: () => new Response(body, { status: 302, headers: { location: "/b" } }),
      "https://media.test/b": () => new Response("b"),
    });
    expect(await fetchBytes(url, { fetch })).toHaveLength(1);
    expect(cancelled).toBe(true);
  });

  it("of a declared size over the limit is not read", async () => {
    let cancelled = false;
    const body = new ReadableStream({
      cancel() {
        cancelled = true;
      },
    });
    const fetch = server({ [url]: () => new Response(body, { headers: { "content-length": "5000" } }) });
    await expect(fetchBytes(url, { fetch, maxBytes: 4999 })).rejects.toMatchObject({ code: "too-large" });
    expect(cancelled).toBe(true);
  });

  it("that streams more than the limit stops there", async () => {
    const fetch = server({ [url]: () => new Response(streamOf(3000, 3000)) });
    await expect(fetchBytes(url, { fetch, maxBytes: 5000 })).rejects.toMatchObject({ code: "too-large" });
  });

  it("that breaks off before its declared size is truncated, and worth another try", async () => {
    const fetch = server({
      [url]: () => new Response(streamOf(10), { headers: { "content-length": "11" } }),
    });
    await expect(fetchBytes(url, { fetch })).rejects.toMatchObject({ code: "truncated", retryable: true });
  });

  it("checks every redirect's target", async () => {
    const to = (location: string) => () => new Response(null, { status: 302, headers: { location } });
    const fetch = server({
      [url]: to("/b"),
      "https://media.test/b": to("https://10.0.0.7/internal"),
      "https://media.test/loop": to("https://media.test/loop"),
      "https://media.test/ok": to("https://media.test/end"),
      "https://media.test/end": () => new Response("end"),
    });
    await expect(fetchBytes(url, { fetch })).rejects.toMatchObject({ code: "refused-address" });
    await expect(fetchBytes("https://media.test/loop", { fetch })).rejects.toThrow("more than 5 redirects");
    const transfers: Transfer[] = [];
    await fetchBytes("https://media.test/ok", { fetch, onTransfer: (transfer) => transfers.push(transfer) });
    expect(transfers).toEqual([{ requests: 2, bytes: 3 }]);
  });

  it("never shows the query of a signed URL in an error", async () => {
    const failures = [
      fetchBytes(url, { fetch: server({}) }),
      fetchBytes(url, { fetch: server({ [url]: () => new Response("no", { status: 403 }) }) }),
      fetchBytes(url, { fetch: server({ [url]: () => new Response("no", { status: 500 }) }) }),
      fetchBytes(url, { fetch: server({ [url]: () => new Response(streamOf(9)) }), maxBytes: 8 }),
      fetchBytes(url.replace("https", "http"), { fetch: server({}) }),
    ];
    for (const failure of failures) {
      const error = (await failure.catch((cause: unknown) => cause)) as Error;
      expect(error.message).toContain("media.test");
      expect(`${error.message} ${error.stack} ${JSON.stringify(error.cause)}`).not.toContain("secret");
    }
  });

  it("says when a signed URL may have expired", async () => {
    const fetch = server({ [url]: () => new Response("no", { status: 403 }) });
    await expect(fetchBytes(url, { fetch })).rejects.toMatchObject({
      code: "access-denied",
      retryable: true,
    });
  });

  it("ends at its time limit", async () => {
    const fetch: Fetch = (_, init) =>
      new Promise((_, reject) => init.signal?.addEventListener("abort", () => reject(init.signal?.reason)));
    await expect(fetchBytes(url, { fetch, timeoutMs: 1 })).rejects.toMatchObject({
      code: "timed-out",
      message: expect.stringContaining("The download"),
    });
  });

  it("ends with the caller's reason when aborted", async () => {
    const reason = new Error("enough");
    await expect(fetchBytes(url, { fetch: server({}), signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });
});

describe("addresses inside a private network are refused", () => {
  const refused = [
    "http://media.test/x",
    "ftp://media.test/x",
    "file:///etc/passwd",
    "not a url",
    "https://localhost/x",
    "https://api.localhost./x",
    "https://127.0.0.1/x",
    "https://2130706433/x",
    "https://0x7f.1/x",
    "https://10.1.2.3/x",
    "https://172.31.0.1/x",
    "https://192.168.1.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/x",
    "https://[::1]/x",
    "https://[fd00::1]/x",
    "https://[fe80::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://[64:ff9b::10.0.0.1]/x",
    "https://metadata.google.internal/x",
    // The same in other notations.
    "https://2130706433/x",
    "https://0x7f000001/x",
    "https://0177.0.0.1/x",
    "https://0x7f.1/x",
    "https://127.1/x",
    "https://127.0.0.1./x",
    "https://127。0。0。1/x",
    "https://①②⑦.0.0.1/x",
    "https://[::ffff:7f00:1]/x",
    "https://[::ffff:0:7f00:1]/x",
    "https://[0:0:0:0:0:0:0:1]/x",
    "https://[2002:7f00:1::]/x",
    "https://[64:ff9b:1::a00:1]/x",
    "https://[fec0::1]/x",
    "https://localhost./x",
    "https://localhost../x",
    "https://LOCALHOST/x",
    "https://ⓛocalhost/x",
    "https://files.localhost/x",
    "https://router.local./x",
    "https://intranet/x",
    "https://printer.lan/x",
    "https://storage.googleapis.com@127.0.0.1/x",
    "https://127.0.0.1\\@storage.googleapis.com/x",
    "https://user:password@storage.googleapis.com/x",
    "https://user@storage.googleapis.com/x",
    "https://:password@storage.googleapis.com/x",
    "https://storage.googleapis.com#@127.0.0.1:80@localhost/../x".replace("https:", "http:"),
    "//127.0.0.1/x",
    "ftp://storage.googleapis.com/x",
    "file:///etc/passwd",
    "data:text/plain,x",
    "blob:https://storage.googleapis.com/x",
    "javascript:1",
    "https://",
    "https://[",
    // Literal, if not private.
    "https://8.8.8.8/x",
    "https://[2606:4700::1111]/x",
  ];
  for (const address of refused) {
    it(address, async () => {
      const fetch: Fetch = async () => new Response("reached");
      await expect(fetchBytes(address, { fetch })).rejects.toMatchObject({ code: "refused-address" });
    });
  }

  it("but loopback is allowed where development asks for it, and nothing else with it", async () => {
    const fetch: Fetch = async () => new Response("reached");
    const options = { fetch, allowInsecureLoopback: true };
    expect((await fetchBytes("http://127.0.0.1:8787/x", options)).length).toBe(7);
    expect((await fetchBytes("http://localhost:8787/x", options)).length).toBe(7);
    for (const address of [
      "http://192.168.1.1/x",
      "http://media.test/x",
      "ftp://localhost/x",
      "http://mylocalhost/x",
      "http://127.0.0.1.media.test/x",
    ])
      await expect(fetchBytes(address, options)).rejects.toMatchObject({ code: "refused-address" });
  });

  it("and what stands in the address itself is not repeated", async () => {
    await expect(fetchBytes("data:text/plain,private")).rejects.toThrow(/^(?!.*private).* not from data:\.$/);
  });

  const redirects = [
    "http://storage.googleapis.com/x",
    "//10.0.0.1/x",
    "https://2130706433/x",
    "https://user@storage.googleapis.com/x",
    "ftp://storage.googleapis.com/x",
    "data:text/plain,x",
    "https://[",
    "\\\\localhost\\x",
  ];
  for (const location of redirects) {
    it(`also where a redirect leads: ${location}`, async () => {
      const asked: string[] = [];
      const fetch: Fetch = async (url) => {
        asked.push(url);
        return new Response(null, { status: 307, headers: { location } });
      };
      await expect(fetchBytes("https://media.test/a/b", { fetch })).rejects.toMatchObject({
        code: "refused-address",
      });
      expect(asked).toEqual(["https://media.test/a/b"]);
    });
  }

  it("and public names are not", async () => {
    const fetch: Fetch = async () => new Response("reached");
    for (const host of [
      "storage.googleapis.com",
      "storage.googleapis.com.",
      "bücher.example",
      "1.example",
      // Only the end of a name says where it belongs.
      "files.local.example",
      "files.softlan",
      "files.home-arpa",
    ]) {
      expect((await fetchBytes(`https://${host}/x`, { fetch })).length, host).toBe(7);
    }
  });
});
