/** Data of every type, seeded with little more than a title, can be labelled, saved and read by the client. */

import { EncordClient } from "encord-edge-agents/encord";
import { expect, it } from "vitest";
import { createEmulator, type SeedData } from "../emulator/index.ts";
import trace from "../fixtures/traces/09-initialise-labels.json";

/** The ontology of the traces. */
const ontology = trace.exchanges.flatMap(({ responseBody }) =>
  "editor" in responseBody ? [responseBody.editor] : [],
)[0];

const onFrames = { shape: "point", coordinates: { x: 0.5, y: 0.5 } };
const stretch = (shape: string) => ({ shape, coordinates: { range: [[0, 3]] } });
const html = {
  shape: "text",
  coordinates: { rangeHtml: [{ start: { xpath: "/p", offset: 0 }, end: { xpath: "/p", offset: 2 } }] },
};

it.each<[Omit<SeedData, "title">, { readonly shape: string; readonly coordinates: object }]>([
  [{ dataType: "IMAGE" }, onFrames],
  [{ dataType: "VIDEO", numberOfFrames: 10 }, onFrames],
  [{ dataType: "IMG_GROUP", images: [{ title: "a" }, { title: "b" }] }, onFrames],
  [{ dataType: "DICOM", numberOfFrames: 3 }, onFrames],
  [{ dataType: "NIFTI", numberOfFrames: 3 }, onFrames],
  [{ dataType: "PDF", numberOfFrames: 3 }, onFrames],
  [{ dataType: "SCENE" }, onFrames],
  [{ dataType: "AUDIO", numberOfFrames: 5000 }, stretch("audio")],
  [{ dataType: "PLAIN_TEXT" }, stretch("text")],
  [{ dataType: "PLAIN_TEXT", fileType: "text/html" }, html],
])("%j", async (seed, { shape, coordinates }) => {
  const emulator = await createEmulator({
    seed: {
      projects: [{ title: "P", ...(ontology ? { ontology } : {}), data: [{ title: "unit", ...seed }] }],
    },
  });
  const client = await EncordClient.withSshKey(emulator.connection);
  const project = await client.getProject(emulator.projects[0]?.projectHash ?? "");
  const [row] = await project.listLabelRows();
  await row?.initialiseLabels();
  const kind = project.ontologyStructure.objects.find((each) => each.shape === shape);
  const weather = project.ontologyStructure.getChildByTitle("Weather", "classification");
  if (!row || !kind) throw new Error("the project holds a row, and its ontology every shape");
  const object = row.createObjectInstance(kind);
  object.setForFrames(coordinates as never);
  row.addObjectInstance(object);
  const sunny = row.createClassificationInstance(weather);
  sunny.setForFrames({ frames: 0 });
  row.addClassificationInstance(sunny);
  await row.save();

  const [again] = await project.listLabelRows();
  await again?.initialiseLabels();
  expect(again?.getObjectInstances().map((each) => each.objectHash)).toEqual([object.objectHash]);
  expect(again?.getClassificationInstances()).toHaveLength(1);
  expect(again?.toEncordDict().object_answers).toEqual({
    [object.objectHash]: expect.objectContaining({ objectHash: object.objectHash }),
  });
});

it("what a seed leaves out of a file is read from it: frames, size, length", async () => {
  const video = await (await fetch("https://fixtures.test/media/videos/h264_rot90.mp4")).arrayBuffer();
  const emulator = await createEmulator({
    seed: {
      projects: [
        {
          title: "Files",
          data: [
            { title: "turned", media: "turned.mp4" },
            { title: "stated", media: "turned.mp4", numberOfFrames: 7 },
            { title: "sound", media: "sound.wav" },
            { title: "text", media: "text.txt" },
            { title: "no video", media: "broken.mp4" },
            { title: "nothing known", dataType: "AUDIO" },
          ],
        },
      ],
    },
    media: {
      "turned.mp4": new Uint8Array(video),
      "sound.wav": halfASecond(),
      "text.txt": new TextEncoder().encode("zwölf Zeichen"),
      "broken.mp4": new TextEncoder().encode("not a video at all, only named like one"),
    },
  });
  const client = await EncordClient.withSshKey(emulator.connection);
  const project = await client.getProject(emulator.projects[0]?.projectHash ?? "");
  const rows = await project.listLabelRows();
  const facts = rows.map((row) => [row.dataTitle, row.numberOfFrames, row.duration, row.width, row.height]);
  expect(facts).toEqual([
    ["turned", expect.any(Number), expect.any(Number), 240, 320],
    ["stated", 7, expect.any(Number), 240, 320],
    ["sound", 500, 0.5, null, null],
    ["text", 13, null, null, null],
    ["no video", 1, 1 / 25, null, null],
    ["nothing known", 60_000, 60, null, null],
  ]);
  expect(rows[0]?.numberOfFrames).toBeGreaterThan(10);
  expect(rows[2]).toMatchObject({
    audioCodec: "pcm",
    audioSampleRate: 8000,
    audioBitDepth: 16,
    audioNumChannels: 1,
  });
});

