/**
 * The samples of a movie fragment (`moof`, ISO/IEC 14496-12, 8.8), added to the packets of one track. A fragment's own numbers
 * override the track's defaults; without a start time (`tfdt`) it continues where the last one ended. Fragments may overlap in time:
 * samples up to the last decode time of the run before have been shown already and are only decoded, as in FFmpeg.
 */
import type { PacketList } from "../video-index.ts";
import { type Box, boxesIn, findBox } from "./box.ts";
import type { FragmentDefaults } from "./track.ts";

/** A track's state from fragment to fragment. */
export interface FragmentCursor {
  readonly trackId: number;
  readonly defaults: FragmentDefaults;
  /** Decode time, in ticks, at which the next fragment starts if it does not say so. */
  nextTime: number;
  /** Decode time of the sample before. */
  lastTime: number;
}

const TFHD = {
  baseOffset: 0x1,
  description: 0x2,
  duration: 0x8,
  size: 0x10,
  flags: 0x20,
  baseIsMoof: 0x20000,
};
const TRUN = {
  dataOffset: 0x1,
  firstFlags: 0x4,
  duration: 0x100,
  size: 0x200,
  flags: 0x400,
  timeOffset: 0x800,
};
/** Sample flags: not a sync sample, or one that depends on others. */
const NOT_KEY = 0x0101_0000;

/**
 * Adds a fragment's samples.
 *
 * @param moof the box inside `view`
 * @param moofOffset where the box starts in the file
 */
export function readFragment(
  view: DataView,
  moof: Box,
  moofOffset: number,
  cursor: FragmentCursor,
  packets: PacketList,
): void {
  // Without a base of its own, a track's data follows that of the track before it.
  let dataEnd = moofOffset;
  for (const traf of boxesIn(view, moof.start, moof.end)) {
    if (traf.type !== "traf") continue;
    dataEnd = readTrackFragment(view, traf, { moofOffset, dataEnd }, cursor, packets);
  }
}

function readTrackFragment(
  view: DataView,
  traf: Box,
  place: { readonly moofOffset: number; readonly dataEnd: number },
  cursor: FragmentCursor,
  packets: PacketList,
): number {
  const tfhd = findBox(view, traf, "tfhd");
  if (!tfhd || tfhd.end - tfhd.start < 8) return place.dataEnd;
  const flags = view.getUint32(tfhd.start) & 0xff_ffff;
  const isOurs = view.getUint32(tfhd.start + 4) === cursor.trackId;
  let at = tfhd.start + 8;
  const next = (present: number, bytes: 4 | 8, otherwise: number): number => {
    if (!(flags & present) || at + bytes > tfhd.end) return otherwise;
    at += bytes;
    return bytes === 8 ? Number(view.getBigUint64(at - 8)) : view.getUint32(at - 4);
  };
  const implied = flags & TFHD.baseIsMoof ? place.moofOffset : place.dataEnd;
  const base = next(TFHD.baseOffset, 8, implied);
  next(TFHD.description, 4, 0);
  const duration = next(TFHD.duration, 4, cursor.defaults.duration);
  const size = next(TFHD.size, 4, cursor.defaults.size);
  const sampleFlags = next(TFHD.flags, 4, cursor.defaults.flags);
  const run = {
    base,
    offset: base,
    time: startTime(view, traf) ?? cursor.nextTime,
    lastTime: cursor.lastTime,
    duration,
    size,
    sampleFlags,
  };
  for (const trun of boxesIn(view, traf.start, traf.end)) {
    if (trun.type !== "trun" || trun.end - trun.start < 8) continue;
    readRun(view, trun, run, isOurs ? { packets, shownUntil: cursor.lastTime } : null);
    if (isOurs) cursor.lastTime = run.lastTime;
  }
  if (isOurs) cursor.nextTime = run.time;
  return run.offset;
}

function startTime(view: DataView, traf: Box): number | undefined {
  const tfdt = findBox(view, traf, "tfdt");
  if (!tfdt || tfdt.end - tfdt.start < 8) return undefined;
  const long = view.getUint8(tfdt.start) === 1 && tfdt.end - tfdt.start >= 12;
  return long ? Number(view.getBigUint64(tfdt.start + 4)) : view.getUint32(tfdt.start + 4);
}

interface RunState {
  readonly base: number;
  offset: number;
  time: number;
  /** Of the sample before. */
  lastTime: number;
  readonly duration: number;
  readonly size: number;
  readonly sampleFlags: number;
}

/** @param track where samples go, and up to which decode time they were shown already; null for another track's samples */
function readRun(
  view: DataView,
  trun: Box,
  state: RunState,
  track: { readonly packets: PacketList; readonly shownUntil: number } | null,
): void {
  const flags = view.getUint32(trun.start) & 0xff_ffff;
  let at = trun.start + 8;
  if (flags & TRUN.dataOffset && at + 4 <= trun.end) {
    state.offset = state.base + view.getInt32(at);
    at += 4;
  }
  let firstFlags: number | undefined;
  if (flags & TRUN.firstFlags && at + 4 <= trun.end) {
    firstFlags = view.getUint32(at);
    at += 4;
  }
  const fields = [TRUN.duration, TRUN.size, TRUN.flags, TRUN.timeOffset].filter((field) => flags & field);
  const bytes = fields.length * 4;
  const said = view.getUint32(trun.start + 4);
  // Samples without fields of their own take no bytes; the packet list limits their number.
  const count = bytes === 0 ? said : Math.min(said, Math.floor((trun.end - at) / bytes));
  const next = (field: number, otherwise: number): number => {
    if (!(flags & field)) return otherwise;
    at += 4;
    return view.getUint32(at - 4);
  };
  for (let i = 0; i < count; i++) {
    const duration = next(TRUN.duration, state.duration);
    const size = next(TRUN.size, state.size);
    const sampleFlags = next(
      TRUN.flags,
      i === 0 && firstFlags !== undefined ? firstFlags : state.sampleFlags,
    );
    const timeOffset = next(TRUN.timeOffset, 0) | 0; // Signed in practice, also where version 0 says unsigned.
    track?.packets.add(state.offset, size, state.time + timeOffset, (sampleFlags & NOT_KEY) === 0);
    if (track && state.time <= track.shownUntil) track.packets.hide();
    state.lastTime = state.time;
    state.offset += size;
    state.time += duration;
    if (!track && bytes === 0) {
      // Another track's run without fields: its length follows from the counts.
      state.offset += size * (count - 1);
      state.time += duration * (count - 1);
      return;
    }
  }
}
