/**
 * What must and what must not compile. `tsc` is the judge: an `@ts-expect-error` without an error fails the type check.
 * At run time these tests show that the same mistakes are also refused there, where they can be.
 */

import {
  type AgentContext,
  agentStage,
  asset,
  client,
  defineAgents,
  dependency,
  editorAgent,
  type FrameData,
  frameData,
  labelRow,
  project,
  singleFrame,
  storageItem,
  task,
  taskAgent,
} from "encord-edge-agents";
import type {
  AgentStage,
  AgentTask,
  EncordClient,
  LabelRow,
  Project,
  StorageItem,
} from "encord-edge-agents/encord";
import type { Frame } from "encord-edge-agents/media";
import { describe, expect, expectTypeOf, it } from "vitest";

describe("what an agent receives is typed by what it declares", () => {
  it("a task agent always receives its task, and the values of its dependencies under their names", () => {
    taskAgent({
      name: "typed",
      stage: "Agent 1",
      dependencies: { client, project, row: labelRow, item: storageItem, agentStage, frame: singleFrame },
      run(input, context) {
        expectTypeOf(input.task).toEqualTypeOf<AgentTask>();
        expectTypeOf(input.client).toEqualTypeOf<EncordClient>();
        expectTypeOf(input.project).toEqualTypeOf<Project>();
        expectTypeOf(input.row).toEqualTypeOf<LabelRow>();
        expectTypeOf(input.item).toEqualTypeOf<StorageItem>();
        expectTypeOf(input.agentStage).toEqualTypeOf<AgentStage>();
        expectTypeOf(input.frame).toEqualTypeOf<Frame>();
        expectTypeOf(context).toEqualTypeOf<AgentContext>();
        // @ts-expect-error: not declared
        input.labelRow;
        // @ts-expect-error: a task agent has no frame data
        input.frameData;
        return null;
      },
    });
  });

  it("an editor agent always receives its frame data", () => {
    editorAgent({
      name: "typed",
      dependencies: { bytes: asset },
      async run(input) {
        expectTypeOf(input.frameData).toEqualTypeOf<FrameData>();
        expectTypeOf(await input.bytes.bytes()).toEqualTypeOf<Uint8Array>();
        // @ts-expect-error: an editor agent has no task
        input.task;
      },
    });
  });

  it("a custom dependency has the type that its function gives, also a promise's or a generator's", () => {
    const title = dependency({ row: labelRow }, ({ row }) => row.dataTitle);
    const later = dependency({}, async () => 7);
    const opened = dependency({ title }, async function* ({ title }) {
      expectTypeOf(title).toBeString();
      yield { title };
    });
    taskAgent({
      name: "typed",
      stage: "Agent 1",
      dependencies: { title, later, opened },
      run(input) {
        expectTypeOf(input.title).toBeString();
        expectTypeOf(input.later).toBeNumber();
        expectTypeOf(input.opened).toEqualTypeOf<{ title: string }>();
        return null;
      },
    });
  });
});

describe("pathways and decisions are checked by the compiler when they are given", () => {
  it("a pathway that is not listed does not compile", () => {
    taskAgent({ name: "typed", stage: "A", pathways: ["Good", "Bad"], run: () => "Good" });
    taskAgent({
      name: "typed",
      stage: "A",
      pathways: ["Good", "Bad"],
      run: async () => ({ pathway: "Bad" }),
    });
    taskAgent({ name: "typed", stage: "A", pathways: ["Good"], run: () => null });
    // @ts-expect-error: not one of the pathways
    taskAgent({ name: "typed", stage: "A", pathways: ["Good", "Bad"], run: () => "Ugly" });
    // @ts-expect-error: nor in a struct
    taskAgent({ name: "typed", stage: "A", pathways: ["Good"], run: () => ({ pathway: "Ugly" }) });
    // @ts-expect-error: nor in a promise of one
    taskAgent({ name: "typed", stage: "A", pathways: ["Good"], run: async () => ({ pathway: "Ugly" }) });
    taskAgent({ name: "typed", stage: "A", run: () => "any name goes when none are given" });
  });

  it("a task agent that forgets to return does not compile", () => {
    // @ts-expect-error: return a pathway, or null to stay
    taskAgent({ name: "typed", stage: "A", run() {} });
    // @ts-expect-error: a number is no outcome
    taskAgent({ name: "typed", stage: "A", run: () => 1 });
    // @ts-expect-error: the priority is a number
    taskAgent({ name: "typed", stage: "A", run: () => ({ pathway: "x", labelRowPriority: "high" }) });
  });

  it("a decision that is not listed does not compile, and saying nothing does", () => {
    editorAgent({ name: "typed", decisions: ["accept", "reject"], run: () => ({ decision: "accept" }) });
    editorAgent({ name: "typed", run() {} });
    editorAgent({ name: "typed", run: () => null });
    // @ts-expect-error: not one of the decisions
    editorAgent({ name: "typed", decisions: ["accept", "reject"], run: () => ({ decision: "maybe" }) });
    // @ts-expect-error: a message is text
    editorAgent({ name: "typed", run: () => ({ message: 5 }) });
  });
});

