import { describe, expect, it } from "vitest";
import { randomHashes, seededHashes } from "../../src/encord/hashes.ts";

const take = (count: number, source: () => string) => Array.from({ length: count }, source);

describe("hashes of objects and classifications", () => {
  it("have the form of the Python SDK: six bytes in base64", () => {
    for (const hash of [...take(100, randomHashes()), ...take(100, seededHashes("seed"))]) {
      expect(hash).toMatch(/^[A-Za-z0-9+/]{8}$/);
    }
  });

  it("the same seed gives the same sequence, another seed another", () => {
    expect(take(50, seededHashes("task/1"))).toEqual(take(50, seededHashes("task/1")));
    const shared = new Set(take(1000, seededHashes("task/1")));
    expect(take(1000, seededHashes("task/2")).filter((hash) => shared.has(hash))).toEqual([]);
  });

  it("the sequence never changes between versions: saved labels depend on it", () => {
    expect(take(3, seededHashes("7a5c0000-0000-4000-8000-000000000001/1"))).toEqual([
      "BQB5zY5o",
      "4J2W2FwB",
      "VqGs4Xxb",
    ]);
  });

  it("do not repeat within a hundred thousand", () => {
    expect(new Set(take(100_000, seededHashes("x"))).size).toBe(100_000);
    expect(new Set(take(10_000, randomHashes())).size).toBe(10_000);
  });

  it("every bit of a hash is used about half of the time", () => {
    const counts = new Array<number>(48).fill(0);
    for (const hash of take(4000, seededHashes("bits"))) {
      const bytes = Uint8Array.from(atob(hash), (char) => char.charCodeAt(0));
      for (let bit = 0; bit < 48; bit++) {
        counts[bit] = (counts[bit] ?? 0) + (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1);
      }
    }
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });
});
