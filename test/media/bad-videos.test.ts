import { afterEach, describe, expect, it } from "vitest";
import { readMp4 } from "../../src/media/container/mp4/read-mp4.ts";
import { MediaError } from "../../src/media/errors.ts";
import { MemoryReader } from "../../src/media/net/byte-reader.ts";
import { openVideo, type Video } from "../../src/media/video/video.ts";
import { isolateMemory } from "../../src/media/wasm/memory-budget.ts";
import { gridDistance, mediaFixture } from "./grid.ts";
import { box, join, table, writeIndex } from "./mp4-writer.ts";
import { videoTruth } from "./video-truth.ts";

const GOOD = "h264_baseline.mp4";
const SHOW_ALL = [[0x7fff_ffff, 0]] as const;
const grids = videoTruth[GOOD]?.opencv?.grids as readonly string[];
const opened: Video[] = [];

async function open(bytes: Uint8Array): Promise<Video> {
  const video = await openVideo(bytes);
  opened.push(video);
  return video;
}

afterEach(async () => {
  for (const video of opened.splice(0)) video.close();
  expect(isolateMemory.reserved).toBe(0);
  const video = await openVideo(await mediaFixture(`videos/${GOOD}`));
  const frame = await video.frame(7);
  expect(gridDistance(frame, grids[7] ?? "")).toBeLessThanOrEqual(2);
  video.close();
});

const text = (value: string) => new TextEncoder().encode(value);

function placeOf(type: string, file: Uint8Array, from = 0): number {
  const name = text(type);
  return file.findIndex((_, i) => i >= from && name.every((letter, j) => file[i + j] === letter));
}

/** The good file with the first box of a type changed in place; `at` counts from the box's body. */
async function patched(type: string, at: number, bytes: readonly number[], name = GOOD): Promise<Uint8Array> {
  const file = (await mediaFixture(`videos/${name}`)).slice();
  // Codecs are also named in `ftyp`.
  const place = placeOf(type, file, ["avc1", "jpeg"].includes(type) ? placeOf("stsd", file) : 0);
  file.set(bytes, place + 4 + at);
  return file;
}

/** The good file with another index. */
async function rewritten(count: number, sizes: (i: number) => number): Promise<Uint8Array> {
  const file = await mediaFixture(`videos/${GOOD}`);
  const numbers = Array.from({ length: count }, (_, i) => i);
  // Two at the end: a frame there is looked for from either, and not through all the packets before it.
  const keys = [0, count - 2, count - 1];
  const track = { sizes: numbers.map(sizes), places: numbers.map(() => 0), keys, edits: SHOW_ALL };
  return join(writeIndex(file, track, 1000), new Uint8Array(1000));
}

describe("what is no video is named", () => {
  const cases: [string, () => Promise<Uint8Array> | Uint8Array, string, RegExp][] = [
    ["nothing", () => mediaFixture("videos/broken_zero.mp4"), "not-a-video", /nothing \(0 bytes\)/],
    ["garbage", () => mediaFixture("videos/broken_garbage.mp4"), "not-a-video", /unknown binary data/],
    ["an HTML page", () => text("<!DOCTYPE html><title>Sign in</title>"), "not-a-video", /an HTML page/],
    ["a storage's XML error", () => text("<?xml version='1.0'?><Error/>"), "not-a-video", /an XML document/],
    ["JSON", () => text('{"message": "no"}'), "not-a-video", /JSON/],
    ["a picture", () => mediaFixture("images/jpeg_baseline.jpg"), "not-a-video", /.+/],
    ["sound", () => mediaFixture("videos/audio_only.mp4"), "no-video-track", /its tracks are: soun/],
    [
      "a Flash video",
      () => text("FLV\u0001\u0005\0\0\0\u0009\0\0\0\0"),
      "unsupported-format",
      /FLV.*convert it/,
    ],
    ["an Ogg file", () => text("OggS\0\u0002\0\0\0\0\0\0\0\0\0"), "unsupported-format", /Ogg.*convert it/],
  ];
  for (const [what, bytes, code, message] of cases) {
    it(what, async () => {
      const error = await openVideo(await bytes()).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(MediaError);
      expect(error).toMatchObject({ code, retryable: false });
      expect((error as Error).message).toMatch(message);
    });
  }
});

