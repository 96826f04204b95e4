/** Pictures of every kind, and H.264 video: what most projects hold. The template's choice (`alias` in wrangler.jsonc). */
import jpeg from "../../../wasm/jpeg.wasm";
import video from "../../../wasm/video-h264.wasm";
import webp from "../../../wasm/webp.wasm";
import type { Decoders } from "./decoders.ts";

export const decoders: Decoders = { video: { module: video, codecs: ["h264"] }, jpeg, webp };
