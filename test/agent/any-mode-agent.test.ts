/** One definition in three modes, on an emulated Encord. */

import { agent, defineAgents, editorAgent, labelRow, task } from "encord-edge-agents";
import { callAgent, runAgent, workOff } from "encord-edge-agents/testing";
import { expect, it } from "vitest";
import { workshop } from "./workshop.ts";

const seen: string[] = [];
const caption = agent({
  name: "caption",
  modes: ["editor", "node", "stage"],
  stage: "Agent 1",
  outcomes: ["Good", "Bad"],
  dependencies: { labelRow },
  run(input) {
    const { labelRow, mode } = input;
    seen.push(mode === "stage" ? `task ${input.task.dataTitle}` : `${mode} frame ${input.frameData.frame}`);
    const said = labelRow.ontologyStructure.getChildByTitle("Caption", "classification").createInstance();
    said.setAnswer(mode);
    said.setForFrames();
    labelRow.addClassificationInstance(said);
    return { outcome: "Good", message: `said ${mode}`, labelRow, labelRowPriority: 0.9 };
  },
});

it("the outcome moves the task in a stage, and is the decision for a node; labels and priority are saved by all", async () => {
  const emulator = await workshop({ data: ["street-01.jpg", "street-02.png", "street-07.jpg"] });
  const inEditor = await callAgent(caption, { data: "street-01.jpg" }, { emulator });
  const inNode = await callAgent(caption, { data: "street-02.png" }, { emulator, as: "node" });
  const inStage = await runAgent(caption, { emulator, task: "street-07.jpg" });
  expect(seen.splice(0)).toEqual(["editor frame 0", "node frame 0", "task street-07.jpg"]);
  expect(inEditor).toMatchObject({ message: "said editor", decision: "Good" });
  expect(inNode).toMatchObject({ message: "said node", decision: "Good" });
  expect(inStage).toMatchObject({ outcome: "moved", pathway: "Good", dataTitle: "street-07.jpg" });
  expect(inStage.log).toContainEqual(
    expect.objectContaining({ event: "agent_message", message: "said stage" }),
  );
  for (const { labelRow } of [inEditor, inNode, inStage]) {
    expect(labelRow.getClassificationInstances()).toHaveLength(1);
    expect(labelRow.priority).toBe(0.9);
  }
  expect(emulator.tasks().map((each) => each.stage)).toEqual(["Agent 1", "Agent 1", "Good tasks"]);
});

it("an agent answers only those whom it serves", async () => {
  const emulator = await workshop({ data: ["street-01.jpg"] });
  const forNodes = agent({ name: "for-nodes", modes: ["node"], run: () => "Good" });
  const forEditors = agent({ name: "for-editors", modes: ["editor"], run: () => ({ message: "hello" }) });
  const call = { data: "street-01.jpg" };
  await expect(callAgent(forNodes, call, { emulator })).rejects.toThrow(/for Workflows only/);
  await expect(callAgent(forEditors, call, { emulator, as: "node" })).rejects.toThrow(
    /for the Label Editor only/,
  );
  expect((await callAgent(forNodes, call, { emulator, as: "node" })).decision).toBe("Good");
  await expect(workOff(forNodes, emulator)).rejects.toThrow(/serves no stage/);
  // Without the editor among its modes, only what Encord signed gets as far as this.
  expect(forNodes.editor?.signature).toBe("required");
  expect(forEditors.editor?.signature).toBe("optional");
});

it("null leaves a task where it is and decides nothing", async () => {
  const emulator = await workshop({ data: ["street-01.jpg"] });
  const waits = agent({ name: "waits", modes: ["node", "stage"], stage: "Agent 1", run: () => null });
  expect(await runAgent(waits, { emulator })).toMatchObject({ outcome: "stayed", pathway: null });
  const answer = await callAgent(waits, { data: "street-01.jpg" }, { emulator, as: "node" });
  expect(answer).toMatchObject({ message: null, decision: null });
});

it("it is listed once, and its forms serve the endpoint and the queue", () => {
  const set = defineAgents({ agents: [caption] });
  expect(set.editorAgents.map((each) => each.name)).toEqual(["caption"]);
  expect(set.taskAgents.map((each) => [each.name, each.stage, each.pathways])).toEqual([
    ["caption", "Agent 1", ["Good", "Bad"]],
  ]);
  const other = editorAgent({ name: "caption", run() {} });
  expect(() => defineAgents({ agents: [caption, other] })).toThrow(/named "caption"/);
});

it("what does not fit a mode does not compile, and is refused", () => {
  expect(() =>
    // @ts-expect-error: the Label Editor has no task
    agent({ name: "a", modes: ["editor", "stage"], stage: "A", dependencies: { task }, run: () => null }),
  ).toThrow('Agent "a": the dependency "task" does not exist for editor agents.');
  agent({
    name: "a",
    modes: ["stage"],
    stage: "A",
    dependencies: { task },
    run: ({ task }) => task.dataTitle,
  });
  // @ts-expect-error: an agent of a stage says which
  expect(() => agent({ name: "a", modes: ["editor", "stage"], run: () => null })).toThrow(
    /stage must be the title or UUID/,
  );
  // @ts-expect-error: without "stage" among the modes there is none
  agent({ name: "a", modes: ["editor"], stage: "A", run: () => null });
  // @ts-expect-error: not one of the outcomes
  agent({ name: "a", modes: ["editor"], outcomes: ["accept", "reject"], run: () => "maybe" });
  // @ts-expect-error: nor in a struct
  agent({ name: "a", modes: ["editor"], outcomes: ["accept"], run: () => ({ outcome: "maybe" }) });
  // @ts-expect-error: it has to say something, or null
  agent({ name: "a", modes: ["editor"], run() {} });
  // @ts-expect-error: no such mode
  expect(() => agent({ name: "a", modes: ["browser"], run: () => null })).toThrow(/modes must be a list/);
  // @ts-expect-error: a stage calls for no frame
  agent({ name: "a", modes: ["stage"], stage: "A", run: ({ frameData }) => frameData.dataHash });
  agent({
    name: "a",
    modes: ["editor", "stage"],
    stage: "A",
    run(input) {
      // @ts-expect-error: only a stage has a task
      input.task;
      return input.mode === "stage" ? input.task.uuid : input.frameData.dataHash;
    },
  });
});