describe("a file that was cut short", () => {
  it("before its index says so", async () => {
    await expect(open(await mediaFixture("videos/broken_no_moov.mp4"))).rejects.toMatchObject({
      code: "truncated",
      message: expect.stringMatching(/ends inside its mdat box.*Upload it again/),
    });
  });

  it("inside its index says so", async () => {
    const file = await mediaFixture(`videos/${GOOD}`);
    await expect(open(file.slice(0, 500))).rejects.toMatchObject({ code: "truncated" });
  });

  it("inside its frames gives those that it has, and names one that is missing", async () => {
    const name = "broken_truncated_faststart.mp4";
    const video = await open(await mediaFixture(`videos/${name}`));
    const grids = videoTruth[name]?.opencv?.grids as readonly string[];
    expect(video.info).toMatchObject({ frameCount: 30, promisedFrames: 60 });
    let count = 0;
    for await (const frame of video.frames()) {
      expect(gridDistance(frame, grids[count++] ?? "")).toBeLessThanOrEqual(2);
    }
    expect(count).toBe(30);
    await expect(video.frame(30)).rejects.toMatchObject({
      code: "truncated",
      message: expect.stringMatching(/lists 60 frames; it holds 30 frames, numbers 0 to 29/),
    });
    await expect(video.frame(60)).rejects.toMatchObject({ code: "out-of-range" });
  });

  for (const [name, least] of [
    ["h264.mkv", 15],
    ["vp9.webm", 15],
    ["h264.ts", 15],
    ["h264_frag.mp4", 20],
    ["mpeg4.avi", 15],
  ] as const) {
    it(`${name} gives the frames before the cut`, async () => {
      const file = await mediaFixture(`videos/${name}`);
      const video = await open(file.slice(0, Math.floor(file.length * 0.6)));
      const grids = videoTruth[name]?.opencv?.grids as readonly string[];
      let count = 0;
      for await (const frame of video.frames()) {
        if (count < least) expect(gridDistance(frame, grids[count] ?? "")).toBeLessThanOrEqual(2);
        count++;
      }
      expect(count).toBeGreaterThanOrEqual(least);
      expect(count).toBeLessThan(grids.length);
    });
  }
});

it("damaged slices are concealed, and the count stays", async () => {
  const video = await open(await mediaFixture("videos/broken_corrupt.mp4"));
  const numbers: number[] = [];
  for await (const { frame } of video.frames({ width: 32 })) numbers.push(frame);
  expect(numbers).toEqual(Array.from({ length: 60 }, (_, i) => i));
});

it("a frame without anything to decode is an error where it is asked for, and left out of a loop", async () => {
  const file = (await mediaFixture("videos/mjpeg.mov")).slice();
  const {
    index: { packets },
  } = await readMp4(new MemoryReader(file));
  file.fill(0, packets.offsets[4], (packets.offsets[4] as number) + (packets.sizes[4] as number));
  const video = await open(file);
  await expect(video.frame(4)).rejects.toMatchObject({ code: "corrupt", message: /Frame 4 is damaged/ });
  const numbers: number[] = [];
  for await (const { frame } of video.frames({ width: 32 })) numbers.push(frame);
  expect(numbers).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  const sample = video.sample([3, 4]);
  expect((await sample.next()).value).toMatchObject({ frame: 3 });
  await expect(sample.next()).rejects.toMatchObject({ code: "corrupt" });
});

it("an edit list that shows nothing is named", async () => {
  const file = await mediaFixture(`videos/${GOOD}`);
  const track = { sizes: [1, 1, 1], places: [0, 1, 2], keys: [0] };
  for (const edits of [[[0, 0]], [[1000, -1]], [[1000, 99_999]]] as const) {
    const hidden = join(writeIndex(file, { ...track, edits }, 3), new Uint8Array(3));
    await expect(open(hidden)).rejects.toMatchObject({
      code: "no-video-track",
      message: expect.stringMatching(/edit list hides all 3/),
    });
  }
});

