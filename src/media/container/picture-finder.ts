/**
 * Finds where pictures begin in an elementary stream that comes in pieces (ITU-T H.264, 7.4.1.2.3; H.265, 7.4.2.4.4; ISO/IEC 14496-2):
 * at the headers before their first slice. Two fields of a frame are one picture. Nothing here throws.
 */
import type { VideoCodec } from "../wasm/video-codec.ts";
import { BitReader, h264Type, headerUnits, hevcType } from "./nal-units.ts";
import { H264Sets } from "./parameter-sets.ts";

/** A unit's part in a picture: a header before it, its first slice, a further one, or nothing. */
type Role = "header" | "first" | "more" | "other";

/** A coded field (H.264) that waits for its partner. */
interface Field {
  readonly frame: number;
  readonly isBottom: boolean;
}

export class PictureFinder {
  readonly #codec: VideoCodec;
  readonly #sets = new H264Sets();
  #field: Field | null = null;

  /** @param header parameter sets that came before */
  constructor(codec: VideoCodec, header?: Uint8Array) {
    this.#codec = codec;
    if (codec === "h264" && header) for (const unit of headerUnits(codec, header)) this.#sets.take(unit);
  }

  /** The places in `bytes` where a picture begins. */
  find(bytes: Uint8Array): number[] {
    const pictures: number[] = [];
    let header: number | null = null;
    for (const { at, unit } of unitsIn(bytes)) {
      const role = this.#roleOf(unit, header !== null);
      if (role === "header") header ??= at;
      if (role === "first") pictures.push(header ?? at);
      if (role === "first" || role === "more") header = null;
    }
    return pictures;
  }

  #roleOf(unit: Uint8Array, hasHeader: boolean): Role {
    if (this.#codec === "h264") return this.#roleInH264(unit, hasHeader);
    if (this.#codec === "hevc") return roleInHevc(unit, hasHeader);
    return roleInMpeg4(unit[0] ?? 0);
  }

  #roleInH264(unit: Uint8Array, hasHeader: boolean): Role {
    const type = h264Type(unit);
    this.#sets.take(unit);
    if ((type >= 6 && type <= 9) || (type >= 14 && type <= 18)) return "header";
    if (type !== 1 && type !== 2 && type !== 5) return "other";
    const bits = new BitReader(unit.subarray(1, 32));
    const isFirst = bits.exponentialGolomb() === 0 || hasHeader;
    return isFirst && !this.#completesFrame(bits) ? "first" : "more";
  }

  /** Whether a slice begins the second field of a frame; `bits` stand at its type. */
  #completesFrame(bits: BitReader): boolean {
    const first = this.#field;
    this.#field = null;
    bits.exponentialGolomb(); // slice_type
    const sequence = this.#sets.sequenceOf(bits.exponentialGolomb());
    if (!sequence || sequence.isProgressive) return false;
    if (sequence.hasSeparatePlanes) bits.skip(2);
    const frame = bits.bits(sequence.frameBits);
    if (!bits.bit()) return false;
    const isBottom = bits.bit() === 1;
    if (first && first.frame === frame && first.isBottom !== isBottom) return true;
    this.#field = { frame, isBottom };
    return false;
  }
}

function roleInHevc(unit: Uint8Array, hasHeader: boolean): Role {
  const type = hevcType(unit);
  const layer = (((unit[0] ?? 0) & 1) << 5) | ((unit[1] ?? 0) >> 3);
  if (layer > 0) return "other";
  if (type < 32) return hasHeader || (unit[2] ?? 0) >= 0x80 ? "first" : "more";
  const isHeader = type <= 35 || type === 39 || (type >= 41 && type <= 44) || (type >= 48 && type <= 55);
  return isHeader ? "header" : "other";
}

/** Objects, layers, sequences, user data and groups stand before pictures. */
function roleInMpeg4(code: number): Role {
  if (code === 0xb6) return "first";
  return code <= 0x2f || code === 0xb0 || code === 0xb2 || code === 0xb3 || code === 0xb5
    ? "header"
    : "other";
}

/** The units between start codes; `at` is where the code begins. */
function* unitsIn(bytes: Uint8Array): Generator<{ readonly at: number; readonly unit: Uint8Array }> {
  let last: { at: number; start: number } | null = null;
  for (let one = bytes.indexOf(1); one >= 0; one = bytes.indexOf(1, one + 1)) {
    if (one < 2 || bytes[one - 1] !== 0 || bytes[one - 2] !== 0) continue;
    const at = bytes[one - 3] === 0 ? one - 3 : one - 2;
    if (last) yield { at: last.at, unit: bytes.subarray(last.start, at) };
    last = { at, start: one + 1 };
  }
  if (last) yield { at: last.at, unit: bytes.subarray(last.start) };
}
