/**
 * The video track of a `moov` box: its time scale, the parts of it that are shown (edit list), how it is turned, and the defaults of
 * its fragments. Edits follow FFmpeg, whose frame numbers are the ones people know: a frame is shown if its composition time lies
 * inside an edit; an empty edit only delays, an edit of no length shows nothing, and a start offset does not change frame numbers.
 */
import { MediaError } from "../../errors.ts";
import type { Orientation } from "../../pixels.ts";
import type { ShownPart } from "../video-index.ts";
import { type Box, boxesIn, findBox, fourLetters } from "./box.ts";

/** A video track as `moov` describes it. */
export interface Mp4Track {
  readonly id: number;
  /** Ticks per second. */
  readonly timescale: number;
  readonly stbl: Box;
  readonly stsd: Box;
  readonly orientation: Orientation;
  /** The edit list, for the samples that `moov` itself lists; null if everything is shown. */
  readonly shown: readonly ShownPart[] | null;
  readonly fragmentDefaults: FragmentDefaults;
  readonly isFragmented: boolean;
}

/** What holds for samples about which a fragment does not say (`trex`). */
export interface FragmentDefaults {
  readonly duration: number;
  readonly size: number;
  readonly flags: number;
}

/**
 * The first video track.
 *
 * @throws MediaError `no-video-track`, `unsupported-format`, `corrupt`
 */
export function readVideoTrack(view: DataView, moov: Box): Mp4Track {
  if (findBox(view, moov, "cmov")) {
    throw new MediaError(
      "unsupported-format",
      "The video's index is compressed (a QuickTime cmov box). Rewrite the file, for example with ffmpeg -i in -c copy out.mov.",
    );
  }
  const kinds: string[] = [];
  for (const trak of boxesIn(view, moov.start, moov.end)) {
    if (trak.type !== "trak") continue;
    const hdlr = findBox(view, trak, "mdia", "hdlr");
    const kind = hdlr && hdlr.end - hdlr.start >= 12 ? fourLetters(view, hdlr.start + 8) : "";
    if (kind === "vide") return readTrack(view, moov, trak);
    kinds.push(kind.trim() || "unknown");
  }
  throw new MediaError(
    "no-video-track",
    kinds.length === 0
      ? "The file has no tracks."
      : `The file has no video track; its tracks are: ${kinds.slice(0, 8).join(", ")}.`,
  );
}

function readTrack(view: DataView, moov: Box, trak: Box): Mp4Track {
  const tkhd = findBox(view, trak, "tkhd");
  const mdhd = findBox(view, trak, "mdia", "mdhd");
  const stbl = findBox(view, trak, "mdia", "minf", "stbl");
  const stsd = stbl && findBox(view, stbl, "stsd");
  const mvhd = findBox(view, moov, "mvhd");
  if (!tkhd || !mdhd || !stbl || !stsd) {
    throw new MediaError(
      "corrupt",
      "The video track's description is incomplete (tkhd, mdhd, stbl or stsd is missing).",
    );
  }
  const longTrack = isLong(view, tkhd);
  const longMedia = isLong(view, mdhd);
  need(mdhd, longMedia ? 24 : 16);
  need(tkhd, longTrack ? 88 : 76);
  const id = view.getUint32(tkhd.start + (longTrack ? 20 : 12));
  const timescale = view.getUint32(mdhd.start + (longMedia ? 20 : 12)) || 1;
  const trex = trexOf(view, moov, id);
  const isFragmented = findBox(view, moov, "mvex") !== undefined;
  return {
    id,
    timescale,
    stbl,
    stsd,
    orientation: orientationOf(view, tkhd.start + (longTrack ? 52 : 40), mvhd),
    shown: readEdits(view, trak, timescale, movieTimescale(view, mvhd)),
    fragmentDefaults: trex ?? { duration: 0, size: 0, flags: 0 },
    isFragmented,
  };
}

function isLong(view: DataView, box: Box): boolean {
  need(box, 1);
  return view.getUint8(box.start) === 1;
}

function need(box: Box, bytes: number): void {
  if (box.end - box.start < bytes) {
    throw new MediaError("corrupt", `The video's index is damaged: its ${box.type} box is too short.`);
  }
}

function movieTimescale(view: DataView, mvhd: Box | undefined): number {
  if (!mvhd || mvhd.end - mvhd.start < 24) return 1;
  return view.getUint32(mvhd.start + (view.getUint8(mvhd.start) === 1 ? 20 : 12)) || 1;
}

function trexOf(view: DataView, moov: Box, id: number): FragmentDefaults | undefined {
  const mvex = findBox(view, moov, "mvex");
  if (!mvex) return undefined;
  for (const trex of boxesIn(view, mvex.start, mvex.end)) {
    if (trex.type !== "trex" || trex.end - trex.start < 24 || view.getUint32(trex.start + 4) !== id) continue;
    return {
      duration: view.getUint32(trex.start + 12),
      size: view.getUint32(trex.start + 16),
      flags: view.getUint32(trex.start + 20),
    };
  }
  return undefined;
}

function readEdits(
  view: DataView,
  trak: Box,
  timescale: number,
  movieScale: number,
): readonly ShownPart[] | null {
  const elst = findBox(view, trak, "edts", "elst");
  if (!elst || elst.end - elst.start < 8) return null;
  const long = view.getUint8(elst.start) === 1;
  const bytes = long ? 20 : 12;
  const count = Math.floor((elst.end - elst.start - 8) / bytes);
  if (count === 0) return null;
  const shown: ShownPart[] = [];
  for (let i = 0; i < count; i++) {
    const at = elst.start + 8 + i * bytes;
    const duration = long ? Number(view.getBigUint64(at)) : view.getUint32(at);
    const start = long ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4);
    // An empty edit at the start delays; a later one starts at -1 in FFmpeg, and so here, because its frame numbers are the yardstick.
    if (start === -1 && shown.length === 0) continue;
    shown.push({ start, end: start + Math.round((duration * timescale) / movieScale) });
  }
  return shown;
}

/** How the matrices of the track and of the movie turn pictures; 1 (not at all) unless it is by right angles. */
function orientationOf(view: DataView, at: number, mvhd: Box | undefined): Orientation {
  const track = readMatrix(view, at);
  const movieAt =
    mvhd && mvhd.end - mvhd.start >= 84 ? mvhd.start + (view.getUint8(mvhd.start) === 1 ? 48 : 36) : -1;
  const [a, b, c, d] = movieAt < 0 ? track : product(track, readMatrix(view, movieAt));
  const straight = Math.abs(b) + Math.abs(c) < 1e-6 * (Math.abs(a) + Math.abs(d));
  const turned = Math.abs(a) + Math.abs(d) < 1e-6 * (Math.abs(b) + Math.abs(c));
  // A point (x, y) goes to (a x + c y, b x + d y), y downwards.
  if (straight) return a > 0 ? (d > 0 ? 1 : 4) : d > 0 ? 2 : 3;
  if (turned) return b > 0 ? (c > 0 ? 5 : 6) : c > 0 ? 8 : 7;
  return 1;
}

type Matrix = readonly [a: number, b: number, c: number, d: number];

/** The upper left part of a 3 x 3 matrix of 16.16 numbers. */
function readMatrix(view: DataView, at: number): Matrix {
  const entry = (i: number) => view.getInt32(at + i * 4) / 65_536;
  return [entry(0), entry(1), entry(3), entry(4)];
}

function product([a, b, c, d]: Matrix, [e, f, g, h]: Matrix): Matrix {
  return [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h];
}
