/**
 * Gives any frame of a video as a decoded picture, and always the same one, whether it is asked for alone or after all others. One
 * decoder serves all requests, one after the other; it goes on from where it stands if that leads to the frame, and otherwise starts at
 * a key packet. Pictures are identified by their packet's number, which travels through the decoder, never by counting.
 *
 * If the times in the file turn out to contradict the stream, frames are numbered anew, by the stream. A decoder that was taken away
 * while it was idle is opened again. A frame that cannot be decoded is a MediaError `corrupt`.
 */
import type { PacketSource } from "../container/packet-source.ts";
import { withStreamOrder } from "../container/stream-order.ts";
import { isBefore, type VideoIndex } from "../container/video-index.ts";
import { MediaError } from "../errors.ts";
import {
  type DecodedPicture,
  openVideoDecoder,
  type VideoDecoder,
  type VideoDecoderOptions,
} from "../wasm/video-decoder.ts";
import { OrderCheck, TimesAreWrong } from "./order-check.ts";
import { keyAtOrBefore, startFor, startKind } from "./start-point.ts";

/** What the caller knows about the requests that follow. */
export interface PicturePlan {
  /** Packets whose pictures will be wanted; others may be skipped. Default: all. */
  readonly wanted?: ReadonlySet<number>;
  /** The frame that will be asked for next; null if there is none, or one further back. Default: unknown. */
  readonly next?: number | null;
}

/** Opens a decoder. */
export type OpenDecoder = (options: VideoDecoderOptions) => Promise<VideoDecoder>;

/** More packets than any decoder holds back for reordering (16, and two to be safe). */
const LONGEST_DELAY = 18;
/** Packets that are decoded before anything else gets a turn. */
const PACKETS_AT_A_TIME = 32;

/** Reads the pictures of one video. */
export class PictureReader {
  #index: VideoIndex;
  #order: OrderCheck;
  readonly #packets: PacketSource;
  readonly #open: OpenDecoder;
  readonly #signal: AbortSignal | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #pass: Pass | null = null;
  #ownBytes = 0;
  /** Packets decoded so far. */
  #decoded = 0;
  #closed = false;

  constructor(
    index: VideoIndex,
    packets: PacketSource,
    options: { readonly signal?: AbortSignal | undefined; readonly openDecoder?: OpenDecoder } = {},
  ) {
    this.#index = index;
    this.#order = new OrderCheck(index);
    this.#packets = packets;
    this.#open = options.openDecoder ?? openVideoDecoder;
    this.#signal = options.signal;
  }

  /**
   * Decodes frame `frame` and hands it to `use`, which must take what it needs before it returns.
   *
   * @param ownBytes what `use` will allocate, for the isolate's memory budget
   * @throws MediaError `corrupt`, `out-of-memory`, `too-large`, `unsupported-codec`, `closed`, what reading fails with
   */
  picture<Result>(
    frame: number,
    use: (picture: DecodedPicture) => Result,
    ownBytes: number,
    plan: PicturePlan = {},
  ): Promise<Result> {
    const mine = this.#turn.then(() => this.#find(frame, use, ownBytes, plan));
    this.#turn = mine.catch(() => {});
    return mine;
  }

  /** Gives the decoder's memory back; the next request opens one again. */
  release(): Promise<void> {
    const mine = this.#turn.then(() => this.#end());
    this.#turn = mine;
    return mine;
  }

  /** Ends the decoder for good. */
  close(): void {
    this.#closed = true;
    this.#end();
  }