describe("an index that lies costs neither time nor memory", () => {
  const quickly = async (bytes: Uint8Array | Promise<Uint8Array>, code: string, message = /./) => {
    const file = await bytes;
    const started = Date.now();
    await expect(open(file).then((video) => video.frame(0))).rejects.toMatchObject({ code, message });
    expect(Date.now() - started).toBeLessThan(2000);
  };

  it("about the number of samples of one size", () =>
    quickly(
      patched("stsz", 4, [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]),
      "too-large",
      /more than 1000000 frames/,
    ));

  it(
    "with a million entries that point at nothing",
    () =>
      quickly(
        rewritten(1_000_000, () => 0),
        "no-video-track",
      ),
    30_000,
  );

  it("with a million entries of one byte", async () => {
    const video = await open(await rewritten(400_000, () => 1));
    expect(video.info.frameCount).toBe(400_000);
    await expect(video.frame(399_999)).rejects.toMatchObject({ code: "corrupt" });
  }, 30_000);

  it("about a packet's size", () =>
    quickly(
      rewritten(3, () => 0x7000_0000),
      "truncated",
    ));

  it("about its own length", () => quickly(patched("moov", -8, [0x7f, 0xff, 0xff, 0xff]), "too-large"));

  it("about the number of runs", async () => {
    const video = await open(await patched("stts", 4, [0xff, 0xff, 0xff, 0xff]));
    expect(video.info.frameCount).toBe(60);
  });

  it("about the picture's size", () =>
    quickly(patched("jpeg", 24, [0x7f, 0xff, 0x7f, 0xff], "mjpeg.mov"), "too-large", /32767 x 32767/));

  it("about the picture's size, which the stream's own header knows", async () => {
    const video = await open(await patched("avc1", 24, [0x7f, 0xff, 0x7f, 0xff]));
    expect(video.info).toMatchObject({ width: 320, height: 240 });
    expect(await video.frame(0)).toMatchObject({ width: 320, height: 240 });
  });

  it("with boxes that go round in themselves", () =>
    quickly(
      join(box("ftyp", text("isom"), [0, 0, 0, 0]), ...Array.from({ length: 20_000 }, () => box("free"))),
      "corrupt",
      /more boxes than a video needs/,
    ));

  it("with fragments that repeat a million samples", () => {
    const trun = table("trun", 0x7fff_ffff, []);
    const traf = box("traf", table("tfhd", 1, []), trun);
    return quickly(fragmented(box("moof", traf)), "too-large");
  });
});

/** The fragmented fixture's head with a fragment of a test's own. */
async function fragmented(moof: Uint8Array): Promise<Uint8Array> {
  const file = await mediaFixture("videos/h264_frag.mp4");
  return join(file.slice(0, placeOf("moof", file) - 4), moof);
}

describe("what cannot be decoded is named, with what to do", () => {
  it("a codec", async () => {
    const vvc = [...text("vvc1")];
    await expect(patched("avc1", -4, vvc).then(open)).rejects.toMatchObject({
      code: "unsupported-codec",
      message: expect.stringMatching(/coded as "vvc1".*re-encode it/),
    });
  });

  it("an encrypted stream", async () => {
    const encrypted = [...text("encv")];
    await expect(patched("avc1", -4, encrypted).then(open)).rejects.toMatchObject({
      code: "unsupported-codec",
      message: expect.stringMatching(/encrypted/),
    });
  });

  it("a codec that changes in the middle", async () => {
    const file = await mediaFixture(`videos/${GOOD}`);
    const {
      index: { packets },
    } = await readMp4(new MemoryReader(file));
    const track = {
      sizes: [...packets.sizes],
      places: [...packets.offsets].map((offset) => offset - (packets.offsets[0] as number)),
      keys: [0, 15, 30, 45],
      changes: true,
    };
    const media = file.slice(packets.offsets[0]);
    await expect(open(join(writeIndex(file, track, media.length), media))).rejects.toMatchObject({
      code: "unsupported-format",
      message: expect.stringMatching(/changes its coding at packet 30.*re-encode it/),
    });
  });
});
