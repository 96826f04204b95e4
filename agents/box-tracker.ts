/**
 * Follows objects from frame to frame: a box continues the track that it overlaps most, and one that overlaps none begins a
 * new track. A track that gets no box for a while ends.
 */

import { overlapOf } from "./box-overlap.ts";
import type { Detection } from "./motion-detector.ts";

/** One object, and where it was seen. */
export interface Track {
  /** By frame number. */
  readonly boxes: Map<number, Detection>;
}

/** The least intersection over union at which a box is the same object as a frame before. */
const LEAST_OVERLAP = 0.1;
/** A track ends after more frames without a box. */
const LONGEST_GAP = 5;

export class BoxTracker {
  readonly tracks: Track[] = [];

  add(frame: number, detections: readonly Detection[]): void {
    const open = this.tracks.flatMap((track) => {
      const last = lastOf(track);
      return frame - last.frame <= LONGEST_GAP ? [{ track, box: last.box }] : [];
    });
    const pairs = detections.flatMap((detection) =>
      open.map(({ track, box }) => ({ detection, track, overlap: overlapOf(detection, box) })),
    );
    const placed = new Set<Detection>();
    const taken = new Set<Track>();
    for (const { detection, track, overlap } of pairs.sort((a, b) => b.overlap - a.overlap)) {
      if (overlap < LEAST_OVERLAP || placed.has(detection) || taken.has(track)) continue;
      placed.add(detection);
      taken.add(track);
      track.boxes.set(frame, detection);
    }
    for (const detection of detections) {
      if (!placed.has(detection)) this.tracks.push({ boxes: new Map([[frame, detection]]) });
    }
  }
}

function lastOf({ boxes }: Track): { readonly frame: number; readonly box: Detection } {
  // A track is made with a box, and frames come in order.
  const [frame, box] = [...boxes].at(-1) as [number, Detection];
  return { frame, box };
}
