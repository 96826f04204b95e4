/**
 * Containers that are correct and rare, or wrong in a way that can be told: rewritten from other fixtures, whose frames they have to
 * give.
 */
import { describe, expect, it } from "vitest";
import { openVideoFile } from "../../src/media/container/open-video-file.ts";
import { MemoryReader } from "../../src/media/net/byte-reader.ts";
import { PictureReader } from "../../src/media/video/picture-reader.ts";
import { mediaFixture } from "./grid.ts";
import { join } from "./mp4-writer.ts";
import { md5, videoTruth } from "./video-truth.ts";

/** The MD5 of every frame's planes: each in a pass over all, and alone. */
async function framesOf(bytes: Uint8Array): Promise<string[]> {
  const { index, packets } = await openVideoFile(new MemoryReader(bytes));
  const pictures = new PictureReader(index, packets);
  const frame = async (number: number, next: number | null) =>
    md5(await pictures.picture(number, (picture) => picture.copyPlanes(), 0, { next }));
  const last = index.frames.length - 1;
  const inOrder: string[] = [];
  for (let number = 0; number <= last; number++)
    inOrder.push(await frame(number, number < last ? number + 1 : null));
  const alone: string[] = [];
  for (let number = last; number >= 0; number--) alone.unshift(await frame(number, null));
  pictures.close();
  expect(alone).toEqual(inOrder);
  return inOrder;
}

it("a packet that the file's end cuts off is shown as far as it goes, where decoders do so", async () => {
  const file = await mediaFixture("videos/mpeg4.avi");
  const whole = videoTruth["mpeg4.avi"]?.planesMd5 ?? [];
  // As many as ffmpeg shows.
  for (const [part, count] of [
    [0.4, 15],
    [0.6, 23],
    [0.8, 33],
  ] as const) {
    const frames = await framesOf(file.slice(0, Math.floor(file.length * part)));
    expect(frames.length).toBe(count);
    expect(frames.slice(0, -3)).toEqual(whole.slice(0, count - 3));
  }
});

describe("a transport stream", () => {
  const packetsOf = (file: Uint8Array) =>
    Array.from({ length: file.length / 188 }, (_, i) => file.subarray(i * 188, i * 188 + 188));

  it("whose packets were sent twice has each frame once", async () => {
    const packets = packetsOf(await mediaFixture("videos/h264.ts"));
    const doubled = packets.flatMap((packet, i) => (i % 3 === 0 ? [packet, packet] : [packet]));
    expect(await framesOf(join(...doubled))).toEqual(videoTruth["h264.ts"]?.planesMd5);
  });

  /** The packets of the video; others as they are. */
  const videoPackets = (
    file: Uint8Array,
    rewrite: (packet: Uint8Array, isStart: boolean, start: number) => Uint8Array[],
  ) =>
    packetsOf(file).flatMap((packet) => {
      if ((((packet[1] ?? 0) & 31) << 8) + (packet[2] ?? 0) !== VIDEO) return [packet];
      const start = 4 + ((packet[3] ?? 0) & 0x20 ? 1 + (packet[4] ?? 0) : 0);
      return rewrite(packet.slice(), ((packet[1] ?? 0) & 0x40) !== 0, start);
    });
  const VIDEO = 0x100;

  it("with several pictures in a unit has them all", async () => {
    const file = await mediaFixture("videos/h264.ts");
    let units = 0;
    const merged = videoPackets(file, (packet, isStart, start) => {
      if (!isStart || units++ % 3 === 0) return [packet];
      // Not a start any more, and stuffing instead of the unit's head.
      const head = 9 + (packet[start + 8] ?? 0);
      packet[1] = (packet[1] ?? 0) & ~0x40;
      packet.fill(0xff, start, start + head);
      if (start === 4) packet.set([head - 1, 0], 4);
      else packet[4] = (packet[4] ?? 0) + head;
      packet[3] = (packet[3] ?? 0) | 0x20;
      return [packet];
    });
    expect(await framesOf(join(...merged))).toEqual(videoTruth["h264.ts"]?.planesMd5);
  });

  it("with pictures that go on in a second unit has each once", async () => {
    const file = await mediaFixture("videos/h264.ts");
    const head = [0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0];
    let inner = 0;
    const divided = videoPackets(file, (packet, isStart, start) => {
      if (isStart || start !== 4 || inner++ % 4 > 0) return [packet];
      const [first, second] = [packet.slice(), packet.slice()];
      first[1] = (first[1] ?? 0) | 0x40;
      first.set([...head, ...packet.subarray(4, 188 - head.length)], 4);
      const rest = packet.subarray(188 - head.length);
      second.fill(0xff, 4).set([183 - rest.length, 0], 4);
      second.set(rest, 188 - rest.length);
      second[3] = (second[3] ?? 0) | 0x20;
      return [first, second];
    });
    expect(inner).toBeGreaterThan(20);
    expect(await framesOf(join(...divided))).toEqual(videoTruth["h264.ts"]?.planesMd5);
  });
});
