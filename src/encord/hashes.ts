/**
 * Where the hashes of new objects, classifications and tracks come from: six bytes in base64, eight characters, as the
 * Python SDK makes them. A seeded source gives the same sequence for the same seed, so that a repeated run writes over
 * what the lost one saved: cyrb128 (a hash of the text to 128 bits) seeds sfc32 (a generator with a period of 2^32 at
 * least). Neither is for secrets; both are public domain.
 */

/** The next hash; never the same twice from one source, for all practical purposes. */
export type HashSource = () => string;

/** Hashes from the runtime's randomness. */
export function randomHashes(): HashSource {
  return () => encode(crypto.getRandomValues(new Uint8Array(6)));
}

/** Hashes that depend on the seed alone. */
export function seededHashes(seed: string): HashSource {
  const next = sfc32(cyrb128(seed));
  return () => {
    const low = next();
    const high = next();
    return encode(Uint8Array.of(low, low >>> 8, low >>> 16, low >>> 24, high, high >>> 8));
  };
}

function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

type State = readonly [number, number, number, number];

function cyrb128(text: string): State {
  let h1 = 1779033703;
  let h2 = 3144134277;
  let h3 = 1013904242;
  let h4 = 2773480762;
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i);
    h1 = h2 ^ Math.imul(h1 ^ k, 597399067);
    h2 = h3 ^ Math.imul(h2 ^ k, 2869860233);
    h3 = h4 ^ Math.imul(h3 ^ k, 951274213);
    h4 = h1 ^ Math.imul(h4 ^ k, 2716044179);
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067);
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233);
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213);
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179);
  return [h1 ^ h2 ^ h3 ^ h4, h2 ^ h1, h3 ^ h1, h4 ^ h1];
}

function sfc32([a, b, c, d]: State): () => number {
  const next = () => {
    const t = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  };
  // The first outputs of sfc32 still show the seed.
  for (let i = 0; i < 15; i++) next();
  return next;
}
