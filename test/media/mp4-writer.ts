import { type Box, boxesIn, viewOf } from "../../src/media/container/mp4/box.ts";

/** The tables of a video track, as a test wants them. */
export interface WrittenTrack {
  readonly sizes: readonly number[];
  /** Where each sample lies, counted from the end of the index. */
  readonly places: readonly number[];
  /** Samples decoding can start at, from 0. */
  readonly keys: readonly number[];
  /** Ticks from decoding to showing, for each sample. */
  readonly timeOffsets?: readonly number[];
  /** Two descriptions of the coding, the second (another codec) from the middle on. */
  readonly changes?: boolean;
  /** Ticks of a sample; default 512. */
  readonly duration?: number;
  /** The edit list: duration in movie ticks, start in track ticks (-1: empty). */
  readonly edits?: readonly (readonly [duration: number, start: number])[];
}

const CONTAINERS = new Set(["moov", "trak", "mdia", "minf", "stbl", "edts"]);

/** A box of a type around bodies. */
export function box(type: string, ...bodies: (Uint8Array | readonly number[])[]): Uint8Array {
  const body = bodies.flatMap((part) => [...part]);
  const bytes = new Uint8Array(8 + body.length);
  viewOf(bytes).setUint32(0, bytes.length);
  bytes.set(
    [...type].map((letter) => letter.charCodeAt(0)),
    4,
  );
  bytes.set(body, 8);
  return bytes;
}

/** A full box that is a table of 32-bit numbers: version and flags 0, the count of entries, the numbers. */
export function table(type: string, count: number, numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16 + numbers.length * 4);
  const view = viewOf(bytes);
  view.setUint32(0, bytes.length);
  bytes.set(
    [...type].map((letter) => letter.charCodeAt(0)),
    4,
  );
  view.setUint32(12, count);
  numbers.forEach((number, i) => {
    view.setInt32(16 + i * 4, number | 0);
  });
  return bytes;
}

/**
 * `ftyp`, `moov` and the head of `mdat` of a file whose one track is described like that of `template` and has the tables of
 * `track`. Samples lie at the returned length plus their place.
 */
export function writeIndex(template: Uint8Array, track: WrittenTrack, mediaBytes: number): Uint8Array {
  const view = viewOf(template);
  const boxes = [...boxesIn(view, 0, view.byteLength)];
  const [ftyp, moov] = ["ftyp", "moov"].map((type) => boxes.find((each) => each.type === type) as Box);
  const { sizes, keys, timeOffsets, duration = 512, edits } = track;
  const write = (first: number): Uint8Array => {
    const tables: Record<string, Uint8Array> = {
      stts: table("stts", 1, [sizes.length, duration]),
      stss: table(
        "stss",
        keys.length,
        keys.map((key) => key + 1),
      ),
      stsc: track.changes
        ? table("stsc", 2, [1, 1, 1, (sizes.length >> 1) + 1, 1, 2])
        : table("stsc", 1, [1, 1, 1]),
      stsz: join(table("stsz", 0, [sizes.length, ...sizes])),
      stco: table(
        "stco",
        sizes.length,
        track.places.map((place) => first + place),
      ),
      ...(timeOffsets
        ? {
            ctts: table(
              "ctts",
              sizes.length,
              timeOffsets.flatMap((offset) => [1, offset]),
            ),
          }
        : {}),
      ...(edits
        ? {
            elst: table(
              "elst",
              edits.length,
              edits.flatMap(([length, start]) => [length, start, 0x10000]),
            ),
          }
        : {}),
    };
    const rebuilt = (each: Box): Uint8Array => {
      const own = tables[each.type];
      if (own) return own;
      if (each.type === "stsd" && track.changes) return twoDescriptions(template.slice(each.at, each.end));
      if (!CONTAINERS.has(each.type)) {
        return each.type === "ctts" ? new Uint8Array() : template.slice(each.at, each.end);
      }
      const children = [...boxesIn(view, each.start, each.end)].map(rebuilt);
      const inside = join(...children);
      const bytes = new Uint8Array(8 + inside.length);
      viewOf(bytes).setUint32(0, bytes.length);
      bytes.set(template.subarray(each.at + 4, each.at + 8), 4);
      bytes.set(inside, 8);
      return bytes;
    };
    const mdat = new Uint8Array(8);
    viewOf(mdat).setUint32(0, 8 + mediaBytes);
    mdat.set([0x6d, 0x64, 0x61, 0x74], 4);
    return join(template.slice((ftyp as Box).at, (ftyp as Box).end), rebuilt(moov as Box), mdat);
  };
  return write(write(0).length);
}

/** `stsd` with its entry twice, the second time with another codec (VP9). */
function twoDescriptions(stsd: Uint8Array): Uint8Array {
  const other = stsd.slice(16);
  other.set([0x76, 0x70, 0x30, 0x39], 4);
  const bytes = join(stsd, other);
  viewOf(bytes).setUint32(0, bytes.length);
  viewOf(bytes).setUint32(12, 2);
  return bytes;
}

/** Several pieces as one. */
export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
