/** The dependencies on an emulated Encord, in task and editor agents. */

import {
  type AudioFile,
  agentStage,
  audio,
  type Dependency,
  dataLookup,
  dependency,
  editorAgent,
  labelRow,
  objectCrops,
  objects,
  type PdfFile,
  pdf,
  type SiblingImage,
  siblingImages,
  taskAgent,
  traceId,
  twinLabelRow,
} from "encord-edge-agents";
import { AnnotationTask, encodeBitmask, type LabelRow } from "encord-edge-agents/encord";
import { callAgent, type EmulatedEncord, editLabels, runAgent, workOff } from "encord-edge-agents/testing";
import { describe, expect, it } from "vitest";
import { createLog } from "../../src/agent/log.ts";
import { GROUP, workshop } from "../agent/workshop.ts";
import type { SeedData } from "../emulator/index.ts";

const TWIN = "0e57a11e-0000-4000-8000-0000000000b2";
const STREET = "street-02.png";

function add(row: LabelRow, kind: "Car" | "Truck", topLeftX: number, theta?: number): string {
  const box = { topLeftX, topLeftY: 0.25, width: 0.25, height: 0.5 };
  const made =
    kind === "Car"
      ? row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance()
      : row.ontologyStructure.getChildByTitle("Truck", "rotatable_bounding_box").createInstance();
  made.setForFrames({ ...box, theta: theta ?? 0 });
  row.addObjectInstance(made);
  return made.objectHash;
}

/** Requests to an endpoint of the emulator. */
function requests(
  encord: { requests(): readonly { endpoint: string; requests: number }[] },
  endpoint: string,
) {
  return encord.requests().find((each) => each.endpoint === endpoint)?.requests ?? 0;
}

/** What a task agent and an editor agent get for the same dependency. */
async function inBothModes<Value>(
  encord: EmulatedEncord,
  data: string,
  need: Dependency<Value>,
  call: { readonly frame?: number; readonly objectHashes?: readonly string[] } = {},
): Promise<{ task: Value | undefined; editor: Value | undefined; error: string | null }> {
  const { agents, taken } = read(need);
  await callAgent(agents.editor, { data, ...call }, { emulator: encord });
  const editor = taken.splice(0)[0];
  const { error } = await runAgent(agents.task, { emulator: encord, task: data });
  return { task: taken[0], editor, error };
}

function read<Value>(need: Dependency<Value>) {
  const taken: Value[] = [];
  const take = ({ value }: { readonly value: Value }) => void taken.push(value);
  const task = taskAgent({
    name: "take",
    stage: "Agent 1",
    dependencies: { value: need },
    run(input) {
      take(input);
      return null;
    },
  });
  const editor = editorAgent({ name: "take", dependencies: { value: need }, run: (input) => take(input) });
  return { agents: { task, editor }, taken };
}

it("agentStage is the stage that the task is in, with its pathways", async () => {
  let title = "";
  const agent = taskAgent({
    name: "first-pathway",
    stage: "Agent 1",
    dependencies: { agentStage },
    run(input) {
      title = input.agentStage.title;
      return input.agentStage.pathways[0]?.name ?? null;
    },
  });
  const { outcome, error } = await runAgent(agent, {
    emulator: await workshop({ data: [STREET] }),
    task: STREET,
  });
  expect({ title, outcome, error }).toEqual({ title: "Agent 1", outcome: "moved", error: null });
});

