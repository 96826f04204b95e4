import { describe, expect, it } from "vitest";
import { createEmulator, imageProject } from "../emulator/index.ts";
import { imageSize } from "../emulator/media/image-size.ts";
import truth from "../fixtures/media/truth.json";
import { legacy, listing } from "./signed-client.ts";

const image = async (name: string) =>
  new Uint8Array(await (await fetch(`https://fixtures.test/media/images/${name}`)).arrayBuffer());

describe("the size of a picture is read from its header", () => {
  const sides = (size: { width: number; height: number } | null) => [size?.width, size?.height].toSorted();
  const readable = Object.entries(truth.images).filter(
    ([name, { opencv }]) => opencv !== null && !name.endsWith(".avif") && !name.startsWith("broken"),
  );
  for (const [name, { opencv }] of readable) {
    it(name, async () => expect(sides(imageSize(await image(name)))).toEqual(sides(opencv)));
  }
});

it("what is no picture, or ends too early, has no size", async () => {
  expect(imageSize(await image("broken_text.jpg"))).toBeNull();
  expect(imageSize(new Uint8Array())).toBeNull();
  for (const name of ["png_rgb8.png", "jpeg_baseline.jpg", "webp_lossy.webp", "tiff_lzw.tif", "bmp24.bmp"]) {
    expect(imageSize((await image(name)).subarray(0, 11))).toBeNull();
  }
});

it("an image project is made of the pictures' names and sizes alone", async () => {
  const images = { "a.png": await image("png_rgb8.png"), "b.bin": new Uint8Array([1]) };
  const emulator = await createEmulator(imageProject({ stage: "Gate", pathways: ["Good", "Bad"], images }));
  expect(emulator.stages().map(({ title, stageType, count }) => [title, stageType, count])).toEqual([
    ["Gate", "AGENT", 2],
    ["Good", "DONE", 0],
    ["Bad", "DONE", 0],
  ]);
  const { projectHash } = emulator.projects[0] ?? { projectHash: "" };
  const rows = await legacy(emulator, ["project", projectHash], ["labelrowmetadata", "GET"], null, listing());
  const { width, height } = imageSize(images["a.png"]) ?? {};
  expect(rows.json.response).toMatchObject([
    { width, height, file_type: "image/png" },
    { width: null, height: null },
  ]);
  expect(emulator.tasks()).toMatchObject([
    { stage: "Gate", dataTitle: "a.png", status: "NEW" },
    { stage: "Gate", dataTitle: "b.bin" },
  ]);
});
