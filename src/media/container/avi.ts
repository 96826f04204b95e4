/**
 * AVI: chunks of a RIFF file, found by its own index (`idx1`, or OpenDML's `indx`), or by walking the chunks if there is none. AVI has
 * no presentation times: frames are numbered in decode order here, and B pictures are moved afterwards (`mpeg4-order.ts`,
 * `stream-order.ts`).
 */
import { MediaError } from "../errors.ts";
import type { ByteReader } from "../net/byte-reader.ts";
import { BITMAP_HEADER_BYTES, type BitmapHeader, readBitmapHeader } from "./bitmap-header.ts";
import { fourLetters, viewOf } from "./mp4/box.ts";
import { pictureStart } from "./picture-start.ts";
import { indexFrames, PacketList, type VideoIndex } from "./video-index.ts";

/** A chunk's place in the file. */
interface Chunk {
  readonly id: string;
  /** The body. */
  readonly start: number;
  readonly end: number;
}

/** A stream's header. */
interface Stream extends BitmapHeader {
  readonly number: number;
  readonly frameRate: number;
  /** Places of OpenDML's index chunks. */
  readonly indexes: readonly { readonly start: number; readonly size: number }[];
}

const AVI_KEY = 0x10;
const MAX_INDEX_BYTES = 64 * 1024 * 1024;
const MAX_HEADER_BYTES = 4 * 1024 * 1024;
const MAX_CHUNKS = 4_000_000;
const CHUNK_NAME = /^(\d\d[a-z]{2}|ix\d\d|idx1|LIST|JUNK|RIFF)$/;
/** Less than this at the end of a file is not another RIFF chunk. */
const MIN_RIFF_BYTES = 1024;
const PASS_AHEAD = 1024 * 1024;
/** The largest placeholder for a picture that an earlier packet carried (mpeg4-order.ts); FFmpeg's bound. */
const MAX_PLACEHOLDER_BYTES = 19;
/** Enough for a picture's header and what may precede it (sequence and layer headers, user data). */
const PICTURE_HEAD_BYTES = 4096;

/**
 * Reads the index of an AVI file.
 *
 * @throws MediaError `no-video-track`, `unsupported-codec`, `unsupported-format`, `corrupt`, `truncated`, `too-large`, and what
 *   reading fails with
 */
export async function readAvi(reader: ByteReader): Promise<VideoIndex> {
  try {
    const { stream, movies, idx1 } = await readStructure(reader);
    const packets = new PacketList();
    if (stream.indexes.length > 0) await addOpenDml(reader, stream, packets);
    // An `idx1` covers only the first of several RIFF chunks.
    else if (idx1 && movies[0] && movies.length === 1) {
      const end = await addIdx1(reader, stream, idx1, movies[0], packets);
      // Chunks behind the last one that the index lists.
      if (end !== null && end < movies[0].end)
        await addByWalking(reader, stream, [{ ...movies[0], start: end }], packets);
    }
    if (packets.count === 0) await addByWalking(reader, stream, movies, packets);
    const { codec, codecTag, width, height, extradata, frameRate } = stream;
    return indexFrames(
      {
        container: "avi",
        codec,
        codecTag,
        extradata,
        width,
        height,
        orientation: 1,
        frameRate,
        lacksPresentationTimes: true,
      },
      packets,
      null,
      reader.size,
    );
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new MediaError("corrupt", "The AVI file's index is damaged.", { cause });
    throw cause;
  }
}

async function readStructure(reader: ByteReader) {
  const movies: Chunk[] = [];
  let stream: Stream | null = null;
  let idx1: Chunk | null = null;
  let firstEnd = 0;
  for await (const chunk of chunksIn(reader, 0, reader.size)) {
    if (chunk.id === "RIFF") {
      firstEnd ||= chunk.end;
      continue; // Its chunks follow; OpenDML files have several RIFF chunks.
    }
    if (chunk.id === "LIST hdrl" || chunk.id === "LIST strl") {
      if (chunk.end - chunk.start > MAX_HEADER_BYTES)
        throw new MediaError("corrupt", "The AVI file's header is damaged.");
      const end = Math.min(chunk.end, reader.size);
      stream ??= readStreams(viewOf(await reader.read(chunk.start, end)));
    } else if (chunk.id === "LIST movi") movies.push(chunk);
    else if (chunk.id === "idx1") idx1 ??= chunk;
    if (stream && stream.indexes.length > 0) break;
    if (idx1 && firstEnd + MIN_RIFF_BYTES > reader.size) break;
  }
  if (!stream)
    throw new MediaError("truncated", "The file ends inside its header: it was cut short. Upload it again.");
  return { stream, movies, idx1 };
}

