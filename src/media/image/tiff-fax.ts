/**
 * Scanned pages, packed as by fax machines (ITU-T T.4 and T.6; TIFF 6.0 sections 10 and 11): modified Huffman rows, group 3 in one
 * and two dimensions, and group 4. Rows come out as bits, 1 for black. Damage costs one row if rows are coded independently; otherwise
 * all that follow stay white, as in libtiff. Nothing throws.
 */
import type { Unpacker } from "./tiff-unpack.ts";

/** Codes of runs: 0 to 63 pixels, then 64, 128 ... 1728. */
const WHITE_RUNS =
  "00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101 101010 101011 0100111 0001100 " +
  "0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 0011000 00000010 00000011 00011010 00011011 00010010 00010011 " +
  "00010100 00010101 00010110 00010111 00101000 00101001 00101010 00101011 00101100 00101101 00000100 00000101 00001010 00001011 " +
  "01010010 01010011 01010100 01010101 00100100 00100101 01011000 01011001 01011010 01011011 01001010 01001011 00110010 00110011 " +
  "00110100 11011 10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100 011001101 011010010 " +
  "011010011 011010100 011010101 011010110 011010111 011011000 011011001 011011010 011011011 010011000 010011001 010011010 011000 " +
  "010011011";
const BLACK_RUNS =
  "0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 000011000 0000010111 0000011000 " +
  "0000001000 00001100111 00001101000 00001101100 00000110111 00000101000 00000010111 00000011000 000011001010 000011001011 " +
  "000011001100 000011001101 000001101000 000001101001 000001101010 000001101011 000011010010 000011010011 000011010100 " +
  "000011010101 000011010110 000011010111 000001101100 000001101101 000011011010 000011011011 000001010100 000001010101 " +
  "000001010110 000001010111 000001100100 000001100101 000001010010 000001010011 000000100100 000000110111 000000111000 " +
  "000000100111 000000101000 000001011000 000001011001 000000101011 000000101100 000001011010 000001100110 000001100111 0000001111 " +
  "000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100 0000001101101 0000001001010 " +
  "0000001001011 0000001001100 0000001001101 0000001110010 0000001110011 0000001110100 0000001110101 0000001110110 0000001110111 " +
  "0000001010010 0000001010011 0000001010100 0000001010101 0000001011010 0000001011011 0000001100100 0000001100101";
/** Of 1792, 1856 ... 2560, in either colour. */
const LONG_RUNS =
  "00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101 000000010110 000000010111 000000011100 " +
  "000000011101 000000011110 000000011111";
/** How a row differs from the one above it: pass, horizontal, then vertical by -3 to 3. */
const MODES = "0001 001 0000010 000010 010 1 011 000011 0000011";
const [PASS, HORIZONTAL, STRAIGHT] = [0, 1, 5];

/** The longest code. */
const PEEK_BITS = 13;
/** As many zeros begin an end-of-line mark, and no other code. */
const END_OF_LINE_ZEROS = 11;

/** Indexed by the next 13 bits: a code's number, times 16, plus its length; 0 where no code begins. */
function codeTable(...lists: readonly string[]): Uint16Array {
  const table = new Uint16Array(1 << PEEK_BITS);
  for (const [number, code] of lists.join(" ").split(" ").entries()) {
    const free = PEEK_BITS - code.length;
    const from = Number.parseInt(code, 2) << free;
    table.fill(number * 16 + code.length, from, from + (1 << free));
  }
  return table;
}

interface CodeTables {
  readonly white: Uint16Array;
  readonly black: Uint16Array;
  readonly modes: Uint16Array;
}
let codeTables: CodeTables | undefined;

/** How rows are coded: independently, each from a new byte; with end-of-line marks between them; or each by the one above. */
export type FaxScheme = "rows" | "group3" | "group4";

/** Unpacks the rows of one strip or tile. */
export class FaxUnpacker implements Unpacker {
  readonly #data: Uint8Array;
  readonly #width: number;
  readonly #scheme: FaxScheme;
  /** Whether rows of group 3 say if they are coded by the one above. */
  readonly #isMixed: boolean;
  readonly #tables: CodeTables;
  #at = 0;
  #held = 0;
  #heldBits = 0;
  #over = false;
  /** Where the colour changes in the row above, then the width, as often as it may be read. */
  #above: number[];
  #row: number[] = [];

  constructor(data: Uint8Array, width: number, scheme: FaxScheme, isMixed = false) {
    this.#data = data;
    this.#width = width;
    this.#scheme = scheme;
    this.#isMixed = isMixed;
    codeTables ??= {
      white: codeTable(WHITE_RUNS, LONG_RUNS),
      black: codeTable(BLACK_RUNS, LONG_RUNS),
      modes: codeTable(MODES),
    };
    this.#tables = codeTables;
    this.#above = [width, width, width, width];
  }

