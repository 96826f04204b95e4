/**
 * One gate towards Encord for the whole deployment, so that not each stage has to find out for itself that Encord wants fewer
 * requests. It closes for as long as a `Retry-After` says, and limits how many batches are under way. A batch that never
 * leaves (its queue was restarted) is forgotten when its lane enters again, or after a while. The closing time is stored; who
 * is inside is not, so after a restart a few more may enter for a moment.
 */

import { DurableObject } from "cloudflare:workers";
import type { Environment } from "../settings.ts";
import { LONGEST_RETRY_AFTER_MS, waitsUntil } from "./retry-after.ts";

export type GateAnswer =
  | { readonly open: true }
  /** Come back after so many milliseconds. */
  | { readonly open: false; readonly waitMs: number };

export interface EncordGateRpc {
  /** @param place whose turn it is: one lane of one queue; entering again replaces. @param most how many may be inside */
  enter(place: string, most: number): Promise<GateAnswer>;
  leave(place: string): Promise<void>;
  /** For how many more milliseconds nothing may be asked of Encord; 0: the gate is open. */
  closedFor(): Promise<number>;
  /** Nobody enters for so many milliseconds. */
  close(forMs: number): Promise<void>;
}

/** The longest that a batch can take: an alarm's wall time. */
const LONGEST_STAY_MS = 15 * 60_000;
/** How soon to ask again when all places are taken. */
const FULL_WAIT_MS = 500;

export class EncordGate extends DurableObject<Environment> implements EncordGateRpc {
  /** The clock; tests put their own here. */
  now: () => number = Date.now;
  readonly #inside = new Map<string, number>();

  async enter(place: string, most: number): Promise<GateAnswer> {
    const now = this.now();
    const waitMs = await this.closedFor();
    if (waitMs > 0) return { open: false, waitMs };
    for (const [other, since] of this.#inside) {
      if (Math.abs(now - since) > LONGEST_STAY_MS) this.#inside.delete(other);
    }
    if (!this.#inside.has(place) && this.#inside.size >= most) return { open: false, waitMs: FULL_WAIT_MS };
    this.#inside.set(place, now);
    return { open: true };
  }

  async leave(place: string): Promise<void> {
    this.#inside.delete(place);
  }

  async closedFor(): Promise<number> {
    return Math.max(0, this.#closedUntil() - this.now());
  }

  async close(forMs: number): Promise<void> {
    const until = this.now() + Math.min(forMs, LONGEST_RETRY_AFTER_MS);
    if (until > this.#closedUntil()) this.ctx.storage.kv.put("closedUntil", until);
  }

  #closedUntil(): number {
    return waitsUntil(this.ctx.storage.kv.get("closedUntil"), this.now());
  }
}
