import { describe, expect, it } from "vitest";
import { openVideoFile } from "../../src/media/container/open-video-file.ts";
import { MemoryReader } from "../../src/media/net/byte-reader.ts";
import { openVideoDecoder } from "../../src/media/wasm/video-decoder.ts";
import av1 from "../fixtures/media/av1/truth.json";
import h264 from "../fixtures/media/h264/truth.json";
import hevc from "../fixtures/media/hevc/truth.json";
import vp9 from "../fixtures/media/vp9/truth.json";
import { mediaFixture } from "./grid.ts";
import { md5 } from "./video-truth.ts";

const streams = [
  ...Object.entries(h264).map(([name, sums]) => [`h264/${name}.mp4`, sums] as const),
  ...Object.entries(hevc).map(([name, sums]) => [`hevc/${name}.mp4`, sums] as const),
  ...Object.entries(av1).map(([name, sums]) => [`av1/${name}.mp4`, sums] as const),
  ...Object.entries(vp9).map(([name, sums]) => [`vp9/${name}.webm`, sums] as const),
];

describe("the decoder's SIMD gives the bits that ffmpeg's assembly gives", () => {
  for (const [path, expected] of streams) {
    it(path, async () => {
      const reader = new MemoryReader(await mediaFixture(path));
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
