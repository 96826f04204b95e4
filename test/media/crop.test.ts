import { describe, expect, it } from "vitest";
import { bitmaskCrop, boxCrop, polygonCrop, rotatableBoxCrop, rotatedCorners } from "../../src/media/crop.ts";
import { Frame } from "../../src/media/frame.ts";
import vectors from "../fixtures/vectors/crops.json";

const size = vectors.image;
const frame = new Frame({ frame: 0, ...size, data: new Uint8Array(size.width * size.height * 3) });

interface Case {
  kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: the vectors hold a different shape for every kind
  coordinates: any;
  shape?: number[];
  fromX?: number;
  fromY?: number;
  toXExclusive?: number;
  toYExclusive?: number;
  cornersPx?: number[][];
  error?: string;
}

function cropOf({ kind, coordinates }: Case) {
  if (kind === "boundingBox") return boxCrop(coordinates, size);
  if (kind === "rotatableBoundingBox") return rotatableBoxCrop(coordinates, size);
  if (kind === "polygon") {
    return polygonCrop(
      coordinates.map(([x, y]: number[]) => ({ x, y })),
      size,
    );
  }
  if (kind === "polygons") {
    const ring: number[] = coordinates[0][0];
    const points = ring.flatMap((x, i) => (i % 2 === 0 ? [{ x, y: ring[i + 1] as number }] : []));
    return polygonCrop(points, size);
  }
  const [height, width] = coordinates.maskSize ?? [size.height, size.width];
  const data = new Uint8Array(width * height);
  if (coordinates !== "empty mask") {
    for (let y = coordinates.rowsTrue[0]; y < coordinates.rowsTrue[1]; y++) {
      data.fill(1, y * width + coordinates.colsTrue[0], y * width + coordinates.colsTrue[1]);
    }
  }
  return bitmaskCrop({ width, height, data }, size);
}

describe("a crop has the pixels that the Python library cuts", () => {
  for (const [index, test] of (vectors.cases as Case[]).entries()) {
    it(`${index}: ${test.kind} ${JSON.stringify(test.coordinates)}`, () => {
      if (test.error) {
        expect(() => cropOf(test)).toThrow("empty bitmask");
        return;
      }
      const box = cropOf(test);
      const { width, height } = frame.crop(box);
      expect([height, width, 3]).toEqual(test.shape);
      if (test.fromX !== undefined) {
        expect(box).toEqual({
          left: test.fromX,
          top: test.fromY,
          right: test.toXExclusive,
          bottom: test.toYExclusive,
        });
      }
      for (const [i, [x, y]] of (test.cornersPx ?? []).entries()) {
        const corner = rotatedCorners(test.coordinates, size)[i];
        expect((corner?.x ?? 0) * size.width).toBeCloseTo(x as number, 2);
        expect((corner?.y ?? 0) * size.height).toBeCloseTo(y as number, 2);
      }
    });
  }

  it("refuses coordinates that are no numbers", () => {
    expect(() => boxCrop({ x: Number.NaN, y: 0, w: 1, h: 1 }, size)).toThrow("finite");
    expect(() => polygonCrop([], size)).toThrow("without points");
  });
});
