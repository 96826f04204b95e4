/** The gallery's editor agents, each on an emulated Encord that checks what they save against the ontology. */

import type { LabelRow } from "encord-edge-agents/encord";
import { type BitmaskCoordinates, decodeBitmask } from "encord-edge-agents/encord";
import { Frame } from "encord-edge-agents/media";
import { callAgent, editLabels, runAgent, standIn } from "encord-edge-agents/testing";
import { describe, expect, it } from "vitest";
import { addBitmask } from "../../agents/add-bitmask.ts";
import { addBoundingBox } from "../../agents/add-bounding-box.ts";
import { frameClassification } from "../../agents/frame-classification.ts";
import { judge } from "../../agents/judge.ts";
import { labelCheck } from "../../agents/label-check.ts";
import { languageModel } from "../../agents/models/language-model.ts";
import { objectClassification } from "../../agents/object-classification.ts";
import { ONTOLOGY, question, workshop } from "../agent/workshop.ts";
import { recordedModel } from "./recorded-model.ts";

const STREET = "street-02.png";

/** A gray picture with a red rectangle on it. */
async function redRectangle(): Promise<Uint8Array> {
  const data = new Uint8Array(100 * 80 * 3).fill(120);
  for (let y = 20; y < 50; y++) for (let x = 30; x < 90; x++) data.set([220, 20, 20], (y * 100 + x) * 3);
  return new Frame({ frame: 0, width: 100, height: 80, data }).encode("png");
}

function addBox(row: LabelRow, name: string, box: readonly [number, number, number, number]): string {
  const object = row.createObjectInstance(row.ontologyStructure.getChildByTitle(name, "bounding_box"));
  const [topLeftX, topLeftY, width, height] = box;
  object.setForFrames({ topLeftX, topLeftY, width, height });
  row.addObjectInstance(object);
  return object.objectHash;
}

describe("add-bounding-box and add-bitmask", () => {
  const data = [{ title: "red.png", media: "red.png", width: 100, height: 80 }];

  it("find what stands out, to the pixel", async () => {
    const emulator = await workshop({ data, media: { "red.png": await redRectangle() } });
    const boxed = await callAgent(addBoundingBox, { data: "red.png" }, { emulator });
    expect(boxed.message).toBe("Added a box: Car, 60 x 30 pixels");
    const [box] = boxed.labelRow.getObjectInstances();
    expect(box?.getAnnotation()).toMatchObject({
      coordinates: { topLeftX: 0.3, topLeftY: 0.25, width: 0.6, height: 0.375 },
      manualAnnotation: false,
    });
    const masked = await callAgent(addBitmask, { data: "red.png" }, { emulator });
    expect(masked.message).toBe("Added a mask: Road, 1800 pixels");
    const mask = masked.labelRow.getObjectInstances()[1]?.getAnnotation().coordinates as BitmaskCoordinates;
    const pixels = decodeBitmask(mask);
    expect(pixels.reduce((sum, each) => sum + each, 0)).toBe(1800);
    expect([pixels[20 * 100 + 30], pixels[20 * 100 + 29]]).toEqual([1, 0]);
  });

  it("say so when nothing does, and when the ontology has no such object", async () => {
    const plain = new Frame({ frame: 0, width: 100, height: 80, data: new Uint8Array(24_000).fill(90) });
    const media = { "red.png": await plain.encode("png") };
    const emulator = await workshop({ data, media });
    expect((await callAgent(addBitmask, { data: "red.png" }, { emulator })).message).toMatch(
      /Nothing stands/,
    );
    const bare = await workshop({ data, media, ontology: {} });
    await expect(callAgent(addBoundingBox, { data: "red.png" }, { emulator: bare })).rejects.toThrow(
      /no bounding box object/,
    );
  });
});

it("frame-classification answers the ontology's questions, and asks again after a wrong answer", async () => {
  const emulator = await workshop({ data: [STREET] });
  const animal = (choice: string) => ({
    animal: { feature_node_hash: "atAnimal", choice },
    caption: { feature_node_hash: "atCaptio", value: "a street" },
    weather: { feature_node_hash: "atWeathe", sun: true, rain: false },
  });
  const { model, asked } = recordedModel(animal("Horse"), animal("Dog"));
  const replace = [standIn(languageModel, model)];
  const { message, labelRow } = await callAgent(frameClassification, { data: STREET }, { emulator, replace });
  expect(message).toBe("Classified frame 0: Animal, Caption, Weather");
  expect(labelRow.getClassificationInstances().map((each) => each.getAnswer())).toMatchObject([
    { label: "Dog" },
    "a street",
    [{ label: "Sun" }],
  ]);
  expect(asked[0]?.images?.[0]).toMatchObject({ width: 320, height: 240 });
  expect(asked[1]?.prompt).toMatch(/animal\.choice: must be one of "Cat", "Dog"/);
  // Once more: what is there gives way.
  const again = await callAgent(
    frameClassification,
    { data: STREET },
    { emulator, replace: [standIn(languageModel, recordedModel(animal("Cat")).model)] },
  );
  expect(again.labelRow.getClassificationInstances()).toHaveLength(3);
});

