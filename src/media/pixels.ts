/**
 * Packed 8-bit RGB, and the ways a camera may ask to turn it upright. Nothing here knows of files.
 */

/** An image in memory: `data` holds `height` rows of `width` pixels, three bytes (R, G, B) each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** EXIF orientation (tag 0x0112): 1 is upright, 2 to 8 are mirrored or turned. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** An upright picture, filled with the rows of the stored one as they are decoded, so that it exists in memory only once. */
export class UprightPicture implements Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  readonly #stored: { width: number; height: number };
  readonly #orientation: Orientation;

  /** `width` and `height` are those of the stored picture. */
  constructor(width: number, height: number, orientation: Orientation) {
    const swapped = orientation >= 5;
    this.width = swapped ? height : width;
    this.height = swapped ? width : height;
    this.data = new Uint8Array(width * height * 3);
    this.#stored = { width, height };
    this.#orientation = orientation;
  }

  /** Puts stored rows, from number `row` on, where they belong; `rgb` holds one or more of them, packed. */
  put(row: number, rgb: Uint8Array): void {
    const { width, height } = this.#stored;
    const orientation = this.#orientation;
    if (orientation === 1) {
      this.data.set(rgb, row * width * 3);
      return;
    }
    const { data } = this;
    const mirrorX = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
    const mirrorY = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
    // Along a stored row, the place in the upright picture moves by `step`; orientations from 5 on turn rows into columns.
    const stride = orientation >= 5 ? height : 1;
    const step = (mirrorX ? -stride : stride) * 3;
    const rows = Math.floor(rgb.length / (width * 3));
    let from = 0;
    for (let i = 0; i < rows; i++) {
      const across = mirrorY ? height - 1 - (row + i) : row + i;
      const along = mirrorX ? width - 1 : 0;
      let to = (orientation >= 5 ? along * height + across : across * width + along) * 3;
      for (let x = 0; x < width; x++) {
        data[to] = rgb[from] as number;
        data[to + 1] = rgb[from + 1] as number;
        data[to + 2] = rgb[from + 2] as number;
        from += 3;
        to += step;
      }
    }
  }
}
