/** Dry runs on an emulated Encord: everything is told, nothing is written. */

import {
  type Agent,
  agent,
  type DryRunOptions,
  dryRun,
  editorAgent,
  labelRow,
  retryLater,
  singleFrame,
  skip,
  storageItem,
  taskAgent,
  twinLabelRow,
  variable,
} from "encord-edge-agents";
import { EncordClient, type LabelRow } from "encord-edge-agents/encord";
import { decodeImage } from "encord-edge-agents/media";
import { type InProcessEmulator, runAgent, savedLabels } from "encord-edge-agents/testing";
import { expect, it } from "vitest";
import { emptied } from "../../src/dry-run/blank-labels.ts";
import { GROUP, PROJECT, workshop } from "../agent/workshop.ts";
import type { SeedData } from "../emulator/index.ts";

const STREET = "street-02.png";

/** Labels a picture: one car on it, and a caption. */
function labelIt(row: LabelRow, frames = 0): void {
  const car = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
  car.setForFrames({ topLeftX: 0.25, topLeftY: 0.25, width: 0.5, height: 0.5 }, { frames, confidence: 0.75 });
  car.setAnswer(row.ontologyStructure.getChildByTitle("Red", "option"));
  row.addObjectInstance(car);
  const caption = row.createClassificationInstance(
    row.ontologyStructure.getChildByTitle("Caption", "classification"),
  );
  caption.setAnswer("a street");
  caption.setForFrames({ frames });
  row.addClassificationInstance(caption);
}

const labeller = taskAgent({
  name: "labeller",
  stage: "Agent 1",
  dependencies: { labelRow, frame: singleFrame },
  run({ labelRow, frame }, { log }) {
    log.info("looked", { width: frame.width });
    labelIt(labelRow);
    return { pathway: "Good", labelRow, labelRowPriority: 0 };
  },
});

async function dry(
  emulator: InProcessEmulator,
  tried: Agent,
  data: string,
  options: Partial<DryRunOptions> = {},
) {
  const send = (input: RequestInfo | URL, init?: RequestInit) => emulator.fetch(new Request(input, init));
  const client = await EncordClient.withSshKey({
    sshKey: emulator.sshKey,
    domain: emulator.domain,
    fetch: send as typeof fetch,
  });
  const dataHash = (await savedLabels(emulator, data)).dataHash;
  const before = state(emulator);
  const result = await dryRun(tried, {
    client,
    projectHash: PROJECT,
    dataHash,
    assets: { allowInsecureLoopback: false, fetch: send, onTransfer: () => {}, onFrame: () => {} },
    ...options,
  });
  expect(state(emulator)).toEqual(before);
  return result;
}

/** All that a write could change. */
function state(emulator: InProcessEmulator): unknown {
  const { count: _requests, ...rest } = emulator.snapshot() as unknown as Record<string, unknown>;
  return rest;
}

it("a task agent: labels it would add, the pathway, the priority, what it cost; nothing is written", async () => {
  const emulator = await workshop({ data: [STREET] });
  const result = await dry(emulator, labeller, STREET);
  expect(result).toMatchObject({ as: "stage", pathway: "Good", priority: 0, error: null, skipped: null });
  expect(result.labels).toHaveLength(1);
  expect(result.labels[0]?.changes).toMatchObject([
    {
      change: "added",
      kind: "object",
      name: "Car",
      frames: [[0, 0]],
      answers: { Color: "Red", Damages: [] },
      confidence: 0.75,
    },
    { change: "added", kind: "classification", name: "Caption", answers: { Caption: "a street" } },
  ]);
  expect(result.effort.decodedFrames).toBe(1);
  expect(result.effort.fetchedBytes).toBeGreaterThan(1000);
  expect(result.writes.map((each) => each.request)).toEqual([
    "labelrow POST",
    `POST projects/${PROJECT}/priorities`,
  ]);
  // The real run does what the dry one said.
  const real = await runAgent(labeller, { emulator });
  expect(real.pathway).toBe("Good");
  expect(real.labelRow.getObjectInstances()).toHaveLength(1);
});

it("the picture shows the labels as they would be", async () => {
  const emulator = await workshop({ data: [STREET] });
  const result = await dry(emulator, labeller, STREET);
  const drawn = await decodeImage(await result.picture());
  expect([drawn.width, drawn.height]).toEqual([320, 240]);
  const red = [0xd3, 0x31, 0x15];
  const at = (x: number, y: number) => [...drawn.data.subarray((y * 320 + x) * 3, (y * 320 + x) * 3 + 3)];
  // The box goes from (80, 60) to (240, 180).
  for (const [x, y] of [
    [80, 60],
    [160, 60],
    [240, 120],
    [80, 179],
  ] as const)
    expect(at(x, y)).toEqual(red);
  expect(at(160, 120)).not.toEqual(red);
  expect(at(40, 30)).not.toEqual(red);
});

