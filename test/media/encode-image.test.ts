import { describe, expect, it } from "vitest";
import { Frame } from "../../src/media/frame.ts";
import { decodeImage } from "../../src/media/image/decode-image.ts";
import pixelTruth from "../fixtures/media/pixels.json";
import { mediaFixture, sha256 } from "./grid.ts";

const photo = async () => decodeImage(await mediaFixture("images/png_rgb8.png"));

describe("a JPEG is byte for byte the one that OpenCV writes", () => {
  for (const [name, files] of Object.entries(pixelTruth.jpegFiles)) {
    for (const [quality, expected] of Object.entries(files)) {
      it(`${name} at quality ${quality}`, async () => {
        const frame = await decodeImage(await mediaFixture(`images/${name}`));
        const bytes = await frame.encode("jpeg", quality === "95" ? {} : { quality: Number(quality) });
        expect(await sha256(bytes)).toBe(expected);
      });
    }
  }
});

describe("an encoded picture", () => {
  it("comes back from PNG as it was, at any size", async () => {
    for (const [width, height] of [
      [1, 1],
      [3, 2],
      [320, 214],
      [1, 700],
    ] as const) {
      const frame = (await photo()).resize({ width, height });
      const back = await decodeImage(await frame.encode("png"));
      expect(back).toMatchObject({ width, height });
      expect(back.data).toEqual(frame.data);
    }
  });

  it("comes back from WebP nearly as it was, and is smaller at a lower quality", async () => {
    const frame = await photo();
    const fine = await frame.encode("webp");
    const coarse = await frame.encode("webp", { quality: 20 });
    expect(coarse.length).toBeLessThan(fine.length / 2);
    const back = await decodeImage(fine);
    let difference = 0;
    for (let i = 0; i < back.data.length; i++) {
      difference += Math.abs((back.data[i] as number) - (frame.data[i] as number));
    }
    expect(difference / back.data.length).toBeLessThan(4);
  });

  it("is refused with a quality that is none, or a side that the format does not have", async () => {
    const frame = (await photo()).resize({ width: 4, height: 4 });
    await expect(frame.encode("jpeg", { quality: 0 })).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(frame.encode("webp", { quality: Number.NaN })).rejects.toMatchObject({
      code: "invalid-argument",
    });
    const long = new Frame({ frame: 0, width: 70_000, height: 1, data: new Uint8Array(210_000) });
    await expect(long.encode("jpeg")).rejects.toThrow("at most 65500 pixels a side");
    await expect(long.encode("webp")).rejects.toThrow("at most 16383 pixels a side");
  });
});
