/**
 * Packets of MPEG transport streams (ISO/IEC 13818-1, 2.4.3): 188 bytes that begin with 0x47, each of one of several streams; the payloads
 * of a stream's packets, one after the other, are the stream.
 */

export const PACKET_BYTES = 188;
const SYNC = 0x47;

/** How packets lie in a file: 188 bytes each, 192 with a time stamp in front (Blu-ray, camcorders), 204 with a checksum behind (DVB). */
export interface PacketLayout {
  /** Bytes from one packet to the next. */
  readonly stride: number;
  /** Bytes in front of each packet. */
  readonly lead: number;
}

const LAYOUTS: readonly PacketLayout[] = [
  { stride: 188, lead: 0 },
  { stride: 192, lead: 4 },
  { stride: 204, lead: 0 },
];

/**
 * Where packets begin, and how they lie; null if there are none. A file that was cut out of a longer one may begin inside a packet.
 */
export function findPackets(
  head: Uint8Array,
): { readonly start: number; readonly layout: PacketLayout } | null {
  for (const layout of LAYOUTS) {
    for (let start = 0; start < layout.stride && start + 3 * layout.stride < head.length; start++) {
      let at = start + layout.lead;
      while (at < head.length && head[at] === SYNC) at += layout.stride;
      if (at >= head.length) return { start, layout };
    }
  }
  return null;
}

/** One packet inside a piece of a file. */
export interface TransportPacket {
  readonly stream: number;
  /** Whether a unit (a picture, a table) begins in it. */
  readonly isStart: boolean;
  readonly isScrambled: boolean;
  /** Counts the stream's packets that have a payload; four bits. */
  readonly counter: number;
  /** The payload, in the same piece. */
  readonly start: number;
  readonly end: number;
}

/** The packet whose sync byte is at `at`; null when there is none. */
export function readPacket(bytes: Uint8Array, at: number): TransportPacket | null {
  if (at + PACKET_BYTES > bytes.length || bytes[at] !== SYNC) return null;
  const [flags, low, control] = [bytes[at + 1] as number, bytes[at + 2] as number, bytes[at + 3] as number];
  const end = at + PACKET_BYTES;
  let start = at + 4;
  if (control & 0x20) start += 1 + (bytes[start] as number);
  if (!(control & 0x10)) start = end;
  return {
    stream: ((flags & 0x1f) << 8) | low,
    isStart: (flags & 0x40) !== 0,
    isScrambled: (control & 0xc0) !== 0,
    counter: control & 0x0f,
    start: Math.min(start, end),
    end,
  };
}

/** The payloads of one stream, but only once if a packet was sent twice (2.4.3.3): same counter and same bytes as the one before. */
export class StreamPayloads {
  #counter = -1;
  #last: Uint8Array = new Uint8Array();

  /** The payload of the stream's next packet; null if it has none, or repeats the one before. */
  next(bytes: Uint8Array, { counter, start, end }: TransportPacket): Uint8Array | null {
    const payload = bytes.subarray(start, end);
    if (payload.length === 0 || (counter === this.#counter && isEqual(payload, this.#last))) return null;
    this.#counter = counter;
    this.#last = payload;
    return payload;
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
