/**
 * Tells from frame to frame which box is which object: a box goes on with the track that it overlaps most; one that overlaps
 * none begins a track. A track that found no box for a while has ended.
 */

import { overlapOf } from "./box-overlap.ts";
import type { Detection } from "./motion-detector.ts";

export interface Track {
  /** By frame number. */
  readonly boxes: Map<number, Detection>;
}

/** Intersection over union from which on a box is the same object as one frame before. */
const LEAST_OVERLAP = 0.1;
/** Frames without a box after which a track ends. */
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
