/**
 * The order of MPEG-4 part 2 pictures (stream-order.ts). A reference picture is shown when the next one is decoded, a B picture at once.
 * Streams "packed" by DivX and Xvid carry a B picture in the same packet as the picture before it; decoders return it with the next
 * packet.
 */
import { layerOf, saysPacked, vopTypes } from "./mpeg4-headers.ts";
import type { PictureOrders } from "./picture-orders.ts";

/** Leaves room for the B pictures between two others. */
const STEP = 2 ** 20;

export class Mpeg4Orders implements PictureOrders {
  /** 0: nothing is reordered. */
  reordering: 0 | null = null;
  #references = 0;
  #between = 0;
  #isPacked = false;
  #isCarrying = false;

  constructor(extradata: Uint8Array | undefined) {
    if (extradata) this.#take(extradata);
  }

  read(packet: Uint8Array): number {
    this.#take(packet);
    this.#isPacked ||= saysPacked(packet);
    const types = vopTypes(packet);
    // A picture carried by an earlier packet is decoded instead of this packet's own one, which waits in turn if it is a B picture.
    const isB = this.#isCarrying || types[0] === "B";
    this.#isCarrying = this.#isPacked && (this.#isCarrying ? types[0] === "B" : types.length > 1);
    if (isB) return this.#references * STEP + ++this.#between;
    this.#between = 0;
    return ++this.#references * STEP + STEP - 1;
  }

  #take(header: Uint8Array): void {
    if (layerOf(header)?.hasLowDelay) this.reordering = 0;
  }
}