/** 8000 samples a second, 16 bits, mono. */
function halfASecond(): Uint8Array {
  const view = new DataView(new ArrayBuffer(44 + 8000));
  const write = (at: number, text: string) => {
    for (const [index, letter] of [...text].entries()) view.setUint8(at + index, letter.charCodeAt(0));
  };
  write(0, "RIFF");
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 8000, true);
  view.setUint32(28, 16_000, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, 8000, true);
  return new Uint8Array(view.buffer);
}

it("an ontology of names alone is completed to what clients read", async () => {
  const emulator = await createEmulator({
    seed: {
      projects: [
        {
          title: "Names",
          data: [],
          ontology: {
            objects: [
              {
                name: "Car",
                shape: "bounding_box",
                attributes: [
                  {
                    name: "Colour",
                    type: "radio",
                    options: [{ label: "Deep red", options: [{ name: "Why", type: "text" }] }],
                  },
                ],
              },
            ],
            classifications: [{ attributes: [{ name: "Weather 天気", type: "text" }] }],
          },
        },
      ],
    },
  });
  const client = await EncordClient.withSshKey(emulator.connection);
  const project = await client.getProject(emulator.projects[0]?.projectHash ?? "");
  const car = project.ontologyStructure.getChildByTitle("Car", "object");
  expect(car).toMatchObject({ color: expect.stringMatching(/^#/), required: false });
  const red = car.getChildByTitle("Deep red", "option");
  expect(red.value).toBe("deep_red");
  expect(red.getChildByTitle("Why", "attribute").featureNodeHash).toHaveLength(8);
  expect(
    project.ontologyStructure.getChildByTitle("Weather 天気", "classification").featureNodeHash,
  ).toHaveLength(8);
});

it("a video without frames takes no label, and says so", async () => {
  const ontology = { objects: [{ name: "Spot", shape: "point" }] };
  const data = [{ title: "nothing", dataType: "VIDEO", numberOfFrames: 0 }];
  const emulator = await createEmulator({ seed: { projects: [{ title: "Empty", ontology, data }] } });
  const client = await EncordClient.withSshKey(emulator.connection);
  const project = await client.getProject(emulator.projects[0]?.projectHash ?? "");
  const [row] = await project.listLabelRows();
  await row?.initialiseLabels();
  const spot = project.ontologyStructure.getChildByTitle("Spot", "point").createInstance();
  spot.setForFrames({ x: 0.5, y: 0.5 }, { frames: 0 });
  expect(() => row?.addObjectInstance(spot)).toThrow(/frame 0 does not exist: .*"nothing".* has no frames\./);
});

it("rows of a project without a Workflow have no node, but a status of their annotation", async () => {
  const seed = { projects: [{ title: "Manual", projectType: "manual_qa", data: [{ title: "a" }] }] };
  const emulator = await createEmulator({ seed });
  const client = await EncordClient.withSshKey(emulator.connection);
  const project = await client.getProject(emulator.projects[0]?.projectHash ?? "");
  const [row] = await project.listLabelRows();
  expect([row?.workflowGraphNode, row?.taskUuid, row?.annotationTaskStatus]).toEqual([null, null, "QUEUED"]);
  await expect(row?.setPriority(0)).rejects.toThrow("Workflow");
});

it("items that are there are fetched beside one that is not, although the list is refused for it", async () => {
  const data = [1, 2, 3, 4, 5].map((n) => ({ title: `${n}.png` }));
  const emulator = await createEmulator({ seed: { projects: [{ title: "Items", data }] } });
  const client = await EncordClient.withSshKey(emulator.connection);
  const project = await client.getProject(emulator.projects[0]?.projectHash ?? "");
  const uuids = (await project.listLabelRows()).map((row) => row.backingItemUuid ?? "");
  const asked = uuids.with(3, crypto.randomUUID());
  await expect(client.getStorageItems(asked)).rejects.toThrow("not found");
  const items = await client.getStorageItems(asked, { skipMissing: true });
  expect(items.map(({ name }) => name)).toEqual(["1.png", "2.png", "3.png", "5.png"]);
});
