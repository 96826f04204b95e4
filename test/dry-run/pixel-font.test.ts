import { expect, it } from "vitest";
import { GLYPH_HEIGHT, textDots, textWidth } from "../../src/dry-run/pixel-font.ts";

/** A text as rows of dots. */
function drawn(text: string): string[] {
  const rows = Array.from({ length: GLYPH_HEIGHT }, () => Array<string>(textWidth(text)).fill("."));
  for (const { x, y } of textDots(text)) (rows[y] as string[])[x] = "#";
  return rows.map((row) => row.join(""));
}

it("names are drawn in capitals without accents, three dots wide and five high", () => {
  expect(drawn("Hé1")).toEqual(["#.#.###..#.", "#.#.#...##.", "###.##...#.", "#.#.#....#.", "#.#.###.###"]);
  expect(drawn("字")).toEqual(["...", "...", "...", "...", "..."]);
  expect(textWidth("")).toBe(0);
});
