import { describe, expect, it } from "vitest";
import { openVideoFile } from "../../src/media/container/open-video-file.ts";
import { MemoryReader } from "../../src/media/net/byte-reader.ts";
import { openVideoDecoder } from "../../src/media/wasm/video-decoder.ts";
import truth from "../fixtures/media/h264/truth.json";
import { mediaFixture } from "./grid.ts";
import { md5 } from "./video-truth.ts";

describe("the H.264 decoder's SIMD gives the bits that ffmpeg's assembly gives", () => {
  for (const [name, expected] of Object.entries(truth)) {
    it(`${name}`, async () => {
      const reader = new MemoryReader(await mediaFixture(`h264/${name}.mp4`));
      const { index, packets } = await openVideoFile(reader);
      const { codec, extradata, width, height, reorderDepth } = index;
      const decoder = await openVideoDecoder({ codec, extradata, width, height, reorderDepth });
      const planes: Uint8Array[] = [];
      const take = () => {
        for (let picture = decoder.receive(); picture; picture = decoder.receive())
          planes.push(picture.copyPlanes());
      };
      try {
        for (let i = 0; i < index.packets.count; i++) {
          decoder.send(await packets.read(i, i), i);
          take();
        }
        decoder.flush();
        take();
      } finally {
        decoder.close();
      }
      expect(await Promise.all(planes.map(md5))).toEqual(expected);
    });
  }
});
