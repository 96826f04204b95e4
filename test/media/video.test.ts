import { afterEach, describe, expect, it } from "vitest";
import { MediaError } from "../../src/media/errors.ts";
import { Frame } from "../../src/media/frame.ts";
import { type OpenVideoOptions, openVideo, type Video } from "../../src/media/video/video.ts";
import { isolateMemory } from "../../src/media/wasm/memory-budget.ts";
import {
  openVideoDecoder,
  type VideoDecoder,
  type VideoDecoderOptions,
} from "../../src/media/wasm/video-decoder.ts";
import samplerVectors from "../fixtures/vectors/video-sampler.json";
import { gridDistance, mediaFixture } from "./grid.ts";
import { videoTruth } from "./video-truth.ts";

const CLIP = "h264_high_opengop.mp4";
const opened: Video[] = [];

async function open(name: string, options: OpenVideoOptions = {}): Promise<Video> {
  const video = await openVideo(await mediaFixture(`videos/${name}`), options);
  opened.push(video);
  return video;
}

afterEach(() => {
  for (const video of opened.splice(0)) video.close();
  expect(isolateMemory.reserved).toBe(0);
});

function gridOf(name: string, frame: number): string {
  const grids = videoTruth[name]?.opencv?.grids as readonly string[];
  return grids[frame] ?? "";
}

/** A decoder that writes down what it is asked. */
function recording(): {
  steps: string[];
  openDecoder: (options: VideoDecoderOptions) => Promise<VideoDecoder>;
} {
  const steps: string[] = [];
  return {
    steps,
    async openDecoder(options) {
      const decoder = await openVideoDecoder(options);
      steps.push("open");
      return {
        codec: decoder.codec,
        get memoryBytes() {
          return decoder.memoryBytes;
        },
        send(bytes, pts, how) {
          steps.push(`send ${pts}`);
          decoder.send(bytes, pts, how);
        },
        receive: () => decoder.receive(),
        flush: () => decoder.flush(),
        reset: () => decoder.reset(),
        close() {
          steps.push("close");
          decoder.close();
        },
      };
    },
  };
}

const numbersOf = async (frames: AsyncIterable<{ readonly frame: number }>) => {
  const numbers: number[] = [];
  for await (const { frame } of frames) numbers.push(frame);
  return numbers;
};

describe("a sample", () => {
  for (const name of [CLIP, "h264_editlist.mp4", "hevc_main.mp4", "vp9.webm", "mpeg4.avi", "h264.ts"]) {
    it(`of ${name} has the frames of a pass over all`, async () => {
      const video = await open(name);
      for (const which of [1 / 5, 0.3, [7, 3, 3], [15, 14, 16], [video.info.frameCount - 1, 0]]) {
        for await (const frame of video.sample(which)) {
          expect(gridDistance(frame, gridOf(name, frame.frame))).toBeLessThanOrEqual(2);
        }
      }
      expect(await numbersOf(video.sample([7, 3, 3]))).toEqual([7, 3, 3]);
    });
  }

  it("by rate takes the frames that the Python library takes, as far as there are frames", async () => {
    const video = await open("mpeg4_odd.mp4");
    for (const { frameCount, rate, indicesInsideVideo } of samplerVectors.indexLists) {
      if (frameCount !== video.info.frameCount) continue;
      expect(await numbersOf(video.sample(rate, { width: 16 }))).toEqual(indicesInsideVideo);
    }
    for (const rate of samplerVectors.rejectedRates) {
      expect(() => video.sample(rate)).toThrow(/greater than 0 and at most 1/);
    }
  });

  it("of frames that there are not is refused at once", async () => {
    const video = await open(CLIP);
    for (const bad of [72, -1, 1.5, Number.NaN]) {
      expect(() => video.sample([0, bad])).toThrow(MediaError);
      await expect(video.frame(bad)).rejects.toMatchObject({
        code: "out-of-range",
        message: `There is no frame ${bad}: there are 72 frames, numbers 0 to 71.`,
      });
    }
  });

  it("gives copies for a number that is asked for twice", async () => {
    const video = await open(CLIP);
    const frames: Frame[] = [];
    for await (const frame of video.sample([3, 3])) frames.push(frame);
    expect(frames[0]?.data).toEqual(frames[1]?.data);
    frames[0]?.data.fill(0);
    expect(frames[1]?.data.some((value) => value > 0)).toBe(true);
  });
});

