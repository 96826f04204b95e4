import { describe, expect, it } from "vitest";
import { decodeImage } from "../../src/media/image/decode-image.ts";
import { probeImage } from "../../src/media/image/probe-image.ts";
import pixelTruth from "../fixtures/media/pixels.json";
import truth from "../fixtures/media/truth.json";
import { gridDistance, mediaFixture, sha256 } from "./grid.ts";

interface ImageTruth {
  opencv?: { width: number; height: number; grid: string } | null;
  pil?: { format: string; width: number; height: number; exifOrientation: number | null } | null;
  pilGrid?: string;
  avifdec?: { width: number; height: number; grid: string };
}

const images = Object.entries(truth.images as Record<string, ImageTruth>);
const exact = pixelTruth.images as Record<string, string | null>;

describe("an image is decoded as OpenCV's imread does", () => {
  for (const [name, { opencv, pilGrid, avifdec }] of images) {
    const grid = opencv?.grid ?? pilGrid ?? avifdec?.grid;
    if (!grid) continue;
    it(name, async () => {
      const frame = await decodeImage(await mediaFixture(`images/${name}`), { frame: 5 });
      if (opencv) expect(frame).toMatchObject({ frame: 5, width: opencv.width, height: opencv.height });
      expect(gridDistance(frame, grid)).toBeLessThanOrEqual(opencv ? 0 : 2);
      if (exact[name]) expect(await sha256(frame.data)).toBe(exact[name]);
    });
  }
});

describe("an image's header tells its size, format and orientation", () => {
  for (const [name, { pil }] of images) {
    if (!pil) continue;
    it(name, async () => {
      const info = probeImage(await mediaFixture(`images/${name}`));
      expect(info).toMatchObject({
        format: pil.format.toLowerCase(),
        width: pil.width,
        height: pil.height,
        orientation: pil.exifOrientation ?? 1,
      });
    });
  }

  it("is enough without the picture's data", async () => {
    const bytes = await mediaFixture("images/jpeg_exif6.jpg");
    expect(probeImage(bytes.subarray(0, 700))).toMatchObject({ width: 160, height: 107, orientation: 6 });
  });
});

describe("what cannot be decoded is named", () => {
  const text = (value: string) => new TextEncoder().encode(value);
  const refused: [string, Uint8Array, string, RegExp][] = [
    ["nothing", new Uint8Array(), "not-an-image", /nothing \(0 bytes\)/],
    ["an HTML page", text("<!DOCTYPE html><title>Sign in</title>"), "not-an-image", /an HTML page/],
    [
      "an XML error",
      text('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
      "not-an-image",
      /an XML/,
    ],
    ["JSON", text('{"error": 1}'), "not-an-image", /JSON/],
    ["text", text("hello there"), "not-an-image", /plain text/],
    ["a PDF", text("%PDF-1.7"), "not-an-image", /PDF/],
    ["a video", text("\0\0\0\x18ftypisom0000"), "not-an-image", /MP4/],
    ["an SVG", text('<svg xmlns="http://www.w3.org/2000/svg"/>'), "unsupported-format", /SVG/],
    ["HEIC", text("\0\0\0\x18ftypheic0000mif1heic"), "unsupported-format", /HEIC.*heif-convert/],
    [
      "half a PNG header",
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0),
      "truncated",
      /PNG/,
    ],
    ["half a JPEG header", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a), "truncated", /JPEG/],
  ];
  for (const [what, bytes, code, message] of refused) {
    it(what, async () => {
      await expect(decodeImage(bytes)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    });
  }

  for (const [name, code] of [
    ["broken_text.jpg", "not-an-image"],
    ["broken_zero.png", "not-an-image"],
    ["bomb_30000x30000.png", "too-large"],
  ]) {
    it(`${name}`, async () => {
      const bytes = await mediaFixture(`images/${name}`);
      await expect(decodeImage(bytes)).rejects.toMatchObject({ code, retryable: false });
    });
  }

  it("a picture over the pixel limit, with the numbers", async () => {
    const bytes = await mediaFixture("images/png_rgb8.png");
    await expect(decodeImage(bytes, { maxPixels: 1000 })).rejects.toThrow(
      /320 x 214 pixels .* at most 0.001 megapixels/,
    );
  });

  it("damaged data fails that job alone: the next picture decodes", async () => {
    const bytes = await mediaFixture("images/png_rgb8.png");
    const damaged = bytes.slice();
    damaged.fill(0xa5, 60, 400);
    for (let i = 0; i < 3; i++) await expect(decodeImage(damaged)).rejects.toMatchObject({ code: "corrupt" });
    expect(await decodeImage(bytes)).toMatchObject({ width: 320, height: 214 });
  });
});