it("labels that are there are compared: what changes, what goes, and what stays out of the list", async () => {
  const emulator = await workshop({ data: [STREET] });
  await runAgent(taskAgent({ ...labellerThatStays, name: "first" }), { emulator });
  const editor = editorAgent({
    name: "edits",
    dependencies: { labelRow },
    async run({ labelRow }) {
      const [caption] = labelRow.getClassificationInstances();
      caption?.setAnswer("a road", { overwrite: true });
      const [car] = labelRow.getObjectInstances();
      if (car) labelRow.removeObject(car);
      await labelRow.save();
      return { message: "done", decision: "Bad" };
    },
  });
  const result = await dry(emulator, editor, STREET);
  expect(result).toMatchObject({ as: "editor", message: "done", decision: "Bad", pathway: null });
  expect(result.labels[0]?.changes.map((each) => [each.change, each.name])).toEqual([
    ["changed", "Caption"],
    ["removed", "Car"],
  ]);
  const untouched = editorAgent({
    name: "saves",
    dependencies: { labelRow },
    async run({ labelRow }) {
      await labelRow.save();
    },
  });
  expect((await dry(emulator, untouched, STREET)).labels[0]?.changes).toEqual([]);
});

const labellerThatStays = {
  name: "stays",
  stage: "Agent 1",
  dependencies: { labelRow },
  run({ labelRow }: { readonly labelRow: LabelRow }) {
    labelIt(labelRow);
    return { labelRow };
  },
};

it("data that does not stand in the stage can be tried too, of any kind", async () => {
  const sound: SeedData = {
    title: "talk.wav",
    media: "talk.wav",
    dataType: "AUDIO",
    duration: 2,
    numberOfFrames: 2000,
  };
  const data = [
    { ...GROUP, stage: "Good tasks" },
    { ...sound, stage: null },
  ];
  const emulator = await workshop({ data, media: { "talk.wav": new Uint8Array(100) } });
  const onLast = taskAgent({
    name: "last",
    stage: "Agent 1",
    dependencies: { labelRow },
    run({ labelRow, task }) {
      if (task.dataTitle === GROUP.title) {
        labelIt(labelRow, 2);
        return { labelRow, pathway: "Bad" };
      }
      const { ontologyStructure } = labelRow;
      const said = labelRow.createClassificationInstance(
        ontologyStructure.getChildByTitle("Caption", "classification"),
      );
      said.setAnswer("hello");
      said.setForFrames();
      labelRow.addClassificationInstance(said);
      return { labelRow, pathway: "Good" };
    },
  });
  const group = await dry(emulator, onLast, GROUP.title);
  expect(group).toMatchObject({ error: null, pathway: "Bad" });
  expect(group.labels[0]?.changes[0]?.frames).toEqual([[2, 2]]);
  expect((await decodeImage(await group.picture())).width).toBeGreaterThan(0);
  const heard = await dry(emulator, onLast, "talk.wav");
  expect(heard).toMatchObject({ error: null, pathway: "Good" });
  expect(heard.labels[0]?.changes.map((each) => each.answers)).toEqual([{ Caption: "hello" }]);
});

it("an agent that writes by itself is answered as by Encord, and does not write", async () => {
  const emulator = await workshop({ data: [STREET] });
  const seen: unknown[] = [];
  const writer = taskAgent({
    name: "writer",
    stage: "Agent 1",
    dependencies: { labelRow, storageItem },
    async run({ labelRow, storageItem, task }) {
      await storageItem.update({ clientMetadata: { seen: true } });
      seen.push(storageItem.clientMetadata, storageItem.name);
      await labelRow.save();
      await labelRow.setPriority(0.25);
      await task.proceed({ pathwayName: "Good" });
      return null;
    },
  });
  const result = await dry(emulator, writer, STREET);
  expect(result).toMatchObject({ error: null, pathway: null, priority: 0.25 });
  expect(seen).toEqual([{ seen: true }, STREET]);
  expect(result.writes.map((each) => each.request.split(" ")[0])).toEqual([
    "PATCH",
    "labelrow",
    "POST",
    "POST",
  ]);
});

it("an agent that fails, skips or waits says so", async () => {
  const emulator = await workshop({ data: [STREET] });
  const throwing = (error: unknown) =>
    taskAgent({
      name: "throws",
      stage: "Agent 1",
      run: () => {
        throw error;
      },
    });
  expect(await dry(emulator, throwing(new Error("no model")), STREET)).toMatchObject({ error: "no model" });
  expect(await dry(emulator, throwing(skip("no picture")), STREET)).toMatchObject({
    error: null,
    skipped: "no picture",
  });
  const later = throwing(retryLater("1 minute", "loading"));
  expect((await dry(emulator, later, STREET)).error).toMatch(/postponed the task: loading/);
  const lost = taskAgent({ name: "lost", stage: "Agent 1", run: () => "Nowhere" });
  expect((await dry(emulator, lost, STREET)).error).toMatch(/chose the pathway "Nowhere"/);
  const elsewhere = taskAgent({ name: "elsewhere", stage: "Stage 9", run: () => null });
  await expect(dry(emulator, elsewhere, STREET)).rejects.toThrow(
    /no agent stage "Stage 9".*its agent stages: "Agent 1"/,
  );
});

