/**
 * Fetched pieces of a file, up to a number of bytes; the least recently used are dropped first. Pieces never overlap, because
 * only what is missing is fetched.
 */

/** A fetched piece. */
export interface Extent {
  readonly start: number;
  readonly bytes: Uint8Array;
}

export class ExtentCache {
  readonly #limit: number;
  /** The most recently used is last. */
  readonly #extents: Extent[] = [];
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#total;
  }

  /** The piece that holds the byte at `position`. */
  find(position: number): Extent | undefined {
    for (let i = this.#extents.length - 1; i >= 0; i--) {
      const extent = this.#extents[i] as Extent;
      if (extent.start <= position && position < extent.start + extent.bytes.length) {
        this.#extents.push(...this.#extents.splice(i, 1));
        return extent;
      }
    }
    return undefined;
  }

  /** Where the first piece after `position` starts; `end` when there is none before it. */
  nextStart(position: number, end: number): number {
    let next = end;
    for (const { start } of this.#extents) if (start > position && start < next) next = start;
    return next;
  }

  /** Keeps a piece, and drops the least recently used ones beyond the limit; the new one always stays. */
  add(extent: Extent): void {
    if (extent.bytes.length === 0) return;
    this.#extents.push(extent);
    this.#total += extent.bytes.length;
    while (this.#total > this.#limit && this.#extents.length > 1) {
      this.#total -= this.#extents.shift()?.bytes.length ?? 0;
    }
  }
}
