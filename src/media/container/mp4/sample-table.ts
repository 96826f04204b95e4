/**
 * The sample tables of an MP4 track (ISO/IEC 14496-12, 8.6 and 8.7), flattened into packets: `stts` and `ctts` give times, `stsz`
 * sizes, `stsc` and `stco` places, `stss` key packets. Every loop is bounded by the entries that are really in the box and by the
 * number of samples, whatever the counts say.
 */
import { MediaError } from "../../errors.ts";
import { MAX_PACKETS, type PacketList, tooManyPackets } from "../video-index.ts";
import { type Box, boxesIn, findBox, fourLetters } from "./box.ts";
import type { DescriptionStart } from "./coding-changes.ts";

/** What the tables say besides the packets. */
export interface SampleTableFacts {
  /** Ticks that all samples last together. */
  readonly duration: number;
  /** When the last sample is decoded; -Infinity when there is none. */
  readonly lastTime: number;
  /** Which sample description is in use, from which packet on. */
  readonly descriptions: readonly DescriptionStart[];
}

/**
 * Adds the samples of `stbl` to `packets`.
 *
 * @throws MediaError `too-large` for too many samples, `corrupt` for tables that contradict each other
 */
export function readSampleTable(view: DataView, stbl: Box, packets: PacketList): SampleTableFacts {
  const sizes = readSizes(view, stbl);
  const { count } = sizes;
  if (count > MAX_PACKETS) throw tooManyPackets();
  const places = readPlaces(view, stbl, sizes);
  const { times, duration, lastTime } = readTimes(view, stbl, places.count);
  const keys = readKeys(view, stbl, places.count);
  for (let i = 0; i < places.count; i++) {
    packets.add(places.offsets[i] as number, sizes.at(i), times[i] as number, keys === null || keys[i] === 1);
  }
  return { duration, lastTime, descriptions: places.descriptions };
}

interface Sizes {
  readonly count: number;
  at(sample: number): number;
}

/** Entries of `bytes` each that a table with `count` of them, starting at `at`, really holds. */
function entriesIn(view: DataView, box: Box, countAt: number, bytes: number): number {
  if (countAt + 4 > box.end) return 0;
  return Math.min(view.getUint32(countAt), Math.floor((box.end - countAt - 4) / bytes));
}

function readSizes(view: DataView, stbl: Box): Sizes {
  const stsz = findBox(view, stbl, "stsz");
  if (stsz && stsz.end - stsz.start >= 12) {
    const each = view.getUint32(stsz.start + 4);
    if (each > 0) return { count: view.getUint32(stsz.start + 8), at: () => each };
    const table = stsz.start + 12;
    return { count: entriesIn(view, stsz, stsz.start + 8, 4), at: (i) => view.getUint32(table + i * 4) };
  }
  const stz2 = findBox(view, stbl, "stz2");
  if (!stz2 || stz2.end - stz2.start < 12) return { count: 0, at: () => 0 };
  const bits = view.getUint8(stz2.start + 7);
  const table = stz2.start + 12;
  const count = entriesIn(view, stz2, stz2.start + 8, bits / 8);
  if (bits === 16) return { count, at: (i) => view.getUint16(table + i * 2) };
  if (bits === 8) return { count, at: (i) => view.getUint8(table + i) };
  return { count, at: (i) => (view.getUint8(table + (i >> 1)) >> (i & 1 ? 0 : 4)) & 15 };
}

function readPlaces(view: DataView, stbl: Box, sizes: Sizes) {
  const co64 = findBox(view, stbl, "co64");
  const chunks = co64 ?? findBox(view, stbl, "stco");
  const stsc = findBox(view, stbl, "stsc");
  if (sizes.count > 0 && (!chunks || !stsc)) {
    throw new MediaError(
      "corrupt",
      "The video's index does not say where its frames lie (no stco or stsc box).",
    );
  }
  const offsets = new Float64Array(sizes.count);
  const descriptions: { packet: number; description: number }[] = [];
  if (!chunks || !stsc) return { count: 0, offsets, descriptions };
  const chunkCount = entriesIn(view, chunks, chunks.start + 4, co64 ? 8 : 4);
  const runs = entriesIn(view, stsc, stsc.start + 4, 12);
  let sample = 0;
  for (let run = 0; run < runs && sample < sizes.count; run++) {
    const at = stsc.start + 8 + run * 12;
    const first = view.getUint32(at) - 1;
    const end = run + 1 < runs ? Math.min(chunkCount, view.getUint32(at + 12) - 1) : chunkCount;
    const perChunk = view.getUint32(at + 4);
    const description = Math.max(0, view.getUint32(at + 8) - 1);
    if (descriptions.at(-1)?.description !== description && perChunk > 0 && first < end) {
      descriptions.push({ packet: sample, description });
    }
    if (perChunk === 0) continue;
    for (let chunk = Math.max(0, first); chunk < end && sample < sizes.count; chunk++) {
      let offset = co64
        ? Number(view.getBigUint64(chunks.start + 8 + chunk * 8))
        : view.getUint32(chunks.start + 8 + chunk * 4);
      for (let i = 0; i < perChunk && sample < sizes.count; i++) {
        offsets[sample] = offset;
        offset += sizes.at(sample);
        sample++;
      }
    }
  }
  return { count: sample, offsets, descriptions };
}

