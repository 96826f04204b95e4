/**
 * Frames and ranges of frames. A range includes both its ends; everywhere else in this folder it is a pair `[start, end]`,
 * as in Encord's JSON. Sets of ranges are kept sorted, and ranges that overlap or touch become one.
 */

import { InvalidArgumentsError } from "../errors.ts";

/** From `start` to `end`, both included. Frames, milliseconds (audio) or characters (text). */
export type RangePair = readonly [start: number, end: number];

/** The same, with named ends. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** How frames are given: one, several, a range, or several ranges. */
export type Frames = number | Range | readonly number[] | readonly Range[];

/**
 * The frames as sorted ranges.
 * @throws InvalidArgumentsError when a frame is not a whole number from 0, or a range ends before it starts
 */
export function rangesOf(frames: Frames): Ranges {
  const ranges = new Ranges();
  const items: readonly (number | Range)[] = Array.isArray(frames) ? frames : [frames as number | Range];
  for (const item of items) {
    const [start, end] = typeof item === "number" ? [item, item] : [item.start, item.end];
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end >= start)) {
      const shown = typeof item === "number" ? String(item) : `${start} to ${end}`;
      throw new InvalidArgumentsError(
        `Frames are whole numbers from 0, and a range ends where it starts or later; ${shown} was given.`,
      );
    }
    ranges.add(start, end);
  }
  return ranges;
}

/** More than any data has, and less than a JavaScript map can hold. */
const MOST_FRAMES = 10_000_000;

/**
 * The frames one by one.
 * @throws InvalidArgumentsError when there are more than any data has, rather than filling the memory
 */
export function frameByFrame(frames: Ranges): Iterable<number> {
  if (frames.size <= MOST_FRAMES) return frames.values();
  throw new InvalidArgumentsError(
    `${frames.size} frames were given, ${frames}; at most ${MOST_FRAMES} can be labelled one by one.`,
  );
}

/** The frames of a list as ranges. Each frame is given once; the order does not matter. */
export function framesToRanges(frames: Iterable<number>): RangePair[] {
  const ranges: [number, number][] = [];
  for (const frame of [...frames].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] + 1 === frame) last[1] = frame;
    else ranges.push([frame, frame]);
  }
  return ranges;
}

/** A set of whole numbers as sorted ranges that neither overlap nor touch. */
export class Ranges {
  #pairs: [number, number][] = [];

  constructor(pairs: Iterable<RangePair> = []) {
    for (const [start, end] of pairs) this.add(start, end);
  }

  get isEmpty(): boolean {
    return this.#pairs.length === 0;
  }

  /** How many numbers are in it. */
  get size(): number {
    return this.#pairs.reduce((sum, [start, end]) => sum + end - start + 1, 0);
  }

  get first(): number | undefined {
    return this.#pairs[0]?.[0];
  }

  get last(): number | undefined {
    return this.#pairs.at(-1)?.[1];
  }

  has(value: number): boolean {
    const pair = this.#pairs[this.#indexReaching(value)];
    return pair !== undefined && pair[0] <= value;
  }

  add(start: number, end: number): void {
    const last = this.#pairs.at(-1);
    // Ranges mostly come in order: then there is nothing to search and nothing to move.
    if (!last || last[1] + 1 < start) {
      this.#pairs.push([start, end]);
      return;
    }
    const from = this.#indexReaching(start - 1);
    let to = from;
    let merged: [number, number] = [start, end];
    for (let pair = this.#pairs[to]; pair && pair[0] <= end + 1; pair = this.#pairs[to]) {
      merged = [Math.min(merged[0], pair[0]), Math.max(merged[1], pair[1])];
      to++;
    }
    this.#pairs.splice(from, to - from, merged);
  }

  addAll(ranges: Ranges): void {
    for (const [start, end] of ranges.pairs()) this.add(start, end);
  }

  remove(start: number, end: number): void {
    const from = this.#indexReaching(start);
    let to = from;
    const rest: [number, number][] = [];
    for (let pair = this.#pairs[to]; pair && pair[0] <= end; pair = this.#pairs[to]) {
      if (pair[0] < start) rest.push([pair[0], start - 1]);
      if (pair[1] > end) rest.push([end + 1, pair[1]]);
      to++;
    }
    this.#pairs.splice(from, to - from, ...rest);
  }

  removeAll(ranges: Ranges): void {
    for (const [start, end] of ranges.pairs()) this.remove(start, end);
  }

  /** The numbers that are in both. */
  intersect(other: Ranges): Ranges {
    const common = new Ranges();
    for (const [start, end] of other.#pairs) {
      for (let i = this.#indexReaching(start); i < this.#pairs.length; i++) {
        const pair = this.#pairs[i];
        if (!pair || pair[0] > end) break;
        common.#pairs.push([Math.max(start, pair[0]), Math.min(end, pair[1])]);
      }
    }
    return common;
  }

  copy(): Ranges {
    const copy = new Ranges();
    copy.#pairs = this.pairs();
    return copy;
  }

  /** As pairs, the form of Encord's JSON; a copy. */
  pairs(): [number, number][] {
    return this.#pairs.map(([start, end]) => [start, end]);
  }

  /** Every number, ascending. */
  *values(): Generator<number, void, undefined> {
    for (const [start, end] of this.#pairs) for (let value = start; value <= end; value++) yield value;
  }

  /** For messages: `0 to 3, 7`. */
  toString(): string {
    return this.#pairs.map(([start, end]) => (start === end ? `${start}` : `${start} to ${end}`)).join(", ");
  }

  /** Index of the first range that ends at `value` or later. */
  #indexReaching(value: number): number {
    let low = 0;
    let high = this.#pairs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const pair = this.#pairs[middle];
      if (pair && pair[1] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