describe("a frame comes in the form asked for", () => {
  it("upright and scaled, whichever way it is stored", async () => {
    for (const name of ["h264_rot90.mp4", "h264_rot180.mp4", "h264_baseline.mp4"]) {
      const video = await open(name);
      const whole = await video.frame(12);
      expect(gridDistance(whole, gridOf(name, 12))).toBeLessThanOrEqual(2);
      for (const options of [
        { width: 96 },
        { height: 60 },
        { width: 64, height: 64, fit: "contain" },
      ] as const) {
        const small = await video.frame(12, options);
        const expected = whole.resize(options);
        expect([small.width, small.height]).toEqual([expected.width, expected.height]);
        // Scaled before colours are made, not after: alike, not equal.
        expect(meanDifference(small.data, expected.data)).toBeLessThan(8);
      }
      const cover = await video.frame(12, { width: 50, height: 90, fit: "cover" });
      expect([cover.width, cover.height, cover.data.length]).toEqual([50, 90, 13_500]);
      expect(
        meanDifference(cover.data, whole.resize({ width: 50, height: 90, fit: "cover" }).data),
      ).toBeLessThan(10);
    }
  });

  it("gray", async () => {
    const video = await open("h264_rot90.mp4");
    const gray = await video.frame(5, { gray: true });
    const colour = await video.frame(5);
    expect(gray).not.toBeInstanceOf(Frame);
    expect([gray.frame, gray.width, gray.height]).toEqual([5, 240, 320]);
    expect(meanDifference(gray.data, colour.toGray())).toBeLessThan(3);
    const small = await video.frame(5, { gray: true, width: 24, height: 24, fit: "cover" });
    expect(small.data.length).toBe(24 * 24);
  });

  it("in the colours of the stream's tags, or OpenCV's", async () => {
    const video = await open("h264_bt709.mp4");
    const [opencv, tagged] = [await video.frame(3), await video.frame(3, { colours: "tagged" })];
    expect(gridDistance(opencv, gridOf("h264_bt709.mp4", 3))).toBeLessThanOrEqual(2);
    expect(meanDifference(opencv.data, tagged.data)).toBeGreaterThan(2);
  });
});

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}

