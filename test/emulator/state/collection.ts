/** All documents of one kind, by id, in the order in which they were added; every change is passed on to be stored. */

/** A document to store, or to forget when `document` is undefined. */
export interface Change {
  readonly kind: string;
  readonly id: string;
  readonly position: number;
  readonly document: unknown;
}

export class Collection<T> {
  readonly kind: string;
  readonly #documents = new Map<string, { readonly position: number; readonly document: T }>();
  readonly #changed: (change: Change) => void;
  #nextPosition = 0;

  constructor(kind: string, changed: (change: Change) => void) {
    this.kind = kind;
    this.#changed = changed;
  }

  get size(): number {
    return this.#documents.size;
  }

  get(id: string): T | undefined {
    return this.#documents.get(id)?.document;
  }

  *values(): Generator<T> {
    for (const { document } of this.#documents.values()) yield document;
  }

  *entries(): Generator<readonly [id: string, document: T]> {
    for (const [id, { document }] of this.#documents) yield [id, document];
  }

  put(id: string, document: T): void {
    const position = this.#documents.get(id)?.position ?? this.#nextPosition++;
    this.#documents.set(id, { position, document });
    this.#changed({ kind: this.kind, id, position, document });
  }

  delete(id: string): void {
    const known = this.#documents.get(id);
    if (!known) return;
    this.#documents.delete(id);
    this.#changed({ kind: this.kind, id, position: known.position, document: undefined });
  }

  /** Adds a document that was stored before; they are loaded in the order of their positions. */
  load(id: string, position: number, document: T): void {
    this.#documents.set(id, { position, document });
    this.#nextPosition = Math.max(this.#nextPosition, position + 1);
  }

  clear(): void {
    for (const id of [...this.#documents.keys()]) this.delete(id);
  }
}