it("object-classification turns generic objects into what the model says, where they are", async () => {
  const [car] = ONTOLOGY.objects ?? [];
  const generic = { ...car, id: "9", name: "Generic", featureNodeHash: "obGeneri", attributes: [] };
  const ontology = { ...ONTOLOGY, objects: [...(ONTOLOGY.objects ?? []), generic] };
  const emulator = await workshop({ data: [STREET], ontology });
  const hashes: string[] = [];
  await editLabels(emulator, STREET, (row) => {
    hashes.push(addBox(row, "Generic", [0.25, 0.25, 0.5, 0.5]), addBox(row, "Generic", [0, 0, 0.1, 0.1]));
  });
  const { model, asked } = recordedModel({
    choice: {
      feature_node_hash: "obCar000",
      color: { feature_node_hash: "atColor0", choice: "Blue" },
      damages: { feature_node_hash: "atDamage", scratch: false, dent: true },
      plate: { feature_node_hash: "atPlate0", value: "" },
    },
  });
  const { message, labelRow } = await callAgent(
    objectClassification,
    { data: STREET, objectHashes: hashes.slice(0, 1) },
    { emulator, replace: [standIn(languageModel, model)] },
  );
  expect(message).toBe("Found: Car");
  expect(asked.map(({ images }) => [images?.[0]?.width, images?.[0]?.height])).toEqual([[160, 120]]);
  const objects = labelRow.getObjectInstances();
  expect(objects.map((each) => each.objectName).sort()).toEqual(["Car", "Generic"]);
  const found = objects.find((each) => each.objectName === "Car");
  expect(found?.getAnnotation().coordinates).toMatchObject({ topLeftX: 0.25, width: 0.5 });
  const color = labelRow.ontologyStructure.getChildByTitle("Color", "radioAttribute");
  expect(found?.getAnswer(color)?.label).toBe("Blue");
  await editLabels(emulator, STREET, (row) => {
    for (const each of row.getObjectInstances()) row.removeObject(each);
  });
  await expect(
    callAgent(objectClassification, { data: STREET }, { emulator, replace: [standIn(languageModel, model)] }),
  ).rejects.toThrow(/no "Generic" object/);
});

describe("label-check", () => {
  const required = { ...question("1.1", "Color", "radio", ["Red", "Blue"]), required: true };
  const [car] = ONTOLOGY.objects ?? [];
  const ontology = { objects: [{ ...car, attributes: [required] }] };

  it("finds what cannot be right, and rejects it in a Workflow", async () => {
    const emulator = await workshop({
      stage: "Label check",
      pathways: ["accept", "reject"],
      data: [STREET, "street-01.jpg"],
      ontology,
    });
    await editLabels(emulator, STREET, (row) => {
      addBox(row, "Car", [0.1, 0.1, 0.2, 0.2]);
      addBox(row, "Car", [0.1, 0.1, 0.2, 0.201]);
      addBox(row, "Car", [0.5, 0.5, 0.01, 0.01]);
    });
    await editLabels(emulator, "street-01.jpg", (row) => {
      addBox(row, "Car", [0.1, 0.1, 0.2, 0.2]);
      row.getObjectInstances()[0]?.setAnswer(row.ontologyStructure.getChildByTitle("Red", "option"));
    });
    const bad = await callAgent(labelCheck, { data: STREET }, { emulator });
    expect(bad.message?.split("; ")).toEqual([
      "Car on frame 0 is tiny",
      "Car on frame 0 is there twice",
      '"Color" of Car is not answered',
      '"Color" of Car is not answered',
      '"Color" of Car is not answered',
    ]);
    const node = await callAgent(labelCheck, { data: "street-01.jpg" }, { emulator, as: "node" });
    expect(node).toMatchObject({ decision: "accept", message: "No problems found." });
    expect((await runAgent(labelCheck, { emulator, task: STREET })).pathway).toBe("reject");
    expect((await runAgent(labelCheck, { emulator })).pathway).toBe("accept");
  });
});

it("judge shows the model the labels on the picture, and does as it says", async () => {
  const emulator = await workshop({ stage: "Judge", pathways: ["accept", "reject"], data: [STREET] });
  await editLabels(emulator, STREET, (row) => void addBox(row, "Car", [0.25, 0.25, 0.5, 0.5]));
  const { model, asked } = recordedModel({ correct: false, reason: "There is no car." });
  const replace = [standIn(languageModel, model)];
  const answer = await callAgent(judge, { data: STREET }, { emulator, replace, as: "node" });
  expect(answer).toMatchObject({ decision: "reject", message: "There is no car." });
  expect(asked[0]?.prompt).toMatch(/- object Car/);
  const [plain, drawn] = asked[0]?.images ?? [];
  const edge = (60 * 320 + 160) * 3;
  expect([...(drawn?.data.subarray(edge, edge + 3) ?? [])]).toEqual([0xd3, 0x31, 0x15]);
  expect(plain?.data.subarray(edge, edge + 3)).not.toEqual(drawn?.data.subarray(edge, edge + 3));
  expect((await runAgent(judge, { emulator, replace })).pathway).toBe("reject");
});
