import { describe, expect, inject, it } from "vitest";
import { MediaError } from "../../src/media/errors.ts";
import { openVideo } from "../../src/media/video/video.ts";
import { isolateMemory } from "../../src/media/wasm/memory-budget.ts";
import { mediaFixture } from "../media/grid.ts";
import { watchInstances } from "../media/instances.ts";
import { mutate, randomNumbers } from "./mutate.ts";

const files: Record<string, string[]> = {
  mp4: ["h264_baseline.mp4", "h264_editlist.mp4", "hevc_main.mp4", "mpeg4.mp4", "av1.mp4"],
  "mp4 in fragments": ["h264_frag.mp4", "h264_frag_sidx.mp4"],
  mov: ["mjpeg.mov", "prores.mov", "h264_422_10bit.mov"],
  matroska: ["h264.mkv", "vp8.webm", "vp9_odd.webm"],
  mpegts: ["h264.ts"],
  avi: ["mpeg4.avi"],
};

/** Opens a damaged video and asks for three of its frames. */
async function look(bytes: Uint8Array, random: () => number): Promise<string> {
  const video = await openVideo(bytes);
  try {
    const { frameCount } = video.info;
    const numbers = [0, 1, 2].map(() => Math.floor(random() * frameCount));
    for await (const frame of video.sample(numbers, { width: 32 })) expect(frame.width).toBe(32);
    return "frames";
  } finally {
    video.close();
  }
}

describe("a damaged video gives frames or a MediaError, soon and within the budget", () => {
  for (const [format, names] of Object.entries(files)) {
    it(`${inject("mutations")} ${format} files`, { timeout: 1_200_000 }, async () => {
      const sound = await Promise.all(names.map((name) => mediaFixture(`videos/${name}`)));
      const random = randomNumbers(format.length * 6101 + format.charCodeAt(0));
      const outcomes: Record<string, number> = {};
      let slowest = 0;
      const { made, largestBytes } = await watchInstances(async () => {
        for (let i = 0; i < inject("mutations"); i++) {
          const started = Date.now();
          const outcome = await look(mutate(sound[i % sound.length] as Uint8Array, random), random).catch(
            (error: unknown) => {
              expect(error, `${String(error)} ${(error as Error).stack}`).toBeInstanceOf(MediaError);
              return (error as MediaError).code;
            },
          );
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
          slowest = Math.max(slowest, Date.now() - started);
        }
      });
      console.log(
        `${format}: ${JSON.stringify(outcomes)}, slowest ${slowest} ms, ${made} instances, ${largestBytes / 1e6} MB`,
      );
      expect(slowest).toBeLessThan(5000);
      expect(largestBytes).toBeLessThanOrEqual(isolateMemory.capacity);
      expect(isolateMemory.reserved).toBe(0);
      expect(await look(sound[0] as Uint8Array, random)).toBe("frames");
    });
  }
});
