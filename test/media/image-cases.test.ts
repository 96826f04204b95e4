/** Images of less usual kinds (test/fixtures/media/pictures/make.sh says which): as OpenCV reads them, or refused by name. */
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../src/media/image/decode-image.ts";
import { tiffBlocks } from "../../src/media/image/tiff.ts";
import { isolateMemory } from "../../src/media/wasm/memory-budget.ts";
import truth from "../fixtures/media/pictures/truth.json";
import { gridDistance, mediaFixture, sha256 } from "./grid.ts";

interface PictureTruth {
  readonly width: number;
  readonly height: number;
  readonly sha256?: string;
  readonly grid?: string;
  /** All bytes, as base64. */
  readonly rgb?: string;
}

describe("an image of a less usual kind is decoded as native tools do", () => {
  for (const [name, expected] of Object.entries(truth as Record<string, PictureTruth>)) {
    it(name, async () => {
      const { width, height } = expected;
      const frame = await decodeImage(await mediaFixture(`pictures/${name}`));
      expect(frame).toMatchObject({ width, height });
      if (expected.sha256) expect(await sha256(frame.data)).toBe(expected.sha256);
      if (expected.grid) expect(gridDistance(frame, expected.grid)).toBeLessThanOrEqual(2);
      if (expected.rgb) {
        const bytes = Uint8Array.from(atob(expected.rgb), (letter) => letter.charCodeAt(0));
        const apart = frame.data.map((value, i) => Math.abs(value - (bytes[i] as number)));
        expect(Math.max(...apart)).toBeLessThanOrEqual(2);
      }
      expect(isolateMemory.reserved).toBe(0);
    });
  }
});

it("a TIFF whose one strip says to have more rows than any picture takes no more memory for it", async () => {
  const file = (await mediaFixture("pictures/tiff_jpeg.tif")).slice();
  const whole = await decodeImage(file);
  const view = new DataView(file.buffer);
  const directory = view.getUint32(4, true);
  for (let entry = directory + 2; entry < directory + 2 + 12 * view.getUint16(directory, true); entry += 12) {
    if (view.getUint16(entry, true) === 257) view.setUint32(entry + 8, 16, true); // Rows: the first strip's.
    if (view.getUint16(entry, true) !== 278) continue; // Rows of a strip, as 32 bits.
    view.setUint16(entry + 2, 4, true);
    view.setUint32(entry + 8, 0xffff_ffff, true);
  }
  expect(await decodeImage(file)).toEqual(whole.crop({ left: 0, top: 0, right: 70, bottom: 16 }));
});

it("a TIFF of one pixel in a tile of gigabytes takes no more than a row of it", async () => {
  const [short, long] = [3, 4];
  const file = tiffOf([
    [256, short, 1],
    [257, short, 1],
    [258, short, 8],
    [259, short, 5], // LZW
    [262, short, 1],
    [277, short, 1],
    [322, long, 60_000],
    [323, long, 60_000],
    [324, long, 8],
    [325, long, 1],
  ]);
  expect(tiffBlocks(file).bytesAtOnce).toBeLessThan(1e6);
  expect((await decodeImage(file)).data).toEqual(new Uint8Array(3));
});

it("a TIFF of one strip, as large as any picture may be, exists once", async () => {
  const [width, height] = [6000, 3900];
  const tags = [
    [256, 3, width],
    [257, 3, height],
    [258, 3, 8],
    [259, 3, 32_773], // PackBits
    [262, 3, 1],
    [277, 3, 1],
    [278, 4, height],
  ] as const;
  const row = Uint8Array.from({ length: 94 }, (_, i) => (i % 2 === 0 ? 129 : i)); // 47 runs of 128 bytes: 16 more than a row
  const packed = new Uint8Array(row.length * height);
  for (let y = 0; y < height; y++) packed.set(row, y * row.length);
  const headBytes = 10 + (tags.length + 2) * 12 + 4;
  const head = tiffOf([...tags, [273, 4, headBytes], [279, 4, packed.length]]);
  const file = new Uint8Array(head.length + packed.length);
  file.set(head);
  file.set(packed, head.length);
  const { bytesAtOnce } = tiffBlocks(file);
  expect(width * height * 3 + bytesAtOnce).toBeLessThan(isolateMemory.capacity * 0.6);
  const small = await decodeImage(file, { width: 60 });
  expect(small).toMatchObject({ width: 60, height: 39 });
  const large = await decodeImage(file);
  expect([...large.data.subarray(0, 3 * 128)]).toEqual(new Array(3 * 128).fill(1));
  expect(large.data[(6000 * 3899 + 5999) * 3]).toBe(row[(((6000 * 3900 - 1) >> 7) % 47) * 2 + 1]);
});

/** A little-endian TIFF of these tags (number, type, value) and nothing else. */
function tiffOf(tags: readonly (readonly [number, number, number])[]): Uint8Array {
  const entries = [...tags].sort((a, b) => a[0] - b[0]);
  const file = new Uint8Array(10 + entries.length * 12 + 4);
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42, 0, 8]);
  view.setUint16(8, entries.length, true);
  for (const [i, [tag, type, value]] of entries.entries()) {
    const at = 10 + i * 12;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, 1, true);
    view.setUint32(at + 8, value, true);
  }
  return file;
}

describe("damage in them is an error and nothing worse", () => {
  it.each(Object.keys(truth))("%s", async (name) => {
    const file = await mediaFixture(`pictures/${name}`);
    for (let at = 0; at < file.length; at += Math.ceil(file.length / 97)) {
      const broken = file.slice();
      broken[at] = (broken[at] as number) ^ 0xff;
      for (const bytes of [broken, file.subarray(0, at)]) {
        const result = await decodeImage(bytes).catch((error: unknown) => error);
        expect(result).toHaveProperty(result instanceof Error ? "code" : "data");
      }
    }
    expect(isolateMemory.reserved).toBe(0);
  });
});

describe("what is known and not read is named", () => {
  /** The fixture's JPEG with another frame header. */
  async function jpegWith(change: (file: Uint8Array, frame: number) => void): Promise<Uint8Array> {
    const file = (await mediaFixture("images/jpeg_baseline.jpg")).slice();
    change(
      file,
      file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xc0),
    );
    return file;
  }

  it("JPEG-LS", async () => {
    const file = await jpegWith((bytes, frame) => bytes.fill(0xf7, frame + 1, frame + 2));
    await expect(decodeImage(file)).rejects.toMatchObject({
      code: "unsupported-format",
      message: expect.stringContaining("JPEG-LS"),
    });
  });

  it("a JPEG of 12 bits", async () => {
    const file = await jpegWith((bytes, frame) => {
      bytes[frame + 1] = 0xc1;
      bytes[frame + 4] = 12;
    });
    await expect(decodeImage(file)).rejects.toMatchObject({
      code: "unsupported-format",
      message: expect.stringContaining("12"),
    });
  });

  it("what begins with many comments, as no drawing, and at once", async () => {
    const bytes = new TextEncoder().encode("<!---->".repeat(100));
    await expect(decodeImage(bytes)).rejects.toMatchObject({ code: "not-an-image" });
    const drawing = new TextEncoder().encode("<!-- a --> <!-- b --><svg>");
    await expect(decodeImage(drawing)).rejects.toThrow(/an SVG drawing/);
  });

  it("a PNG that was cut off, as cut off", async () => {
    const file = await mediaFixture("images/png_rgb8.png");
    await expect(decodeImage(file.subarray(0, file.length >> 1))).rejects.toMatchObject({
      code: "truncated",
    });
  });
});
