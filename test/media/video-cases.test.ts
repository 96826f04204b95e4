/**
 * Videos that make frame numbers hard (test/fixtures/media/cases/make.sh says what each is for): every frame, in order, backwards,
 * sampled and alone, is the one that ffmpeg shows at that place.
 */
import { describe, expect, it } from "vitest";
import { openVideoFile } from "../../src/media/container/open-video-file.ts";
import { MemoryReader } from "../../src/media/net/byte-reader.ts";
import { openReader } from "../../src/media/net/range-reader.ts";
import { type PicturePlan, PictureReader } from "../../src/media/video/picture-reader.ts";
import truth from "../fixtures/media/cases/truth.json";
import { mediaFixture } from "./grid.ts";
import { RangeServer } from "./range-server.ts";
import { md5 } from "./video-truth.ts";

describe("frame k is the k-th frame that is shown", () => {
  for (const [name, expected] of Object.entries(truth)) {
    it(name, async () => {
      const { index, packets } = await openVideoFile(new MemoryReader(await mediaFixture(`cases/${name}`)));
      const numbers = expected.map((_, frame) => frame);
      expect(index.frames.length).toBe(expected.length);
      const pictures = new PictureReader(index, packets);
      const planes = async (frame: number, plan: PicturePlan) =>
        md5(await pictures.picture(frame, (picture) => picture.copyPlanes(), 0, plan));
      const pass = async (frames: readonly number[], planOf: (next: number | null) => PicturePlan) => {
        for (const [i, frame] of frames.entries()) {
          expect([frame, await planes(frame, planOf(frames[i + 1] ?? null))]).toEqual([
            frame,
            expected[frame],
          ]);
        }
      };
      await pass(numbers, (next) => ({ next }));
      await pass(numbers, () => ({ next: null }));
      await pass(numbers.toReversed(), () => ({}));
      const fifths = numbers.filter((frame) => frame % 5 === 0);
      const wanted = new Set(fifths.map((frame) => index.frames[frame] as number));
      await pass(fifths, (next) => ({ wanted, next }));
      pictures.close();
    }, 60_000);
  }
});

it("and is read by range as from memory", async () => {
  for (const name of [
    "h264_tiny_fragments.mp4",
    "h264_live.mkv",
    "h264_tail.ts",
    "mpeg4_no_index.avi",
    "mpeg4_records.avi",
    "h264_deflated.mkv",
    "joined.ts",
  ] as const) {
    const file = await mediaFixture(`cases/${name}`);
    const server = new RangeServer(file);
    const reader = await openReader("https://media.test/video", { fetch: server.fetch, cacheBytes: 1024 });
    const [remote, local] = [await openVideoFile(reader), await openVideoFile(new MemoryReader(file))];
    expect(remote.index).toEqual(local.index);
    const last = remote.index.packets.count - 1;
    for (const packet of [0, last >> 1, last, 1]) {
      expect(await remote.packets.read(packet, last)).toEqual(await local.packets.read(packet, packet));
    }
    reader.close();
  }
});
