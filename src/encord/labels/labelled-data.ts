/**
 * The data that labels are on, and the rules for what can be placed on it: only on frames that exist, only shapes that fit
 * the kind of data, only masks as large as their frame.
 */

import { LabelRowError } from "../errors.ts";
import type { Shape } from "../ontology/shape.ts";
import type { Coordinates } from "./coordinates.ts";
import type { Ranges } from "./ranges.ts";

/** What the rules need to know about the data. */
export interface LabelledData {
  /** How error messages refer to it, such as `label row "street.jpg"`. */
  readonly description: string;
  /** `frames`: labels are drawn on frames. `none`: they are on spaces. The others: ranges, kept among the answers. */
  readonly kind: "frames" | "audio" | "time_series" | "text" | "html" | "none";
  /** A recording without frames: its labels are events, which this client keeps but cannot make. */
  readonly isContinuous?: boolean;
  /** Audio and text in a data group: a classification is about the whole of it, and there is at most one of a kind. */
  readonly classifiedAsWhole?: boolean;
  /** All frames are below this number; null when it is not known. */
  readonly frameCount: number | null;
  /** In pixels; null when it is not known. */
  sizeOf(frame: number): { readonly width: number; readonly height: number } | null;
}

/** @throws LabelRowError naming the first frame that the data does not have */
export function checkFrames(data: LabelledData, frames: Ranges): void {
  if (data.kind === "none") {
    throw new LabelRowError(
      `The ${data.description} has no frames of its own: its labels are on its spaces.`,
    );
  }
  if (data.isContinuous) {
    throw new LabelRowError(
      `The ${data.description} is a continuous recording: its labels are kept as they are, nothing can be placed or changed.`,
    );
  }
  const { first, last } = frames;
  if (first === undefined || last === undefined || data.frameCount === null || last < data.frameCount) return;
  const known = data.frameCount > 0 ? `the frames 0 to ${data.frameCount - 1}` : "no frames";
  throw new LabelRowError(
    `frame ${Math.max(first, data.frameCount)} does not exist: ${data.description} has ${known}.`,
  );
}

/** @throws LabelRowError when these coordinates cannot be placed on this frame of this data */
export function checkCoordinates(
  data: LabelledData,
  shape: Shape,
  coordinates: Coordinates,
  frame: number,
): void {
  const isStretch = shape === "audio" || shape === "time_range" || shape === "text";
  const wanted = data.kind === "html" ? "text" : data.kind === "time_series" ? "time_range" : data.kind;
  if (isStretch ? shape !== wanted : data.kind !== "frames") {
    throw new LabelRowError(
      `a ${shape.replaceAll("_", " ")} cannot be placed on ${data.description}, which takes ` +
        `${data.kind === "frames" ? "what is drawn on frames" : data.kind === "none" ? "labels on its spaces" : `${wanted.replace("_", " ")} objects`}.`,
    );
  }
  if (isStretch) checkStretch(data, coordinates, frame);
  if (!("rleString" in coordinates)) return;
  const size = data.sizeOf(frame);
  if (!size || (size.width === coordinates.width && size.height === coordinates.height)) return;
  throw new LabelRowError(
    `the bitmask is ${coordinates.width} × ${coordinates.height}, but the frame is ${size.width} × ${size.height} pixels.`,
  );
}

function checkStretch(data: LabelledData, coordinates: Coordinates, frame: number): void {
  if (frame !== 0) throw new LabelRowError("objects in audio and text are placed on frame 0.");
  const isHtml = "rangeHtml" in coordinates && coordinates.rangeHtml !== undefined;
  if (data.kind === "html" && !isHtml)
    throw new LabelRowError("objects in HTML have { rangeHtml }, not { range }.");
  if (data.kind !== "html" && isHtml) throw new LabelRowError("only objects in HTML have { rangeHtml }.");
}

/** @throws LabelRowError when a classification cannot be about these frames or ranges of this data */
export function checkExtent(data: LabelledData, ranges: Ranges, rangeOnly: boolean): void {
  if (data.classifiedAsWhole && !ranges.isEmpty) {
    throw new LabelRowError(
      `classifications of ${data.description} are about all of it: leave setForFrames out.`,
    );
  }
  checkFrames(data, ranges);
  if (rangeOnly === (data.kind !== "frames")) return;
  throw new LabelRowError(
    rangeOnly
      ? `it is about ranges only; ${data.description} takes classifications on frames: leave { rangeOnly } out.`
      : `${data.description} takes classifications about ranges only: make it with createInstance({ rangeOnly: true }), ` +
          "or with createClassificationInstance of the row.",
  );
}
