/**
 * Where an emulator keeps its state and its media. Once the answer to a request has left, everything given to `write` survives
 * a restart; a `write` is stored as a whole or not at all.
 */

import { type ImageSize, imageSize } from "../media/image-size.ts";
import type { Change } from "./collection.ts";

export interface StoredDocument {
  readonly kind: string;
  readonly id: string;
  readonly position: number;
  readonly document: unknown;
}

export interface EmulatorStorage {
  /** Everything that was stored, in the order of the positions. */
  load(): Iterable<StoredDocument>;
  write(changes: readonly Change[]): void;
  readonly media: MediaStorage;
}

export interface MediaStorage {
  put(name: string, bytes: Uint8Array): void;
  /** Null if there is no such file. */
  look(name: string): Promise<MediaFacts | null>;
  /** The same without waiting: null also for a file whose bytes have not been read yet. */
  glance(name: string): MediaFacts | null;
  /** The bytes from `start` to before `end`. */
  read(name: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  clear(): void;
}

export interface MediaFacts {
  /** Bytes. */
  readonly size: number;
  /** Differs if the content differs; without quotes. */
  readonly tag: string;
  /** The size of a picture; null for other files. */
  readonly image: ImageSize | null;
}

export function factsOf(bytes: Uint8Array): MediaFacts {
  return { size: bytes.byteLength, tag: contentTag(bytes), image: imageSize(bytes) };
}

/** FNV-1a over the bytes, with the size: enough to tell two versions of a test file apart. */
function contentTag(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${(hash >>> 0).toString(16).padStart(8, "0")}-${bytes.length.toString(16)}`;
}

/** A file that an in-process emulator serves: its bytes, or a function that reads them when they are needed. */
export type MediaSource = Uint8Array | (() => Uint8Array | Promise<Uint8Array>);

/** Keeps everything in this process. */
export class MemoryStorage implements EmulatorStorage {
  readonly media: MemoryMedia;

  constructor(media: Readonly<Record<string, MediaSource>> = {}) {
    this.media = new MemoryMedia(media);
  }

  load(): Iterable<StoredDocument> {
    return [];
  }

  write(): void {
    // The collections hold the documents already.
  }
}

class MemoryMedia implements MediaStorage {
  readonly #files: Map<string, MediaSource>;
  readonly #facts = new Map<string, MediaFacts>();

  constructor(files: Readonly<Record<string, MediaSource>>) {
    this.#files = new Map(Object.entries(files));
  }

  put(name: string, bytes: Uint8Array): void {
    this.#files.set(name, bytes);
    this.#facts.delete(name);
  }

  async look(name: string): Promise<MediaFacts | null> {
    await this.#bytes(name);
    return this.glance(name);
  }

  glance(name: string): MediaFacts | null {
    const known = this.#facts.get(name);
    if (known) return known;
    const source = this.#files.get(name);
    if (source === undefined || typeof source === "function") return null;
    const facts = factsOf(source);
    this.#facts.set(name, facts);
    return facts;
  }

  async read(name: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    return Uint8Array.from((await this.#bytes(name))?.subarray(start, end) ?? []);
  }

  clear(): void {
    this.#files.clear();
    this.#facts.clear();
  }

  async #bytes(name: string): Promise<Uint8Array | null> {
    const source = this.#files.get(name);
    if (typeof source !== "function") return source ?? null;
    const bytes = await source();
    this.#files.set(name, bytes);
    return bytes;
  }
}
