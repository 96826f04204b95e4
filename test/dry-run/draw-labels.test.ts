import { describe, expect, it } from "vitest";
import { drawLabels } from "../../src/dry-run/draw-labels.ts";
import type { Coordinates } from "../../src/encord/index.ts";
import { Frame } from "../../src/media/index.ts";
import { labelledRow } from "../encord/labels/labelled-row.ts";

const WIDTH = 200;
const HEIGHT = 100;
const FRONT = [
  { x: 0.1, y: 0.6 },
  { x: 0.4, y: 0.6 },
  { x: 0.4, y: 0.9 },
  { x: 0.1, y: 0.9 },
];

/** Whether anything was drawn at a pixel, or right beside it, of a black picture with one object on it. */
function drawn(featureNodeHash: string, coordinates: Coordinates): (x: number, y: number) => boolean {
  const row = labelledRow();
  const object = row.ontologyStructure.getChildByHash(featureNodeHash, "object").createInstance();
  object.setForFrames(coordinates);
  row.addObjectInstance(object);
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  const picture = drawLabels(new Frame({ frame: 0, width: WIDTH, height: HEIGHT, data }), row);
  const isInked = (x: number, y: number) =>
    picture.data.subarray((y * WIDTH + x) * 3, (y * WIDTH + x) * 3 + 3).some((part) => part > 0);
  return (x, y) => [-1, 0, 1].some((dx) => [-1, 0, 1].some((dy) => isInked(x + dx, y + dy)));
}

describe("a picture of the labels shows", () => {
  it("a circle as wide as it is high, also where the picture is not", () => {
    const at = drawn("new_circle", { centerX: 0.5, centerY: 0.5, radius: 0.1 });
    expect([at(80, 50), at(120, 50), at(100, 70)]).toEqual([true, true, true]);
    expect([at(100, 50), at(100, 60), at(130, 50)]).toEqual([false, false, false]);
  });

  it("an ellipse, turned in pixels", () => {
    const lying = drawn("new_ellipse", { centerX: 0.5, centerY: 0.5, radiusX: 0.2, radiusY: 0.1 });
    expect([lying(60, 50), lying(140, 50), lying(100, 60), lying(100, 90)]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    const upright = drawn("new_ellipse", {
      centerX: 0.5,
      centerY: 0.5,
      radiusX: 0.2,
      radiusY: 0.1,
      theta: 90,
    });
    expect([upright(100, 90), upright(110, 50), upright(60, 50)]).toEqual([true, true, false]);
  });

  it("both faces of a 2D cuboid and the edges between them, by offset and by vanishing point", () => {
    const shifted = drawn("objCub2D", { front: FRONT, offset: { x: 0.2, y: -0.4 } });
    expect([shifted(80, 75), shifted(120, 35), shifted(100, 70)]).toEqual([true, true, true]);
    const vanishing = drawn("objCub2D", {
      front: FRONT,
      vanishingPoint: { x: 0.9, y: 0.1 },
      scaleRatio: 0.5,
    });
    // The middle of the right edge of each face, and of the edge between their lower right corners.
    expect([vanishing(80, 75), vanishing(130, 43), vanishing(105, 70)]).toEqual([true, true, true]);
  });
});
