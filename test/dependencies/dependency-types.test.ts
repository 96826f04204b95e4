/**
 * What must and what must not compile of dependencies, models and testing. `tsc` is the judge: an `@ts-expect-error` without
 * an error fails the type check. Nothing here reaches the network; what can be refused at run time is refused there too.
 */

import {
  type AudioFile,
  agent,
  audio,
  type ClassificationModel,
  type DataLookup,
  type Dependency,
  dataLookup,
  dependency,
  editorAgent,
  frameData,
  labelRow,
  type ObjectCrop,
  type ObjectModel,
  objectCrops,
  objects,
  ontologyModel,
  type PdfFile,
  pdf,
  type SiblingImage,
  siblingImages,
  singleFrame,
  type Twin,
  task,
  taskAgent,
  traceId,
  twinLabelRow,
} from "encord-edge-agents";
import {
  type AgentTask,
  type ClassificationInstance,
  type LabelRow,
  type ObjectInstance,
  OntologyStructure,
} from "encord-edge-agents/encord";
import { Frame } from "encord-edge-agents/media";
import { callAgent, runAgent, standIn, workOff } from "encord-edge-agents/testing";
import { describe, expect, expectTypeOf, it } from "vitest";

const TWIN = "0e57a11e-0000-4000-8000-0000000000b2";

describe("every dependency has its type, in both modes", () => {
  it("in a task agent", () => {
    taskAgent({
      name: "typed",
      stage: "A",
      dependencies: {
        row: labelRow.with({
          include: { includeClientMetadata: true },
          initialise: { includeReviews: true },
        }),
        objects,
        crops: objectCrops({ only: ["Car"] }),
        twin: twinLabelRow({ projectHash: TWIN, initialiseLabels: false, includeTask: true }),
        siblingImages,
        pdf,
        audio,
        traceId,
        lookup: dataLookup,
      },
      run(input) {
        expectTypeOf(input.row).toEqualTypeOf<LabelRow>();
        expectTypeOf(input.objects).toEqualTypeOf<readonly ObjectInstance[]>();
        expectTypeOf(input.crops).toEqualTypeOf<readonly ObjectCrop[]>();
        expectTypeOf(input.twin).toEqualTypeOf<Twin | null>();
        expectTypeOf(input.siblingImages).toEqualTypeOf<readonly SiblingImage[]>();
        expectTypeOf(input.pdf).toEqualTypeOf<PdfFile>();
        expectTypeOf(input.audio).toEqualTypeOf<AudioFile>();
        expectTypeOf(input.traceId).toBeString();
        expectTypeOf(input.lookup).toEqualTypeOf<DataLookup>();
        // @ts-expect-error: a twin may be missing
        input.twin.labelRow;
        return null;
      },
    });
  });

  it("in an editor agent", () => {
    editorAgent({
      name: "typed",
      dependencies: {
        objects,
        crops: objectCrops(),
        twin: twinLabelRow({ projectHash: TWIN }),
        pdf,
        audio,
        traceId,
      },
      run(input) {
        expectTypeOf(input.objects).toEqualTypeOf<readonly ObjectInstance[]>();
        expectTypeOf(input.crops[0]).toEqualTypeOf<ObjectCrop | undefined>();
        expectTypeOf<ObjectCrop>().toExtend<Frame>();
        expectTypeOf(input.audio.duration).toEqualTypeOf<number | null>();
        expectTypeOf(input.pdf.bytes()).resolves.toEqualTypeOf<Uint8Array>();
        // @ts-expect-error: sounds have no pages
        input.audio.pageCount;
      },
    });
  });
});

describe("options of dependencies are checked", () => {
  it("unknown ones do not compile", () => {
    // @ts-expect-error: misspelt
    labelRow.with({ includes: { includeClientMetadata: true } });
    // @ts-expect-error: not something that can be included
    labelRow.with({ include: { includeEverything: true } });
    // @ts-expect-error: rows are fetched in bulk by the library
    labelRow.with({ initialise: { bundle: null } });
    // @ts-expect-error: a list of kinds
    objectCrops({ only: "Car" });
    // @ts-expect-error: which project?
    twinLabelRow({ initialiseLabels: true });
    // @ts-expect-error: a flag
    twinLabelRow({ projectHash: TWIN, includeTask: "yes" });
    expect(labelRow.with({}).modes).toEqual(["editor", "task"]);
  });
});

