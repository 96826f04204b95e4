/**
 * Every frame of every video against what native ffmpeg (planes, MD5) and OpenCV (colours, mean of 8 x 8 cells) say, in a pass over
 * all and fetched alone, and a table of it. Part of `npm test`; `npm run conformance media` runs it alone. Another folder of videos
 * with a truth.json of its own is taken along: MEDIA_TRUTH=<folder>, or `<any>/media` beside the checkout.
 */
import { afterAll, describe, expect, it } from "vitest";
import { openVideoFile } from "../../src/media/container/open-video-file.ts";
import { MemoryReader } from "../../src/media/net/byte-reader.ts";
import { PictureReader } from "../../src/media/video/picture-reader.ts";
import { openVideo } from "../../src/media/video/video.ts";
import { gridDistance, mediaFixture } from "./grid.ts";
import { md5, type VideoTruth, videoTruth } from "./video-truth.ts";

/** One line of the table. */
interface Conformance {
  readonly frames: string;
  readonly inOrder: string;
  readonly alone: string;
  readonly colours: string;
}

const rows: [string, Conformance][] = [];
afterAll(() => {
  if (rows.length === 0) return;
  console.log(
    ["video".padEnd(32), "frames", "planes", "alone ", "colours off by"].join("  "),
    ...rows.map(([name, { frames, inOrder, alone, colours }]) =>
      ["\n", name.padEnd(31), frames.padEnd(6), inOrder.padEnd(6), alone.padEnd(6), colours]
        .join("  ")
        .replace("  ", ""),
    ),
  );
});

/** Compares a video with its truth; throws at the first difference that is no matter of error concealment. */
async function compare(name: string, bytes: Uint8Array, truth: VideoTruth): Promise<Conformance> {
  const { opencv, planesMd5 = [], ffprobe } = truth;
  if (!opencv) {
    await expect(openVideo(bytes)).rejects.toMatchObject({ name: "MediaError" });
    return { frames: "refused", inOrder: "-", alone: "-", colours: "-" };
  }
  const { index, packets } = await openVideoFile(new MemoryReader(bytes));
  const count = index.frames.length;
  expect(count).toBe(opencv.framesRead);
  // What is made up for damaged slices differs from decoder to decoder.
  const isSound = !name.startsWith("broken_corrupt");
  const pictures = new PictureReader(index, packets);
  const planes = async (frame: number, next?: number) =>
    md5(
      await pictures.picture(frame, (picture) => picture.copyPlanes(), 0, next === undefined ? {} : { next }),
    );
  const inOrder: string[] = [];
  for (let frame = 0; frame < count; frame++)
    inOrder.push(await planes(frame, Math.min(frame + 1, count - 1)));
  if (isSound && planesMd5.length > 0) expect(inOrder).toEqual(planesMd5);
  const asked = isSound ? shuffled(count) : [];
  for (const frame of asked) {
    expect([frame, await planes(frame)]).toEqual([frame, inOrder[frame]]);
  }
  await pictures.release();
  pictures.close();
  const video = await openVideo(bytes);
  expect(video.info).toMatchObject({ width: opencv.width, height: opencv.height });
  const grids = new Map(Object.entries(opencv.grids).map(([frame, grid]) => [Number(frame), grid]));
  let distance = 0;
  for await (const frame of video.sample([...grids.keys()])) {
    distance = Math.max(distance, gridDistance(frame, grids.get(frame.frame) ?? ""));
  }
  video.close();
  if (isSound) expect(distance).toBeLessThanOrEqual(ffprobe?.pix_fmt?.includes("1") ? 4 : 2);
  return {
    frames: `${count}`,
    inOrder: planesMd5.length > 0 && isSound ? `${count}` : "-",
    alone: isSound ? `${asked.length}` : "-",
    colours: `${distance}`,
  };
}

/** Numbers of frames, each far from the one before: all of them, or (of a long video) some. */
function shuffled(count: number): number[] {
  const step = [7, 11, 13].find((prime) => count % prime !== 0) ?? 1;
  return Array.from(
    { length: Math.min(count, 200) },
    (_, i) => (i * step * Math.ceil(count / 200) + 3) % count,
  );
}

describe("every frame is the one that native decoders give", () => {
  for (const [name, truth] of Object.entries(videoTruth)) {
    it(name, async () => {
      rows.push([name, await compare(name, await mediaFixture(`videos/${name}`), truth)]);
    }, 120_000);
  }

  it("also in a folder beside the checkout, if there is one", async () => {
    const file = async (path: string) => {
      const response = await fetch(`https://truth.test/${path}`);
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : null;
    };
    const text = await file("truth.json");
    if (!text) {
      console.log("No other videos: MEDIA_TRUTH=<folder with videos/ and truth.json> would name some.");
      return;
    }
    const { videos } = JSON.parse(new TextDecoder().decode(text)) as { videos: Record<string, VideoTruth> };
    const failures: string[] = [];
    let same = 0;
    for (const [name, truth] of Object.entries(videos)) {
      if (JSON.stringify(truth) === JSON.stringify(videoTruth[name])) {
        same++;
        continue;
      }
      try {
        const bytes = (await file(`videos/${name}`)) ?? (await file(name)) ?? new Uint8Array();
        rows.push([name, await compare(name, bytes, truth)]);
      } catch (error) {
        failures.push(`${name}: ${String(error).split("\n")[0]}`);
      }
    }
    console.log(`The other folder has ${Object.keys(videos).length} videos, ${same} of them the fixtures.`);
    expect(failures).toEqual([]);
  }, 600_000);
});
