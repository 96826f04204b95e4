/**
 * Whether the times in a file agree with the stream about the order of pictures, packet by packet as they are read. A file may be wrong
 * about some pictures only, and then two ways to the same frame number would lead to two pictures.
 */
import { type PictureOrders, pictureOrders } from "../container/picture-orders.ts";
import type { VideoIndex } from "../container/video-index.ts";

/** The order of pictures is another one than their times say. */
export class TimesAreWrong extends Error {}

/** Pictures are compared with so many before them: no codec moves one further. */
const COMPARED = 17;

/** Where nothing tells how deep pictures are reordered, the first that are show that they are. */
const LEAST_AHEAD = 2;

interface Placed {
  readonly time: number;
  readonly order: number;
}

export class OrderCheck {
  /** The packet that is looked at next. */
  next = 0;
  readonly #index: VideoIndex;
  #orders: PictureOrders | null = null;
  #latest: Placed[] = [];

  constructor(index: VideoIndex) {
    this.#index = index;
    this.begin(0);
  }

  /** Goes on at a packet where decoding starts. */
  begin(start: number): void {
    this.#orders = this.#index.hasStreamOrder ? null : pictureOrders(this.#index);
    this.#latest = [];
    this.next = start;
  }

  /**
   * The packet up to which to look before packet `target` is shown; key packets end what may be shown before it.
   *
   * @param needed the last packet that is decoded before `target` is shown
   */
  until(target: number, needed: number): number {
    if (!this.#orders || this.#orders.reordering === 0) return target;
    const { count, keys } = this.#index.packets;
    const last = Math.min(count - 1, Math.max(needed, target + LEAST_AHEAD));
    let packet = target;
    while (packet < last && keys[packet + 1] !== 1) packet++;
    return packet;
  }

  /**
   * Looks at packet `next`.
   *
   * @throws TimesAreWrong
   */
  look(bytes: Uint8Array): void {
    const time = this.#index.packets.times[this.next++] as number;
    const order = bytes.length > 0 ? this.#orders?.read(bytes) : undefined;
    if (typeof order !== "number") return;
    if (this.#latest.some((other) => (other.time - time) * (other.order - order) < 0))
      throw new TimesAreWrong();
    this.#latest.push({ time, order });
    if (this.#latest.length > COMPARED) this.#latest.shift();
  }
}
