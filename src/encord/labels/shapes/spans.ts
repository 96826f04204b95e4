/**
 * Ranges of audio, time and text: `range` holds pairs, `range_html` positions in an HTML document. They are kept among the
 * answers.
 */

import { LabelRowError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import type { HtmlPosition, HtmlRange } from "../coordinates.ts";
import { listOf, numberIn, objectOf, textIn, wrong } from "../label-json.ts";
import { type RangePair, Ranges } from "../ranges.ts";
import type { ShapeCodec } from "./shape-codec.ts";

export const audio = rangeCodec("Audio");
export const timeRange = rangeCodec("Time range");

export const text: ShapeCodec<"text"> = {
  keys: ["range", "range_html"],
  read(fields) {
    if (fields["range_html"] == null) return { range: pairsOf(fields["range"], "range") };
    return { rangeHtml: listOf(fields["range_html"], "range_html").map(htmlRangeOf) };
  },
  check(coordinates) {
    if (coordinates.rangeHtml === undefined) {
      checkPairs("Text", coordinates);
      return;
    }
    for (const range of listOf(coordinates.rangeHtml, "rangeHtml")) htmlRangeOf(range);
  },
  write(coordinates) {
    if (coordinates.rangeHtml === undefined) return { range: new Ranges(coordinates.range).pairs() };
    return {
      range_html: coordinates.rangeHtml.map(({ start, end }) => ({
        start: { xpath: start.xpath, offset: start.offset },
        end: { xpath: end.xpath, offset: end.offset },
      })),
      range: [],
    };
  },
  isCanonical: () => false,
};

function rangeCodec(what: string): ShapeCodec<"audio"> & ShapeCodec<"time_range"> {
  return {
    keys: ["range"],
    read: (fields) => ({ range: pairsOf(fields["range"], "range") }),
    check: (coordinates) => checkPairs(what, coordinates),
    write: ({ range }) => ({ range: new Ranges(range).pairs() }),
    isCanonical: () => false,
  };
}

/** `[[start, end], ...]`, both included. */
export function pairsOf(value: unknown, what: string): RangePair[] {
  return listOf(value, what).map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw wrong(`A part of ${what}`, pair, "a pair of numbers");
    const [start, end] = pair as readonly unknown[];
    if (typeof start !== "number" || typeof end !== "number" || end < start) {
      throw wrong(`A part of ${what}`, pair, "a start and an end that is not before it");
    }
    return [start, end];
  });
}

function checkPairs(what: string, coordinates: unknown): void {
  const range = isObject(coordinates) ? coordinates["range"] : undefined;
  if (!Array.isArray(range)) {
    throw new LabelRowError(`${what} coordinates are { range: [[start, end], ...] }, both ends included.`);
  }
  pairsOf(range, "range");
}

function htmlRangeOf(value: unknown): HtmlRange {
  const range = objectOf(value, "A range in HTML");
  return { start: htmlPositionOf(range["start"]), end: htmlPositionOf(range["end"]) };
}

function htmlPositionOf(value: unknown): HtmlPosition {
  const position = objectOf(value, "A position in HTML");
  return { xpath: textIn(position, "xpath"), offset: numberIn(position, "offset") };
}