/** A larger step is a negative one; FFmpeg's bound. */
const MAX_STEP = 2 ** 32 - 1 - 480_000;

/** Decode times never go back: a negative step counts one tick, and the steps that follow make up for it, as in FFmpeg. */
function readTimes(view: DataView, stbl: Box, count: number) {
  const times = new Float64Array(count);
  const stts = findBox(view, stbl, "stts");
  const runs = stts ? entriesIn(view, stts, stts.start + 4, 8) : 0;
  let [time, meant, step, sample] = [0, 0, 1, 0];
  for (let run = 0; stts && run < runs && sample < count; run++) {
    const at = stts.start + 8 + run * 8;
    const samples = view.getUint32(at);
    const said = view.getUint32(at + 4);
    step = said > MAX_STEP ? 1 : said;
    meant += samples * (said > MAX_STEP ? said - 2 ** 32 : said);
    const late = Math.floor((time + samples * step - meant) / Math.max(samples, 1));
    if (late > 0) step -= Math.min(late, Math.max(0, step - 1));
    for (const end = Math.min(count, sample + samples); sample < end; sample++) {
      times[sample] = time;
      time += step;
    }
  }
  for (; sample < count; sample++) {
    times[sample] = time;
    time += step;
  }
  const lastTime = times.at(-1) ?? Number.NEGATIVE_INFINITY;
  addOffsets(view, stbl, times);
  return { times, duration: time, lastTime };
}

/** `ctts`; its numbers are signed in practice, even if version 0 says unsigned. */
function addOffsets(view: DataView, stbl: Box, times: Float64Array): void {
  const ctts = findBox(view, stbl, "ctts");
  if (!ctts) return;
  const runs = entriesIn(view, ctts, ctts.start + 4, 8);
  let sample = 0;
  for (let run = 0; run < runs && sample < times.length; run++) {
    const at = ctts.start + 8 + run * 8;
    const end = Math.min(times.length, sample + view.getUint32(at));
    const offset = view.getInt32(at + 4);
    for (; sample < end; sample++) times[sample] = (times[sample] as number) + offset;
  }
}

/** 1 for key packets; null when all are. `stps` lists QuickTime's open-GOP key packets. */
function readKeys(view: DataView, stbl: Box, count: number): Uint8Array | null {
  const stss = findBox(view, stbl, "stss");
  if (!stss) return null;
  const keys = new Uint8Array(count);
  for (const box of [stss, findBox(view, stbl, "stps")]) {
    if (!box) continue;
    const entries = entriesIn(view, box, box.start + 4, 4);
    for (let i = 0; i < entries; i++) {
      const sample = view.getUint32(box.start + 8 + i * 4) - 1;
      if (sample >= 0 && sample < count) keys[sample] = 1;
    }
  }
  markRandomAccessPoints(view, stbl, keys);
  // An empty table would mean that nothing can be decoded; FFmpeg and players take the first packet then.
  if (count > 0 && !keys.includes(1)) keys[0] = 1;
  return keys;
}

/** Open-GOP key packets as sample group "rap " (ISO/IEC 14496-12, 10.4). */
function markRandomAccessPoints(view: DataView, stbl: Box, keys: Uint8Array): void {
  for (const sbgp of boxesIn(view, stbl.start, stbl.end)) {
    if (sbgp.type !== "sbgp" || sbgp.end - sbgp.start < 12 || fourLetters(view, sbgp.start + 4) !== "rap ")
      continue;
    const countAt = sbgp.start + (view.getUint8(sbgp.start) === 1 ? 12 : 8);
    const runs = entriesIn(view, sbgp, countAt, 8);
    let sample = 0;
    for (let run = 0; run < runs && sample < keys.length; run++) {
      const at = countAt + 4 + run * 8;
      const end = Math.min(keys.length, sample + view.getUint32(at));
      if (view.getUint32(at + 4) > 0) keys.fill(1, sample, end);
      sample = end;
    }
  }
}