describe("modes follow through everything that is made of others", () => {
  const ofTask = dependency({ task, labelRow }, ({ task }) => task.uuid);
  const ofFrame = dependency({ frameData, frame: singleFrame }, ({ frameData }) => frameData.frame);
  const ofBoth = dependency({ labelRow, crops: objectCrops() }, ({ crops }) => crops.length);

  it("a dependency knows where it can be made", () => {
    expectTypeOf(ofTask).toEqualTypeOf<Dependency<string, "task">>();
    expectTypeOf(ofFrame).toEqualTypeOf<Dependency<number, "editor">>();
    expectTypeOf(ofBoth).toEqualTypeOf<Dependency<number>>();
    expect([ofTask.modes, ofFrame.modes, ofBoth.modes]).toEqual([["task"], ["editor"], ["editor", "task"]]);
  });

  it("an agent of several modes takes what can be made in all of them", () => {
    agent({ name: "a", modes: ["editor", "stage"], stage: "A", dependencies: { ofBoth }, run: () => null });
    agent({ name: "a", modes: ["node"], dependencies: { ofFrame }, run: () => null });
    agent({ name: "a", modes: ["stage"], stage: "A", dependencies: { ofTask }, run: () => null });
    expect(() =>
      // @ts-expect-error: a stage has no frame data
      agent({ name: "a", modes: ["node", "stage"], stage: "A", dependencies: { ofFrame }, run: () => null }),
    ).toThrow('the dependency "ofFrame" does not exist for task agents');
    expect(() =>
      // @ts-expect-error: a node has no task
      agent({ name: "a", modes: ["node", "stage"], stage: "A", dependencies: { ofTask }, run: () => null }),
    ).toThrow('the dependency "ofTask" does not exist for editor agents');
    expect(() =>
      // @ts-expect-error: an editor agent has no task
      editorAgent({ name: "a", dependencies: { ofTask }, run() {} }),
    ).toThrow(TypeError);
    expect(() =>
      // @ts-expect-error: a task agent has no frame data
      taskAgent({ name: "a", stage: "A", dependencies: { ofFrame }, run: () => null }),
    ).toThrow(TypeError);
  });

  it("the mode tells what the input has", () => {
    agent({
      name: "a",
      modes: ["editor", "node", "stage"],
      stage: "A",
      dependencies: { ofBoth },
      run(input) {
        expectTypeOf(input.mode).toEqualTypeOf<"editor" | "node" | "stage">();
        expectTypeOf(input.ofBoth).toBeNumber();
        if (input.mode === "stage") {
          expectTypeOf(input.task).toEqualTypeOf<AgentTask>();
          // @ts-expect-error: a task has no frame data
          input.frameData;
        } else {
          expectTypeOf(input.frameData.frame).toBeNumber();
        }
        return { outcome: "anything", message: null };
      },
    });
    agent({
      name: "a",
      modes: ["stage"],
      stage: "A",
      run({ mode, task }) {
        expectTypeOf(mode).toEqualTypeOf<"stage">();
        return task.dataTitle;
      },
    });
  });
});

describe("ontologyModel is typed by what it asks for", () => {
  const structure = OntologyStructure.fromJson({
    objects: [{ id: "1", name: "Car", color: "#000000", shape: "bounding_box", featureNodeHash: "obCar000" }],
    classifications: [],
  });

  it("objects or classifications, never both", () => {
    const model = ontologyModel(structure, { objects: ["Car"] });
    expectTypeOf(model).toEqualTypeOf<ObjectModel>();
    expectTypeOf<ObjectModel["parse"]>().returns.toEqualTypeOf<ObjectInstance>();
    expectTypeOf<ClassificationModel["parse"]>().returns.toEqualTypeOf<ClassificationInstance[]>();
    // @ts-expect-error: an object has to be somewhere
    expect(() => model.addTo({} as LabelRow, {}, {})).toThrow();
    // @ts-expect-error: titles, hashes or objects
    expect(() => ontologyModel(structure, { objects: [1] })).toThrow();
    // @ts-expect-error: a misspelt wish is none
    expect(() => ontologyModel(structure, { object: ["Car"] })).toThrow(/either objects or classifications/);
  });
});

describe("testing is typed too", () => {
  const count = dependency({ labelRow }, ({ labelRow }) => labelRow.getObjectInstances().length);

  it("what stands in has the type of what it stands in for", () => {
    expect(standIn(count, 7).value).toBe(7);
    // @ts-expect-error: a number
    standIn(count, "7");
    // @ts-expect-error: a frame
    standIn(singleFrame, { width: 1, height: 1 });
    standIn(singleFrame, new Frame({ frame: 0, width: 1, height: 1, data: new Uint8Array(3) }));
  });

  it("runs and calls need an emulator, and say for what", () => {
    expectTypeOf(runAgent).parameter(1).toHaveProperty("emulator");
    expectTypeOf(callAgent).parameter(1).toHaveProperty("data");
    expectTypeOf(workOff).returns.resolves.toExtend<readonly { readonly pathway: string | null }[]>();
    type Run = Awaited<ReturnType<typeof runAgent>>;
    expectTypeOf<Run["labelRow"]>().toEqualTypeOf<LabelRow>();
    type Call = Awaited<ReturnType<typeof callAgent>>;
    expectTypeOf<Call["decision"]>().toEqualTypeOf<string | null>();
  });
});
