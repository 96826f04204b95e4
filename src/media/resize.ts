/**
 * Scaling of 8-bit RGB with OpenCV's arithmetic: `INTER_AREA` when no side grows, else `INTER_LINEAR`
 * (modules/imgproc/src/resize.cpp: its tables, its fixed-point weights, its rounding). `planResize` checks sizes; the rest trusts them.
 */
import type { Pixels } from "./pixels.ts";

/** What to do when the size asked for has other proportions than the picture. */
export type Fit = "fill" | "contain" | "cover";

/** The size asked for, in pixels. If only one side is given, the other follows the proportions. */
export interface ResizeOptions {
  readonly width?: number;
  readonly height?: number;
  /** With both sides: stretch ("fill", the default), stay inside ("contain"), or cover the size and cut the rest ("cover"). */
  readonly fit?: Fit;
}

/** The scaled size, and what is cut from its middle afterwards (for "cover"). */
export interface ResizePlan {
  readonly scaledWidth: number;
  readonly scaledHeight: number;
  readonly width: number;
  readonly height: number;
}

/** Works out the sizes for `options`; a side has at least one pixel. Throws a `RangeError` for a side that is not from 1 to 65535. */
export function planResize(source: { width: number; height: number }, options: ResizeOptions): ResizePlan {
  for (const side of [options.width, options.height]) {
    if (side !== undefined && !(Number.isInteger(side) && side >= 1 && side <= 65_535)) {
      throw new RangeError(
        `A frame cannot be resized to ${side} pixels: a side is a whole number from 1 to 65535.`,
      );
    }
  }
  const { width, height, fit = "fill" } = options;
  if (width === undefined && height === undefined) return plan(source.width, source.height);
  if (width === undefined || height === undefined) {
    const scale = width === undefined ? (height as number) / source.height : width / source.width;
    return plan(width ?? side(source.width * scale), height ?? side(source.height * scale));
  }
  if (fit === "fill") return plan(width, height);
  const scales = [width / source.width, height / source.height];
  const scale = fit === "contain" ? Math.min(...scales) : Math.max(...scales);
  const scaledWidth = side(source.width * scale);
  const scaledHeight = side(source.height * scale);
  if (fit === "contain") return plan(Math.min(width, scaledWidth), Math.min(height, scaledHeight));
  return {
    scaledWidth: Math.max(width, scaledWidth),
    scaledHeight: Math.max(height, scaledHeight),
    width,
    height,
  };
}

function plan(width: number, height: number): ResizePlan {
  return { scaledWidth: width, scaledHeight: height, width, height };
}

function side(length: number): number {
  return Math.max(1, Math.round(length));
}

/** `source` scaled to exactly `width` x `height`. */
export function scalePixels(source: Pixels, width: number, height: number): Pixels {
  if (source.width === width && source.height === height) return source;
  const shrinks = width <= source.width && height <= source.height;
  return {
    width,
    height,
    data: shrinks ? shrinkByArea(source, width, height) : scaleLinearly(source, width, height),
  };
}

/** Shrinks a picture whose rows arrive one by one, so that it never exists in full size. */
export interface RowShrinker {
  /** The result; complete after the last row. */
  readonly data: Uint8Array;
  /** Takes the next row of the source, packed RGB. */
  put(row: Uint8Array): void;
}

/** Shrinks `source` to `width` x `height`, neither of which may be larger, by `INTER_AREA`. */
export function rowShrinker(
  source: { width: number; height: number },
  width: number,
  height: number,
): RowShrinker {
  const isWhole = source.width % width === 0 && source.height % height === 0;
  return isWhole ? new CellShrinker(source, width, height) : new AreaShrinker(source, width, height);
}

function shrinkByArea(source: Pixels, width: number, height: number): Uint8Array {
  const shrinker = rowShrinker(source, width, height);
  const stride = source.width * 3;
  for (let at = 0; at < source.data.length; at += stride) shrinker.put(source.data.subarray(at, at + stride));
  return shrinker.data;
}

