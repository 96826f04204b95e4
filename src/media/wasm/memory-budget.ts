/**
 * How much of the isolate's memory each media job may use. Several invocations share one isolate and its 128 MB, so a job says what
 * it needs before it allocates; jobs that do not fit at the moment wait in the order they came, and one that never fits is refused at once.
 *
 * An invocation can be cut off at any point without running another line (because its client left), so nothing here relies on a holder
 * to come back: a waiting job that stops asking loses its place, and a reservation that was not used for `IDLE_MS` is taken away when
 * another job needs it. A job waits with timers of its own invocation, never for a promise that another invocation keeps.
 */
import { MediaError } from "../errors.ts";

/** How much of an isolate's 128 MiB (134 MB) media may take; the rest is for code, the agent's own data and uncollected garbage. */
export const MEDIA_MEMORY_BYTES = 120_000_000;

/** Clock and sleep of a budget, so that tests need no time. */
export interface BudgetTime {
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** A job's request for memory. */
export interface MemoryRequest {
  readonly bytes: number;
  /** The job, for messages: "decoding a 1920 x 1080 H.264 video". */
  readonly what: string;
  /** What to do when it never fits, as a sentence. */
  readonly advice?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called when the reservation is taken away. */
  readonly onReclaim?: () => void;
}

/** Memory that a job may use until it gives it back. */
export interface MemoryReservation {
  readonly bytes: number;
  /** Tells that the job is alive, so that its reservation is not taken away. */
  touch(): void;
  /** Asks for `bytes` more, without waiting. */
  tryGrow(bytes: number): boolean;
  /** Gives everything back. May be called twice. */
  release(): void;
}

/** How often a waiting job checks again, and how long it may be silent before it counts as gone. */
const POLL_MS = 20;
const SILENT_MS = 2_000;
/** How long a reservation may be idle while others wait. */
const IDLE_MS = 30_000;

interface Waiting {
  /** When the job last asked. */
  seen: number;
}

/** Memory that is used only as long as nobody needs it. */
interface Spare {
  readonly bytes: number;
  readonly drop: () => void;
}

class Reservation implements MemoryReservation {
  bytes: number;
  used: number;
  readonly budget: MemoryBudget;
  readonly onReclaim: (() => void) | undefined;

  constructor(budget: MemoryBudget, request: MemoryRequest) {
    this.budget = budget;
    this.bytes = request.bytes;
    this.onReclaim = request.onReclaim;
    this.used = budget.time.now();
  }

  touch(): void {
    this.used = this.budget.time.now();
  }

  tryGrow(bytes: number): boolean {
    return this.budget.grow(this, bytes);
  }

  release(): void {
    this.budget.drop(this);
  }
}

/** The memory of one isolate. */
export class MemoryBudget {
  readonly capacity: number;
  readonly time: BudgetTime;
  readonly #held = new Set<Reservation>();
  readonly #waiting: Waiting[] = [];
  readonly #spare = new Set<Spare>();

  constructor(capacity: number, time: BudgetTime = { now: Date.now, sleep: (ms) => scheduler.wait(ms) }) {
    this.capacity = capacity;
    this.time = time;
  }

  /** Bytes that jobs hold now. */
  get reserved(): number {
    let sum = 0;
    for (const reservation of this.#held) sum += reservation.bytes;
    return sum;
  }

  /** How many jobs wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Registers something that is kept only while memory is free (an idle instance), and how to drop it. Returns a way to withdraw it. */
  keepWhileFree(bytes: number, drop: () => void): () => void {
    const spare: Spare = { bytes, drop };
    this.#spare.add(spare);
    return () => this.#spare.delete(spare);
  }

  /**
   * Waits for `request.bytes`.
   *
   * @throws MediaError `too-large` when the whole budget is smaller; the signal's reason when it aborts
   */
  async reserve(request: MemoryRequest): Promise<MemoryReservation> {
    if (request.bytes > this.capacity) throw neverFits(request, this.capacity);
    request.signal?.throwIfAborted();
    const ticket: Waiting = { seen: this.time.now() };
    this.#waiting.push(ticket);
    try {
      for (;;) {
        ticket.seen = this.time.now();
        if (this.#isNext(ticket) && this.#makeRoom(request.bytes)) {
          const reservation = new Reservation(this, request);
          this.#held.add(reservation);
          return reservation;
        }
        await this.time.sleep(POLL_MS);
        request.signal?.throwIfAborted();
      }
    } finally {
      const place = this.#waiting.indexOf(ticket);
      if (place >= 0) this.#waiting.splice(place, 1);
    }
  }

  /** @internal */
  grow(reservation: Reservation, bytes: number): boolean {
    if (!this.#held.has(reservation) || !this.#fits(bytes)) return false;
    reservation.bytes += bytes;
    return true;
  }

  /** @internal */
  drop(reservation: Reservation): void {
    this.#held.delete(reservation);
  }

  /** Whether a job is first in the queue, once those that stopped asking are removed. */
  #isNext(ticket: Waiting): boolean {
    const now = this.time.now();
    while (this.#waiting[0] !== ticket) {
      const first = this.#waiting[0];
      if (!first || now - first.seen <= SILENT_MS) return false;
      this.#waiting.shift();
    }
    return true;
  }

  /** Whether there is room; spare memory is dropped as far as that takes. */
  #fits(bytes: number): boolean {
    if (this.reserved + bytes > this.capacity) return false;
    let spareBytes = 0;
    for (const spare of this.#spare) spareBytes += spare.bytes;
    for (const spare of this.#spare) {
      if (this.reserved + spareBytes + bytes <= this.capacity) break;
      this.#spare.delete(spare);
      spareBytes -= spare.bytes;
      spare.drop();
    }
    return true;
  }

  /** Whether there is room; idle reservations are taken away as far as that takes. */
  #makeRoom(bytes: number): boolean {
    const oldest = [...this.#held].sort((a, b) => a.used - b.used);
    while (!this.#fits(bytes)) {
      const idle = oldest.shift();
      if (!idle || this.time.now() - idle.used < IDLE_MS) return false;
      this.#held.delete(idle);
      idle.onReclaim?.();
    }
    return true;
  }
}

function neverFits({ bytes, what, advice }: MemoryRequest, capacity: number): MediaError {
  const sizes = `${what} needs about ${megabytes(bytes)} MB of memory, and ${megabytes(capacity)} MB is all there is for media.`;
  return new MediaError("too-large", advice ? `${sizes} ${advice}` : sizes);
}

/** Bytes as whole megabytes for messages. */
export function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}

/** The budget of this isolate. */
export const isolateMemory = new MemoryBudget(MEDIA_MEMORY_BYTES);