  async #find<Result>(
    frame: number,
    use: (picture: DecodedPicture) => Result,
    ownBytes: number,
    plan: PicturePlan,
  ): Promise<Result> {
    for (let isAgain = false; ; ) {
      this.#signal?.throwIfAborted();
      if (this.#closed)
        throw new MediaError("closed", "The video is closed: no frame can be read from it any more.");
      try {
        const picture =
          (await this.#decode(frame, ownBytes, plan)) ??
          (await this.#decodeFromEarlier(frame, ownBytes, plan));
        if (picture) return use(picture);
        this.#end();
        throw new MediaError("corrupt", `Frame ${frame} is damaged: nothing of it could be decoded.`);
      } catch (error) {
        if (error instanceof TimesAreWrong) {
          this.#end();
          this.#index = await withStreamOrder(this.#index, this.#packets, true);
          this.#order = new OrderCheck(this.#index);
          continue;
        }
        const isMedia = error instanceof MediaError;
        if (!isMedia || error.code !== "corrupt") this.#end();
        if (!isMedia || error.code !== "reclaimed" || isAgain) throw error;
        isAgain = true;
      } finally {
        // If this was closed while a decoder was being opened, nobody else will end that decoder.
        if (this.#closed) this.#end();
      }
    }
  }

  /** Tries once more, from the key packet before: some streams are right only from their second key packet on. */
  async #decodeFromEarlier(
    frame: number,
    ownBytes: number,
    plan: PicturePlan,
  ): Promise<DecodedPicture | null> {
    const { frames, packets } = this.#index;
    const start = startFor(this.#index, frames[frame] as number);
    if (start === 0) return null;
    this.#end();
    return this.#decode(frame, ownBytes, plan, keyAtOrBefore(packets.keys, start - 1));
  }

  async #decode(
    frame: number,
    ownBytes: number,
    plan: PicturePlan,
    from?: number,
  ): Promise<DecodedPicture | null> {
    const target = this.#index.frames[frame] as number; // The caller has checked the number.
    const start = from ?? startFor(this.#index, target);
    const { packets, frames } = this.#index;
    // What a decoder makes up for the missing part of a packet depends on what it has seen before, so that has to be the same always.
    if (ownBytes > this.#ownBytes || target === packets.cut) this.#end();
    const next = plan.next === undefined || plan.next === null ? plan.next : (frames[plan.next] as number);
    const needed = lastNeeded(this.#index, target);
    const checked = this.#order.lastBefore(target, needed);
    let pass = this.#pass;
    if (!pass?.leadsTo(target, start)) {
      const decoder = pass?.decoder ?? (await this.#openDecoder(ownBytes));
      pass = await this.#startPass(decoder, start, next === null ? checked : Math.max(needed, checked));
    }
    // Whether the next frame is reached by going on; if not, the pictures that the decoder holds back are drained at once.
    const goesOn =
      !pass.canDrainEarly || next === undefined || (next !== null && startFor(this.#index, next) <= needed);
    const { wanted } = plan;
    const last = goesOn ? Math.min(packets.count - 1, needed + LONGEST_DELAY) : target;
    let until = Math.max(checked, goesOn ? needed : target);
    if (goesOn && next !== undefined && next !== null)
      until = wanted ? Math.max(until, next) : packets.count - 1;
    for (;;) {
      if (pass.sent > target) {
        for (let number = this.#order.next; number <= checked; number = this.#order.next)
          this.#order.check(await this.#packets.read(number, Math.max(number, until)));
      }
      const picture = pass.take(target);
      if (picture) return picture;
      if (pass.drained) return null;
      if (pass.sent > last) pass.drain();
      else {
        const number = pass.sent;
        const bytes = await this.#packets.read(number, Math.min(packets.count - 1, Math.max(number, until)));
        if (this.#order.next === number) this.#order.check(bytes);
        // Decoding never waits by itself, and timers (of time limits, of leases) fire only while the code waits.
        if (++this.#decoded % PACKETS_AT_A_TIME === 0) await scheduler.wait(0);
        this.#signal?.throwIfAborted();
        pass.send(bytes, wanted !== undefined && number !== target && !wanted.has(number));
      }
    }
  }

  async #openDecoder(ownBytes: number): Promise<VideoDecoder> {
    const { codec, codecTag, extradata, width, height, reorderDepth } = this.#index;
    const decoder = await this.#open({
      codec,
      codecTag,
      extradata,
      width,
      height,
      reorderDepth,
      ownBytes,
      signal: this.#signal,
    });
    this.#ownBytes = ownBytes;
    return decoder;
  }

  /** Begins at `start` if the stream itself confirms that it is a key packet, else at the nearest one before it that is. */
  async #startPass(decoder: VideoDecoder, start: number, until: number): Promise<Pass> {
    const { keys } = this.#index.packets;
    this.#pass = new Pass(this.#index, decoder, start, false);
    let from = start;
    let kind = startKind(this.#index, await this.#packets.read(from, Math.max(from, until)));
    while (from > 0 && kind === "none") {
      from = keyAtOrBefore(keys, from - 1);
      kind = startKind(this.#index, await this.#packets.read(from, Math.max(from, until)));
    }
    if (kind === "none") {
      // The file begins in the middle of a stream: what a decoder makes up for the missing pictures depends on what it has seen before.
      decoder.close();
      this.#pass = null;
      this.#order.begin(from);
      this.#pass = new Pass(this.#index, await this.#openDecoder(this.#ownBytes), from, false);
      return this.#pass;
    }
    this.#order.begin(from);
    this.#pass = new Pass(this.#index, decoder, from, kind === "reset");
    decoder.reset();
    return this.#pass;
  }

  #end(): void {
    this.#pass?.decoder.close();
    this.#pass = null;
    this.#ownBytes = 0;
  }
}

/** One run of a decoder over consecutive packets. */
class Pass {
  readonly decoder: VideoDecoder;
  /** The packet to send next. */
  sent: number;
  drained = false;
  /**
   * Whether draining returns what the decoder holds back. FFmpeg's H.264 decoder drops it if it was started at an open key packet and
   * has shown nothing since.
   */
  readonly canDrainEarly: boolean;
  readonly #start: number;
  readonly #times: Float64Array;
  readonly #isH264: boolean;
  readonly #skipped = new Set<number>();
  /** The packet of the last picture that came out. */
  #shown: number | null = null;
  #draining = false;

  constructor(index: VideoIndex, decoder: VideoDecoder, start: number, isReset: boolean) {
    this.decoder = decoder;
    this.sent = start;
    this.#start = start;
    this.#times = index.packets.times;
    this.#isH264 = index.codec === "h264";
    this.canDrainEarly = isReset || !this.#isH264;
  }

  /** Whether going on leads to the picture of packet `target`, and sooner than starting at `start`. */
  leadsTo(target: number, start: number): boolean {
    if (this.#skipped.has(target) || this.#start > start || start > this.sent) return false;
    if (this.drained || (this.#draining && target >= this.sent)) return false;
    return this.#shown === null || isBefore(this.#times, this.#shown, target);
  }

  send(bytes: Uint8Array, isUnwanted: boolean): void {
    const packet = this.sent++;
    if (bytes.length === 0) return; // To a decoder an empty packet means the end.
    // Only FFmpeg's H.264 decoder can skip pictures without changing those that follow.
    const skipNonReference = isUnwanted && this.#isH264;
    if (skipNonReference) this.#skipped.add(packet);
    ignoringDamage(() => this.decoder.send(bytes, packet, { skipNonReference }));
  }

  drain(): void {
    this.#draining = true;
    this.decoder.flush();
  }

  /** The picture of packet `target` if it is finished; pictures before it are passed over. */
  take(target: number): DecodedPicture | null {
    for (;;) {
      const picture = ignoringDamage(() => this.decoder.receive());
      if (!picture) {
        this.drained = this.#draining;
        return null;
      }
      this.#shown = picture.pts;
      if (picture.pts === target) return picture;
    }
  }
}

/**
 * The packet after which a decoder returns `packet`'s picture. It holds back a fixed number of pictures in presentation order, so the
 * picture's place in that order decides.
 */
function lastNeeded({ packets: { count, times }, reorderDepth }: VideoIndex, packet: number): number {
  const time = times[packet] as number;
  let place = packet;
  for (let i = packet + 1; i < count && i <= packet + 2 * LONGEST_DELAY; i++)
    if ((times[i] as number) < time) place++;
  for (let i = Math.max(0, packet - LONGEST_DELAY); i < packet; i++) if ((times[i] as number) > time) place--;
  return Math.min(count - 1, Math.max(packet, place + reorderDepth));
}

/** Damage in one packet costs only its picture; the search ends by itself if the one wanted does not come. */
function ignoringDamage<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof MediaError && error.code === "corrupt") return null;
    throw error;
  }
}