describe("frames are decoded when they are asked for", () => {
  it("and the decoder is given back when the loop ends, also early", async () => {
    const { steps, openDecoder } = recording();
    const video = await open("h264_baseline.mp4", { openDecoder });
    const frames = video.frames();
    expect(steps).toEqual([]);
    await frames.next();
    await frames.next();
    expect(steps).toEqual(["open", "send 0", "send 1"]);
    await frames.return();
    expect(steps.at(-1)).toBe("close");
    expect(isolateMemory.reserved).toBe(0);
  });

  it("each packet once in a pass over all", async () => {
    const { steps, openDecoder } = recording();
    const video = await open(CLIP, { openDecoder });
    expect((await numbersOf(video.frames({ width: 16 }))).length).toBe(72);
    expect(steps.length).toBe(72 + 2);
  });

  it("from the key frame before, and from the one before that for what is shown ahead of its key frame", async () => {
    const { steps, openDecoder } = recording();
    const video = await open(CLIP, { openDecoder });
    for (let frame = 71; frame >= 0; frame -= 5) {
      expect(gridDistance(await video.frame(frame), gridOf(CLIP, frame))).toBeLessThanOrEqual(2);
      const first = Number(/\d+/.exec(steps.find((step) => step.startsWith("send")) ?? "")?.[0]);
      expect([0, 21, 22, 23, 24, 45, 46, 47, 48]).toContain(first);
      steps.length = 0;
    }
  });

  it("by several loops at a time with one decoder", async () => {
    const { steps, openDecoder } = recording();
    const video = await open(CLIP, { openDecoder });
    const [one, two] = [video.frames(), video.sample(1 / 9)];
    for (let i = 0; i < 8; i++) {
      const [a, b] = await Promise.all([one.next(), two.next()]);
      for (const { value } of [a, b]) {
        expect(value).toBeInstanceOf(Frame);
        if (value) expect(gridDistance(value, gridOf(CLIP, value.frame))).toBeLessThanOrEqual(2);
      }
    }
    expect(steps.filter((step) => step === "open").length).toBe(1);
    await one.return();
    await two.return();
  });

  it("with a new decoder when the old one was taken away", async () => {
    let taken = false;
    const { openDecoder, steps } = recording();
    const video = await open("h264_baseline.mp4", {
      async openDecoder(options) {
        const decoder = await openDecoder(options);
        const send: VideoDecoder["send"] = (bytes, pts, how) => {
          if (taken) {
            taken = false;
            throw new MediaError("reclaimed", "taken away", { retryable: true });
          }
          decoder.send(bytes, pts, how);
        };
        return { ...decoder, memoryBytes: 0, send };
      },
    });
    await video.frame(20);
    taken = true;
    expect(gridDistance(await video.frame(28), gridOf("h264_baseline.mp4", 28))).toBeLessThanOrEqual(2);
    expect(steps.filter((step) => step === "open").length).toBe(2);
  });

  it("until the signal says that it is enough", async () => {
    const abort = new AbortController();
    const video = await open(CLIP, { signal: abort.signal });
    const reason = new Error("enough");
    const seen: number[] = [];
    const all = (async () => {
      for await (const { frame } of video.frames({ width: 16 })) {
        seen.push(frame);
        if (frame === 4) abort.abort(reason);
      }
    })();
    await expect(all).rejects.toBe(reason);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it("while timers go on, so that a time limit ends a long search", async () => {
    const abort = new AbortController();
    const { openDecoder, steps } = recording();
    const video = await open("h264_long.mp4", { signal: abort.signal, openDecoder });
    const reason = new Error("time is up");
    setTimeout(() => abort.abort(reason), 0);
    await expect(video.frame(249)).rejects.toBe(reason);
    expect(steps.length).toBeLessThan(249);
  });

  it("and not after the video was closed", async () => {
    const video = await open(CLIP);
    video.close();
    await expect(video.frame(0)).rejects.toMatchObject({ code: "closed" });
  });

  it("and what was asked before that leaves no decoder behind", async () => {
    for (const waits of [0, 1, 2, 4, 8, 16, 32]) {
      const video = await open(CLIP);
      const asked = video.frame(7).catch((error: unknown) => error);
      for (let turn = 0; turn < waits; turn++) await Promise.resolve();
      video.close();
      await asked;
      expect(isolateMemory.reserved).toBe(0);
    }
  });
});

it("a video tells what it is without decoding", async () => {
  const decoded: unknown[] = [];
  const openDecoder = async (options: VideoDecoderOptions) => {
    decoded.push(options);
    return openVideoDecoder(options);
  };
  const info = async (name: string) => (await open(name, { openDecoder })).info;
  expect(await info("h264_rot90.mp4")).toEqual({
    container: "mp4",
    codec: "h264",
    codecTag: "avc1",
    width: 240,
    height: 320,
    frameCount: 40,
    promisedFrames: 40,
    frameRate: 25,
    rotation: 270,
  });
  expect(await info("h264_vfr.mp4")).toMatchObject({ frameCount: 26, frameRate: 12.7869 });
  expect(await info("prores.mov")).toMatchObject({ container: "mov", codec: "prores", codecTag: "apco" });
  expect(await info("vp9_odd.webm")).toMatchObject({
    container: "webm",
    width: 321,
    height: 241,
    frameRate: 25,
  });
  expect(await info("h264.ts")).toMatchObject({
    container: "mpegts",
    width: 320,
    height: 240,
    frameRate: 25,
  });
  expect(await info("mpeg4.avi")).toMatchObject({ container: "avi", codecTag: "FMP4", frameCount: 40 });
  // What is cut off of the stored pictures does not count, and neither does the gap between streams that were joined.
  expect(await info("../cases/h264_cropped.mp4")).toMatchObject({ width: 148, height: 104 });
  expect(await info("../cases/joined.ts")).toMatchObject({ width: 160, height: 120, frameRate: 25 });
  const joined = (await mediaFixture("cases/joined.mkv")).slice();
  for (let at = 0; at < joined.length; at++) {
    // The default duration, as an element that nobody knows.
    if (joined[at] === 0x23 && joined[at + 1] === 0xe3 && joined[at + 2] === 0x83) joined[at + 2] = 0x84;
  }
  const { info: facts } = await openVideo(joined);
  expect(facts.frameRate).toBeCloseTo(25, 5);
  expect(await info("../cases/mpeg4_as_avi.mkv")).toMatchObject({ container: "mkv", codecTag: "FMP4" });
  expect(decoded).toEqual([]);
});

it("300 jobs in one isolate leave its memory as the first ones did", async () => {
  const names = ["h264_baseline.mp4", "vp9_odd.webm", "mpeg4.avi", "hevc_main10.mp4", "av1.mp4"];
  const sizes: number[] = [];
  const openDecoder = async (options: VideoDecoderOptions) => {
    const decoder = await openVideoDecoder(options);
    sizes.push(decoder.memoryBytes);
    return decoder;
  };
  const files = await Promise.all(names.map((name) => mediaFixture(`videos/${name}`)));
  for (let job = 0; job < 300; job++) {
    const video = await openVideo(files[job % files.length] as Uint8Array, { openDecoder });
    await video.frame((job * 7) % video.info.frameCount, { width: 32 });
    video.close();
  }
  expect(Math.max(...sizes.slice(25))).toBe(Math.max(...sizes.slice(0, 25)));
}, 60_000);