describe("what does not fit an agent's mode is refused", () => {
  it("a task does not exist for an editor agent, however deep it is needed", () => {
    // @ts-expect-error: a task agent's dependency
    expect(() => editorAgent({ name: "a", dependencies: { task }, run() {} })).toThrow(
      'Agent "a": the dependency "task" does not exist for editor agents.',
    );
    const nested = dependency({ inner: dependency({ agentStage, project }, () => 1) }, () => 2);
    // @ts-expect-error: it needs the stage
    expect(() => editorAgent({ name: "a", dependencies: { nested }, run() {} })).toThrow(
      /"nested" does not exist/,
    );
  });

  it("frame data does not exist for a task agent", () => {
    // @ts-expect-error: an editor agent's dependency
    expect(() => taskAgent({ name: "a", stage: "A", dependencies: { frameData }, run: () => null })).toThrow(
      'Agent "a": the dependency "frameData" does not exist for task agents.',
    );
  });

  it("a dependency that needs both a task and frame data fits nowhere", () => {
    const impossible = dependency({ task, frameData }, () => 1);
    // @ts-expect-error: no mode has both
    expect(() => taskAgent({ name: "a", stage: "A", dependencies: { impossible }, run: () => null })).toThrow(
      TypeError,
    );
    // @ts-expect-error: no mode has both
    expect(() => editorAgent({ name: "a", dependencies: { impossible }, run() {} })).toThrow(TypeError);
  });
});

describe("options that cannot be used are refused where the agent is defined", () => {
  it("names, numbers and durations", () => {
    const run = () => null;
    expect(() => taskAgent({ name: "No Spaces", stage: "A", run })).toThrow(
      /lower-case letters, digits and single dashes/,
    );
    expect(() => taskAgent({ name: "a", stage: " ", run })).toThrow(/title or UUID of a stage/);
    expect(() => taskAgent({ name: "a", stage: "A", retries: -1, run })).toThrow(
      /retries must be a whole number/,
    );
    expect(() => taskAgent({ name: "a", stage: "A", batchSize: 301, run })).toThrow(
      /batchSize must be .* 1 to 300/,
    );
    expect(() => taskAgent({ name: "a", stage: "A", concurrency: 0.5, run })).toThrow(/concurrency must be/);
    expect(() => taskAgent({ name: "a", stage: "A", timeout: "1 hour", run })).toThrow(/at most 10 minutes/);
    expect(() => editorAgent({ name: "a", timeout: "200 seconds", run })).toThrow(/180 seconds/);
    // @ts-expect-error: not a duration
    expect(() => taskAgent({ name: "a", stage: "A", timeout: "soon", run })).toThrow(/positive duration/);
  });

  it("two agents cannot share a name or a stage", () => {
    const run = () => null;
    const first = taskAgent({ name: "first", stage: "A", run });
    expect(() => defineAgents({ agents: [first, taskAgent({ name: "first", stage: "B", run })] })).toThrow(
      /named "first"/,
    );
    expect(() => defineAgents({ agents: [first, taskAgent({ name: "second", stage: "A", run })] })).toThrow(
      /"first" and "second" both serve the stage "A"/,
    );
  });
});
