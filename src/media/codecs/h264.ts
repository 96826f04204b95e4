/** Only H.264 video and JPEG pictures: less than half the size. Chosen by `alias` in wrangler.jsonc (see wasm/README.md). */
import jpeg from "../../../wasm/jpeg.wasm";
import video from "../../../wasm/video-h264.wasm";
import type { Decoders } from "./decoders.ts";

export const decoders: Decoders = { video: { module: video, codecs: ["h264"] }, jpeg };
