import {
  defineAgents,
  dependency,
  editorAgent,
  singleFrame,
  taskAgent,
  videoSampler,
} from "encord-edge-agents";
import { describe, expect, it } from "vitest";

const task = (name: string, stage: string) => taskAgent({ name, stage, run: () => null });
const editor = (name: string) => editorAgent({ name, run: () => null });

describe("what a deployment serves", () => {
  it("keeps the order of registration", () => {
    const set = defineAgents({ agents: [task("b", "2"), editor("x"), task("a", "1")] });
    expect(set.taskAgents.map((agent) => agent.name)).toEqual(["b", "a"]);
    expect(set.editorAgents.map((agent) => agent.name)).toEqual(["x"]);
  });

  it("two agents cannot have one name, nor two task agents one stage", () => {
    expect(() => defineAgents({ agents: [task("a", "1"), editor("a")] })).toThrow(/Two agents are named "a"/);
    expect(() => defineAgents({ agents: [task("a", "1"), task("b", "1")] })).toThrow(
      /Agents "a" and "b" both serve the stage "1"/,
    );
  });

  it("with overwrite the later one takes the earlier one's place", () => {
    const agents = [task("a", "1"), task("b", "2"), task("c", "1")];
    expect(defineAgents({ agents, overwrite: true }).taskAgents.map((agent) => agent.name)).toEqual([
      "c",
      "b",
    ]);
  });
});

describe("how many tasks share an invocation", () => {
  it("many by default, one where video is decoded, also deep in the dependencies", () => {
    const brightest = dependency({ sample: videoSampler }, () => 0);
    const nested = dependency({ brightest }, () => 0);
    const agentWith = (dependencies: Record<string, typeof nested | typeof singleFrame>) =>
      taskAgent({ name: "a", stage: "1", dependencies, run: () => null });
    expect(agentWith({ frame: singleFrame }).batchSize).toBe(50);
    expect(agentWith({ nested }).batchSize).toBe(1);
    expect(
      taskAgent({ name: "a", stage: "1", dependencies: { nested }, batchSize: 4, run: () => null }).batchSize,
    ).toBe(4);
  });
});
