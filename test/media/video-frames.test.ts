import { describe, expect, it } from "vitest";
import { openVideoFile } from "../../src/media/container/open-video-file.ts";
import { MemoryReader } from "../../src/media/net/byte-reader.ts";
import { PictureReader } from "../../src/media/video/picture-reader.ts";
import { openVideo } from "../../src/media/video/video.ts";
import { gridDistance, mediaFixture } from "./grid.ts";
import { md5, videoTruth } from "./video-truth.ts";

/** Numbers of `count` frames, each far from the one before. */
function shuffled(count: number): number[] {
  const step = [7, 11, 13].find((prime) => count % prime !== 0) ?? 1;
  return Array.from({ length: count }, (_, i) => (i * step + 3) % count);
}

const whole = Object.entries(videoTruth).filter(
  ([name, { opencv }]) => opencv && !name.startsWith("broken_"),
);

describe("every frame is the one that native decoders give", () => {
  for (const [name, { opencv, planesMd5, ffprobe }] of whole) {
    it(name, async () => {
      const bytes = await mediaFixture(`videos/${name}`);
      const { index, packets } = await openVideoFile(new MemoryReader(bytes));
      expect(index.frames.length).toBe(opencv?.framesRead);
      if (planesMd5) {
        const pictures = new PictureReader(index, packets);
        const planes = (frame: number, next?: number) =>
          pictures.picture(frame, (picture) => picture.copyPlanes(), 0, next === undefined ? {} : { next });
        const sequential: string[] = [];
        for (let frame = 0; frame < index.frames.length; frame++) {
          sequential.push(
            await md5(await planes(frame, frame + 1 < index.frames.length ? frame + 1 : undefined)),
          );
        }
        expect(sequential).toEqual(planesMd5);
        for (const frame of shuffled(index.frames.length)) {
          expect([frame, await md5(await planes(frame))]).toEqual([frame, planesMd5[frame]]);
        }
        pictures.close();
      }
      const video = await openVideo(bytes);
      expect(video.info).toMatchObject({ width: opencv?.width, height: opencv?.height });
      const tolerance = ffprobe?.pix_fmt?.includes("10") ? 4 : 2;
      const grids = Object.entries(opencv?.grids ?? {});
      const wanted = new Map(grids.map(([frame, grid]) => [Number(frame), grid]));
      const distances: number[] = [];
      for await (const frame of video.sample([...wanted.keys()])) {
        distances.push(gridDistance(frame, wanted.get(frame.frame) ?? ""));
      }
      expect(distances.length).toBe(grids.length);
      expect(Math.max(...distances)).toBeLessThanOrEqual(tolerance);
      video.close();
    }, 60_000);
  }
});
