import { editorAgent, labelRow } from "encord-edge-agents";
import { callAgent } from "encord-edge-agents/testing";
import { expect, it } from "vitest";
import { workshop } from "./workshop.ts";

it("an editor agent whose time is up cannot save any more: another may have the label row by then", async () => {
  const emulator = await workshop({ data: ["street-01.jpg"] });
  let late: Promise<unknown> | undefined;
  const slow = editorAgent({
    name: "slow",
    timeout: "100 milliseconds",
    dependencies: { labelRow },
    async run({ labelRow }, { signal }) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      const animal = labelRow.ontologyStructure.getChildByTitle("Animal", "classification").createInstance();
      animal.setAnswer(labelRow.ontologyStructure.getChildByTitle("Cat", "option"));
      animal.setForFrames({ frames: 0 });
      labelRow.addClassificationInstance(animal);
      late = labelRow.save().then(
        () => "saved",
        (error: Error) => error.message,
      );
    },
  });
  await expect(callAgent(slow, { data: "street-01.jpg" }, { emulator })).rejects.toThrow(
    /did not end within/,
  );
  expect(await late).toMatch(/did not end within/);
  const { labelRow: saved } = await callAgent(
    editorAgent({ name: "look", dependencies: { labelRow }, run() {} }),
    { data: "street-01.jpg" },
    { emulator },
  );
  expect(saved.getClassificationInstances()).toEqual([]);
});
