import type { Pixels } from "../../src/media/pixels.ts";

/** The fixture's grid: the rounded mean colour of 8 x 8 cells, 192 bytes (see test/fixtures/media/truth.json). */
export function gridOf({ width, height, data }: Pixels): Uint8Array {
  const grid = new Uint8Array(192);
  for (let i = 0; i < 8; i++) {
    for (let j = 0; j < 8; j++) {
      const [top, bottom] = [Math.floor((i * height) / 8), Math.floor(((i + 1) * height) / 8)];
      const [left, right] = [Math.floor((j * width) / 8), Math.floor(((j + 1) * width) / 8)];
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) sum += data[(y * width + x) * 3 + channel] as number;
        }
        grid[(i * 8 + j) * 3 + channel] = Math.round(sum / ((bottom - top) * (right - left)));
      }
    }
  }
  return grid;
}

/** The largest difference between a picture's grid and the base64 text of the expected one. */
export function gridDistance(pixels: Pixels, expected: string): number {
  const truth = Uint8Array.from(atob(expected), (char) => char.charCodeAt(0));
  const grid = gridOf(pixels);
  return grid.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (truth[i] as number))), 0);
}

/** The bytes of a file below test/fixtures/media. */
export async function mediaFixture(path: string): Promise<Uint8Array> {
  const response = await fetch(`https://fixtures.test/media/${path}`);
  if (!response.ok) throw new Error(await response.text());
  return new Uint8Array(await response.arrayBuffer());
}

/** SHA-256 in hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
