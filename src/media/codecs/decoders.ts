/** Which compiled decoders a deployment carries; `all.ts`, `common.ts` and `h264.ts` are the selections, wrangler's `alias` chooses. */
import type { VideoCodec } from "../wasm/video-decoder.ts";

/** The WebAssembly modules of a deployment; what is absent is refused by name when it is met. */
export interface Decoders {
  readonly video: { readonly module: WebAssembly.Module; readonly codecs: readonly VideoCodec[] };
  readonly jpeg: WebAssembly.Module;
  readonly webp?: WebAssembly.Module;
}
