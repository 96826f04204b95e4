/** Which compiled decoders a deployment carries: `all.ts`, `common.ts` or `h264.ts`, as `alias` in wrangler.jsonc says. */
import type { VideoCodec } from "../wasm/video-decoder.ts";

/** The WebAssembly modules of a deployment. A file that needs an absent one is refused with an error that names the format. */
export interface Decoders {
  readonly video: { readonly module: WebAssembly.Module; readonly codecs: readonly VideoCodec[] };
  readonly jpeg: WebAssembly.Module;
  readonly webp?: WebAssembly.Module;
}
