/** Regions of an image: marked pixels that are joined side to side. */

/**
 * @param marks one number per pixel, row by row; 0 means not marked
 * @param least pixels of the smallest region to return
 * @returns the pixels of each region, in no particular order
 */
export function connectedRegions(
  marks: ArrayLike<number>,
  width: number,
  least = 1,
): readonly (readonly number[])[] {
  const seen = new Uint8Array(marks.length);
  const regions: number[][] = [];
  for (let start = 0; start < marks.length; start++) {
    if (seen[start] || !marks[start]) continue;
    const region = [start];
    seen[start] = 1;
    for (let next = 0; next < region.length; next++) {
      const pixel = region[next] ?? 0;
      const x = pixel % width;
      const neighbours = [
        x > 0 ? pixel - 1 : -1,
        x < width - 1 ? pixel + 1 : -1,
        pixel - width,
        pixel + width < marks.length ? pixel + width : -1,
      ];
      for (const each of neighbours) {
        if (each < 0 || seen[each] || !marks[each]) continue;
        seen[each] = 1;
        region.push(each);
      }
    }
    if (region.length >= least) regions.push(region);
  }
  return regions;
}

/** The smallest upright box around these pixels. */
export function boundsOf(pixels: readonly number[], width: number) {
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
  for (const pixel of pixels) {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + 1);
    bottom = Math.max(bottom, y + 1);
  }
  return { left, top, width: right - left, height: bottom - top };
}
