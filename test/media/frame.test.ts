import { describe, expect, it } from "vitest";
import { Frame } from "../../src/media/frame.ts";
import { decodeImage } from "../../src/media/image/decode-image.ts";
import vectors from "../fixtures/vectors/frame-base64.json";

const data = Uint8Array.from((vectors.pixelsRgb as number[][][]).flat(2));
const frame = new Frame({ frame: 7, width: 3, height: 2, data });

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/** The base64 text inside a wrapping, and the wrapping around a placeholder. */
function unwrapped(value: unknown): { text: string; wrapping: string } {
  const json = JSON.stringify(value);
  const text = /(?:base64,|"data":"|^")([A-Za-z0-9+/]{40,}={0,2})"/.exec(json)?.[1] ?? "";
  return { text, wrapping: json.replace(text, "...") };
}

describe("base64 is wrapped as the Python library does", () => {
  for (const [name, expected] of Object.entries(vectors.formats)) {
    it(name, async () => {
      const [imageFormat, outputFormat] = name.split(" ") as [".png" | ".jpg" | ".jpeg", "url" | "raw"];
      const actual = unwrapped(await frame.toBase64({ imageFormat, outputFormat }));
      const truth = unwrapped(expected);
      expect(actual.wrapping).toBe(truth.wrapping);
      const ours = await decodeImage(bytesOf(actual.text));
      const theirs = await decodeImage(bytesOf(truth.text));
      expect(ours).toMatchObject({ width: theirs.width, height: theirs.height });
      if (imageFormat === ".png") expect(ours.data).toEqual(data);
    });
  }

  it("is a JPEG data URL when nothing is asked for", async () => {
    expect(await frame.toBase64()).toMatch(/^data:image\/jpeg;base64,\/9j\//);
  });
});

describe("a frame", () => {
  it("refuses pixels that do not fill it", () => {
    expect(() => new Frame({ frame: 0, width: 2, height: 2, data: new Uint8Array(11) })).toThrow(
      "needs 12 bytes",
    );
  });

  it("is cropped to the part inside it and keeps its number", () => {
    const crop = frame.crop({ left: 1, top: 1, right: 9, bottom: 9 });
    expect(crop).toMatchObject({ frame: 7, width: 2, height: 1 });
    expect([...crop.data]).toEqual([250, 251, 252, 128, 128, 128]);
    expect(frame.crop({ left: 5, top: 0, right: 2, bottom: 2 })).toMatchObject({ width: 0, height: 2 });
  });

  it("without pixels cannot be encoded", async () => {
    const empty = frame.crop({ left: 0, top: 0, right: 0, bottom: 0 });
    await expect(empty.encode("png")).rejects.toMatchObject({ code: "invalid-argument" });
  });

  it("turns gray with OpenCV's weights", () => {
    expect([...frame.toGray()]).toEqual([76, 150, 29, 2, 251, 128]);
  });
});

describe("resize", () => {
  const ramp = new Frame({
    frame: 0,
    width: 4,
    height: 4,
    data: Uint8Array.from({ length: 48 }, (_, i) => Math.floor(i / 3) * 16),
  });
  const reds = (of: Frame) => [...of.data].filter((_, i) => i % 3 === 0);

  it("shrinks by the mean of the cells, halves rounded up when two by two", () => {
    expect(reds(ramp.resize({ width: 2 }))).toEqual([40, 72, 168, 200]);
  });

  it("shrinks by areas when cells do not divide evenly", () => {
    expect(reds(ramp.resize({ width: 3, height: 1 }))).toEqual([100, 120, 140]);
  });

  it("enlarges linearly between pixel centres", () => {
    const two = new Frame({ frame: 0, width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 200, 200, 200) });
    expect(reds(two.resize({ width: 4, height: 1 }))).toEqual([0, 50, 150, 200]);
  });

  it("stays inside, or cuts the middle out, when asked to keep the proportions", () => {
    const wide = new Frame({ frame: 3, width: 40, height: 20, data: new Uint8Array(2400) });
    expect(wide.resize({ width: 10, height: 10 })).toMatchObject({ frame: 3, width: 10, height: 10 });
    expect(wide.resize({ width: 10, height: 10, fit: "contain" })).toMatchObject({ width: 10, height: 5 });
    expect(wide.resize({ width: 10, height: 10, fit: "cover" })).toMatchObject({ width: 10, height: 10 });
    expect(wide.resize({ height: 7 })).toMatchObject({ width: 14, height: 7 });
  });

  it("refuses sizes that are none", () => {
    expect(() => ramp.resize({ width: 0 })).toThrow(RangeError);
    expect(() => ramp.resize({ width: 1.5 })).toThrow(RangeError);
  });
});
