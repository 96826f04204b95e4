import { describe, expect, inject, it } from "vitest";
import { MediaError } from "../../src/media/errors.ts";
import { decodeImage } from "../../src/media/image/decode-image.ts";
import { isolateMemory } from "../../src/media/wasm/memory-budget.ts";
import { mediaFixture } from "../media/grid.ts";
import { watchInstances } from "../media/instances.ts";
import { mutate, randomNumbers } from "./mutate.ts";

const files: Record<string, string[]> = {
  jpeg: [
    "jpeg_baseline.jpg",
    "jpeg_progressive.jpg",
    "jpeg_arithmetic.jpg",
    "jpeg_cmyk.jpg",
    "jpeg_restart.jpg",
  ],
  png: ["png_rgb8.png", "png_palette.png", "png_interlaced.png", "png_alpha.png", "png_rgb16.png"],
  webp: ["webp_lossy.webp", "webp_lossless.webp", "webp_alpha.webp", "webp_animated.webp"],
  avif: ["avif.avif", "avif_10bit.avif"],
  gif: ["gif_animated.gif"],
  bmp: ["bmp24.bmp"],
  tiff: [
    "tiff_lzw.tif",
    "tiff_16bit.tif",
    "tiff_fax3_2d.tif",
    "tiff_fax4.tif",
    "tiff_ycc.tif",
    "tiff_one_zip.tif",
  ],
};
/** Those that are not among the common kinds. */
const lessUsual = /fax|ycc|one/;

describe("a damaged image gives a picture or a MediaError, soon and within the budget", () => {
  for (const [format, names] of Object.entries(files)) {
    it(`${inject("mutations")} ${format} files`, { timeout: 600_000 }, async () => {
      const sound = await Promise.all(
        names.map((name) => mediaFixture(`${lessUsual.test(name) ? "pictures" : "images"}/${name}`)),
      );
      const random = randomNumbers(format.length * 7919 + format.charCodeAt(0));
      const outcomes: Record<string, number> = {};
      let slowest = 0;
      const { made, largestBytes } = await watchInstances(async () => {
        for (let i = 0; i < inject("mutations"); i++) {
          const file = sound[i % sound.length] as Uint8Array;
          const started = Date.now();
          const outcome = await decodeImage(mutate(file, random)).then(
            () => "picture",
            (error: unknown) => {
              expect(error, String(error)).toBeInstanceOf(MediaError);
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
      expect(await decodeImage(sound[0] as Uint8Array)).toMatchObject({ frame: 0 });
    });
  }
});
