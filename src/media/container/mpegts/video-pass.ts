/**
 * Collects the pictures of a video stream in one pass over the file, unit by unit (PES). A unit usually holds one picture, but it may
 * hold several, continue the last one, or begin and end anywhere.
 */
import type { VideoCodec } from "../../wasm/video-codec.ts";
import type { PictureSize } from "../parameter-sets.ts";
import { PictureFinder } from "../picture-finder.ts";
import { pictureStart } from "../picture-start.ts";
import { PacketList } from "../video-index.ts";

/** How much of a unit is searched at most; pictures are smaller. */
const MAX_UNIT_BYTES = 8 * 1024 * 1024;
const FIRST_UNIT_BYTES = 256 * 1024;
const CLOCK = 90_000;
/** Times have 33 bits, so they start again from 0 every 26 hours. */
const TIME_WRAP = 2 ** 33;
/** The time put between joined streams, each of which has its own time line: more than pictures are ever moved for presentation. */
const JOINT = 10 * CLOCK;

/** Where the body of a unit (PES) begins; null if it is not a unit. */
export function unitBody(unit: Uint8Array): number | null {
  if (unit[0] !== 0 || unit[1] !== 0 || unit[2] !== 1 || unit.length < 9) return null;
  return 9 + (unit[8] as number);
}

/** Takes the packets of one stream; `finish` returns its pictures. */
export class VideoPass {
  readonly #codec: VideoCodec;
  readonly #list = new PacketList();
  /** Pictures that are coded alone, for streams that mark none as a place to start. */
  readonly #intra: number[] = [];
  readonly #finder: PictureFinder;
  /** For packets that share their stretch of the file: which of its pictures they are. */
  readonly #places = new Map<number, number>();
  /** How many pictures begin in the stretch of the last packet. */
  #inStretch = 0;
  #hasUntimed = false;
  #unit = new Uint8Array(FIRST_UNIT_BYTES);
  #unitBytes = 0;
  #start = 0;
  #end = 0;
  #isOpen = false;
  #lastTime = 0;
  #first = Number.POSITIVE_INFINITY;
  /** Added to the stream's own times. */
  #shift = 0;
  /** How many streams were joined to the first. */
  #joints = 0;
  #size: PictureSize | null = null;
  #header: Uint8Array | undefined;

  constructor(codec: VideoCodec) {
    this.#codec = codec;
    this.#finder = new PictureFinder(codec);
  }

  /** @param place where the packet lies in the file */
  add(payload: Uint8Array, isStart: boolean, place: number, end: number): void {
    if (isStart) {
      this.#close();
      this.#isOpen = true;
      this.#start = place;
      this.#unitBytes = 0;
    }
    if (!this.#isOpen) return;
    this.#end = end;
    const length = this.#unitBytes + payload.length;
    if (length > MAX_UNIT_BYTES) return;
    if (length > this.#unit.length) {
      const larger = new Uint8Array(this.#unit.length * 2);
      larger.set(this.#unit);
      this.#unit = larger;
    }
    this.#unit.set(payload, this.#unitBytes);
    this.#unitBytes = length;
  }

  finish() {
    this.#close();
    const list = this.#list;
    list.markKeysIfNone(this.#intra);
    const span = list.latestTime - this.#first - this.#joints * JOINT;
    const frameRate = span > 0 ? ((list.count - 1 - this.#joints) * CLOCK) / span : 0;
    return {
      list,
      size: this.#size,
      header: this.#header,
      frameRate,
      places: this.#places,
      lacksPresentationTimes: this.#hasUntimed,
    };
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const unit = this.#unit.subarray(0, this.#unitBytes);
    const body = unitBody(unit);
    if (body === null || body >= unit.length) return;
    const bytes = unit.subarray(body);
    const starts = this.#finder.find(bytes);
    const head = bytes.subarray(0, starts[0] ?? bytes.length);
    if (this.#list.count > 0 && head.some((byte) => byte !== 0)) this.#goOn(starts.length);
    for (const [i, start] of starts.entries()) {
      const time = i === 0 ? this.#timeOf(unit) : null;
      if (starts.length > 1) this.#places.set(this.#list.count, i);
      this.#add(bytes.subarray(start, starts[i + 1]), time);
    }
    if (starts.length > 0) this.#inStretch = starts.length;
  }

  /** The last picture ends in this unit, in which `others` begin. */
  #goOn(others: number): void {
    const last = this.#list.count - 1;
    this.#list.extendLast(this.#end);
    if (others > 0 && !this.#places.has(last)) this.#places.set(last, this.#inStretch - 1);
  }

  /** @param told when the picture is shown; null if the unit does not say */
  #add(picture: Uint8Array, told: number | null): void {
    if (told === null) this.#hasUntimed = true;
    this.#lastTime = told ?? this.#lastTime + 1;
    let time = this.#lastTime + this.#shift;
    const { access, size, header } = pictureStart(this.#codec, picture);
    this.#size ??= size;
    if (access !== "other") this.#header ??= header;
    const latest = this.#list.latestTime;
    // No picture is shown after a key packet that follows it, so another stream begins here.
    if ((access === "key" && time <= latest) || time < latest - JOINT) {
      this.#shift += latest + JOINT - time;
      this.#joints++;
      time = latest + JOINT;
    }
    this.#first = Math.min(this.#first, time);
    if (access === "intra") this.#intra.push(this.#list.count);
    this.#list.add(this.#start, this.#end - this.#start, time, access === "key");
  }

  /** When a unit's first picture is shown, with wraps of the time undone; null if the unit does not say. */
  #timeOf(unit: Uint8Array): number | null {
    if (((unit[7] ?? 0) & 0x80) === 0 || unit.length < 14) return null;
    const at = (i: number) => unit[i] as number;
    const time =
      ((at(9) >> 1) & 7) * 2 ** 30 + ((at(10) << 22) | ((at(11) >> 1) << 15) | (at(12) << 7) | (at(13) >> 1));
    return this.#list.count > 0 ? time + Math.round((this.#lastTime - time) / TIME_WRAP) * TIME_WRAP : time;
  }
}
