/** Draws lines, dots and tints on a copy of a frame. What lies outside is cut off. */

import { Frame, type PixelBox } from "../media/index.ts";

/** Red, green, blue, 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** A point in pixels; fractions lie between pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A copy of a frame to draw on. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #data: Uint8Array;
  readonly #frame: number;

  constructor(frame: Frame) {
    this.width = frame.width;
    this.height = frame.height;
    this.#frame = frame.frame;
    this.#data = frame.data.slice();
  }

  toFrame(): Frame {
    return new Frame({ frame: this.#frame, width: this.width, height: this.height, data: this.#data });
  }

  /** A square of `size` pixels around a point. */
  dot({ x, y }: Place, size: number, color: Color): void {
    const left = Math.round(x - size / 2);
    const top = Math.round(y - size / 2);
    this.fill({ left, top, right: left + size, bottom: top + size }, color);
  }

  /** A filled box; `right` and `bottom` are exclusive. */
  fill(box: PixelBox, color: Color): void {
    const [left, right] = [Math.max(0, box.left), Math.min(this.width, box.right)];
    for (let y = Math.max(0, box.top); y < Math.min(this.height, box.bottom); y++) {
      for (let x = left; x < right; x++) this.#data.set(color, (y * this.width + x) * 3);
    }
  }

  /** A line `thickness` pixels wide. */
  line(from: Place, to: Place, thickness: number, color: Color): void {
    const steps = Math.ceil(Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y)));
    // A line that leads far outside would waste its time on pixels that nobody sees.
    if (!(steps <= 4 * (this.width + this.height))) return;
    for (let step = 0; step <= steps; step++) {
      const part = steps === 0 ? 0 : step / steps;
      this.dot({ x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }, thickness, color);
    }
  }

  /** Lines from point to point; `closed` joins the last to the first. */
  path(places: readonly Place[], closed: boolean, thickness: number, color: Color): void {
    for (const [i, from] of places.entries()) {
      const to = places[i + 1] ?? (closed ? places[0] : undefined);
      if (to) this.line(from, to, thickness, color);
    }
  }

  /** Mixes the color half and half into every pixel for which `covers` is true. */
  tint(covers: (x: number, y: number) => boolean, color: Color): void {
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) {
        if (!covers(x, y)) continue;
        const at = (y * this.width + x) * 3;
        for (let i = 0; i < 3; i++) this.#data[at + i] = ((this.#data[at + i] ?? 0) + (color[i] ?? 0)) >> 1;
      }
    }
  }
}
