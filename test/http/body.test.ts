import { expect, it } from "vitest";
import { jsonOf, readBody } from "../../src/http/body.ts";

function request(body: BodyInit, declared?: number): Request {
  const headers = declared === undefined ? {} : { "content-length": String(declared) };
  return new Request("https://worker.test/", { method: "POST", body, headers });
}

function brokenOff(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(3));
      controller.error(new Error("gone"));
    },
  });
}

it("a body of exactly the limit is read whole, one byte more is refused, declared or not", async () => {
  for (const size of [0, 4095, 4096, 4097, 10_000]) {
    const bytes = Uint8Array.from({ length: size }, (_, i) => i);
    const more = Uint8Array.of(1, ...bytes);
    expect(await readBody(request(bytes), size)).toEqual(bytes);
    expect(await readBody(request(bytes, size), size)).toEqual(bytes);
    expect(await readBody(request(more), size)).toBeNull();
    expect(await readBody(request(more, size + 1), size)).toBeNull();
  }
});

it("a body that is refused by its declared length is not waited for", async () => {
  let isCancelled = false;
  const silent = new ReadableStream<Uint8Array>({
    cancel() {
      isCancelled = true;
    },
  });
  expect(await readBody(request(silent, 11), 10)).toBeNull();
  expect(isCancelled).toBe(true);
});

it("a body that breaks off is read as nothing, declared or not", async () => {
  for (const declared of [undefined, 6])
    expect(await readBody(request(brokenOff(), declared), 10)).toEqual(new Uint8Array());
});

it("what is no JSON in UTF-8 is told from JSON that says null", () => {
  expect(jsonOf(new TextEncoder().encode("null"))).toBeNull();
  expect(jsonOf(new TextEncoder().encode("{"))).toBeUndefined();
  expect(jsonOf(Uint8Array.of(0x22, 0xff, 0x22))).toBeUndefined();
});
