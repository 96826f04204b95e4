/** Every codec: H.264, HEVC, VP8, VP9, AV1, MPEG-4 part 2, Motion JPEG and ProRes; JPEG and WebP pictures. */
import jpeg from "../../../wasm/jpeg.wasm";
import video from "../../../wasm/video.wasm";
import webp from "../../../wasm/webp.wasm";
import type { Decoders } from "./decoders.ts";

export const decoders: Decoders = {
  video: { module: video, codecs: ["h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mjpeg", "prores"] },
  jpeg,
  webp,
};