describe("labelRow", () => {
  const withMetadata = labelRow.with({ include: { includeClientMetadata: true } });
  const metadata = dependency({ row: withMetadata }, ({ row }) => row.clientMetadata?.["camera"]);

  it("with include arguments it tells what was asked for, and a batch is still fetched in one request", async () => {
    const data = ["street-01.jpg", STREET].map(
      (name, i): SeedData => ({ title: name, media: name, clientMetadata: { camera: `cam-${i}` } }),
    );
    const emulator = await workshop({ data });
    const cameras: unknown[] = [];
    const agent = taskAgent({
      name: "cameras",
      stage: "Agent 1",
      dependencies: { plain: labelRow, metadata },
      run({ plain, metadata }) {
        cameras.push([metadata, plain.isLabellingInitialised, plain.clientMetadata?.["camera"]]);
        return null;
      },
    });
    await workOff(agent, emulator);
    // The plain row is the same row: it has what the other dependency asked for.
    expect(cameras).toEqual([
      ["cam-0", true, "cam-0"],
      ["cam-1", true, "cam-1"],
    ]);
    expect(requests(emulator, "labelRows.list")).toBe(1);
    expect(requests(emulator, "labelRows.create")).toBe(1);
    const { editor } = await inBothModes(emulator, STREET, metadata);
    expect(editor).toBe("cam-1");
  });

  it("with initialise arguments only those labels are fetched, unless another dependency wants all", async () => {
    const emulator = await workshop({ data: [STREET] });
    await editLabels(emulator, STREET, (row) => {
      add(row, "Car", 0.1);
      add(row, "Truck", 0.5);
    });
    const kinds = (need: Dependency<LabelRow>) =>
      dependency({ row: need }, ({ row }) => row.getObjectInstances().map((each) => each.objectName));
    const onlyCars = labelRow.with({ initialise: { includeObjectFeatureHashes: ["obCar000"] } });
    expect(await inBothModes(emulator, STREET, kinds(onlyCars))).toMatchObject({
      task: ["Car"],
      editor: ["Car"],
    });
    const all = dependency({ some: kinds(onlyCars), row: labelRow }, ({ some }) => some);
    expect(await inBothModes(emulator, STREET, all)).toMatchObject({
      task: ["Car", "Truck"],
      editor: ["Car", "Truck"],
    });
  });

  it("two dependencies that ask for different branches are refused where the agent is defined", () => {
    const branch = (branchName: string) => labelRow.with({ include: { branchName } });
    const dependencies = { one: branch("a"), two: branch("b") };
    expect(() => editorAgent({ name: "a", dependencies, run() {} })).toThrow(/label branches "a" and "b"/);
  });
});

describe("objects and objectCrops", () => {
  it("objects are those that the annotator had selected; in a task agent all of them", async () => {
    const emulator = await workshop({ data: [STREET] });
    const hashes: string[] = [];
    await editLabels(emulator, STREET, (row) => hashes.push(add(row, "Car", 0.1), add(row, "Truck", 0.5)));
    const named = dependency({ objects }, ({ objects }) => objects.map((each) => each.objectName));
    const selected = { objectHashes: hashes.slice(1) };
    expect(await inBothModes(emulator, STREET, named, selected)).toMatchObject({
      editor: ["Truck"],
      task: ["Car", "Truck"],
    });
    expect((await inBothModes(emulator, STREET, named)).editor).toEqual([]);
    const { agents } = read(named);
    await expect(
      callAgent(agents.editor, { data: STREET, objectHashes: ["gone"] }, { emulator }),
    ).rejects.toThrow(/object gone is not in the saved labels/);
  });

  it("crops are the pixels that Encord would cut out, and know their object", async () => {
    const emulator = await workshop({ data: [STREET] });
    await editLabels(emulator, STREET, (row) => {
      add(row, "Car", 0.1);
      add(row, "Truck", 0.5, 90);
      const { ontologyStructure } = row;
      const house = ontologyStructure.getChildByTitle("Building", "polygon").createInstance();
      house.setForFrames({
        values: [
          { x: 0.5, y: 0.5 },
          { x: 0.75, y: 0.5 },
          { x: 0.5, y: 0.75 },
        ],
      });
      const mask = new Uint8Array(320 * 240).fill(1, 0, 32);
      const road = ontologyStructure.getChildByTitle("Road", "bitmask").createInstance();
      road.setForFrames(encodeBitmask(mask, { width: 320, height: 240 }));
      const light = ontologyStructure.getChildByTitle("Light", "point").createInstance();
      light.setForFrames({ x: 0.5, y: 0.5 });
      for (const each of [house, road, light]) row.addObjectInstance(each);
    });
    const sizes = (need = objectCrops()) =>
      dependency({ crops: need }, ({ crops }) =>
        crops.map(({ instance, width, height, box, data }) => [
          instance.objectName,
          `${width} x ${height} at ${box.left}, ${box.top}`,
          data.length,
        ]),
      );
    const all = [
      ["Car", "80 x 120 at 32, 60", 28800],
      // Turned by a right angle: as wide as it was high.
      ["Truck", "120 x 80 at 140, 80", 28800],
      ["Building", "80 x 60 at 160, 120", 14400],
      ["Road", "32 x 1 at 0, 0", 96],
    ];
    const { task, editor } = await inBothModes(emulator, STREET, sizes());
    expect(editor).toEqual(all);
    expect(task).toEqual(all);
    const some = await inBothModes(emulator, STREET, sizes(objectCrops({ only: ["Road", "obCar000"] })));
    expect(some.editor?.map(([name]) => name)).toEqual(["Car", "Road"]);
    const { agents } = read(objectCrops({ only: ["Ship"] }));
    await expect(callAgent(agents.editor, { data: STREET }, { emulator })).rejects.toThrow(
      /no object "Ship"; it has "Car", "Building"/,
    );
  });

  it("a crop can be sent to a model as it is", async () => {
    const emulator = await workshop({ data: [STREET] });
    await editLabels(emulator, STREET, (row) => void add(row, "Car", 0.1));
    const url = dependency({ crops: objectCrops() }, ({ crops }) =>
      crops[0]?.toBase64({ imageFormat: ".png", outputFormat: "openai" }),
    );
    const { editor } = await inBothModes(emulator, STREET, url);
    expect(editor?.image_url.url).toMatch(/^data:image\/png;base64,iVBOR/);
  });
});

