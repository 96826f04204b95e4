import { labelRow, singleFrame, skip, taskAgent } from "encord-edge-agents";
import { createEmulator, imageProject, workOff } from "encord-edge-agents/testing";
import { expect, it } from "vitest";

const image = async (name: string) =>
  new Uint8Array(await (await fetch(`https://fixtures.test/media/images/${name}`)).arrayBuffer());

/** A user's agent: wide pictures one way, the others another way, with a label. */
const sortByShape = taskAgent({
  name: "sort-by-shape",
  stage: "Gate",
  pathways: ["Wide", "Tall"],
  dependencies: { frame: singleFrame, labelRow },
  run({ frame, labelRow }) {
    const shape = labelRow.ontologyStructure.getChildByTitle("Shape", "classification").createInstance();
    shape.setAnswer(`${frame.width} x ${frame.height}`);
    shape.setForFrames({ frames: 0 });
    labelRow.addClassificationInstance(shape);
    return { pathway: frame.width > frame.height ? "Wide" : "Tall", labelRow };
  },
});

const ontology = {
  classifications: [
    {
      id: "1",
      featureNodeHash: "clShape1",
      attributes: [
        {
          id: "1.1",
          name: "Shape",
          type: "text",
          featureNodeHash: "atShape1",
          required: false,
          archived: false,
          dynamic: false,
        },
      ],
    },
  ],
};

it("an agent is run against three pictures in five lines", async () => {
  const images = {
    "a.png": await image("png_rgb8.png"),
    "b.jpg": await image("jpeg_baseline.jpg"),
    "c.png": await image("png_exif6.png"),
  };
  const emulator = await createEmulator(
    imageProject({ stage: "Gate", pathways: ["Wide", "Tall"], images, ontology }),
  );
  const results = await workOff(sortByShape, emulator);
  expect(results.map((each) => each.pathway)).toEqual(["Wide", "Wide", "Tall"]);
  expect(emulator.tasks().map((task) => task.stage)).toEqual(["Wide", "Wide", "Tall"]);

  const [first] = emulator.tasks();
  const labels = emulator.labels(first?.dataHash ?? "");
  expect(JSON.stringify(labels?.classification_answers)).toMatch(/"answers":"\d+ x \d+"/);
  expect(emulator.moves().map(({ how }) => how)).toEqual(["proceed:Wide", "proceed:Wide", "proceed:Tall"]);
});

it("a picture that nobody can read fails its task, and its neighbours go on", async () => {
  const images = { "bad.png": new Uint8Array([1, 2, 3]), "good.png": await image("png_rgb8.png") };
  const emulator = await createEmulator(
    imageProject({ stage: "Gate", pathways: ["Wide", "Tall"], images, ontology }),
  );
  const [bad, good] = await workOff(sortByShape, emulator);
  expect(bad).toMatchObject({ dataTitle: "bad.png", outcome: "failed", pathway: null });
  expect(bad?.error).not.toBeNull();
  expect(good).toMatchObject({ dataTitle: "good.png", outcome: "moved", pathway: "Wide" });
  expect(emulator.tasks().map((task) => task.stage)).toEqual(["Gate", "Wide"]);
});

it("an agent that leaves a task says so, and an agent without a stage is told which is missing", async () => {
  const images = { "a.png": await image("png_rgb8.png") };
  const emulator = await createEmulator(imageProject({ stage: "Gate", pathways: ["Wide"], images }));
  const stay = taskAgent({
    name: "stay",
    stage: "Gate",
    run() {
      throw skip("not today");
    },
  });
  expect(await workOff(stay, emulator)).toMatchObject([{ outcome: "stayed", pathway: null }]);
  const lost = taskAgent({ name: "lost", stage: "Elsewhere", run: () => null });
  await expect(workOff(lost, emulator)).rejects.toThrow('has an agent stage "Elsewhere"');
});
