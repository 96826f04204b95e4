/**
 * Packed 8-bit RGB and the turns a camera may ask for. Nothing here knows of files; a wrong size is the caller's bug and
 * throws a `RangeError`.
 */

/** An image in memory: `data` holds `height` rows of `width` pixels, three bytes (R, G, B) each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** EXIF orientation: 1 is upright, 2 to 8 are the mirrored and turned forms of tag 0x0112. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** The same picture upright, as EXIF (CIPA DC-008, tag 0x0112) defines it. Orientation 1 gives back `pixels` itself. */
export function uprightPixels(pixels: Pixels, orientation: Orientation): Pixels {
  if (orientation === 1) return pixels;
  const { width, height, data } = pixels;
  const swapped = orientation >= 5;
  const outWidth = swapped ? height : width;
  const outHeight = swapped ? width : height;
  const out = new Uint8Array(width * height * 3);
  // Walking the output in order, the source moves by `stepX` per pixel and `stepY` per row, from `start`.
  const flipX = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
  const flipY = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
  const start = (flipX ? width - 1 : 0) + (flipY ? (height - 1) * width : 0);
  const alongX = flipX ? -1 : 1;
  const alongY = flipY ? -width : width;
  const stepX = swapped ? alongY : alongX;
  const stepY = swapped ? alongX : alongY;
  let to = 0;
  for (let y = 0; y < outHeight; y++) {
    let from = (start + y * stepY) * 3;
    for (let x = 0; x < outWidth; x++) {
      out[to] = data[from] as number;
      out[to + 1] = data[from + 1] as number;
      out[to + 2] = data[from + 2] as number;
      to += 3;
      from += stepX * 3;
    }
  }
  return { width: outWidth, height: outHeight, data: out };
}
