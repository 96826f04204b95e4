/** The client and the emulator together: whole rounds of work, with and without trouble on the line. */

import { createEmulator, type Fault } from "encord-edge-agents/testing";
import { describe, expect, it } from "vitest";
import { type AgentTask, EncordClient, EncordError, type LabelRow } from "../../src/encord/index.ts";
import { AGENT, data, item, PROJECT, REVIEW, streetProject, task } from "../emulator-tests/street-project.ts";

const COUNT = 12;

async function street() {
  const slept: number[] = [];
  const emulator = await createEmulator({ seed: streetProject(COUNT), sleep: async () => {} });
  const client = await EncordClient.withSshKey({
    sshKey: emulator.sshKey,
    domain: emulator.domain,
    fetch: ((input, init) => emulator.fetch(new Request(input as string, init))) as typeof fetch,
    sleep: async (ms) => void slept.push(ms / 1000),
  });
  return { emulator, client, slept };
}

async function tasksOf(client: EncordClient): Promise<AgentTask[]> {
  const workflow = await client.getWorkflow(PROJECT);
  const tasks: AgentTask[] = [];
  for await (const each of workflow.getStage({ uuid: AGENT, type: "AGENT" }).getTasks()) tasks.push(each);
  return tasks;
}

/** Draws a car on a row. */
function draw(row: LabelRow): void {
  const car = row.ontologyStructure.getChildByTitle("Car", "bounding_box").createInstance();
  car.setForFrames({ height: 0.2, width: 0.3, topLeftX: 0.1, topLeftY: 0.5 }, { manualAnnotation: false });
  row.addObjectInstance(car);
}

it("the tasks of a stage whose UUID is known are listed without reading the project", async () => {
  const { emulator, client } = await street();
  const listed = await tasksOf(client);
  const before = emulator.requests().length;
  const pages: AgentTask[][] = [];
  for await (const { items } of client.agentTaskPages(PROJECT.toUpperCase(), AGENT)) pages.push(items);
  expect(pages.flat().map((task) => task.uuid)).toEqual(listed.map((task) => task.uuid));
  expect(emulator.requests()).toHaveLength(before);
  expect(() => client.agentTaskPages(PROJECT, "Agent 1")).toThrow(/stage/);
});

describe("a whole round of work", () => {
  it("twelve tasks: read, labelled, prioritised and moved, in eight requests", async () => {
    const { emulator, client } = await street();
    const project = await client.getProject(PROJECT);
    const stage = project.workflow.getStage({ name: "Agent 1", type: "AGENT" });
    const tasks: AgentTask[] = [];
    for await (const each of stage.getTasks()) tasks.push(each);
    const rows = await project.listLabelRows({ dataHashes: tasks.map((each) => each.dataHash) });
    const reading = client.createBundle();
    for (const row of rows) await row.initialiseLabels({ bundle: reading });
    await reading.execute();
    const writing = client.createBundle();
    for (const row of rows) {
      draw(row);
      await row.save({ bundle: writing });
      await row.setPriority(0, { bundle: writing });
    }
    for (const each of tasks) await each.proceed({ pathwayName: "to review" }, { bundle: writing });
    await writing.execute();

    expect(emulator.tasks().filter((each) => each.stage === "Review")).toHaveLength(COUNT);
    for (const row of rows) {
      const saved = emulator.labels(row.dataHash) as {
        data_units: Record<string, { labels: { objects: unknown[] } }>;
      };
      expect(saved.data_units[row.dataHash]?.labels.objects).toHaveLength(1);
    }
    expect((await project.listLabelRows()).map((row) => row.priority)).toEqual(new Array(COUNT).fill(0));
    expect(emulator.history().length).toBe(9);
  });

  it("labels that were saved are read again as they were", async () => {
    const { client } = await street();
    const project = await client.getProject(PROJECT);
    const [row] = await project.listLabelRows({ dataHashes: [data(1)] });
    await row?.initialiseLabels();
    if (row) draw(row);
    await row?.save();
    const [again] = await project.listLabelRows({ dataHashes: [data(1)] });
    await again?.initialiseLabels();
    expect(
      again?.getObjectInstances().map((object) => [object.objectHash, object.getAnnotation(0).coordinates]),
    ).toEqual(
      row?.getObjectInstances().map((object) => [object.objectHash, object.getAnnotation(0).coordinates]),
    );
  });

  it("a client with a token does as the one with the key", async () => {
    const { emulator, client } = await street();
    const bearer = await EncordClient.withBearerToken({
      token: await client.getBearerToken(),
      domain: emulator.domain,
      fetch: ((input, init) => emulator.fetch(new Request(input as string, init))) as typeof fetch,
    });
    expect((await bearer.getProject(PROJECT)).title).toBe("Streets");
  });
});

