import { readMp4 } from "../../src/media/container/mp4/read-mp4.ts";
import { MemoryReader } from "../../src/media/net/byte-reader.ts";
import { writeIndex } from "./mp4-writer.ts";

/** A file that is served: its size, and a function that makes any part of it. */
export interface ServedFile {
  readonly size: number;
  part(start: number, end: number): Uint8Array;
}

/**
 * The video `file` (MP4, H.264) with its packets `stride` bytes apart, made as it is asked for, so that its size costs no memory.
 *
 * @param pads whether a packet fills its place, with filler data, instead of lying alone in it
 */
export async function spreadVideo(file: Uint8Array, stride: number, pads: boolean): Promise<ServedFile> {
  const {
    index: { packets },
  } = await readMp4(new MemoryReader(file));
  const { count, offsets, keys, times } = packets;
  const numbers = Array.from({ length: count }, (_, i) => i);
  const track = {
    sizes: numbers.map((i) => (pads ? stride : (packets.sizes[i] as number))),
    places: numbers.map((i) => i * stride),
    keys: numbers.filter((i) => keys[i] === 1),
    timeOffsets: numbers.map((i) => (times[i] as number) - i * 512),
  };
  const head = writeIndex(file, track, count * stride);
  return {
    size: head.length + count * stride,
    part(start, end) {
      const bytes = new Uint8Array(end - start);
      bytes.set(head.subarray(start, end));
      const first = Math.max(0, Math.floor((start - head.length) / stride));
      for (let i = first; i < count && head.length + i * stride < end; i++) {
        const from = offsets[i] as number;
        const packet = file.subarray(from, from + (packets.sizes[i] as number));
        place(bytes, packet, head.length + i * stride - start);
        if (pads)
          place(bytes, filler(stride - packet.length), head.length + i * stride + packet.length - start);
      }
      return bytes;
    },
  };
}

/** Filler data (ITU-T H.264, NAL unit type 12) with its length in front. */
function filler(bytes: number): Uint8Array {
  const unit = new Uint8Array(bytes).fill(0xff);
  const length = bytes - 4;
  unit.set([length >> 24, length >> 16, length >> 8, length, 12]);
  unit[bytes - 1] = 0x80;
  return unit;
}

function place(into: Uint8Array, piece: Uint8Array, at: number): void {
  if (at >= into.length || at + piece.length <= 0) return;
  into.set(piece.subarray(Math.max(0, -at), into.length - at), Math.max(0, at));
}
