/** The gallery's task agents, each on an emulated Encord that checks what they save against the ontology. */

import { EncordClient } from "encord-edge-agents/encord";
import { editLabels, runAgent, savedLabels, standIn, workOff } from "encord-edge-agents/testing";
import { describe, expect, it } from "vitest";
import { audioTranscription } from "../../agents/audio-transcription.ts";
import { documentClassification } from "../../agents/document-classification.ts";
import { languageModel } from "../../agents/models/language-model.ts";
import { speechModel } from "../../agents/models/workers-ai.ts";
import { preClassifyImages } from "../../agents/pre-classify-images.ts";
import { prioritizeByTitle } from "../../agents/prioritize-by-title.ts";
import { routeByAttribute } from "../../agents/route-by-attribute.ts";
import { twinLabelTransfer } from "../../agents/twin-label-transfer.ts";
import { classification, PROJECT, question, workshop } from "../agent/workshop.ts";
import type { SeedData } from "../emulator/index.ts";
import { recordedModel } from "./recorded-model.ts";

const TWIN = "0e57a11e-0000-4000-8000-0000000000b2";
const PICTURES = ["street-01.jpg", "street-02.png", "street-07.jpg"];

it("pre-classify-images sorts cats, dogs and others, and labels what it knows", async () => {
  const emulator = await workshop({
    stage: "Pre-classify",
    pathways: ["Cat", "Dog", "Other"],
    data: PICTURES,
  });
  const answers = ["Cat", "dog", "other"].map((each) => ({ classification: each }));
  const pathways: (string | null)[] = [];
  for (const [i, task] of PICTURES.entries()) {
    const { model, asked } = recordedModel(answers[i] ?? "");
    const run = await runAgent(preClassifyImages, {
      emulator,
      task,
      replace: [standIn(languageModel, model)],
    });
    pathways.push(run.pathway);
    expect(asked[0]?.images?.[0]?.width).toBeGreaterThan(0);
    const labels = run.labelRow.isLabellingInitialised ? run.labelRow.getClassificationInstances() : [];
    expect(labels.map((each) => each.getAnswer())).toMatchObject(
      run.pathway === "Other" ? [] : [{ label: run.pathway }],
    );
  }
  expect(pathways).toEqual(["Cat", "Dog", "Other"]);
});

it("pre-classify-images does not guess: an answer of another form is an error, and the task stays", async () => {
  const data = PICTURES.slice(0, 1);
  const emulator = await workshop({ stage: "Pre-classify", pathways: ["Cat", "Dog", "Other"], data });
  const replace = [standIn(languageModel, recordedModel({ classification: "horse" }).model)];
  const run = await runAgent(preClassifyImages, { emulator, replace });
  expect(run).toMatchObject({ outcome: "failed", pathway: null });
});

describe("twin-label-transfer", () => {
  const agent = twinLabelTransfer(TWIN);
  const options = {
    stage: "Transfer labels",
    pathways: ["Transferred", "Nothing to transfer"],
    data: PICTURES.slice(0, 2),
    twin: { projectHash: TWIN },
  };

  it("copies objects and classifications of the same data, with their answers", async () => {
    const emulator = await workshop(options);
    // The twin's labels of the first picture.
    const client = await EncordClient.withSshKey({
      sshKey: emulator.sshKey,
      domain: emulator.domain,
      fetch: (input: RequestInfo | URL, init?: RequestInit) => emulator.fetch(new Request(input, init)),
    });
    const twin = await client.getProject(TWIN);
    const [row] = await twin.listLabelRows({ dataTitleEq: PICTURES[0] as string });
    if (!row) throw new Error("no twin");
    await row.initialiseLabels();
    const car = row.createObjectInstance(row.ontologyStructure.getChildByTitle("Car", "bounding_box"));
    car.setForFrames({ topLeftX: 0.1, topLeftY: 0.1, width: 0.2, height: 0.2 }, { confidence: 0.5 });
    car.setAnswer(row.ontologyStructure.getChildByTitle("Blue", "option"));
    row.addObjectInstance(car);
    const caption = row.createClassificationInstance(
      row.ontologyStructure.getChildByTitle("Caption", "classification"),
    );
    caption.setAnswer("copied");
    caption.setForFrames();
    row.addClassificationInstance(caption);
    await row.save();

    const results = await workOff(agent, emulator);
    expect(results.map((each) => each.pathway)).toEqual(["Transferred", "Nothing to transfer"]);
    const own = await savedLabels(emulator, PICTURES[0] as string);
    expect(own.projectHash).toBe(PROJECT);
    const [copy] = own.getObjectInstances();
    expect(copy?.getAnnotation()).toMatchObject({ coordinates: { topLeftX: 0.1 }, confidence: 0.5 });
    expect(copy?.getAnswer(own.ontologyStructure.getChildByTitle("Color", "radioAttribute"))?.label).toBe(
      "Blue",
    );
    expect(copy?.objectHash).not.toBe(car.objectHash);
    expect(own.getClassificationInstances().map((each) => each.getAnswer())).toEqual(["copied"]);

    // The task comes back: nothing doubles.
    const [task] = emulator.tasks();
    const stage = (await client.getProject(PROJECT)).workflow.getStage("Transferred tasks");
    for await (const done of stage.getTasks()) {
      const start = emulator.stages().find(({ title }) => title === "Transfer labels");
      await done.move({ destinationStageUuid: start?.uuid ?? "" });
    }
    expect((await runAgent(agent, { emulator, task: task?.dataHash ?? "" })).pathway).toBe("Transferred");
    const again = await savedLabels(emulator, PICTURES[0] as string);
    expect(again.getObjectInstances()).toHaveLength(1);
    expect(again.getClassificationInstances()).toHaveLength(1);
  });
});

