/** How TIFF packs the bytes of a strip or tile (TIFF 6.0, sections 9 and 13; Deflate by its supplement 2). Damage throws `corrupt`. */
import { MediaError } from "../errors.ts";

/** TIFF's LZW (section 13): codes of 9 to 12 bits, most bit first, widened one code early. */
export function unpackLzw(data: Uint8Array, size: number): Uint8Array {
  const prefix = new Uint16Array(4096);
  const suffix = new Uint8Array(4096);
  const length = new Uint16Array(4096);
  for (let i = 0; i < 256; i++) {
    suffix[i] = i;
    length[i] = 1;
  }
  const out = new Uint8Array(size);
  let [bits, next, previous] = [9, 258, -1];
  let [held, heldBits, at, written] = [0, 0, 0, 0];
  while (written < size) {
    while (heldBits < bits && at < data.length) {
      held = ((held << 8) | (data[at++] as number)) & 0xff_ffff;
      heldBits += 8;
    }
    if (heldBits < bits) break;
    const code = (held >> (heldBits - bits)) & ((1 << bits) - 1);
    heldBits -= bits;
    if (code === 257) break;
    if (code === 256) {
      [bits, next, previous] = [9, 258, -1];
      continue;
    }
    if (code > next || (code === next && previous < 0)) throw damagedTiff("its LZW data makes no sense");
    const known = code < next ? code : previous;
    const run = (length[known] as number) + (code < next ? 0 : 1);
    let to = written + (length[known] as number) - 1;
    let first = 0;
    for (let walk = known, left = length[known] as number; left > 0; left--) {
      first = suffix[walk] as number;
      if (to < size) out[to] = first;
      to--;
      walk = prefix[walk] as number;
    }
    if (code === next && written + run - 1 < size) out[written + run - 1] = first;
    written += run;
    if (previous >= 0 && next < 4096) {
      prefix[next] = previous;
      suffix[next] = first;
      length[next] = (length[previous] as number) + 1;
      next++;
    }
    previous = code;
    bits = next >= 2047 ? 12 : next >= 1023 ? 11 : next >= 511 ? 10 : 9;
  }
  return out.subarray(0, Math.min(written, size));
}

/** PackBits (section 9). */
export function unpackBits(data: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  let written = 0;
  for (let at = 0; at < data.length && written < size; ) {
    const count = data[at++] as number;
    if (count < 128) {
      const plain = data.subarray(at, at + Math.min(count + 1, size - written));
      out.set(plain, written);
      at += count + 1;
      written += plain.length;
    } else if (count > 128) {
      out.fill(data[at++] ?? 0, written, written + 257 - count);
      written += 257 - count;
    }
  }
  return out.subarray(0, Math.min(written, size));
}

/** At most `size` bytes out of a zlib stream; what comes after them is left. */
export async function inflate(data: Uint8Array, size: number): Promise<Uint8Array> {
  const out = new Uint8Array(size);
  let written = 0;
  const reader = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  try {
    while (written < size) {
      const { done, value } = await reader.read();
      if (done) break;
      out.set(value.subarray(0, size - written), written);
      written += value.length;
    }
  } catch (cause) {
    throw damagedTiff("its compressed data cannot be inflated", cause);
  } finally {
    await reader.cancel().catch(() => {});
  }
  return out.subarray(0, Math.min(written, size));
}

/** The error for a TIFF that contradicts itself. */
export function damagedTiff(why: string, cause?: unknown): MediaError {
  return new MediaError("corrupt", `The TIFF cannot be decoded: ${why}.`, { cause });
}
