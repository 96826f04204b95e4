/** Bitmasks: `{"top": 0, "left": 0, "height", "width", "rleString"}`. Top and left are always 0, and go back as they came. */

import { LabelRowError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import { numberIn, objectOf, textIn } from "../label-json.ts";
import { checkNumbers } from "./number-check.ts";
import type { ShapeCodec } from "./shape-codec.ts";

export const bitmask: ShapeCodec<"bitmask"> = {
  keys: ["bitmask"],
  read(annotation) {
    const mask = objectOf(annotation["bitmask"], "bitmask");
    return {
      width: numberIn(mask, "width"),
      height: numberIn(mask, "height"),
      rleString: textIn(mask, "rleString"),
    };
  },
  check(mask) {
    checkNumbers("A bitmask", mask, ["width", "height"]);
    if (typeof mask.rleString !== "string") {
      throw new LabelRowError(
        'A bitmask has its pixels as text under "rleString"; make it with encodeBitmask.',
      );
    }
  },
  write: ({ height, width, rleString }) => ({ bitmask: { top: 0, left: 0, height, width, rleString } }),
  isCanonical({ bitmask: mask }) {
    return isObject(mask) && typeof mask["top"] === "number" && typeof mask["left"] === "number";
  },
};
