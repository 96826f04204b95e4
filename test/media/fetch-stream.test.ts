import { expect, it } from "vitest";
import type { Transfer } from "../../src/media/net/fetch-bytes.ts";
import { fetchStream } from "../../src/media/net/fetch-stream.ts";
import type { Fetch } from "../../src/media/net/media-request.ts";

const url = "https://media.test/a/film.mp4?Signature=secret-signature";

function answer(body: BodyInit | null, headers: Record<string, string> = {}): Fetch {
  return async () => new Response(body, { headers });
}

function streamOf(...sizes: number[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const size = sizes.shift();
      if (size === undefined) controller.close();
      else controller.enqueue(new Uint8Array(size));
    },
  });
}

const sizesOf = async (stream: ReadableStream<Uint8Array>) => {
  const sizes: number[] = [];
  for await (const chunk of stream) sizes.push(chunk.length);
  return sizes;
};

it("a stream gives the file piece by piece, and tells once what it cost", async () => {
  const transfers: Transfer[] = [];
  const onTransfer = (transfer: Transfer) => void transfers.push(transfer);
  const stream = await fetchStream(url, { fetch: answer(streamOf(5, 3000, 7)), onTransfer });
  expect(transfers).toEqual([]);
  expect(await sizesOf(stream)).toEqual([5, 3000, 7]);
  expect(transfers).toEqual([{ requests: 1, bytes: 3012 }]);
  expect(await sizesOf(await fetchStream(url, { fetch: answer(null), onTransfer }))).toEqual([]);
  await expect(fetchStream("https://10.0.0.7/a", { onTransfer })).rejects.toMatchObject({
    code: "refused-address",
  });
  expect(transfers.slice(1)).toEqual([
    { requests: 1, bytes: 0 },
    { requests: 0, bytes: 0 },
  ]);
});

it("a stream that is aborted, or that nobody reads to its end, tells once what it cost", async () => {
  const transfers: Transfer[] = [];
  const onTransfer = (transfer: Transfer) => void transfers.push(transfer);
  const silent = () =>
    new ReadableStream<Uint8Array>({ start: (stream) => stream.enqueue(new Uint8Array(9)) });
  const caller = new AbortController();
  const aborted = await fetchStream(url, { fetch: answer(silent()), onTransfer, signal: caller.signal });
  const reading = sizesOf(aborted);
  await new Promise((resolve) => setTimeout(resolve, 1));
  caller.abort(new Error("The caller left."));
  await expect(reading).rejects.toThrow("The caller left.");
  const left = (await fetchStream(url, { fetch: answer(silent()), onTransfer })).getReader();
  await left.read();
  const pending = left.read();
  await left.cancel();
  expect((await pending).done).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect(transfers).toEqual([
    { requests: 1, bytes: 9 },
    { requests: 1, bytes: 9 },
  ]);
});

it("a stream ends at its limit: refused when the size is declared, else failing where it is passed", async () => {
  const declared = answer(streamOf(5000), { "content-length": "5000" });
  await expect(fetchStream(url, { fetch: declared, maxBytes: 4999 })).rejects.toMatchObject({
    code: "too-large",
  });
  const stream = await fetchStream(url, { fetch: answer(streamOf(3000, 3000)), maxBytes: 5000 });
  await expect(sizesOf(stream)).rejects.toMatchObject({ code: "too-large" });
});

it("a stream that breaks off before the size that is declared or known is truncated", async () => {
  const truncated = { code: "truncated", retryable: true };
  const declared = await fetchStream(url, { fetch: answer(streamOf(10), { "content-length": "11" }) });
  await expect(sizesOf(declared)).rejects.toMatchObject(truncated);
  const known = await fetchStream(url, { fetch: answer(streamOf(10)), expectedBytes: 11 });
  await expect(sizesOf(known)).rejects.toMatchObject(truncated);
});

it("waits neither for an answer nor for a piece longer than its time limit", async () => {
  const timedOut = { code: "timed-out", retryable: true };
  const never: Fetch = (_input, init) =>
    new Promise((_resolve, reject) => {
      init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
    });
  await expect(fetchStream(url, { fetch: never, timeoutMs: 1 })).rejects.toMatchObject(timedOut);
  let cancelled = false;
  const silent = new ReadableStream<Uint8Array>({
    pull: () => new Promise(() => {}),
    cancel() {
      cancelled = true;
    },
  });
  const stream = await fetchStream(url, { fetch: answer(silent), timeoutMs: 1 });
  await expect(sizesOf(stream)).rejects.toMatchObject(timedOut);
  expect(cancelled).toBe(true);
});

it("never shows the query of a signed URL in an error", async () => {
  const broken = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new TypeError(`Network connection lost: ${url}`)),
  });
  const failures = [
    fetchStream(url, { fetch: async () => new Response("no", { status: 403 }) }),
    fetchStream(url, { fetch: answer(broken) }).then(sizesOf),
  ];
  for (const failure of failures) {
    const error: unknown = await failure.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toContain("https://media.test/a/film.mp4");
    expect(String(error)).not.toContain("secret");
  }
});
