/** The file behind a data unit: in memory, as a stream, by ranges; for every type of data, and bounded like every transfer. */

import { type Asset, asset, taskAgent } from "encord-edge-agents";
import { EncordClient } from "encord-edge-agents/encord";
import { workOff } from "encord-edge-agents/testing";
import { describe, expect, it } from "vitest";
import { Invocation } from "../../src/agent/invocation.ts";
import { createLog } from "../../src/agent/log.ts";
import type { Fetch, Transfer } from "../../src/media/index.ts";
import { GROUP, workshop } from "../agent/workshop.ts";
import type { SeedData } from "../emulator/index.ts";

const ITEM = "17e30000-0000-4000-8000-000000000001";
/** Larger than what a reader asks for at once. */
const BYTES = Uint8Array.from({ length: 600_000 }, (_, i) => (i * 7 + (i >> 8)) & 255);

interface Opened {
  readonly file: Asset;
  readonly transfers: Transfer[];
  /** What was fetched outside Encord's API: the value of `Range`, or `whole`. */
  readonly fetched: string[];
  readonly stop: AbortController;
  close(): Promise<void>;
}

/** The asset of one data unit. */
async function opened(
  seed: Partial<SeedData> = {},
  answer: (send: Fetch, number: number) => Fetch = (send) => send,
): Promise<Opened> {
  const data = { title: "talk.wav", media: "talk.wav", ...seed };
  const emulator = await workshop({ data: [data], media: { [data.media]: BYTES } });
  const send = (input: RequestInfo | URL, init?: RequestInit) => emulator.fetch(new Request(input, init));
  const client = await EncordClient.withSshKey({ ...emulator.connection, fetch: send as typeof fetch });
  const unused = async () => {
    throw new Error("not asked for in this test");
  };
  const transfers: Transfer[] = [];
  const fetched: string[] = [];
  const stop = new AbortController();
  const invocation = new Invocation({
    mode: "task",
    agentName: "test",
    client,
    sources: { project: unused, labelRow: unused, storageItem: () => client.getStorageItem(ITEM) },
    assets: {
      allowInsecureLoopback: false,
      fetch: (input, init) => {
        fetched.push(new Headers(init.headers).get("range") ?? "whole");
        return answer(send, fetched.length)(input, init);
      },
      onTransfer: (transfer) => transfers.push(transfer),
      onFrame: () => {},
    },
    signal: stop.signal,
    log: createLog({ write: () => {} }),
  });
  const { file } = await invocation.resolve({ file: asset });
  return { file, transfers, fetched, stop, close: () => invocation.close(null) };
}

