/**
 * What the sequence parameter sets of H.264 (7.3.2.1.1) and HEVC (7.3.2.2) say where a container does not: the picture's size, and how
 * its order is coded. Damage gives wrong numbers; nothing here throws.
 */
import { BitReader, h264Type, headerUnits, hevcType } from "./nal-units.ts";

/** Visible pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** No codec here allows a longer side. */
const MAX_SIDE = 32_768;

/** The size in the header of an H.264 or HEVC stream; null if there is none that makes sense. */
export function sizeInHeader(codec: "h264" | "hevc", extradata: Uint8Array): PictureSize | null {
  const isH264 = codec === "h264";
  for (const nal of headerUnits(codec, extradata)) {
    if ((isH264 ? h264Type(nal) : hevcType(nal)) !== (isH264 ? 7 : 33)) continue;
    const { width, height } = isH264 ? h264Sequence(nal) : hevcSequence(nal);
    return width <= MAX_SIDE && height <= MAX_SIDE ? { width, height } : null;
  }
  return null;
}

/** Profiles whose parameter sets tell the chroma format. */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** What an H.264 sequence parameter set says. */
export interface H264Sequence extends PictureSize {
  /** `seq_parameter_set_id`, by which picture parameter sets refer to it. */
  readonly number: number;
  readonly hasSeparatePlanes: boolean;
  /** Bits of `frame_num`. */
  readonly frameBits: number;
  /** `pic_order_cnt_type`, and for type 0 the bits of `pic_order_cnt_lsb`. */
  readonly orderType: number;
  readonly orderBits: number;
  /** For type 1: whether slices tell how they differ from the expected order, and the distances that make it up. */
  readonly cycle: {
    readonly hasDeltas: boolean;
    readonly forOthers: number;
    readonly forReferences: readonly number[];
  };
  /** No fields. */
  readonly isProgressive: boolean;
  /** How many pictures at most are shown after one that follows them in the stream; null when it does not say. */
  readonly reorderedPictures: number | null;
}

/** Reads an H.264 sequence parameter set (unit type 7). */
export function h264Sequence(sps: Uint8Array): H264Sequence {
  const bits = new BitReader(sps.subarray(1));
  const profile = bits.bits(8);
  bits.skip(16); // constraints and level
  const number = bits.exponentialGolomb();
  let chroma = 1;
  let hasSeparatePlanes = false;
  if (HIGH_PROFILES.has(profile)) {
    chroma = bits.exponentialGolomb();
    hasSeparatePlanes = chroma === 3 && bits.bit() === 1;
    bits.exponentialGolomb();
    bits.exponentialGolomb(); // bit depths
    bits.skip(1);
    const hasScaling = bits.bit() === 1;
    for (let list = 0; hasScaling && list < (chroma === 3 ? 12 : 8); list++) {
      if (bits.bit()) skipScaling(bits, list < 6 ? 16 : 64);
    }
  }
  const frameBits = bits.exponentialGolomb() + 4;
  const orderType = bits.exponentialGolomb();
  const orderBits = orderType === 0 ? bits.exponentialGolomb() + 4 : 0;
  let cycle: H264Sequence["cycle"] = { hasDeltas: false, forOthers: 0, forReferences: [] };
  if (orderType === 1) {
    const hasDeltas = bits.bit() === 0;
    const forOthers = bits.signedExponentialGolomb();
    bits.signedExponentialGolomb();
    const count = Math.min(255, bits.exponentialGolomb());
    cycle = {
      hasDeltas,
      forOthers,
      forReferences: Array.from({ length: count }, () => bits.signedExponentialGolomb()),
    };
  }
  bits.exponentialGolomb(); // reference frames
  bits.skip(1);
  const columns = bits.exponentialGolomb() + 1;
  const rows = bits.exponentialGolomb() + 1;
  const isProgressive = bits.bit() === 1;
  if (!isProgressive) bits.skip(1);
  bits.skip(1);
  const fields = isProgressive ? 1 : 2;
  const [halvesX, halvesY] = [
    (chroma === 1 || chroma === 2) && !hasSeparatePlanes,
    chroma === 1 && !hasSeparatePlanes,
  ];
  const size = cropped(bits, columns * 16, rows * 16 * fields, halvesX ? 2 : 1, (halvesY ? 2 : 1) * fields);
  // Type 2 says that pictures are shown as they are decoded (8.2.1.3).
  const told = bits.bit() ? reorderedInUsability(bits) : null;
  const reorderedPictures = orderType === 2 ? 0 : told;
  return {
    ...size,
    number,
    hasSeparatePlanes,
    frameBits,
    orderType,
    orderBits,
    cycle,
    isProgressive,
    reorderedPictures,
  };
}

/** The parameter sets of an H.264 stream met so far. */
export class H264Sets {
  readonly #sequences = new Map<number, H264Sequence>();
  /** Numbers of picture parameter sets to those of sequence parameter sets. */
  readonly #pictureSets = new Map<number, number>();

