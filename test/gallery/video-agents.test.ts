/** The gallery's video agents on a clip whose moving shapes are known. */

import type { BoundingBoxCoordinates } from "encord-edge-agents/encord";
import { callAgent, runAgent, savedLabels, standIn } from "encord-edge-agents/testing";
import { expect, it } from "vitest";
import { overlapOf } from "../../agents/box-overlap.ts";
import { languageModel } from "../../agents/models/language-model.ts";
import { prelabelVideo } from "../../agents/prelabel-video.ts";
import { recaptionVideo } from "../../agents/recaption-video.ts";
import { classification, workshop } from "../agent/workshop.ts";
import type { SeedData, SeedOntology } from "../emulator/index.ts";
import { recordedModel } from "./recorded-model.ts";

const FRAMES = 36;
const clip: SeedData = {
  title: "moving.mp4",
  media: "moving.mp4",
  dataType: "VIDEO",
  width: 160,
  height: 120,
  numberOfFrames: FRAMES,
  framesPerSecond: 12,
  duration: 3,
};

async function project(options: { stage?: string; pathways?: readonly string[]; ontology?: SeedOntology }) {
  const response = await fetch("https://fixtures.test/motion/moving.mp4");
  const media = { "moving.mp4": new Uint8Array(await response.arrayBuffer()) };
  return workshop({ ...options, data: [clip], media });
}

/** Where make.sh draws the shapes, in relative numbers; what leaves the picture is cut off. */
function truth(frame: number): BoundingBoxCoordinates[] {
  const n = frame + 1;
  const even = (value: number) => value - (value % 2);
  return [
    { x: even(8 + 3 * n), y: 16, w: 24, h: 20 },
    { x: even(128 - 2 * n), y: even(60 + n), w: 20, h: 26 },
  ].map(({ x, y, w, h }) => ({
    topLeftX: x / 160,
    topLeftY: y / 120,
    width: w / 160,
    height: Math.min(h, 120 - y) / 120,
  }));
}

it("prelabel-video follows both shapes through every frame: mean IoU above 0.9", async () => {
  const emulator = await project({ stage: "Pre-Labeling Agent", pathways: ["Annotate 1"] });
  const run = await runAgent(prelabelVideo, { emulator });
  expect(run).toMatchObject({ pathway: "Annotate 1", error: null });
  const objects = run.labelRow.getObjectInstances();
  expect(objects.map((each) => each.getAnnotationFrames().length)).toEqual([FRAMES, FRAMES]);
  const overlaps = objects.flatMap((object) =>
    object.getAnnotations().map(({ frame, coordinates, confidence, manualAnnotation }) => {
      expect(confidence).toBeGreaterThan(0.3);
      expect(manualAnnotation).toBe(false);
      const box = coordinates as BoundingBoxCoordinates;
      return Math.max(...truth(frame).map((known) => overlapOf(known, box)));
    }),
  );
  const mean = overlaps.reduce((sum, each) => sum + each, 0) / overlaps.length;
  expect(mean).toBeGreaterThan(0.9);
  // Each object stays with its shape: the red one goes right, the blue one left.
  const ways = objects.map((object) => {
    const at = (frame: number) =>
      (object.getAnnotation(frame).coordinates as BoundingBoxCoordinates).topLeftX;
    return Math.sign(at(FRAMES - 1) - at(0));
  });
  expect(ways.sort()).toEqual([-1, 1]);
});

it("recaption-video says a caption again, about the frames that it is about", async () => {
  const texts = ["Caption", "Caption 1", "Caption 2", "Caption 3"];
  const ontology = {
    classifications: texts.map((title, i) => {
      const made = classification(String(i + 1), title, "text");
      const attributes = made.attributes.map((each) => ({ ...each, featureNodeHash: `atCapti${i}` }));
      return { ...made, featureNodeHash: `clCapti${i}`, attributes };
    }),
  };
  const emulator = await project({ ontology });
  const { model, asked } = recordedModel({
    caption_1: { feature_node_hash: "atCapti1", value: "one" },
    caption_2: { feature_node_hash: "atCapti2", value: "two" },
    caption_3: { feature_node_hash: "atCapti3", value: "three" },
  });
  const options = { emulator, replace: [standIn(languageModel, model)] };
  const call = { data: "moving.mp4", frame: 12 };
  await expect(callAgent(recaptionVideo, call, options)).rejects.toThrow(/no "Caption" on this frame/);

  const row = await savedLabels(emulator, "moving.mp4");
  const caption = row.createClassificationInstance(
    row.ontologyStructure.getChildByTitle("Caption", "classification"),
  );
  caption.setAnswer("two shapes move");
  caption.setForFrames({ frames: { start: 10, end: 17 } });
  row.addClassificationInstance(caption);
  await row.save();

  const { message, labelRow } = await callAgent(recaptionVideo, call, options);
  expect(message).toBe("Wrote 3 captions from 4 frames");
  expect(asked[0]?.images?.map((image) => image.frame)).toEqual([11, 13, 15, 17]);
  expect(asked[0]?.prompt).toMatch(/two shapes move/);
  const saved = labelRow.getClassificationInstances();
  expect(saved.map((each) => [each.getAnswer(), each.rangeList])).toEqual([
    ["two shapes move", [[10, 17]]],
    ["one", [[10, 17]]],
    ["two", [[10, 17]]],
    ["three", [[10, 17]]],
  ]);
});
