/**
 * A TIFF's samples to packed RGB, with libtiff's arithmetic: 16 bits become 8, palettes and CMYK become RGB, alpha is multiplied in
 * if the file did not, and YCbCr is converted with the file's own coefficients. Rows in, rows out; nothing throws.
 */
import { CMYK, PALETTE, RGB, type TiffLayout, WHITE_IS_ZERO, YCC, type YccLayout } from "./tiff-layout.ts";

/** Puts the samples of a block's row where they belong in the picture's row, as values of 8 bits (or palette indexes). */
export function spreadValues(
  row: Uint8Array,
  { bits, samples, planar, little, photometric }: TiffLayout,
  values: Uint8Array,
  left: number,
  pixels: number,
  plane: number,
): void {
  const perPixel = planar ? 1 : samples;
  if (bits === 8 && !planar) {
    values.set(row.subarray(0, pixels * samples), left * samples);
    return;
  }
  const upper = little ? 1 : 0;
  const rounds = photometric === RGB;
  const highest = (1 << bits) - 1;
  const scale = photometric === PALETTE ? 1 : 255 / highest;
  for (let i = 0; i < pixels * perPixel; i++) {
    const to = planar ? (left + i) * samples + plane : left * samples + i;
    if (bits === 8) values[to] = row[i] as number;
    else if (bits === 16)
      values[to] = eightBits(row[i * 2 + upper] as number, row[i * 2 + 1 - upper] as number, rounds);
    else values[to] = (((row[(i * bits) >> 3] as number) >> (8 - bits - ((i * bits) & 7))) & highest) * scale;
  }
}

/** The upper 8 of 16 bits; for RGB, libtiff takes the nearest 8-bit value. */
function eightBits(upper: number, lower: number, rounds: boolean): number {
  return rounds ? ((upper * 256 + lower + 128) / 257) | 0 : upper;
}

/** A row of values as RGB. */
export function coloursOf(
  values: Uint8Array,
  { photometric, samples, colorMap, bits, freeAlpha }: TiffLayout,
  rgb: Uint8Array,
): void {
  const entries = 1 << bits;
  // Some writers fill the 16-bit map with 8-bit values.
  const mapShift = colorMap.some((value) => value > 255) ? 8 : 0;
  for (let to = 0, from = 0; to < rgb.length; to += 3, from += samples) {
    const value = values[from] as number;
    if (photometric === RGB || photometric === YCC) {
      rgb[to] = value;
      rgb[to + 1] = values[from + 1] as number;
      rgb[to + 2] = values[from + 2] as number;
      if (!freeAlpha) continue;
      const alpha = values[from + 3] as number;
      for (let i = to; i < to + 3; i++) rgb[i] = ((rgb[i] as number) * alpha + 127) / 255;
    } else if (photometric === PALETTE) {
      for (let i = 0; i < 3; i++) rgb[to + i] = (colorMap[i * entries + value] ?? 0) >> mapShift;
    } else if (photometric === CMYK) {
      const light = 255 - (values[from + 3] as number);
      for (let i = 0; i < 3; i++) rgb[to + i] = ((255 - (values[from + i] as number)) * light) / 255;
    } else {
      const gray = photometric === WHITE_IS_ZERO ? 255 - value : value;
      rgb[to] = rgb[to + 1] = rgb[to + 2] = gray;
    }
  }
}

/** Fractional bits in libtiff's tables. */
const SHIFT = 16;

/** YCbCr to RGB by tables of whole numbers, as in libtiff. */
export class YccColours {
  readonly #luma = new Int32Array(256);
  readonly #redOfCr = new Int32Array(256);
  readonly #blueOfCb = new Int32Array(256);
  readonly #greenOfCr = new Int32Array(256);
  readonly #greenOfCb = new Int32Array(256);

  constructor({ coefficients, blackWhite }: YccLayout) {
    const [red, green, blue] = coefficients as [number, number, number];
    const [yBlack, yWhite, cbBlack, cbWhite, crBlack, crWhite] = blackWhite as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const fix = (value: number) => Math.trunc(Math.min(2, Math.max(0, value)) * (1 << SHIFT) + 0.5);
    const ofCr = 2 - 2 * red;
    const ofCb = 2 - 2 * blue;
    const [d1, d2, d3, d4] = [fix(ofCr), -fix((red * ofCr) / green), fix(ofCb), -fix((blue * ofCb) / green)];
    const scaled = (value: number, black: number, white: number, range: number) => {
      const limit = 128 * 32;
      return Math.trunc(
        Math.min(limit, Math.max(-limit, ((value - Math.trunc(black)) * range) / (white - black || 1))),
      );
    };
    for (let i = 0; i < 256; i++) {
      const cr = scaled(i - 128, crBlack - 128, crWhite - 128, 127);
      const cb = scaled(i - 128, cbBlack - 128, cbWhite - 128, 127);
      this.#luma[i] = scaled(i, yBlack, yWhite, 255);
      this.#redOfCr[i] = (d1 * cr + (1 << (SHIFT - 1))) >> SHIFT;
      this.#blueOfCb[i] = (d3 * cb + (1 << (SHIFT - 1))) >> SHIFT;
      this.#greenOfCr[i] = d2 * cr;
      this.#greenOfCb[i] = d4 * cb + (1 << (SHIFT - 1));
    }
  }

  /**
   * Converts one row of pixels.
   *
   * @param units the row of groups that it belongs to: the luma samples of each group, row by row, then its Cb and Cr
   * @param line the row's number in the groups
   */
  put(
    units: Uint8Array,
    line: number,
    { across, down }: YccLayout,
    values: Uint8Array,
    left: number,
    pixels: number,
  ): void {
    const unitBytes = across * down + 2;
    for (let x = 0; x < pixels; x++) {
      const unit = Math.floor(x / across) * unitBytes;
      const y = this.#luma[units[unit + line * across + (x % across)] as number] as number;
      const cb = units[unit + unitBytes - 2] as number;
      const cr = units[unit + unitBytes - 1] as number;
      const to = (left + x) * 3;
      values[to] = eightBitsOf(y + (this.#redOfCr[cr] as number));
      values[to + 1] = eightBitsOf(
        y + (((this.#greenOfCb[cb] as number) + (this.#greenOfCr[cr] as number)) >> SHIFT),
      );
      values[to + 2] = eightBitsOf(y + (this.#blueOfCb[cb] as number));
    }
  }
}

function eightBitsOf(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