/** The chunks of a file from `start` on; RIFF chunks and records are stepped into, lists are named by their type. */
async function* chunksIn(
  reader: ByteReader,
  start: number,
  end: number,
  ahead = 64 * 1024,
): AsyncGenerator<Chunk> {
  let at = start;
  let isPadded = false;
  for (let count = 0; at + 8 <= end && count < MAX_CHUNKS; count++) {
    let view = viewOf(await reader.read(at, Math.min(end, at + 13), { ahead }));
    // Chunks begin at even places; some writers forget it.
    if (isPadded && view.byteLength > 8 && !CHUNK_NAME.test(fourLetters(view, 0))) {
      at++;
      view = new DataView(view.buffer, view.byteOffset + 1, view.byteLength - 1);
    }
    const id = fourLetters(view, 0);
    let size = view.getUint32(4, true);
    const isList = (id === "LIST" || id === "RIFF") && view.byteLength >= 12;
    const body = isList ? at + 12 : at + 8;
    const name = id === "LIST" && isList ? `LIST ${fourLetters(view, 8)}` : id;
    // An interrupted recording has not written the length of its list of pictures.
    if (name === "LIST movi" && size === 0) size = end - at - 8;
    yield { id: name, start: body, end: at + 8 + size };
    const isEntered = name === "RIFF" || name === "LIST rec ";
    isPadded = !isEntered && (size & 1) === 1;
    at = isEntered ? body : at + 8 + size;
  }
}

/** The first video stream of a header list. */
function readStreams(view: DataView): Stream {
  const kinds: string[] = [];
  let number = 0;
  for (const list of listChunks(view, 0, view.byteLength)) {
    if (list.id !== "LIST strl") continue;
    const parts = new Map([...listChunks(view, list.start, list.end)].map((chunk) => [chunk.id, chunk]));
    const strh = parts.get("strh");
    const kind = strh && strh.end - strh.start >= 28 ? fourLetters(view, strh.start) : "unknown";
    const strf = parts.get("strf");
    if (strh && strf && kind === "vids" && strf.end - strf.start >= BITMAP_HEADER_BYTES) {
      return readStream(view, number, strh, strf, parts.get("indx"));
    }
    kinds.push(kind);
    number++;
  }
  throw new MediaError(
    "no-video-track",
    `The file has no video stream; its streams are: ${kinds.slice(0, 8).join(", ")}.`,
  );
}

function* listChunks(view: DataView, start: number, end: number): Generator<Chunk> {
  let at = start;
  while (at + 8 <= end) {
    const id = fourLetters(view, at);
    const size = view.getUint32(at + 4, true);
    const next = Math.min(end, at + 8 + size);
    const isList = id === "LIST" && at + 12 <= next;
    yield {
      id: isList ? `LIST ${fourLetters(view, at + 8)}` : id,
      start: isList ? at + 12 : at + 8,
      end: next,
    };
    at = next + (size & 1);
  }
}

function readStream(
  view: DataView,
  number: number,
  strh: Chunk,
  strf: Chunk,
  indx: Chunk | undefined,
): Stream {
  const scale = view.getUint32(strh.start + 20, true);
  return {
    ...readBitmapHeader(view, strf.start, strf.end),
    number,
    frameRate: scale > 0 ? view.getUint32(strh.start + 24, true) / scale : 0,
    indexes: indx ? readSuperIndex(view, indx) : [],
  };
}

