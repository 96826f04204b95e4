import { describe, expect, it } from "vitest";
import { openVideo } from "../../src/media/video/video.ts";
import pixelTruth from "../fixtures/media/pixels.json";
import { mediaFixture, sha256 } from "./grid.ts";

describe("a video's frame equals cv2.VideoCapture's in every pixel", () => {
  for (const [name, expected] of Object.entries(pixelTruth.videoFrames)) {
    it(name, async () => {
      const video = await openVideo(await mediaFixture(name));
      try {
        const frame = await video.frame(3);
        expect(await sha256(frame.data)).toBe(expected);
      } finally {
        video.close();
      }
    });
  }
});
