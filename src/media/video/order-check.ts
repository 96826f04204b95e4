/**
 * Checks that the times in a file agree with the stream about the order of pictures, packet by packet as they are read. A file may be
 * wrong about some pictures only, and then the same frame number would give different pictures, depending on how it was reached.
 */
import { type PictureOrders, pictureOrders } from "../container/picture-orders.ts";
import type { VideoIndex } from "../container/video-index.ts";

/** Pictures have another order than their times say. */
export class TimesAreWrong extends Error {}

/** How many pictures before it a picture is compared with: no codec moves one further. */
const COMPARED = 17;

/** Packets to check ahead at least: if the file does not tell whether pictures are reordered, the first ones that are will show it. */
const LEAST_AHEAD = 2;

interface Placed {
  readonly time: number;
  readonly order: number;
}

/** Follows packets in decode order and compares their order with their times. */
export class OrderCheck {
  /** The packet to check next. */
  next = 0;
  readonly #index: VideoIndex;
  #orders: PictureOrders | null = null;
  #latest: Placed[] = [];

  constructor(index: VideoIndex) {
    this.#index = index;
    this.begin(0);
  }

  /** Starts anew at a packet where decoding starts. */
  begin(start: number): void {
    this.#orders = this.#index.hasStreamOrder ? null : pictureOrders(this.#index);
    this.#latest = [];
    this.next = start;
  }

  /**
   * The last packet to check before `target` is shown; nothing behind the next key packet can be shown before it.
   *
   * @param needed the last packet that is decoded before `target` is shown
   */
  lastBefore(target: number, needed: number): number {
    if (!this.#orders || this.#orders.reordering === 0) return target;
    const { count, keys } = this.#index.packets;
    const last = Math.min(count - 1, Math.max(needed, target + LEAST_AHEAD));
    let packet = target;
    while (packet < last && keys[packet + 1] !== 1) packet++;
    return packet;
  }

  /**
   * Checks packet `next`.
   *
   * @throws TimesAreWrong
   */
  check(bytes: Uint8Array): void {
    const time = this.#index.packets.times[this.next++] as number;
    const order = bytes.length > 0 ? this.#orders?.read(bytes) : undefined;
    if (typeof order !== "number") return;
    if (this.#latest.some((other) => (other.time - time) * (other.order - order) < 0))
      throw new TimesAreWrong();
    this.#latest.push({ time, order });
    if (this.#latest.length > COMPARED) this.#latest.shift();
  }
}
