/**
 * State and media in the SQLite of a Durable Object. A row has at most 2 MB, so documents and files are cut into parts. Writes are
 * synchronous, and the runtime holds an answer back until they are on disk.
 */

import type { Change } from "./collection.ts";
import {
  type EmulatorStorage,
  factsOf,
  type MediaFacts,
  type MediaStorage,
  type StoredDocument,
} from "./storage.ts";

/** In UTF-16 units: at most 1.5 MB of UTF-8. */
const DOCUMENT_PART = 500_000;
const MEDIA_PART = 1_000_000;

export class DurableStorage implements EmulatorStorage {
  readonly media: MediaStorage;
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS document (
        kind TEXT NOT NULL, id TEXT NOT NULL, part INTEGER NOT NULL, position INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (kind, id, part)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS media (
        name TEXT NOT NULL, part INTEGER NOT NULL, facts TEXT NOT NULL, bytes BLOB NOT NULL,
        PRIMARY KEY (name, part)
      );
    `);
    this.media = new SqlMedia(storage);
  }

  *load(): Iterable<StoredDocument> {
    const rows = this.#storage.sql.exec<{
      kind: string;
      id: string;
      part: number;
      position: number;
      body: string;
    }>("SELECT kind, id, part, position, body FROM document ORDER BY kind, position, id, part");
    let open: { kind: string; id: string; position: number; text: string } | null = null;
    const close = ({ kind, id, position, text }: NonNullable<typeof open>): StoredDocument => ({
      kind,
      id,
      position,
      document: JSON.parse(text),
    });
    for (const { kind, id, part, position, body } of rows) {
      if (part > 0 && open) {
        open.text += body;
        continue;
      }
      if (open) yield close(open);
      open = { kind, id, position, text: body };
    }
    if (open) yield close(open);
  }

  write(changes: readonly Change[]): void {
    this.#storage.transactionSync(() => {
      const { sql } = this.#storage;
      for (const { kind, id, position, document } of changes) {
        sql.exec("DELETE FROM document WHERE kind = ? AND id = ?", kind, id);
        if (document === undefined) continue;
        const text = JSON.stringify(document);
        for (const [part, body] of partsOf(text).entries()) {
          sql.exec("INSERT INTO document VALUES (?, ?, ?, ?, ?)", kind, id, part, position, body);
        }
      }
    });
  }
}

/** Cuts a text into parts, but no surrogate pair: SQLite stores UTF-8, in which half of one would be lost. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = Math.min(start + DOCUMENT_PART, text.length);
    const last = text.charCodeAt(end - 1);
    const whole = end < text.length && last >= 0xd800 && last < 0xdc00 ? end - 1 : end;
    parts.push(text.slice(start, whole));
    start = whole;
  }
  return parts;
}

class SqlMedia implements MediaStorage {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  put(name: string, bytes: Uint8Array): void {
    this.#storage.transactionSync(() => {
      const { sql } = this.#storage;
      sql.exec("DELETE FROM media WHERE name = ?", name);
      const facts = JSON.stringify(factsOf(bytes));
      for (let part = 0; part === 0 || part * MEDIA_PART < bytes.length; part++) {
        const piece = bytes.slice(part * MEDIA_PART, (part + 1) * MEDIA_PART);
        sql.exec("INSERT INTO media VALUES (?, ?, ?, ?)", name, part, facts, piece.buffer);
      }
    });
  }

  async look(name: string): Promise<MediaFacts | null> {
    return this.glance(name);
  }

  glance(name: string): MediaFacts | null {
    const rows = this.#storage.sql.exec<{ facts: string }>(
      "SELECT facts FROM media WHERE name = ? AND part = 0",
      name,
    );
    const [row] = rows.toArray();
    return row ? (JSON.parse(row.facts) as MediaFacts) : null;
  }

  async read(name: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const rows = this.#storage.sql.exec<{ part: number; bytes: ArrayBuffer }>(
      "SELECT part, bytes FROM media WHERE name = ? AND part BETWEEN ? AND ? ORDER BY part",
      name,
      Math.floor(start / MEDIA_PART),
      Math.floor(Math.max(start, end - 1) / MEDIA_PART),
    );
    const result = new Uint8Array(Math.max(0, end - start));
    for (const { part, bytes } of rows) {
      const offset = part * MEDIA_PART;
      const from = Math.max(0, start - offset);
      const to = Math.min(bytes.byteLength, end - offset);
      if (from < to) result.set(new Uint8Array(bytes, from, to - from), offset + from - start);
    }
    return result;
  }

  clear(): void {
    this.#storage.sql.exec("DELETE FROM media");
  }
}