describe("twinLabelRow", () => {
  it("is the label row of the same data in another project, with its task, and null where there is none", async () => {
    const emulator = await workshop({ data: [STREET, "street-01.jpg"], twin: { projectHash: TWIN } });
    const need = twinLabelRow({ projectHash: TWIN, includeTask: true });
    const seen: unknown[] = [];
    const agent = taskAgent({
      name: "twins",
      stage: "Agent 1",
      dependencies: { twin: need, row: labelRow },
      run({ twin, row }) {
        seen.push([
          twin?.labelRow.projectHash,
          twin?.labelRow.dataHash === row.dataHash,
          twin?.labelRow.isLabellingInitialised,
          twin?.task instanceof AnnotationTask ? twin.task.dataTitle : null,
        ]);
        return null;
      },
    });
    expect((await workOff(agent, emulator)).map((each) => each.error)).toEqual([null, null]);
    expect(seen).toEqual([
      [TWIN, true, true, STREET],
      [TWIN, true, true, "street-01.jpg"],
    ]);
    // Three projects are fetched for the two tasks: both at the start, and the twin once for the batch.
    expect(requests(emulator, "projects.get")).toBe(3);
    // Own rows and twins: one request each for both tasks; the tasks of the stage at the start, re-read, and the twins'.
    expect(requests(emulator, "labelRows.list")).toBe(2);
    expect(requests(emulator, "labelRows.create")).toBe(2);
    expect(requests(emulator, "tasks.list")).toBe(3);

    const bare = dependency(
      { twin: twinLabelRow({ projectHash: TWIN, initialiseLabels: false }) },
      ({ twin }) => [twin?.labelRow.isLabellingInitialised, twin?.task],
    );
    expect(await inBothModes(emulator, STREET, bare)).toMatchObject({
      task: [false, null],
      editor: [false, null],
    });
  });

  it("a project that the key may not see is Encord's error", async () => {
    const emulator = await workshop({ data: [STREET] });
    const { agents } = read(twinLabelRow({ projectHash: TWIN }));
    await expect(callAgent(agents.editor, { data: STREET }, { emulator })).rejects.toThrow(/project/i);
  });
});

