import { afterEach, describe, expect, it } from "vitest";
import { readMp4 } from "../../src/media/container/mp4/read-mp4.ts";
import { openVideoFile } from "../../src/media/container/open-video-file.ts";
import { MemoryReader } from "../../src/media/net/byte-reader.ts";
import { PictureReader } from "../../src/media/video/picture-reader.ts";
import { openVideo } from "../../src/media/video/video.ts";
import {
  openVideoDecoder,
  type VideoDecoder,
  type VideoDecoderOptions,
} from "../../src/media/wasm/video-decoder.ts";
import largeTruth from "../fixtures/media/large/truth.json";
import { gridDistance, mediaFixture } from "./grid.ts";
import { writeIndex } from "./mp4-writer.ts";
import { RangeServer } from "./range-server.ts";
import { type ServedFile, spreadVideo } from "./spread-video.ts";
import { md5, videoTruth } from "./video-truth.ts";

const grids = videoTruth["h264_long.mp4"]?.opencv?.grids as Readonly<Record<string, string>>;

/** `h264_long.mp4`, 6,000 frames, with its packets `stride` bytes apart. */
async function spread(stride: number, pads: boolean): Promise<ServedFile> {
  return spreadVideo(await mediaFixture("videos/h264_long.mp4"), stride, pads);
}

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const video of opened.splice(0)) video.close();
});

async function open(file: ServedFile) {
  const server = new RangeServer(file);
  const video = await openVideo("https://media.test/long.mp4", { fetch: server.fetch });
  opened.push(video);
  expect(video.info.frameCount).toBe(6000);
  return { server, video };
}

const EVERY_500TH = Array.from({ length: 12 }, (_, i) => i * 500);

it("frame 5000 of a 60 MB file costs at most 4 requests and 2 % of it", async () => {
  const file = await spread(10_000, true);
  const { server, video } = await open(file);
  const frame = await video.frame(5000);
  expect(gridDistance(frame, grids["5000"] ?? "")).toBeLessThanOrEqual(2);
  expect(server.requests.length).toBeLessThanOrEqual(4);
  expect(server.bytesSent / file.size).toBeLessThanOrEqual(0.02);
  expect(video.transfer).toEqual({ requests: server.requests.length, bytes: server.bytesSent });
});

it("a frame far behind its key frame costs the packets between them", async () => {
  const file = await spread(10_000, true);
  const { server, video } = await open(file);
  const before = server.bytesSent;
  const frame = await video.frame(4999);
  expect(gridDistance(frame, grids["4999"] ?? "")).toBeLessThanOrEqual(2);
  expect(server.bytesSent - before).toBeLessThanOrEqual(255 * 10_000);
  expect(server.requests.length).toBeLessThanOrEqual(5);
});

it("every 500th frame of a 60 MB file costs a packet or two each", async () => {
  const file = await spread(10_000, true);
  const { server, video } = await open(file);
  const seen: number[] = [];
  for await (const frame of video.sample(1 / 500)) {
    expect(gridDistance(frame, grids[frame.frame] ?? "")).toBeLessThanOrEqual(2);
    seen.push(frame.frame);
  }
  expect(seen).toEqual(EVERY_500TH);
  expect(server.requests.length).toBeLessThanOrEqual(14);
  expect(server.bytesSent / file.size).toBeLessThanOrEqual(0.02);
});

it("a frame of a 2 GB file costs at most 0.1 % of it, and so does every 500th", async () => {
  const file = await spread(350_000, false);
  expect(file.size).toBeGreaterThan(2e9);
  const { server, video } = await open(file);
  await video.frame(5000);
  expect(server.requests.length).toBeLessThanOrEqual(4);
  expect(server.bytesSent / file.size).toBeLessThanOrEqual(0.001);
  const seen: number[] = [];
  for await (const frame of video.sample(1 / 500)) seen.push(frame.frame);
  expect(seen).toEqual(EVERY_500TH);
  expect(server.bytesSent / file.size).toBeLessThanOrEqual(0.001);
});

