/**
 * A block of lines at the bottom of the terminal that is redrawn in place; other lines are printed above it. If the output is not a
 * terminal (but a file or a pipe), the lines are printed again when they have changed, at most once a second, and the footer once.
 */

import type { WriteStream } from "node:tty";

const PLAIN_PAUSE_MS = 1000;

/** The view of one output stream. */
export class TerminalView {
  readonly #out: WriteStream;
  readonly #now: () => number;
  #block: readonly string[] = [];
  #plainAt = Number.NEGATIVE_INFINITY;
  #plainFooter = "";

  constructor(out: WriteStream, now: () => number = Date.now) {
    this.#out = out;
    this.#now = now;
  }

  /** Prints a line that stays. */
  print(line: string): void {
    if (!this.#out.isTTY) {
      this.#out.write(`${line}\n`);
      return;
    }
    const block = this.#block;
    this.clear();
    this.#out.write(`${line}\n`);
    this.#draw(block);
  }

  /** Replaces the block: the lines, and the footer below them. */
  show(lines: readonly string[], footer: readonly string[]): void {
    const block = [...lines, "", ...footer];
    if (block.join("\n") === this.#block.join("\n")) return;
    if (this.#out.isTTY) {
      this.clear();
      this.#draw(block);
    } else if (this.#now() - this.#plainAt >= PLAIN_PAUSE_MS) {
      this.#plainAt = this.#now();
      this.#block = block;
      const below = footer.join("\n");
      if (below !== this.#plainFooter) this.#out.write(`${below}\n\n`);
      this.#plainFooter = below;
      this.#out.write(`${lines.join("\n")}\n\n`);
    }
  }

  /** Removes the block. */
  clear(): void {
    if (!this.#out.isTTY || this.#block.length === 0) return;
    const height = this.#block.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(line.length / (this.#out.columns || 80))),
      0,
    );
    this.#out.write(`\x1b[${height}A\x1b[0J`);
    this.#block = [];
  }

  #draw(lines: readonly string[]): void {
    this.#out.write(lines.map((line) => `${line}\n`).join(""));
    this.#block = lines;
  }
}