it("prioritize-by-title sets priorities by the first rule that matches, and moves on", async () => {
  const titles = ["URGENT night.jpg", "a night.jpg", "scan.tif", "other.jpg"];
  const emulator = await workshop({
    stage: "Prioritize",
    pathways: ["Annotate"],
    data: titles.map((title): SeedData => ({ title, dataType: "IMAGE", fileType: "image/jpeg" })),
  });
  const results = await workOff(prioritizeByTitle, emulator);
  expect(results.map((each) => each.pathway)).toEqual(titles.map(() => "Annotate"));
  const rows = await Promise.all(titles.map((title) => savedLabels(emulator, title)));
  expect(rows.map((row) => row.priority)).toEqual([1, 0.8, 0.2, 0.5]);
});

it("route-by-attribute follows the answer, also none", async () => {
  const emulator = await workshop({
    stage: "Route",
    pathways: ["Cat", "Dog", "Unanswered"],
    data: PICTURES,
  });
  for (const [i, answer] of ["Dog", "Cat"].entries()) {
    await editLabels(emulator, PICTURES[i] as string, (row) => {
      const animal = row.createClassificationInstance(
        row.ontologyStructure.getChildByTitle("Animal", "classification"),
      );
      animal.setAnswer(row.ontologyStructure.getChildByTitle(answer, "option"));
      animal.setForFrames();
      row.addClassificationInstance(animal);
    });
  }
  const results = await workOff(routeByAttribute, emulator);
  expect(results.map((each) => each.pathway)).toEqual(["Dog", "Cat", "Unanswered"]);
});

it("audio-transcription writes down what the model hears, and leaves silence and long files to people", async () => {
  const sound = (title: string, fileSize: number): SeedData => ({
    title,
    media: "talk.wav",
    dataType: "AUDIO",
    itemType: "audio",
    duration: 2,
    numberOfFrames: 2000,
    fileSize,
    audio: { codec: "pcm_s16le", sampleRate: 16_000, bitDepth: 16, numChannels: 1 },
  });
  const media = { "talk.wav": new Uint8Array(1000).fill(7) };
  const emulator = await workshop({
    stage: "Transcribe",
    pathways: ["Transcribed", "No speech", "Too long"],
    data: [sound("talk", 1000), sound("silence", 1000), sound("opera", 90_000_000)],
    media,
    ontology: { classifications: [classification("1", "Transcript", "text")] },
  });
  const heard: number[] = [];
  const replace = [
    standIn(speechModel, async (bytes) => {
      heard.push(bytes.length);
      return heard.length === 1 ? "good morning" : "";
    }),
  ];
  const results = await workOff(audioTranscription, emulator, { replace });
  expect(results.map((each) => each.pathway)).toEqual(["Transcribed", "No speech", "Too long"]);
  expect(heard).toEqual([1000, 1000]);
  const labels = (await savedLabels(emulator, "talk")).getClassificationInstances();
  expect(labels.map((each) => each.getAnswer())).toEqual(["good morning"]);
});

it("document-classification reads PDF and text, and answers nested questions", async () => {
  const letter = question("1.1.1.1", "Sender", "text");
  const root = question("1.1", "Document type", "radio", ["Letter", "Invoice"]);
  const [first, second] = root.options ?? [];
  const ontology = {
    classifications: [
      {
        id: "1",
        featureNodeHash: "clDocume",
        attributes: [{ ...root, options: [{ ...first, options: [letter] }, second] }],
      },
    ],
  };
  const text = new TextEncoder().encode("Dear Sir or Madam");
  const emulator = await workshop({
    stage: "Classify documents",
    pathways: ["Classified"],
    data: [
      { title: "letter.pdf", media: "letter.pdf" },
      { title: "note.txt", media: "note.txt" },
      { title: "street-01.jpg", media: "street-01.jpg" },
    ],
    media: { "letter.pdf": text, "note.txt": text },
    ontology,
  });
  const sender = { feature_node_hash: "atSender", value: "Ada" };
  const answer = {
    document_type: {
      feature_node_hash: "atDocume",
      choice: { feature_node_hash: "opLetter", sender },
    },
  };
  const { model, asked } = recordedModel(answer);
  const results = await workOff(documentClassification, emulator, {
    replace: [standIn(languageModel, model)],
  });
  expect(results.map((each) => each.outcome)).toEqual(["moved", "moved", "stayed"]);
  expect(asked.map((each) => each.documents?.map(({ name }) => name))).toContainEqual(["letter.pdf"]);
  expect(asked.some((each) => each.prompt.includes("Dear Sir or Madam"))).toBe(true);
  for (const title of ["letter.pdf", "note.txt"]) {
    const row = await savedLabels(emulator, title);
    const [made] = row.getClassificationInstances();
    expect(made?.getAnswer()).toMatchObject({ label: "Letter" });
    expect(made?.getAnswer(row.ontologyStructure.getChildByTitle("Sender", "textAttribute"))).toBe("Ada");
  }
});
