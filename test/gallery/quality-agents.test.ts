/** The three agents that are active in the template, each on an emulated Encord. */

import { Frame } from "encord-edge-agents/media";
import { callAgent, editLabels, runAgent } from "encord-edge-agents/testing";
import { expect, it } from "vitest";
import { frameQuality } from "../../agents/frame-quality.ts";
import { generalExample } from "../../agents/general-example.ts";
import { imageQualityGate } from "../../agents/image-quality-gate.ts";
import active from "../../agents/index.ts";
import { classification, workshop } from "../agent/workshop.ts";

const VERDICTS = ["Good", "Needs attention", "Reject"];
const ontology = {
  classifications: [
    classification("1", "Image quality", "radio", VERDICTS),
    classification("2", "Quality notes", "text"),
  ],
};
const SHARP = "street-02.png";
const flat = { title: "flat.png", media: "flat.png", width: 200, height: 150 };

async function project() {
  const gray = new Frame({ frame: 0, width: 200, height: 150, data: new Uint8Array(90_000).fill(128) });
  const media = { "flat.png": await gray.encode("png") };
  return workshop({ stage: "Quality Gate", pathways: VERDICTS, data: [SHARP, flat], media, ontology });
}

it("image-quality-gate writes its verdict and its reasons, and routes by them", async () => {
  const emulator = await project();
  const good = await runAgent(imageQualityGate, { emulator, task: SHARP });
  expect(good.pathway).toBe("Good");
  expect(good.labelRow.getClassificationInstances().map((each) => each.getAnswer())).toMatchObject([
    { label: "Good" },
    "no problems found",
  ]);
  const bad = await runAgent(imageQualityGate, { emulator, task: "flat.png" });
  expect(bad.pathway).toBe("Reject");
  const [, notes] = bad.labelRow.getClassificationInstances();
  expect(notes?.getAnswer()).toMatch(/blurred \(sharpness 0\)/);
});

it("image-quality-gate puts its verdict in place of the one that an earlier visit left", async () => {
  const emulator = await project();
  await editLabels(emulator, SHARP, (labelRow) => {
    const earlier = labelRow.ontologyStructure
      .getChildByTitle("Image quality", "classification")
      .createInstance();
    earlier.setAnswer(labelRow.ontologyStructure.getChildByTitle("Reject", "option"));
    earlier.setForFrames({ frames: 0 });
    labelRow.addClassificationInstance(earlier);
  });
  const { labelRow } = await runAgent(imageQualityGate, { emulator, task: SHARP });
  expect(labelRow.getClassificationInstances().map((each) => each.getAnswer())).toMatchObject([
    { label: "Good" },
    "no problems found",
  ]);
});

it("frame-quality says the same of the frame at hand, and decides for a node", async () => {
  const emulator = await project();
  const good = await callAgent(frameQuality, { data: SHARP }, { emulator });
  expect(good.message).toMatch(/^Good: sharpness \d+, brightness \d+, 320 x 240$/);
  const bad = await callAgent(frameQuality, { data: "flat.png" }, { emulator, as: "node" });
  expect(bad.decision).toBe("Reject");
});

it("general-example sends every task on to review", async () => {
  const emulator = await workshop({ pathways: ["continue to Review"], data: [SHARP] });
  const run = await runAgent(generalExample, { emulator });
  expect(run).toMatchObject({ outcome: "moved", pathway: "continue to Review" });
  expect(run.log).toContainEqual(expect.objectContaining({ event: "task_seen", title: SHARP }));
});

it("these three are what the template deploys", () => {
  expect(active.taskAgents.map(({ name }) => name)).toEqual(["image-quality-gate", "general-example"]);
  expect(active.editorAgents.map(({ name }) => name)).toEqual(["frame-quality"]);
});
