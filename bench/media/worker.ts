/** The Worker that `npm run bench media` measures: fetches a file, decodes it, and answers how long that took. */
import { openVideoFile } from "../../src/media/container/open-video-file.ts";
import { decodeImage } from "../../src/media/image/decode-image.ts";
import { MemoryReader } from "../../src/media/net/byte-reader.ts";
import { openVideo } from "../../src/media/video/video.ts";
import { openVideoDecoder } from "../../src/media/wasm/video-decoder.ts";

/** Images are decoded or encoded this often; the best time counts. */
const ROUNDS = 5;

/** Answers `/?file=<url>&job=decode|rgb|image|jpeg|range`; for ranges also which frames (`readByRange`). */
export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const job = searchParams.get("job") ?? "decode";
    if (job === "range") return Response.json(await readByRange(searchParams));
    const answer = await fetch(searchParams.get("file") ?? "");
    const bytes = new Uint8Array(await answer.arrayBuffer());
    try {
      return Response.json(
        job === "decode" || job === "rgb"
          ? await decodeVideo(bytes, job === "rgb")
          : await decodeRounds(bytes, job),
      );
    } catch (error) {
      return Response.json({ error: String(error) });
    }
  },
};

/** Reads frames of a video by range: `frame=<number>`, or `every=<number>` for every n-th one. */
async function readByRange(query: URLSearchParams) {
  const started = Date.now();
  try {
    const video = await openVideo(query.get("file") ?? "", { allowInsecureLoopback: true });
    const indexMs = Date.now() - started;
    const every = Number(query.get("every"));
    let frames = 0;
    if (every > 0) for await (const _ of video.sample(1 / every)) frames++;
    else if (await video.frame(Number(query.get("frame")))) frames = 1;
    video.close();
    return { frames, indexMs, ms: Date.now() - started, ...video.transfer };
  } catch (error) {
    return { error: String(error) };
  }
}

async function decodeVideo(bytes: Uint8Array, rgb: boolean) {
  const { index, packets } = await openVideoFile(new MemoryReader(bytes));
  const { codec, extradata, width, height, reorderDepth } = index;
  const ownBytes = rgb ? width * height * 3 : 0;
  const decoder = await openVideoDecoder({ codec, extradata, width, height, reorderDepth, ownBytes });
  let frames = 0;
  let wasmBytes = 0;
  const take = () => {
    for (let picture = decoder.receive(); picture; picture = decoder.receive()) {
      frames++;
      if (rgb) picture.toRgb();
      wasmBytes = Math.max(wasmBytes, decoder.memoryBytes);
    }
  };
  const started = Date.now();
  for (let i = 0; i < index.packets.count; i++) {
    decoder.send(await packets.read(i, index.packets.count - 1), i);
    take();
  }
  decoder.flush();
  take();
  const ms = Date.now() - started;
  decoder.close();
  return { frames, ms, wasmBytes, frameBytes: ownBytes };
}

async function decodeRounds(bytes: Uint8Array, job: string) {
  const frame = await decodeImage(bytes);
  let best = Infinity;
  for (let i = 0; i < ROUNDS; i++) {
    const started = Date.now();
    if (job === "jpeg") await frame.encode("jpeg");
    else await decodeImage(bytes);
    best = Math.min(best, Date.now() - started);
  }
  return { ms: best };
}