describe("trouble on the line", () => {
  const troubles: readonly [name: string, fault: Fault][] = [
    ["a rate limit", { type: "status", status: 429, retryAfter: 7 }],
    ["a burst of 503", { type: "status", status: 503 }],
    ["a connection dropped before the request was read", { type: "drop-before" }],
    ["an answer cut short", { type: "cut-body" }],
  ];

  for (const [name, fault] of troubles) {
    it(`${name} costs retries, and no result`, async () => {
      const { emulator, client, slept } = await street();
      for (const endpoint of ["projects.get", "tasks.list", "labelRows.list"]) {
        emulator.fault({ endpoint, faults: fault, times: 2 });
      }
      expect(await tasksOf(client)).toHaveLength(COUNT);
      expect(await (await client.getProject(PROJECT)).listLabelRows()).toHaveLength(COUNT);
      expect(
        slept.every((seconds) => seconds === (fault.type === "status" && fault.status === 429 ? 7 : 3)),
      ).toBe(true);
      expect(slept.length).toBeGreaterThan(0);
    });
  }

  it("a page for people with status 200 is an error, not an empty stage", async () => {
    const { emulator, client } = await street();
    emulator.fault({ endpoint: "tasks.list", faults: { type: "html" } });
    await expect(tasksOf(client)).rejects.toThrow(/not JSON/);
  });

  it("an answer that ends in silence is an error, not half a result", async () => {
    const { emulator, client } = await street();
    emulator.fault({ endpoint: "tasks.list", faults: { type: "cut-body", silent: true }, times: 10 });
    await expect(tasksOf(client)).rejects.toThrow(EncordError);
  });

  it("creating labels is not repeated when the answer was lost: the row can be read afterwards", async () => {
    const { emulator, client } = await street();
    const project = await client.getProject(PROJECT);
    const [row] = await project.listLabelRows({ dataHashes: [data(1)] });
    emulator.fault({ endpoint: "labelRows.create", faults: { type: "drop-after" } });
    await expect(row?.initialiseLabels()).rejects.toThrow(EncordError);
    expect(emulator.history().filter((each) => each.endpoint === "labelRows.create")).toHaveLength(1);
    const [again] = await project.listLabelRows({ dataHashes: [data(1)] });
    expect(again?.labelHash).not.toBeNull();
    await again?.initialiseLabels();
    expect(again?.isLabellingInitialised).toBe(true);
  });

  it("a save whose answer was lost is repeated, with the same result", async () => {
    const { emulator, client } = await street();
    const [row] = await (await client.getProject(PROJECT)).listLabelRows({ dataHashes: [data(1)] });
    await row?.initialiseLabels();
    if (row) draw(row);
    emulator.fault({ endpoint: "labelRows.save", faults: { type: "drop-after" } });
    await row?.save();
    const saved = emulator.labels(data(1)) as {
      data_units: Record<string, { labels: { objects: unknown[] } }>;
    };
    expect(saved.data_units[data(1)]?.labels.objects).toHaveLength(1);
  });

  it("one stale task in a bulk proceed is reported alone; all others move", async () => {
    const { emulator, client } = await street();
    const tasks = await tasksOf(client);
    emulator.fault({ endpoint: "tasks.actions", faults: { type: "stale-task" } });
    const bundle = client.createBundle();
    for (const each of tasks) await each.proceed({ pathwayName: "to review" }, { bundle });
    const settled = await bundle.settle();
    expect(settled.map((each) => each.error !== undefined)).toEqual([
      true,
      ...new Array(COUNT - 1).fill(false),
    ]);
    expect(emulator.tasks().filter((each) => each.stage === "Agent 1")).toEqual([]);
  });

  it("an outage in the middle of a bundle leaves the rest for the next try", async () => {
    const { emulator, client } = await street();
    const tasks = await tasksOf(client);
    const bundle = client.createBundle({ size: 5 });
    for (const each of tasks) await each.proceed({ pathwayName: "to review" }, { bundle });
    emulator.fault({
      endpoint: "tasks.actions",
      faults: [null, ...new Array<Fault>(4).fill({ type: "status", status: 503 })],
    });
    await expect(bundle.execute()).rejects.toThrow(EncordError);
    expect(emulator.tasks().filter((each) => each.stage === "Review")).toHaveLength(5);
    await bundle.execute();
    expect(emulator.tasks().filter((each) => each.stage === "Review")).toHaveLength(COUNT);
  });
});

describe("the smaller things", () => {
  it("storage items: metadata that is changed is there for everybody", async () => {
    const { client } = await street();
    const stored = await client.getStorageItem(item(1));
    await stored.update({ clientMetadata: { ...stored.clientMetadata, quality: 0.5 }, name: "better.png" });
    const again = await client.getStorageItem(item(1));
    expect(again.clientMetadata).toEqual({ index: 1, quality: 0.5 });
    expect(again.name).toBe("better.png");
  });

  it("tasks: assigned, released, moved back and forth", async () => {
    const { emulator, client } = await street();
    const [first] = await tasksOf(client);
    await first?.move({ destinationStageUuid: REVIEW });
    const workflow = await client.getWorkflow(PROJECT);
    const review = workflow.getStage({ uuid: REVIEW, type: "REVIEW" });
    for await (const each of review.getTasks()) {
      await each.assign("bob@example.com");
      await each.release();
      await each.reject();
    }
    expect(emulator.tasks().find((each) => each.uuid === task(1))?.stage).not.toBe("Agent 1");
  });

  it("issues: what is pinned is listed", async () => {
    const { client } = await street();
    const [first] = await tasksOf(client);
    await first?.issues.addFrameIssue({ comment: "blurry", frameIndex: 0 });
    const comments: string[] = [];
    for await (const issue of first?.issues.list() ?? [])
      comments.push(...issue.comments.map((each) => each.content));
    expect(comments).toEqual(["blurry"]);
  });
});