  /** Takes a unit of the stream, whatever its type. */
  take(nal: Uint8Array): void {
    const type = h264Type(nal);
    if (type === 7) {
      const sequence = h264Sequence(nal);
      this.#sequences.set(sequence.number, sequence);
    } else if (type === 8) {
      const bits = new BitReader(nal.subarray(1, 16));
      this.#pictureSets.set(bits.exponentialGolomb(), bits.exponentialGolomb());
    }
  }

  get sequences(): Iterable<H264Sequence> {
    return this.#sequences.values();
  }

  /** The sequence that slices mean by a picture parameter set's number. */
  sequenceOf(pictureSet: number): H264Sequence | undefined {
    return this.#sequences.get(this.#pictureSets.get(pictureSet) ?? -1);
  }
}

/** `max_num_reorder_frames` of the video usability information (E.1.1); null when it is not there. */
function reorderedInUsability(bits: BitReader): number | null {
  if (bits.bit() && bits.bits(8) === 255) bits.skip(32); // aspect ratio
  if (bits.bit()) bits.skip(1); // overscan
  if (bits.bit()) {
    bits.skip(4);
    if (bits.bit()) bits.skip(24); // colours
  }
  if (bits.bit()) {
    bits.exponentialGolomb();
    bits.exponentialGolomb(); // where chroma lies
  }
  if (bits.bit()) bits.skip(65); // timing
  const buffers = [0, 1].filter(() => bits.bit() === 1 && skipBuffer(bits));
  if (buffers.length > 0) bits.skip(1);
  bits.skip(1); // picture structure
  if (!bits.bit()) return null;
  bits.skip(1);
  for (let i = 0; i < 4; i++) bits.exponentialGolomb();
  return bits.exponentialGolomb();
}

/** The parameters of a hypothetical reference decoder (E.1.2). */
function skipBuffer(bits: BitReader): true {
  const count = Math.min(32, bits.exponentialGolomb() + 1);
  bits.skip(8);
  for (let i = 0; i < count; i++) {
    bits.exponentialGolomb();
    bits.exponentialGolomb();
    bits.skip(1);
  }
  bits.skip(20);
  return true;
}

function skipScaling(bits: BitReader, size: number): void {
  let [last, next] = [8, 8];
  for (let i = 0; i < size && next !== 0; i++) {
    next = (last + bits.signedExponentialGolomb() + 256) % 256;
    if (next !== 0) last = next;
  }
}

/** What an HEVC sequence parameter set says. */
export interface HevcSequence extends PictureSize {
  /** `sps_seq_parameter_set_id`, by which picture parameter sets refer to it. */
  readonly number: number;
  readonly hasSeparatePlanes: boolean;
  /** Bits of `slice_pic_order_cnt_lsb`. */
  readonly orderBits: number;
  /** How many pictures at most are shown after one that follows them in the stream. */
  readonly reorderedPictures: number;
}

/** Reads an HEVC sequence parameter set (unit type 33). */
export function hevcSequence(sps: Uint8Array): HevcSequence {
  const bits = new BitReader(sps.subarray(2));
  bits.skip(4);
  const layers = bits.bits(3);
  bits.skip(1 + 88 + 8); // general profile, tier and level
  const present = Array.from({ length: layers }, () => [bits.bit(), bits.bit()] as const);
  if (layers > 0) bits.skip(2 * (8 - layers));
  for (const [profile, level] of present) bits.skip(profile * 88 + level * 8);
  const number = bits.exponentialGolomb();
  const chroma = bits.exponentialGolomb();
  const hasSeparatePlanes = chroma === 3 && bits.bit() === 1;
  const width = bits.exponentialGolomb();
  const height = bits.exponentialGolomb();
  const size = cropped(bits, width, height, chroma === 1 || chroma === 2 ? 2 : 1, chroma === 1 ? 2 : 1);
  bits.exponentialGolomb();
  bits.exponentialGolomb(); // bit depths
  const orderBits = bits.exponentialGolomb() + 4;
  // Told for each layer, or for the highest alone.
  let reorderedPictures = 0;
  for (let layer = bits.bit() ? 0 : layers; layer <= layers; layer++) {
    bits.exponentialGolomb();
    reorderedPictures = bits.exponentialGolomb();
    bits.exponentialGolomb();
  }
  return { ...size, number, hasSeparatePlanes, orderBits, reorderedPictures };
}

/** Both standards end the size with a flag and four edges, in units of chroma samples. */
function cropped(bits: BitReader, width: number, height: number, unitX: number, unitY: number): PictureSize {
  if (!bits.bit()) return { width, height };
  const [left, right, top, bottom] = [0, 0, 0, 0].map(() => bits.exponentialGolomb()) as [
    number,
    number,
    number,
    number,
  ];
  return {
    width: Math.max(1, width - (left + right) * unitX),
    height: Math.max(1, height - (top + bottom) * unitY),
  };
}
