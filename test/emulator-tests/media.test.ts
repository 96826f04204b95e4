import { expect, it } from "vitest";
import { createEmulator } from "../emulator/index.ts";
import { v2 } from "./signed-client.ts";
import { FOLDER, item, streetProject } from "./street-project.ts";

const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);

async function streetWithMedia(now = Date.now) {
  const emulator = await createEmulator({
    seed: streetProject(),
    media: { "street-1.png": BYTES, "street-2.png": () => Promise.resolve(BYTES.slice(0, 10)) },
    now,
    urlLifetimeMs: 60_000,
  });
  const { signedUrl } = (await v2(emulator, "GET", `storage/items/${item(1)}?signUrl=True`)).json;
  const get = (headers: Record<string, string> = {}, method = "GET") =>
    emulator.fetch(new Request(signedUrl, { method, headers }));
  return { emulator, signedUrl: signedUrl as string, get };
}

it("a signed URL serves the file whole and by range", async () => {
  const { get } = await streetWithMedia();
  const whole = await get();
  expect([whole.status, whole.headers.get("content-length")]).toEqual([200, "1000"]);
  expect(new Uint8Array(await whole.arrayBuffer())).toEqual(BYTES);
  for (const [range, from, to] of [
    ["bytes=0-99", 0, 100],
    ["bytes=990-", 990, 1000],
    ["bytes=-5", 995, 1000],
    ["bytes=900-5000", 900, 1000],
  ] as const) {
    const part = await get({ range });
    expect([range, part.status, part.headers.get("content-range")]).toEqual([
      range,
      206,
      `bytes ${from}-${to - 1}/1000`,
    ]);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(BYTES.slice(from, to));
  }
  const outside = await get({ range: "bytes=1000-" });
  expect([outside.status, outside.headers.get("content-range")]).toEqual([416, "bytes */1000"]);
  expect((await get({ range: "lines=1-2" })).status).toBe(200);
});

it("entity tags tell whether the file is still the same", async () => {
  const { emulator, get } = await streetWithMedia();
  const etag = (await get({}, "HEAD")).headers.get("etag") ?? "";
  expect((await get({ "if-none-match": etag })).status).toBe(304);
  expect((await get({ range: "bytes=0-1", "if-range": etag })).status).toBe(206);
  emulator.putMedia(
    "street-1.png",
    BYTES.map((byte) => byte ^ 1),
  );
  expect((await get({ range: "bytes=0-1", "if-range": etag })).status).toBe(200);
});

it("a signed URL is closed after its time, and when it was changed", async () => {
  let now = Date.now();
  const { signedUrl, get, emulator } = await streetWithMedia(() => now);
  expect((await emulator.fetch(new Request(signedUrl.replace("street-1", "street-2")))).status).toBe(403);
  expect((await emulator.fetch(new Request(signedUrl.replace(/\?.*/, "")))).status).toBe(403);
  now += 59_000;
  expect((await get()).status).toBe(200);
  now += 2_000;
  expect((await get()).status).toBe(403);
});

it("items are signed only when asked, singly and in bulk, in the order asked for", async () => {
  const { emulator } = await streetWithMedia();
  expect((await v2(emulator, "GET", `storage/items/${item(1)}?signUrl=False`)).json.signedUrl).toBeNull();
  const bulk = await v2(emulator, "POST", "storage/items/get-bulk", {
    itemUuids: [item(2), item(1)],
    signUrls: true,
  });
  expect(bulk.json.results.map(({ uuid }: { uuid: string }) => uuid)).toEqual([item(2), item(1)]);
  const file = await emulator.fetch(new Request(bulk.json.results[0].signedUrl));
  expect((await file.arrayBuffer()).byteLength).toBe(10);
  expect((await v2(emulator, "GET", `storage/items/${FOLDER}?signUrl=False`)).status).toBe(404);
});

it("metadata goes in as an object and comes back as text, and replaces what was there", async () => {
  const { emulator } = await streetWithMedia();
  const path = `storage/folders/${FOLDER}/items/${item(1)}`;
  const one = await v2(emulator, "PATCH", path, { clientMetadata: { a: [1, null] } });
  expect(JSON.parse(one.json.clientMetadata)).toEqual({ a: [1, null] });
  const many = await v2(emulator, "PATCH", "storage/items/patch-bulk", {
    itemPatches: { [item(1)]: { name: "new" }, [item(2)]: { description: "d" } },
  });
  expect(many.json.results).toMatchObject([
    { name: "new", clientMetadata: one.json.clientMetadata },
    { name: "street 2.png", description: "d" },
  ]);
  expect((await v2(emulator, "PATCH", `storage/folders/${item(3)}/items/${item(1)}`, {})).status).toBe(404);
});

it("requests and bytes are counted by endpoint", async () => {
  const { emulator, get } = await streetWithMedia();
  await get({ range: "bytes=0-99" });
  await get();
  expect(emulator.requests()).toMatchObject([
    { endpoint: "items.get", requests: 1, statuses: { 200: 1 } },
    { endpoint: "media.get", requests: 2, bytesOut: 1100, statuses: { 206: 1, 200: 1 } },
  ]);
});
