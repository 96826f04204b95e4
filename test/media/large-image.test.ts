import { afterEach, describe, expect, it, vi } from "vitest";
import { Frame } from "../../src/media/frame.ts";
import { decodeImage } from "../../src/media/image/decode-image.ts";
import { isolateMemory } from "../../src/media/wasm/memory-budget.ts";
import { mediaFixture } from "./grid.ts";
import { watchInstances } from "./instances.ts";

afterEach(() => {
  // Whatever a job did, its share of the memory is back.
  expect([isolateMemory.reserved, isolateMemory.waiting]).toEqual([0, 0]);
});

/** A soft picture: what scaling does to it can be checked at any size. */
function ramp(width: number, height: number): Frame {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      data[to] = (x * 255) / width;
      data[to + 1] = (y * 255) / height;
      data[to + 2] = 128;
    }
  }
  return new Frame({ frame: 0, width, height, data });
}

describe("a large JPEG", () => {
  it("is scaled while it is decoded when less is asked for", async () => {
    const file = await ramp(4000, 3000).encode("jpeg");
    const frame = await decodeImage(file, { width: 400, maxPixels: 1_000_000 });
    expect(frame).toMatchObject({ width: 400, height: 300 });
    const expected = ramp(400, 300);
    let worst = 0;
    for (let i = 0; i < frame.data.length; i++) {
      worst = Math.max(worst, Math.abs((frame.data[i] as number) - (expected.data[i] as number)));
    }
    expect(worst).toBeLessThanOrEqual(6);
  });

  it("keeps the sizes asked for, whatever the scale on the way", async () => {
    const file = await ramp(803, 601).encode("jpeg");
    expect(await decodeImage(file, { width: 100 })).toMatchObject({ width: 100, height: 75 });
    expect(await decodeImage(file, { height: 300 })).toMatchObject({ width: 401, height: 300 });
    expect(await decodeImage(file, { width: 50, height: 50, fit: "cover" })).toMatchObject({
      width: 50,
      height: 50,
    });
    expect(await decodeImage(file, { width: 1600 })).toMatchObject({ width: 1600, height: 1198 });
    const turned = await mediaFixture("images/jpeg_exif6.jpg");
    expect(await decodeImage(turned, { width: 50 })).toMatchObject({ width: 50, height: 75 });
  });

  it("over the limit is refused with what to ask for instead", async () => {
    const file = await ramp(4000, 3000).encode("jpeg");
    await expect(decodeImage(file, { maxPixels: 10_000_000 })).rejects.toMatchObject({
      code: "too-large",
      message: expect.stringContaining("Ask for a smaller width or height"),
    });
  });

  it("that no budget holds is refused before it is decoded", async () => {
    const file = await ramp(300, 200).encode("jpeg");
    const lying = file.slice();
    const at = lying.findIndex((byte, i) => byte === 0xff && lying[i + 1] === 0xc0);
    new DataView(lying.buffer).setUint16(at + 5, 60_000);
    new DataView(lying.buffer).setUint16(at + 7, 60_000);
    await expect(decodeImage(lying)).rejects.toMatchObject({ code: "too-large" });
    await expect(decodeImage(lying, { maxPixels: Infinity })).rejects.toMatchObject({
      code: "too-large",
      message: expect.stringMatching(/needs about \d+ MB of memory, and 120 MB is all/),
    });
  });
});

describe("a large PNG", () => {
  it("is scaled row by row, with the numbers of a resize", async () => {
    const file = await ramp(1200, 900).encode("png");
    const whole = await decodeImage(file);
    for (const width of [300, 287, 1199]) {
      const frame = await decodeImage(file, { width, maxPixels: 1_079_999 });
      expect(frame).toEqual(whole.resize({ width }));
    }
    const cut = await decodeImage(file, { width: 100, height: 400, fit: "cover", maxPixels: 500_000 });
    expect(cut).toEqual(whole.resize({ width: 100, height: 400, fit: "cover" }));
  });

  it("takes no more memory than its result, and is bounded all the same", async () => {
    const file = await ramp(1200, 900).encode("png");
    const spy = vi.spyOn(isolateMemory, "reserve");
    await decodeImage(file, { width: 120 });
    expect(spy.mock.calls[0]?.[0].bytes).toBeLessThan(60_000);
    spy.mockRestore();
    await expect(decodeImage(file, { width: 120, maxPixels: 200_000 })).rejects.toMatchObject({
      code: "too-large",
    });
  });
});

describe("a large WebP", () => {
  it("is scaled while it is decoded", async () => {
    const file = await ramp(3600, 2400).encode("webp");
    const frame = await decodeImage(file, { width: 360, maxPixels: 3_000_000 });
    const expected = ramp(360, 240);
    expect(frame).toMatchObject({ width: 360, height: 240 });
    let worst = 0;
    for (let i = 0; i < frame.data.length; i++) {
      worst = Math.max(worst, Math.abs((frame.data[i] as number) - (expected.data[i] as number)));
    }
    expect(worst).toBeLessThanOrEqual(6);
  });
});

describe("many pictures in one isolate", () => {
  it("leave its memory as the first one did", async () => {
    const files = await Promise.all(
      ["jpeg_progressive.jpg", "webp_lossy.webp", "jpeg_truncated.jpg", "png_rgb8.png"].map((name) =>
        mediaFixture(`images/${name}`),
      ),
    );
    const broken = files.map((file) => file.slice(0, file.length >> 1).fill(0x55, 200, 400));
    const jobs = [...files, ...broken];
    const { made, largestBytes } = await watchInstances(async () => {
      for (let i = 0; i < 300; i++) await decodeImage(jobs[i % jobs.length] as Uint8Array).catch(() => null);
    });
    // One of libjpeg and one of libwebp at most: damage does not cost an instance.
    expect(made).toBeLessThanOrEqual(2);
    expect(largestBytes).toBeLessThan(16e6);
  });
});
