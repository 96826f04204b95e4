/**
 * A font of three by five dots: capitals, digits and a few signs, enough for the name of an object. Other letters lose their
 * accents; characters that are still unknown become a gap.
 */

/** Five rows of three dots, one octal digit per row; the leftmost dot is 4. */
const GLYPHS: Readonly<Record<string, string>> = {
  A: "25755",
  B: "65656",
  C: "34443",
  D: "65556",
  E: "74647",
  F: "74644",
  G: "34553",
  H: "55755",
  I: "72227",
  J: "11152",
  K: "55655",
  L: "44447",
  M: "57755",
  N: "65555",
  O: "25552",
  P: "65644",
  Q: "25563",
  R: "65655",
  S: "34216",
  T: "72222",
  U: "55557",
  V: "55552",
  W: "55775",
  X: "55255",
  Y: "55222",
  Z: "71247",
  "0": "75557",
  "1": "26227",
  "2": "61247",
  "3": "61216",
  "4": "55711",
  "5": "74616",
  "6": "34757",
  "7": "71122",
  "8": "75757",
  "9": "75716",
  "-": "00700",
  _: "00007",
  ".": "00002",
  ":": "02020",
  "/": "11244",
};

export const GLYPH_HEIGHT = 5;
const GLYPH_WIDTH = 3;

/** The width of a text in dots, with one dot between letters. */
export function textWidth(text: string): number {
  const { length } = [...plain(text)];
  return length === 0 ? 0 : length * (GLYPH_WIDTH + 1) - 1;
}

/** The dots of a text, from its top left corner. */
export function* textDots(
  text: string,
): Generator<{ readonly x: number; readonly y: number }, void, undefined> {
  const letters = plain(text);
  for (const [i, letter] of [...letters].entries()) {
    const rows = GLYPHS[letter] ?? "";
    for (const [y, row] of [...rows].entries()) {
      for (let x = 0; x < GLYPH_WIDTH; x++) {
        if (Number(row) & (4 >> x)) yield { x: i * (GLYPH_WIDTH + 1) + x, y };
      }
    }
  }
}

/** Capitals without accents. */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toUpperCase();
}