/** For any factor: a source pixel counts by the share of it that a target pixel covers. */
class AreaShrinker implements RowShrinker {
  readonly data: Uint8Array;
  readonly #columns: AreaTable;
  readonly #rows: AreaTable;
  readonly #stride: number;
  readonly #line: Float32Array;
  readonly #sum: Float32Array;
  /** The number of the next source row, and the first entry of the table that may need it. */
  #row = 0;
  #entry = 0;

  constructor(source: { width: number; height: number }, width: number, height: number) {
    this.#columns = areaTable(source.width, width);
    this.#rows = areaTable(source.height, height);
    this.#stride = width * 3;
    this.#line = new Float32Array(this.#stride);
    this.#sum = new Float32Array(this.#stride);
    this.data = new Uint8Array(height * this.#stride);
  }

  put(source: Uint8Array): void {
    const { from, to, weight } = this.#rows;
    const row = this.#row++;
    if (from[this.#entry] !== row) return;
    this.#addUp(source);
    // A source row across an edge counts for the target row that ends in it and for the next one.
    for (; from[this.#entry] === row; this.#entry++) {
      const entry = this.#entry;
      const share = weight[entry] as number;
      for (let i = 0; i < this.#stride; i++)
        this.#sum[i] = (this.#sum[i] as number) + Math.fround((this.#line[i] as number) * share);
      if (to[entry + 1] !== to[entry]) this.#finish(to[entry] as number);
    }
  }

  /** One row of the source at the target's width. */
  #addUp(source: Uint8Array): void {
    const { from, to, weight } = this.#columns;
    const line = this.#line.fill(0);
    for (let c = 0; c < from.length; c++) {
      const share = weight[c] as number;
      const at = (from[c] as number) * 3;
      const x = (to[c] as number) * 3;
      line[x] = (line[x] as number) + Math.fround((source[at] as number) * share);
      line[x + 1] = (line[x + 1] as number) + Math.fround((source[at + 1] as number) * share);
      line[x + 2] = (line[x + 2] as number) + Math.fround((source[at + 2] as number) * share);
    }
  }

  #finish(target: number): void {
    const at = target * this.#stride;
    for (let i = 0; i < this.#stride; i++) this.data[at + i] = roundHalfEven(this.#sum[i] as number);
    this.#sum.fill(0);
  }
}

/** For whole factors: the mean of a cell of pixels. */
class CellShrinker implements RowShrinker {
  readonly data: Uint8Array;
  readonly #cellX: number;
  readonly #cellY: number;
  readonly #sums: Int32Array;
  #rows = 0;
  #written = 0;

  constructor(source: { width: number; height: number }, width: number, height: number) {
    this.#cellX = source.width / width;
    this.#cellY = source.height / height;
    this.#sums = new Int32Array(width * 3);
    this.data = new Uint8Array(width * height * 3);
  }

  put(row: Uint8Array): void {
    const sums = this.#sums;
    const step = this.#cellX * 3;
    for (let to = 0, from = 0; to < sums.length; to += 3, from += step) {
      let [red, green, blue] = [0, 0, 0];
      for (let i = from; i < from + step; i += 3) {
        red += row[i] as number;
        green += row[i + 1] as number;
        blue += row[i + 2] as number;
      }
      sums[to] = (sums[to] as number) + red;
      sums[to + 1] = (sums[to + 1] as number) + green;
      sums[to + 2] = (sums[to + 2] as number) + blue;
    }
    if (++this.#rows === this.#cellY) this.#finish();
  }

  #finish(): void {
    const scale = Math.fround(1 / (this.#cellX * this.#cellY));
    const twoByTwo = this.#cellX === 2 && this.#cellY === 2; // OpenCV rounds these half up, all others half to even.
    for (const sum of this.#sums)
      this.data[this.#written++] = twoByTwo ? (sum + 2) >> 2 : roundHalfEven(Math.fround(sum * scale));
    this.#sums.fill(0);
    this.#rows = 0;
  }
}

/** By entry: a source cell, the target cell that it counts for, and its weight there. */
interface AreaTable {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weight: Float32Array;
}

function areaTable(sourceSize: number, targetSize: number): AreaTable {
  const scale = sourceSize / targetSize;
  const from: number[] = [];
  const to: number[] = [];
  const weight: number[] = [];
  const add = (source: number, target: number, share: number) => {
    from.push(source);
    to.push(target);
    weight.push(share);
  };
  for (let target = 0; target < targetSize; target++) {
    const start = target * scale;
    const end = start + scale;
    const cell = Math.min(scale, sourceSize - start);
    const last = Math.min(Math.floor(end), sourceSize - 1);
    const first = Math.min(Math.ceil(start), last);
    if (first - start > 1e-3) add(first - 1, target, (first - start) / cell);
    for (let i = first; i < last; i++) add(i, target, 1 / cell);
    if (end - last > 1e-3) add(last, target, Math.min(end - last, 1, cell) / cell);
  }
  return { from: Int32Array.from(from), to: Int32Array.from(to), weight: Float32Array.from(weight) };
}

/** Fixed-point weights, 11 bits, as OpenCV's INTER_RESIZE_COEF_BITS. */
const ONE = 2048;

function scaleLinearly(source: Pixels, width: number, height: number): Uint8Array {
  const columns = linearTable(source.width, width);
  const rows = linearTable(source.height, height);
  const stride = width * 3;
  const out = new Uint8Array(height * stride);
  const lines = [new Int32Array(stride), new Int32Array(stride)] as const;
  const held = [-1, -1];
  const lineOf = (row: number, avoid: number): 0 | 1 => {
    if (held[0] === row) return 0;
    if (held[1] === row) return 1;
    const slot = held[0] === avoid ? 1 : 0;
    stretchRow(source, row, columns, lines[slot]);
    held[slot] = row;
    return slot;
  };
  for (let y = 0; y < height; y++) {
    const top = rows.at[y] as number;
    const bottom = Math.min(top + 1, source.height - 1);
    const above = lines[lineOf(top, bottom)];
    const below = lines[lineOf(bottom, top)];
    const weightBelow = rows.weight[y] as number;
    const weightAbove = rows.rest[y] as number;
    for (let i = 0; i < stride; i++) {
      const upper = (weightAbove * ((above[i] as number) >> 4)) >> 16;
      const lower = (weightBelow * ((below[i] as number) >> 4)) >> 16;
      out[y * stride + i] = (upper + lower + 2) >> 2;
    }
  }
  return out;
}

function stretchRow(source: Pixels, row: number, columns: LinearTable, line: Int32Array): void {
  const base = row * source.width * 3;
  const lastColumn = source.width - 1;
  for (let x = 0, to = 0; x < columns.at.length; x++) {
    const column = columns.at[x] as number;
    const left = base + column * 3;
    const right = column < lastColumn ? left + 3 : left;
    const weight = columns.weight[x] as number;
    const rest = columns.rest[x] as number;
    for (let channel = 0; channel < 3; channel++) {
      line[to++] =
        (source.data[left + channel] as number) * rest + (source.data[right + channel] as number) * weight;
    }
  }
}

interface LinearTable {
  readonly at: Int32Array;
  /** Weight of the cell after `at`, of 2048. */
  readonly weight: Int32Array;
  readonly rest: Int32Array;
}

function linearTable(sourceSize: number, targetSize: number): LinearTable {
  const scale = sourceSize / targetSize;
  const at = new Int32Array(targetSize);
  const weight = new Int32Array(targetSize);
  const rest = new Int32Array(targetSize);
  for (let target = 0; target < targetSize; target++) {
    const position = Math.fround((target + 0.5) * scale - 0.5);
    let cell = Math.floor(position);
    let share = Math.fround(position - cell);
    if (cell < 0) [cell, share] = [0, 0];
    if (cell >= sourceSize - 1) [cell, share] = [sourceSize - 1, 0];
    at[target] = cell;
    weight[target] = roundHalfEven(share * ONE);
    rest[target] = roundHalfEven(Math.fround(1 - share) * ONE);
  }
  return { at, weight, rest };
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const above = value - floor;
  if (above !== 0.5) return above < 0.5 ? floor : floor + 1;
  return floor & 1 ? floor + 1 : floor;
}