/** OpenDML's index of indexes (AVI file format extensions, 1996). */
function readSuperIndex(view: DataView, { start, end }: Chunk): { start: number; size: number }[] {
  const isIndexOfIndexes = end - start >= 24 && view.getUint8(start + 3) === 0;
  const count = isIndexOfIndexes
    ? Math.min(view.getUint32(start + 4, true), Math.floor((end - start - 24) / 16))
    : 0;
  return Array.from({ length: count }, (_, i) => ({
    start: Number(view.getBigUint64(start + 24 + i * 16, true)),
    size: view.getUint32(start + 32 + i * 16, true),
  })).filter(({ size }) => size > 0);
}

async function addOpenDml(reader: ByteReader, stream: Stream, packets: PacketList): Promise<void> {
  for (const { start, size } of stream.indexes) {
    if (start + size > reader.size || size > MAX_INDEX_BYTES || size < 32) break;
    const view = viewOf(await reader.read(start, start + size));
    const base = Number(view.getBigUint64(20, true));
    const count = Math.min(view.getUint32(12, true), Math.floor((size - 32) / 8));
    for (let i = 0; i < count; i++) {
      const length = view.getUint32(36 + i * 8, true);
      packets.add(
        base + view.getUint32(32 + i * 8, true),
        length & 0x7fff_ffff,
        packets.count,
        length < 0x8000_0000,
      );
    }
  }
}

/** Adds what the index lists, and returns where its last chunk ends; null, with nothing added, if the index is wrong. */
async function addIdx1(
  reader: ByteReader,
  stream: Stream,
  idx1: Chunk,
  movie: Chunk,
  packets: PacketList,
): Promise<number | null> {
  const end = Math.min(idx1.end, reader.size);
  if (end - idx1.start > MAX_INDEX_BYTES)
    throw new MediaError("too-large", "The AVI file's index is too large.");
  const view = viewOf(await reader.read(idx1.start, end));
  if (view.byteLength < 16) return null;
  // By the book offsets count from the list's type, but some writers count from the start of the file.
  const base = view.getUint32(8, true) >= movie.start ? 0 : movie.start - 4;
  const entry = (at: number) => {
    const start = base + view.getUint32(at + 8, true) + 8;
    return { start, end: start + view.getUint32(at + 12, true) };
  };
  const entries = Math.floor(view.byteLength / 16);
  let last = movie.start;
  for (let i = 0; i < entries; i++) {
    const chunk = entry(i * 16);
    if (i + 1 < entries && chunk.start < entry(i * 16 + 16).start && chunk.end > entry(i * 16 + 16).start - 8)
      return null;
    last = Math.max(last, chunk.end + ((chunk.end - chunk.start) & 1));
  }
  for (let i = 0; i < entries; i++) {
    const at = i * 16;
    if (!isOurs(fourLetters(view, at), stream.number)) continue;
    const isKey = (view.getUint32(at + 4, true) & AVI_KEY) !== 0;
    const chunk = entry(at);
    packets.add(chunk.start, chunk.end - chunk.start, packets.count, isKey);
  }
  return last;
}

async function addByWalking(
  reader: ByteReader,
  stream: Stream,
  movies: readonly Chunk[],
  packets: PacketList,
): Promise<void> {
  const intra: number[] = [];
  for (const movie of movies) {
    for await (const chunk of chunksIn(reader, movie.start, Math.min(movie.end, reader.size), PASS_AHEAD)) {
      if (!isOurs(chunk.id, stream.number)) continue;
      const headEnd = Math.min(reader.size, chunk.end, chunk.start + PICTURE_HEAD_BYTES);
      const head = await reader.read(chunk.start, headEnd);
      const { access } = pictureStart(stream.codec, head);
      const bytes = chunk.end - chunk.start;
      if (access === "intra") intra.push(packets.count);
      packets.add(chunk.start, bytes, packets.count, access === "key" && bytes > MAX_PLACEHOLDER_BYTES);
    }
  }
  packets.markKeysIfNone(intra);
}

/** Whether a chunk is a picture of a stream: "00dc", "00db" or what else writers call it, but no palette, index or sound. */
function isOurs(id: string, stream: number): boolean {
  const kind = id.slice(2);
  return (
    kind !== "pc" &&
    kind !== "ix" &&
    kind !== "wb" &&
    /^[0-9a-f]{2}$/i.test(id.slice(0, 2)) &&
    Number.parseInt(id.slice(0, 2), 16) === stream
  );
}