it("an agent of several modes is tried in the one that is asked for", async () => {
  const emulator = await workshop({ data: [STREET] });
  const modal = agent({
    name: "modal",
    modes: ["editor", "node", "stage"],
    stage: "Agent 1",
    run: ({ mode }) => ({ outcome: mode === "stage" ? "Bad" : "Good", message: mode }),
  });
  expect(await dry(emulator, modal, STREET)).toMatchObject({ as: "stage", pathway: "Bad", message: null });
  expect(await dry(emulator, modal, STREET, { as: "node" })).toMatchObject({
    decision: "Good",
    message: "node",
  });
  await expect(dry(emulator, labeller, STREET, { as: "editor" })).rejects.toThrow(/cannot be called/);
});

it("begun without labels, the data unit is as if nobody had labelled it; the same data elsewhere keeps its labels", async () => {
  const twin = { projectHash: "0e57a11e-0000-4000-8000-0000000000a2" };
  const emulator = await workshop({ data: [STREET], twin });
  await runAgent(taskAgent({ ...labellerThatStays, name: "first" }), { emulator });
  const inTwin = await dry(emulator, counter(), STREET, twin);
  expect(inTwin.message).toBe("0 here, 2 there");
  expect((await dry(emulator, counter(), STREET, { ...twin, withoutLabels: true })).message).toBe(
    "0 here, 2 there",
  );

  const again = await dry(emulator, labeller, STREET);
  const fresh = await dry(emulator, labeller, STREET, { withoutLabels: true });
  const changes = (result: typeof fresh) =>
    result.labels[0]?.changes.map((each) => `${each.change} ${each.name}`);
  expect(changes(fresh)).toEqual(["added Car", "added Caption"]);
  expect(again.error).toMatch(/Caption/);
  const row = fresh.labels[0]?.labelRow;
  expect([row?.getObjectInstances().length, row?.getClassificationInstances().length]).toEqual([1, 1]);
});

/** Counts what is labelled here, and in the project that the labels come from. */
function counter() {
  return editorAgent({
    name: "counter",
    dependencies: { labelRow, twin: twinLabelRow({ projectHash: PROJECT }) },
    run({ labelRow, twin }) {
      const count = (row: LabelRow | undefined) =>
        (row?.getObjectInstances().length ?? 0) + (row?.getClassificationInstances().length ?? 0);
      return { message: `${count(labelRow)} here, ${count(twin?.labelRow)} there` };
    },
  });
}

it("emptied labels keep what frames say of themselves", () => {
  const marks = { objects: [{}], classifications: [{}] };
  const empty = { objects: [], classifications: [] };
  expect(
    emptied({
      label_hash: "l",
      object_answers: { a: {} },
      classification_answers: { b: {} },
      object_actions: { c: {} },
      data_units: {
        series: { width: 9, labels: { "0": { ...marks, metadata: { width: 5 } }, "7": marks } },
        image: { labels: marks },
        sound: { labels: {} },
      },
      spaces: { left: { space_type: "image", labels: { "0": marks } } },
    }),
  ).toEqual({
    label_hash: "l",
    object_answers: {},
    classification_answers: {},
    object_actions: {},
    data_units: {
      series: { width: 9, labels: { "0": { ...empty, metadata: { width: 5 } }, "7": empty } },
      image: { labels: empty },
      sound: { labels: {} },
    },
    spaces: { left: { space_type: "image", labels: { "0": empty } } },
  });
});

it("an agent is tried with other values of its variables, and the result says with which", async () => {
  const emulator = await workshop({ data: [STREET] });
  const leastWidth = variable("DRY_LEAST_WIDTH", 100);
  const picky = taskAgent({
    name: "picky",
    stage: "Agent 1",
    dependencies: { frame: singleFrame, leastWidth },
    run: ({ frame, leastWidth }) => (frame.width >= leastWidth ? "Good" : "Bad"),
  });
  expect(await dry(emulator, picky, STREET)).toMatchObject({
    pathway: "Good",
    variables: { DRY_LEAST_WIDTH: 100 },
  });
  for (const given of [1000, "1000"]) {
    expect(await dry(emulator, picky, STREET, { variables: { DRY_LEAST_WIDTH: given } })).toMatchObject({
      pathway: "Bad",
      variables: { DRY_LEAST_WIDTH: 1000 },
    });
  }
  const blank = { variables: { DRY_LEAST_WIDTH: " " } };
  expect((await dry(emulator, picky, STREET, blank)).pathway).toBe("Good");
  await expect(dry(emulator, picky, STREET, { variables: { DRY_LEAST_WIDTH: "wide" } })).rejects.toThrow(
    'The variable DRY_LEAST_WIDTH must be a number; it is "wide".',
  );
  await expect(dry(emulator, picky, STREET, { variables: { WIDTH: 1 } })).rejects.toThrow(
    'Agent "picky" has no variable WIDTH; it has DRY_LEAST_WIDTH.',
  );
});
