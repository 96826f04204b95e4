/**
 * One writer per label row: who wants to read labels, change them and write them back holds the row's lock meanwhile. One
 * object per project. Nobody waits here: who comes second is told, and decides whether to wait or to do it later; a batch
 * asks for all its rows at once and goes on with those it got, so there is no deadlock. A lock ends when its holder says so
 * or its time is up, also when the clock is set back meanwhile.
 */

import { DurableObject } from "cloudflare:workers";
import type { RowLocks } from "../agent/row-locks.ts";
import type { Environment } from "../settings.ts";
import { AHEAD_MS } from "./set-back-clock.ts";

export interface LabelLocksRpc {
  /** @returns those of the rows that the holder now has; asking again prolongs */
  acquire(holder: string, rows: readonly string[], forMs: number): Promise<readonly string[]>;
  /** Gives back everything that the holder has. */
  release(holder: string): Promise<void>;
}

export class LabelLocks extends DurableObject<Environment> implements LabelLocksRpc {
  /** The clock; tests put their own here. */
  now: () => number = Date.now;

  constructor(ctx: DurableObjectState, env: Environment) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS lock (row TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID",
    );
  }

  async acquire(holder: string, rows: readonly string[], forMs: number): Promise<readonly string[]> {
    const now = this.now();
    return this.ctx.storage.sql
      .exec<{ row: string }>(
        `INSERT INTO lock SELECT value, ?, ? FROM json_each(?) WHERE true
         ON CONFLICT DO UPDATE SET holder = excluded.holder, until = excluded.until
           WHERE lock.holder = excluded.holder OR lock.until <= ? OR lock.until > ?
         RETURNING row`,
        holder,
        now + forMs,
        JSON.stringify(rows),
        now,
        now + AHEAD_MS,
      )
      .toArray()
      .map(({ row }) => row);
  }

  async release(holder: string): Promise<void> {
    // Locks are few at any time: those of running batches and calls.
    this.ctx.storage.sql.exec("DELETE FROM lock WHERE holder = ? OR until <= ?", holder, this.now());
  }
}

/** The locks as one holder uses them, for `forMs` at a time; nothing is asked when nothing was taken. */
export class LockHolder implements RowLocks {
  readonly #locks: LabelLocksRpc;
  readonly #forMs: number;
  readonly #name = crypto.randomUUID();
  readonly #rows = new Set<string>();
  /** Also true when no answer came: the lock may have been granted all the same. */
  #asked = false;
  #released = false;

  constructor(locks: LabelLocksRpc, forMs: number) {
    this.#locks = locks;
    this.#forMs = forMs;
  }

  async acquire(rows: readonly string[]): Promise<readonly string[]> {
    this.#asked = true;
    const held = await this.#locks.acquire(this.#name, rows, this.#forMs);
    for (const row of held) this.#rows.add(row);
    // Its time was up while it asked: what came too late is given back.
    if (this.#released) {
      await this.release();
      return [];
    }
    return held;
  }

  /** Keeps what is held for another `forMs`. */
  async prolong(): Promise<void> {
    if (this.#rows.size > 0) await this.#locks.acquire(this.#name, [...this.#rows], this.#forMs);
  }

  /** For good: a holder that has released gets nothing any more. */
  async release(): Promise<void> {
    this.#released = true;
    if (!this.#asked) return;
    this.#rows.clear();
    await this.#locks.release(this.#name);
  }
}
