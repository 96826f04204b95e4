/** Damage of the kinds that files really have, and some they should not have; the same seed gives the same damage. */

declare module "vitest" {
  interface ProvidedContext {
    /** Damaged files per format. */
    mutations: number;
  }
}

/** Numbers from 0 up to 1 (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A damaged copy of `file`. */
export function mutate(file: Uint8Array, random: () => number): Uint8Array {
  const below = (limit: number) => Math.floor(random() * limit);
  // Headers decide most, so half of the damage goes there.
  const place = (length: number) => below(random() < 0.5 ? Math.min(length, 512) : length);
  let bytes: Uint8Array = file.slice();
  const rounds = 1 + below(4);
  for (let round = 0; round < rounds && bytes.length > 0; round++) {
    switch (below(7)) {
      case 0:
        for (let i = 1 + below(16); i > 0; i--) bytes[place(bytes.length)] = below(256);
        break;
      case 1:
        bytes[place(bytes.length)] = [0, 0xff, 0x7f, 0x80][below(4)] as number;
        break;
      case 2: {
        const at = place(bytes.length);
        bytes.set([0xff, 0xff, 0xff, 0xff].slice(0, bytes.length - at), at);
        break;
      }
      case 3:
        bytes = bytes.slice(0, below(bytes.length));
        break;
      case 4: {
        const at = place(bytes.length);
        bytes.fill(below(256), at, at + below(64));
        break;
      }
      case 5: {
        const from = place(bytes.length);
        bytes.copyWithin(place(bytes.length), from, from + below(256));
        break;
      }
      default: {
        const at = place(bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 << below(8));
      }
    }
  }
  return bytes;
}