  read(into: Uint8Array): number {
    const rowBytes = Math.ceil(this.#width / 8);
    let written = 0;
    for (; !this.#over && written + rowBytes <= into.length; written += rowBytes) {
      this.#row = [];
      this.#readRow();
      if (this.#over && this.#row.length === 0) break;
      paint(this.#row, into.subarray(written, written + rowBytes));
      this.#above = this.#row;
      for (let i = 0; i < 4; i++) this.#above.push(this.#width);
    }
    return written;
  }

  #readRow(): void {
    if (this.#scheme === "group4") {
      this.#over = !this.#readByAbove();
      return;
    }
    if (this.#scheme === "rows") {
      this.#skip(this.#heldBits & 7);
      this.#over = this.#isPastEnd();
      if (!this.#over) this.#readAlone();
      return;
    }
    let ends = 0;
    let alone = true;
    while (this.#peek(END_OF_LINE_ZEROS) === 0 && !this.#over) {
      while (this.#peek(1) === 0 && !this.#isPastEnd()) this.#skip(1);
      this.#skip(1);
      alone = !this.#isMixed || this.#take(1) === 1;
      // Two marks in succession end the page.
      this.#over = ++ends === 2 || this.#isPastEnd();
    }
    if (this.#over || this.#isPastEnd()) {
      this.#over = true;
      return;
    }
    if (alone ? this.#readAlone() : this.#readByAbove()) return;
    while (this.#peek(END_OF_LINE_ZEROS) !== 0) this.#skip(1);
  }

  /** Reads runs of white and black in turn; false if they make no sense. */
  #readAlone(): boolean {
    let x = 0;
    for (let black = false; x < this.#width; black = !black) {
      const run = this.#run(black);
      if (run < 0) return false;
      x = Math.min(this.#width, x + run);
      this.#row.push(x);
    }
    return true;
  }

  /** Reads a row as differences to the one above (T.6, 2.2); false if they make no sense. */
  #readByAbove(): boolean {
    const above = this.#above;
    const width = this.#width;
    const row = this.#row;
    let black = 0;
    let next = 0;
    // The place before the row counts as white.
    for (let x = -1; x < width; ) {
      // The first change above that is behind x and to the other colour; after a step to the left it may be an earlier one.
      next = (next & ~1) | black;
      while (next >= 2 && (above[next - 2] as number) > x) next -= 2;
      while ((above[next] as number) <= x && (above[next] as number) < width) next += 2;
      const change = above[next] as number;
      const mode = this.#code(this.#tables.modes);
      if (mode < 0) return false;
      if (mode === PASS) {
        x = above[next + 1] as number;
      } else if (mode === HORIZONTAL) {
        for (const colour of [black === 1, black === 0]) {
          const run = this.#run(colour);
          if (run < 0) return false;
          x = Math.min(width, Math.max(x, 0) + run);
          row.push(x);
        }
      } else {
        const to = change + mode - STRAIGHT;
        if (to < Math.max(x, 0) || to > width) return false;
        x = to;
        row.push(x);
        black ^= 1;
      }
    }
    return true;
  }

  #run(black: boolean): number {
    const table = black ? this.#tables.black : this.#tables.white;
    for (let run = 0; ; ) {
      const number = this.#code(table);
      if (number < 0) return -1;
      if (number < 64) return run + number;
      run += (number - 63) * 64;
    }
  }

  #code(table: Uint16Array): number {
    const entry = table[this.#peek(PEEK_BITS)] as number;
    if (entry === 0) return -1;
    this.#skip(entry & 15);
    return entry >> 4;
  }

  /** The next bits; zeros behind the end of the data. */
  #peek(count: number): number {
    while (this.#heldBits < count) {
      this.#held = ((this.#held << 8) | (this.#data[this.#at++] ?? 0)) & 0xff_ffff;
      this.#heldBits += 8;
    }
    return (this.#held >> (this.#heldBits - count)) & ((1 << count) - 1);
  }

  #skip(count: number): void {
    this.#peek(count);
    this.#heldBits -= count;
  }

  #take(count: number): number {
    const bits = this.#peek(count);
    this.#heldBits -= count;
    return bits;
  }

  #isPastEnd(): boolean {
    return this.#at * 8 - this.#heldBits >= this.#data.length * 8;
  }
}

/** Fills the black runs of a row; `changes` are white's end, black's end ... */
function paint(changes: readonly number[], row: Uint8Array): void {
  row.fill(0);
  for (let i = 0; i + 1 < changes.length; i += 2) {
    const from = changes[i] as number;
    const to = changes[i + 1] as number;
    const [first, last] = [from >> 3, to >> 3];
    const [head, tail] = [0xff >> (from & 7), 0xff & ~(0xff >> (to & 7))];
    if (to <= from) continue;
    if (first === last) {
      row[first] = (row[first] as number) | (head & tail);
      continue;
    }
    row[first] = (row[first] as number) | head;
    row.fill(0xff, first + 1, last);
    if (tail !== 0) row[last] = (row[last] as number) | tail;
  }
}