async function gathered(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Faster than a comparison that could show the difference. */
function isFile(bytes: Uint8Array): boolean {
  return bytes.length === BYTES.length && bytes.every((byte, i) => byte === BYTES[i]);
}

/** A body that counts what was taken from it, and never ends by itself. */
function endless(chunk: number) {
  const count = { taken: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        count.taken++;
        controller.enqueue(new Uint8Array(chunk));
      },
      cancel() {
        count.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { count, body };
}

describe.each<[string, Partial<SeedData>, string]>([
  ["sound", { media: "a.wav" }, "audio/wav"],
  ["PDF", { media: "a.pdf" }, "application/pdf"],
  ["text", { media: "a.txt" }, "text/plain"],
  ["HTML", { media: "a.html" }, "text/html"],
  ["NIfTI", { media: "a.nii" }, "application/nifti"],
  ["DICOM", { media: "a.dcm", itemType: "dicomFile" }, "application/dicom"],
  ["video", { media: "a.mp4" }, "video/mp4"],
  ["image", { media: "a.png" }, "image/png"],
])("the file of a data unit of type %s", (_type, seed, mimeType) => {
  it("comes as bytes, as a stream and by ranges, with name, type and size", async () => {
    const { file, transfers, close } = await opened({ title: "unit", ...seed });
    expect(file).toMatchObject({ name: "unit", mimeType, size: BYTES.length });
    expect(transfers).toEqual([]);
    expect(isFile(await file.bytes())).toBe(true);
    expect(isFile(await gathered(await file.stream()))).toBe(true);
    const reader = await file.reader();
    expect(reader.size).toBe(BYTES.length);
    expect(await reader.read(499_990, 500_010)).toEqual(BYTES.subarray(499_990, 500_010));
    const whole = { requests: 1, bytes: BYTES.length };
    expect(transfers).toEqual([whole, whole]);
    await close();
    expect(transfers).toEqual([whole, whole, { requests: 2, bytes: 256 * 1024 + 20 }]);
  });
});

it("a task agent sends a file through a stream of the platform", async () => {
  const emulator = await workshop({
    data: [{ title: "talk.wav", media: "talk.wav" }],
    media: { "talk.wav": BYTES },
  });
  let hash: ArrayBuffer | undefined;
  const agent = taskAgent({
    name: "fingerprint",
    stage: "Agent 1",
    dependencies: { asset },
    async run({ asset }) {
      const digest = new crypto.DigestStream("SHA-256");
      await (await asset.stream()).pipeTo(digest);
      hash = await digest.digest;
      return "Good";
    },
  });
  expect((await workOff(agent, emulator)).map((each) => each.error)).toEqual([null]);
  expect(hash).toEqual(await crypto.subtle.digest("SHA-256", BYTES));
});

it.each([
  [GROUP, /"three views" \(imageGroup\) has no file of its own; siblingImages gives its images/],
  [{ title: "scan", dataType: "DICOM" }, /"scan" \(dicomSeries\) has no file of its own; .*getChildItems/],
])("what has no file of its own says so, and where its parts are (%#)", async (seed, message) => {
  const { file, fetched } = await opened({ media: "a.png", ...seed });
  for (const ask of [() => file.bytes(), () => file.stream(), () => file.reader()]) {
    await expect(ask()).rejects.toMatchObject({
      code: "no-file",
      retryable: false,
      message: expect.stringMatching(message),
    });
  }
  expect(fetched).toEqual([]);
});

describe("a transfer that breaks off", () => {
  it("is worth another try: fewer bytes arrive than Encord knows the file with", async () => {
    const { file, transfers } = await opened({ fileSize: BYTES.length + 1 });
    const truncated = { code: "truncated", retryable: true };
    await expect(file.bytes()).rejects.toMatchObject(truncated);
    await expect(gathered(await file.stream())).rejects.toMatchObject(truncated);
    expect(transfers).toHaveLength(2);
  });

  it("is no reason to refuse a file that is larger than Encord knows it", async () => {
    const { file } = await opened({ fileSize: 10 });
    expect(isFile(await file.bytes())).toBe(true);
    expect(isFile(await gathered(await file.stream()))).toBe(true);
  });
});

it("a signed URL that has expired is replaced once, whichever way the file is read", async () => {
  const expired = () => new Response("expired", { status: 403 });
  const ways: ((file: Asset) => Promise<Uint8Array>)[] = [
    (file) => file.bytes(),
    async (file) => gathered(await file.stream()),
    async (file) => (await file.reader()).read(0, BYTES.length),
  ];
  for (const way of ways) {
    const once = await opened({}, (send, number) => (number === 1 ? async () => expired() : send));
    expect(isFile(await way(once.file))).toBe(true);
    await once.close();
    const always = await opened({}, () => async () => expired());
    await expect(way(always.file)).rejects.toMatchObject({ code: "access-denied" });
    expect(always.fetched).toHaveLength(2);
    await always.close();
  }
});

describe("a stream", () => {
  it("takes no more from the connection than is read, and gives it back when it is cancelled", async () => {
    const { count, body } = endless(1000);
    const { file, transfers } = await opened({}, () => async () => new Response(body));
    const reader = (await file.stream()).getReader();
    expect(count.taken).toBe(0);
    await reader.read();
    await reader.read();
    expect(count.taken).toBe(2);
    expect(transfers).toEqual([]);
    await reader.cancel();
    expect(count.cancelled).toBe(true);
    expect(transfers).toEqual([{ requests: 1, bytes: 2000 }]);
  });

  it("fails with the reason that the agent was stopped for, also while it waits for the other side", async () => {
    const silent = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
    const { file, transfers, stop } = await opened({}, () => async () => new Response(silent));
    const reading = (await file.stream()).getReader().read();
    stop.abort(new Error("the agent's time is up"));
    await expect(reading).rejects.toThrow("the agent's time is up");
    expect(transfers).toEqual([{ requests: 1, bytes: 0 }]);
    await expect(file.stream()).rejects.toThrow("the agent's time is up");
  });

  it("and a reader end with the agent, when nobody read them to the end", async () => {
    const { count, body } = endless(1000);
    const { file, transfers, close } = await opened({}, (send, number) =>
      number === 1 ? async () => new Response(body) : send,
    );
    const reader = (await file.stream()).getReader();
    await reader.read();
    const ranges = await file.reader();
    await close();
    expect(count.cancelled).toBe(true);
    expect(transfers).toHaveLength(2);
    await expect(reader.read()).rejects.toMatchObject({ code: "closed" });
    await expect(ranges.read(300_000, 300_001)).rejects.toMatchObject({ code: "closed" });
    await expect(file.stream()).rejects.toMatchObject({ code: "closed" });
  });

  it("goes to no private address, also not by a redirect", async () => {
    const location = "http://169.254.169.254/latest/meta-data";
    const { file, fetched } = await opened(
      {},
      () => async () => new Response(null, { status: 302, headers: { location } }),
    );
    for (const ask of [() => file.bytes(), () => file.stream(), () => file.reader()]) {
      await expect(ask()).rejects.toMatchObject({ code: "refused-address" });
    }
    expect(fetched).toHaveLength(3);
  });
});
