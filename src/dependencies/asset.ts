import { dependency } from "../agent/dependency.ts";
import { type ByteReader, fetchStream, MediaError, openReader } from "../media/index.ts";
import { completeBytes, urlOf, withUrl } from "./item-file.ts";
import { storageItem } from "./storage-item.ts";

/**
 * The file behind the data unit. Nothing is downloaded until it is asked for; every transfer goes to https hosts only, never to
 * private addresses, and ends with the agent's `signal`. All three methods throw an `AgentError` (code `no-file`) when the data
 * unit has no file of its own, like an image group, and a `MediaError` when the file cannot be downloaded.
 */
export interface Asset {
  /** As Encord shows it. */
  readonly name: string;
  /** Such as `image/jpeg`; null when Encord does not know. */
  readonly mimeType: string | null;
  /** Bytes; null when Encord does not know. */
  readonly size: number | null;
  /**
   * The whole file in memory: at most 64 MiB, because a Worker has 128 MB. Sends a request each time.
   *
   * @throws MediaError `too-large`; `truncated`, which is worth another try, when fewer than `size` bytes arrive
   */
  bytes(): Promise<Uint8Array>;
  /**
   * The whole file as a stream, at the pace of its reader: at most 8 GiB, and 60 seconds for each piece. Sends a request each
   * time. It holds one of the Worker's six connections until it is read to the end or cancelled, or the agent ends. Reading
   * throws `truncated` when fewer than `size` bytes arrive.
   */
  stream(): Promise<ReadableStream<Uint8Array>>;
  /**
   * Any part of the file, by ranges: `read(start, end)`. What was read is cached (4 MiB), and a signed URL that expires is
   * replaced. Sends a request when it is opened, and one for each part that is not cached. Closed when the agent ends.
   */
  reader(): Promise<ByteReader>;
}

/**
 * The file itself, whatever its type (audio, PDF, text, DICOM, NIfTI, video, image): in memory (`bytes()`), as a stream
 * (`stream()`), or by ranges (`reader()`).
 *
 * @example
 * taskAgent({
 *   name: "fingerprint",
 *   stage: "Agent 1",
 *   dependencies: { asset, storageItem },
 *   async run({ asset, storageItem }) {
 *     const digest = new crypto.DigestStream("SHA-256");
 *     await (await asset.stream()).pipeTo(digest);
 *     const bytes = new Uint8Array(await digest.digest);
 *     const sha256 = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
 *     await storageItem.update({ clientMetadata: { ...storageItem.clientMetadata, sha256 } });
 *     return "Continue";
 *   },
 * });
 * @example
 * editorAgent({
 *   name: "is-dicom",
 *   dependencies: { asset },
 *   async run({ asset }) {
 *     const file = await asset.reader();
 *     const mark = file.size < 132 ? "" : new TextDecoder().decode(await file.read(128, 132));
 *     return { message: mark === "DICM" ? "DICOM" : "No DICOM" };
 *   },
 * });
 */
export const asset = dependency({ item: storageItem }, async function* ({ item }, invocation) {
  const ended = new AbortController();
  const access = {
    ...invocation.assets,
    signal: AbortSignal.any([invocation.signal, ended.signal]),
  };
  const readers: ByteReader[] = [];
  const file: Asset = {
    name: item.name,
    mimeType: item.mimeType,
    size: item.fileSize,
    bytes: () => completeBytes(item, invocation),
    stream: () =>
      withUrl(item, (url) => fetchStream(url, { ...access, expectedBytes: item.fileSize ?? undefined })),
    async reader() {
      const refreshUrl = () => urlOf(item, { refetch: true });
      const reader = await openReader(await urlOf(item), { ...access, refreshUrl });
      readers.push(reader);
      return reader;
    },
  };
  try {
    yield file;
  } finally {
    for (const reader of readers) reader.close();
    ended.abort(new MediaError("closed", `"${item.name}" was read after the agent had ended.`));
  }
});