it("the index of 108,000 frames is read in under 100 ms and takes less than 4 MB", async () => {
  const count = 108_000;
  const numbers = Array.from({ length: count }, (_, i) => i);
  const track = {
    sizes: numbers.map((i) => 5000 + (i % 777)),
    places: numbers.map((i) => i * 6000),
    keys: numbers.filter((i) => i % 250 === 0),
    edits: [[0x7fff_ffff, 0]] as const,
    timeOffsets: numbers.map((i) => [1024, 2560, 1024, 512][i % 4] as number),
  };
  const template = await mediaFixture("videos/h264_long.mp4");
  const head = writeIndex(template, track, count * 6000);
  const reader = new MemoryReader(head);
  Object.defineProperty(reader, "size", { value: head.length + count * 6000 });
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const started = performance.now();
    const { index } = await readMp4(reader);
    fastest = Math.min(fastest, performance.now() - started);
    const { offsets, sizes, times, keys } = index.packets;
    const bytes = [offsets, sizes, times, keys, index.frames].reduce(
      (sum, { byteLength }) => sum + byteLength,
      0,
    );
    expect(index.frames.length).toBe(count);
    expect(bytes).toBeLessThan(4_000_000);
  }
  expect(fastest).toBeLessThan(100);
});

it("frames in order are read a mebibyte at a time, ahead of the decoder", async () => {
  const file = await spread(10_000, true);
  const { server, video } = await open(file);
  let count = 0;
  for await (const frame of video.frames({ width: 16 })) if (++count === 600 || frame.frame === 600) break;
  expect(count).toBe(600);
  expect(server.requests.length).toBeLessThanOrEqual(10);
  expect(server.bytesSent).toBeLessThan(256 * 1024 + 600 * 10_000 + 2.5 * 1024 * 1024);
});

describe("from a server that ignores ranges", () => {
  /** Answers every request with the whole file, a mebibyte at a time. */
  async function openWhole(file: ServedFile) {
    const server = new RangeServer(file);
    server.answer = () => {
      let at = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const end = Math.min(file.size, at + 1024 * 1024);
          controller.enqueue(file.part(at, end));
          at = end;
          if (at === file.size) controller.close();
        },
      });
      return new Response(body, { headers: { "content-length": `${file.size}` } });
    };
    const video = await openVideo("https://media.test/long.mp4", { fetch: server.fetch });
    opened.push(video);
    return { server, video };
  }

  it("frames come in one pass, and a step back says why it cannot be", async () => {
    const { server, video } = await openWhole(await spread(10_000, true));
    const seen: number[] = [];
    for await (const frame of video.sample([0, 250, 2500, 4999])) {
      expect(gridDistance(frame, grids[frame.frame] ?? grids["0"] ?? "")).toBeLessThanOrEqual(2);
      seen.push(frame.frame);
    }
    expect(seen).toEqual([0, 250, 2500, 4999]);
    expect(server.requests.length).toBe(1);
    await expect(video.frame(3)).rejects.toMatchObject({
      code: "ranges-ignored",
      message: expect.stringMatching(
        /ignores range requests.*Serve the file from storage that answers ranges/,
      ),
    });
  });
});

describe("2160p in full takes at most 120 MB, and its planes are ffmpeg's", () => {
  it.each(Object.entries(largeTruth))(
    "%s",
    async (name, sums) => {
      let decoder: VideoDecoder | undefined;
      const planes: string[] = [];
      const openDecoder = async (options: VideoDecoderOptions): Promise<VideoDecoder> => {
        decoder = await openVideoDecoder(options);
        return decoder;
      };
      const file = await mediaFixture(`large/${name}`);
      const video = await openVideo(file, { openDecoder });
      opened.push(video);
      let most = 0;
      let count = 0;
      for await (const frame of video.frames()) {
        most = Math.max(most, (decoder?.memoryBytes ?? 0) + frame.data.length);
        count++;
      }
      video.close();
      expect(count).toBe(sums.length);
      expect(most).toBeGreaterThan(3840 * 2160 * 3);
      expect(most).toBeLessThanOrEqual(120e6);
      const { index, packets } = await openVideoFile(new MemoryReader(file));
      const pictures = new PictureReader(index, packets);
      for (let frame = 0; frame < count; frame++) {
        const next = frame + 1 < count ? frame + 1 : null;
        planes.push(await pictures.picture(frame, (picture) => md5(picture.copyPlanes()), 24.9e6, { next }));
      }
      pictures.close();
      expect(planes).toEqual(sums);
    },
    120_000,
  );
});
