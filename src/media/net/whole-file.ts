/** A file from a server that ignores ranges and sends it as a whole. Fails with a `MediaError`. */
import { MediaError } from "../errors.ts";
import { type ByteReader, joined, MemoryReader } from "./byte-reader.ts";
import { ForwardReader } from "./forward-reader.ts";
import { brokenOff, networkError } from "./media-request.ts";
import type { RemoteFile } from "./remote-file.ts";

/** Files up to this size go into memory; larger ones are read forward. */
const WHOLE_BYTES = 24 * 1024 * 1024;
/** How much is kept of a file that is read forward. */
const FORWARD_KEEP_BYTES = 16 * 1024 * 1024;

/**
 * A reader for a file that arrives as a whole: in memory if it is small, else reading forward as it arrives.
 *
 * @throws MediaError `ranges-ignored` for a large file of unknown size, `truncated`, `too-large`, `network`
 */
export async function readWhole(response: Response, from: string, file: RemoteFile): Promise<ByteReader> {
  const declared = Number.parseInt(response.headers.get("content-length") ?? "", 10);
  const isPlain = !response.headers.has("content-encoding");
  const { body } = response;
  const inMemory = (bytes: Uint8Array) =>
    new MemoryReader(bytes, { transfer: () => file.transfer, onClose: () => file.close() });
  if (!body) return inMemory(new Uint8Array());
  if (isPlain && declared > WHOLE_BYTES) {
    return new ForwardReader({
      body,
      size: declared,
      from,
      keepBytes: FORWARD_KEEP_BYTES,
      signal: file.signal,
      transfer: () => file.transfer,
      onReceived: file.received,
      onClose: () => file.close(),
    });
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  for (;;) {
    const chunk = await reader.read().catch((cause: unknown) => {
      throw networkError(cause, from, file.signal);
    });
    if (chunk.done) break;
    file.received(chunk.value.length);
    parts.push(chunk.value);
    length += chunk.value.length;
    if (length > WHOLE_BYTES) {
      await reader.cancel();
      throw new MediaError(
        "ranges-ignored",
        `${from} ignores range requests and does not say how large the file is, which has more than ${WHOLE_BYTES} bytes. ` +
          "Serve the file from storage that answers ranges.",
      );
    }
  }
  if (isPlain && length < declared) throw brokenOff(from, length, declared);
  return inMemory(joined(parts));
}
