/**
 * Instances of one module, lent to one job at a time. A job that ends well leaves its instance to the next one, so that an isolate
 * working through a queue needs only one; after a trap, or when its memory has grown beyond `KEEP_BYTES`, an instance ends with its
 * job. Dropped instances are garbage-collected late, which is why there is not one for each job.
 */
import { MediaError } from "../errors.ts";
import { type ModuleExports, WasmInstance } from "./instance.ts";
import { isolateMemory, type MemoryBudget, type MemoryReservation } from "./memory-budget.ts";

/** Memory up to which an idle instance is kept: a 1080p decoder stays, a 4K one goes. */
const KEEP_BYTES = 48 * 1024 * 1024;

/** What a job needs. */
export interface LoanRequest {
  /** Bytes inside the instance, all of its memory counted. */
  readonly wasmBytes: number;
  /** Bytes that the job holds outside the instance. */
  readonly ownBytes: number;
  readonly what: string;
  /** What to do when it never fits, as a sentence. */
  readonly advice?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An instance in use by one job. */
export interface Loan<Exports extends ModuleExports> {
  /**
   * The instance, to be read for every use and never kept: it can be taken away from a job that is idle while others wait.
   *
   * @throws MediaError `reclaimed` when that has happened
   */
  readonly instance: WasmInstance<Exports>;
  /** Tells that the job is alive. */
  touch(): void;
  /** Ends the job. May be called twice. */
  end(): void;
}

/** Lends instances of one module, and keeps one that is idle. */
export class InstancePool<Exports extends ModuleExports> {
  readonly #module: WebAssembly.Module;
  readonly #budget: MemoryBudget;
  #idle: { instance: WasmInstance<Exports>; withdraw: () => void } | undefined;

  constructor(module: WebAssembly.Module, budget: MemoryBudget = isolateMemory) {
    this.#module = module;
    this.#budget = budget;
  }

  /** Waits for memory and lends an instance. Throws what `MemoryBudget.reserve` throws. */
  async lend({ wasmBytes, ownBytes, what, advice, signal }: LoanRequest): Promise<Loan<Exports>> {
    let instance: WasmInstance<Exports> | undefined;
    const reservation = await this.#budget.reserve({
      bytes: wasmBytes + ownBytes,
      what,
      advice,
      signal,
      onReclaim: () => {
        instance = undefined;
      },
    });
    try {
      instance = this.#instanceFor(reservation, ownBytes);
    } catch (error) {
      reservation.release();
      throw error;
    }
    let ended = false;
    return {
      get instance() {
        if (instance) return instance;
        throw new MediaError(
          "reclaimed",
          `${what} was idle while other jobs waited for its memory, and lost it. Start it again.`,
          { retryable: true },
        );
      },
      touch: () => reservation.touch(),
      end: () => {
        if (ended) return;
        ended = true;
        reservation.release();
        if (instance) this.#putBack(instance);
        instance = undefined;
      },
    };
  }

  /** The idle instance if it is no larger than the job's share, else a new one. */
  #instanceFor(reservation: MemoryReservation, ownBytes: number): WasmInstance<Exports> {
    const lacks = (bytes: number) => {
      const missing = bytes + ownBytes - reservation.bytes;
      return missing > 0 && !reservation.tryGrow(missing);
    };
    let instance = this.#takeIdle();
    if (!instance || lacks(instance.memoryBytes)) instance = new WasmInstance<Exports>(this.#module);
    const chosen = instance;
    chosen.allow((bytes) => !lacks(chosen.memoryBytes + bytes));
    return chosen;
  }

  #takeIdle(): WasmInstance<Exports> | undefined {
    const idle = this.#idle;
    this.#idle = undefined;
    idle?.withdraw();
    return idle?.instance;
  }

  #putBack(instance: WasmInstance<Exports>): void {
    if (instance.broken || instance.memoryBytes > KEEP_BYTES || this.#idle) return;
    const withdraw = this.#budget.keepWhileFree(instance.memoryBytes, () => {
      this.#idle = undefined;
    });
    this.#idle = { instance, withdraw };
  }
}
