/**
 * One running copy of a decoder's WebAssembly. It asks before its memory grows, has no files, no clock and no environment, and after a
 * trap it is `broken`: its memory is in an unknown state and it must not be called again.
 */

/** What every module here exports beside its own functions. */
export interface ModuleExports {
  readonly memory: WebAssembly.Memory;
  readonly __stack_pointer: WebAssembly.Global;
  _initialize(): void;
  memory_alloc(size: number): number;
  memory_free(pointer: number): void;
}

/** The library refused its input by its own error path; the instance is fine. `kind` is the number of the failure in its C file. */
export class LibraryFailure extends Error {
  readonly kind: number;
  constructor(kind: number) {
    super(`The library failed (kind ${kind}).`);
    this.kind = kind;
  }
}

/** The code trapped (out of bounds, unreachable, abort); the instance is lost. */
export class WasmTrap extends Error {}

/** WASI's error number ("bad descriptor") for every call that the libraries name but never need. */
const WASI_BADF = 8;

/** A module's instance; `Exports` names the functions that the module has beside `ModuleExports`. */
export class WasmInstance<Exports extends ModuleExports> {
  readonly exports: Exports;
  /** Whether a trap made it unusable. */
  broken = false;
  /** Whether growing was refused since `allow` was called. */
  refused = false;
  #mayGrow: (bytes: number) => boolean = () => true;
  #bytes = new Uint8Array();

  constructor(module: WebAssembly.Module) {
    const imports: Record<string, Record<string, (...values: number[]) => number>> = {
      host: {
        may_grow: (bytes) => this.#askToGrow(bytes as number),
        fail: (kind) => {
          throw new LibraryFailure(kind as number);
        },
      },
      wasi_snapshot_preview1: {
        // An empty environment: no variables, no bytes for them. Any other answer aborts the first getenv.
        environ_sizes_get: (count, size) => {
          const view = new DataView(this.exports.memory.buffer);
          view.setUint32(count as number, 0, true);
          view.setUint32(size as number, 0, true);
          return 0;
        },
        environ_get: () => 0,
        clock_time_get: () => 0,
        proc_exit: (code) => {
          throw new WasmTrap(`The decoder gave up with code ${code}.`);
        },
      },
    };
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      imports[from] ??= {};
      imports[from][name] ??= () => WASI_BADF;
    }
    // The module was built with these functions: wasm/manifest.json pins the very bytes.
    this.exports = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
    this.exports._initialize();
  }

  /** Bytes of memory that the instance occupies. */
  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** The memory as bytes; a call may detach a view taken before it. */
  get bytes(): Uint8Array {
    const { buffer } = this.exports.memory;
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    return this.#bytes;
  }

  /** Sets who decides from now on whether the memory may grow. */
  allow(mayGrow: (bytes: number) => boolean): void {
    this.#mayGrow = mayGrow;
    this.refused = false;
  }

  /**
   * Calls into the module.
   *
   * @throws LibraryFailure when the library reports a fatal error; WasmTrap when the instance is lost
   */
  call<Result>(run: (exports: Exports) => Result): Result {
    if (this.broken) throw new WasmTrap("The decoder's instance is lost after an earlier trap.");
    const stack = this.exports.__stack_pointer;
    const top = stack.value as number;
    try {
      return run(this.exports);
    } catch (error) {
      if (error instanceof LibraryFailure) {
        // As longjmp would: drop the frames that the exception skipped.
        stack.value = top;
        throw error;
      }
      this.broken = true;
      throw error instanceof WasmTrap ? error : new WasmTrap("The decoder trapped.", { cause: error });
    }
  }

  /** Copies `bytes` into newly allocated memory of the instance and returns its address; 0 if there is no memory. */
  place(bytes: Uint8Array): number {
    const pointer = this.call((exports) => exports.memory_alloc(Math.max(1, bytes.length)));
    if (pointer !== 0) this.bytes.set(bytes, pointer);
    return pointer;
  }

  /** Zero-terminated ASCII at `pointer`. */
  text(pointer: number): string {
    const end = this.bytes.indexOf(0, pointer);
    return String.fromCharCode(...this.bytes.subarray(pointer, end));
  }

  #askToGrow(bytes: number): number {
    if (this.#mayGrow(bytes)) return 1;
    this.refused = true;
    return 0;
  }
}