describe("files", () => {
  const bytes = new TextEncoder().encode("%PDF-1.4 not much of a document");
  const files: SeedData[] = [
    { title: "letter.pdf", media: "letter.pdf", fileSize: bytes.length, numberOfFrames: 2 },
    {
      title: "talk.wav",
      media: "talk.wav",
      duration: 2.5,
      fileSize: bytes.length,
      audio: { codec: "pcm_s16le", sampleRate: 16_000, bitDepth: 16, numChannels: 1 },
    },
    { title: STREET, media: STREET },
  ];
  const media = { "letter.pdf": bytes, "talk.wav": bytes };

  it("a PDF and a sound come with what Encord knows of them, and are downloaded once when asked for", async () => {
    const emulator = await workshop({ data: files, media });
    const all = await inBothModes(emulator, "letter.pdf", pdf);
    for (const file of [all.task, all.editor] as (PdfFile | undefined)[]) {
      expect(file).toMatchObject({ name: "letter.pdf", mimeType: "application/pdf", size: bytes.length });
    }
    expect(requests(emulator, "media.get")).toBe(0);
    expect(await all.editor?.bytes()).toEqual(bytes);
    await all.editor?.bytes();
    expect(requests(emulator, "media.get")).toBe(1);

    const sound = (await inBothModes(emulator, "talk.wav", audio)).task as AudioFile;
    expect(sound).toMatchObject({ duration: 2.5, sampleRate: 16_000, bitDepth: 16, channels: 1 });
    expect(await sound.bytes()).toEqual(bytes);
  });

  it("what is no PDF, sound or image says so", async () => {
    const emulator = await workshop({ data: files, media });
    const call = (need: Dependency<unknown>, data: string) =>
      callAgent(read(need).agents.editor, { data }, { emulator });
    await expect(call(pdf, STREET)).rejects.toThrow(/is of the type image; pdf is for pdf files/);
    await expect(call(audio, STREET)).rejects.toThrow(/is of the type image; audio is for audio files/);
    await expect(call(siblingImages, "talk.wav")).rejects.toThrow(/of the type audio; siblingImages is for/);
  });

  it("the images of a group are fetched one by one, when they are asked for", async () => {
    const emulator = await workshop({ data: [GROUP, STREET] });
    const { task, editor } = await inBothModes(emulator, GROUP.title, siblingImages, { frame: 1 });
    const atHand = (images: readonly SiblingImage[] | undefined) => images?.map((each) => each.isAtHand);
    expect(editor?.map((each) => each.name)).toEqual(["street-01.jpg", "street-02.png", "street-03.webp"]);
    expect(atHand(editor)).toEqual([false, true, false]);
    expect(atHand(task)).toEqual([true, false, false]);
    expect(requests(emulator, "media.get")).toBe(0);
    const frame = await editor?.[2]?.decode();
    expect([frame?.frame, frame?.width, frame?.height]).toEqual([2, 320, 240]);
    expect(requests(emulator, "media.get")).toBe(1);
    const single = await inBothModes(emulator, STREET, siblingImages);
    expect(atHand(single.task)).toEqual([true]);
  });
});

describe("dataLookup and traceId", () => {
  it("dataLookup finds rows and items, reads the datasets once per batch, and warns once", async () => {
    const emulator = await workshop({ data: [STREET, "street-01.jpg"] });
    const seen: unknown[] = [];
    const agent = taskAgent({
      name: "looks-up",
      stage: "Agent 1",
      dependencies: { lookup: dataLookup },
      async run({ lookup, task }) {
        const item = await lookup.getStorageItem(task.dataHash);
        seen.push([lookup.getDataRow(task.dataHash)?.title, item.name, lookup.getDataRow("nope")]);
        expect(() => lookup.getStorageItem("nope")).toThrow(
          /No dataset of the project has the data unit nope/,
        );
        return null;
      },
    });
    const lines: { event?: string }[] = [];
    const log = createLog({ write: (_level, line) => void lines.push(JSON.parse(line)) });
    expect((await workOff(agent, emulator, { log })).map((each) => each.error)).toEqual([null, null]);
    expect(seen).toEqual([
      [STREET, STREET, null],
      ["street-01.jpg", "street-01.jpg", null],
    ]);
    expect(requests(emulator, "datasets.get")).toBe(1);
    expect(lines.filter((line) => line.event === "deprecated")).toHaveLength(1);
  });

  it("traceId is 32 hex digits, one per invocation", async () => {
    const emulator = await workshop({ data: [STREET] });
    const twice = dependency(
      { traceId, inner: dependency({ traceId }, (needs) => needs.traceId) },
      (needs) => [needs.traceId, needs.inner],
    );
    const { task, editor } = await inBothModes(emulator, STREET, twice);
    expect(task?.[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(task?.[0]).toBe(task?.[1]);
    expect(editor?.[0]).not.toBe(task?.[0]);
  });
});
