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
