import { describe, expect, expectTypeOf, it } from "vitest";
import {
  type AgentStage,
  type AgentTask,
  InvalidArgumentsError,
  StageError,
  UnexpectedAnswerError,
  UnknownError,
} from "../../src/encord/index.ts";
import {
  AGENT_STAGE,
  type Answers,
  PROJECT_HASH,
  projectAnswer,
  scriptedApi,
  taskAnswer,
  uuidOf,
} from "./scripted-api.ts";

const stageUuid = (number: number) => `57a9e001-0000-4000-8000-00000000000${number}`;
const STAGES = [
  { stageType: "ANNOTATION", uuid: stageUuid(3), title: "Annotate 1" },
  {
    stageType: "AGENT",
    uuid: AGENT_STAGE,
    title: "Agent 1",
    pathways: [{ uuid: uuidOf(7), title: "done", destinationUuid: stageUuid(5) }],
  },
  { stageType: "CONSENSUS_ANNOTATION", uuid: stageUuid(6), title: "Consensus" },
  { stageType: "CONSENSUS_REVIEW", uuid: stageUuid(7), title: "Consensus review" },
  { stageType: "PERCENTAGE_ROUTER", uuid: stageUuid(8), title: "Router" },
  { stageType: "DONE", uuid: stageUuid(5), title: "Complete" },
];

/** The Workflow of a project with stages of all kinds; other requests are answered by `answers`. */
async function workflowWith(answers: Answers = () => ({ results: [], nextPageToken: null })) {
  const { client, asked } = await scriptedApi((each) =>
    each.target.endsWith(PROJECT_HASH) ? projectAnswer({ workflow: { stages: STAGES } }) : answers(each),
  );
  const workflow = await client.getWorkflow(PROJECT_HASH);
  asked.length = 0;
  return { workflow, asked, client };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const page = (...tasks: object[]) => ({ results: tasks, nextPageToken: null });

describe("stages", () => {
  it("are found by title, by UUID, and by either in one text", async () => {
    const { workflow } = await workflowWith();
    const byTitle = workflow.getStage("Agent 1");
    expect(workflow.getStage({ uuid: AGENT_STAGE.toUpperCase() })).toBe(byTitle);
    expect(workflow.getStage(AGENT_STAGE)).toBe(byTitle);
    expect(workflow.getStage({ name: "Agent 1", uuid: stageUuid(9) })).toBe(byTitle);
  });

  it("of a given type are typed", async () => {
    const { workflow } = await workflowWith();
    const stage = workflow.getStage({ name: "Agent 1", type: "AGENT" });
    expectTypeOf(stage).toEqualTypeOf<AgentStage>();
    expectTypeOf(stage.getTasks()).toEqualTypeOf<AsyncGenerator<AgentTask>>();
    expect(stage.pathways).toEqual([{ uuid: uuidOf(7), name: "done", destinationUuid: stageUuid(5) }]);
  });

  it("that do not exist are answered with a list of those that do", async () => {
    const { workflow } = await workflowWith();
    expect(() => workflow.getStage("agent 1")).toThrow(StageError);
    expect(() => workflow.getStage("agent 1")).toThrow(
      `no stage "agent 1". It has "Annotate 1" (ANNOTATION, ${stageUuid(3)}), "Agent 1" (AGENT, ${AGENT_STAGE})`,
    );
    expect(() => workflow.getStage({ name: "Annotate 1", type: "AGENT" })).toThrow(
      /of the type ANNOTATION; AGENT was expected/,
    );
    expect(() => workflow.getStage({ uuid: "nope" })).toThrow(InvalidArgumentsError);
    expect(() => workflow.getStage({})).toThrow(InvalidArgumentsError);
  });

  it("of a kind that is not known are kept, with their tasks", async () => {
    const { workflow } = await workflowWith(() => page(taskAnswer(1)));
    const stage = workflow.getStage("Router");
    expect(stage).toMatchObject({ stageType: "OTHER", serverType: "PERCENTAGE_ROUTER" });
    expect((await all(stage.getTasks())).map((task) => task.dataHash)).toEqual([uuidOf(1)]);
  });
});

describe("tasks are listed lazily", () => {
  it("the next page is asked for only when the one before is used up", async () => {
    const { workflow, asked } = await workflowWith(({ target }) => ({
      results: [taskAnswer(1), taskAnswer(2)],
      nextPageToken: target.includes("pageToken") ? null : "2",
    }));
    const tasks = workflow.getStage({ name: "Agent 1", type: "AGENT" }).getTasks({ statuses: ["NEW"] });
    await tasks.next();
    await tasks.next();
    expect(asked).toHaveLength(1);
    await tasks.next();
    expect(asked.map((each) => each.target.split("?")[1])).toEqual([
      "statuses=NEW",
      "pageToken=2&statuses=NEW",
    ]);
  });

  it("more data hashes than fit in a query are asked for in several", async () => {
    const { workflow, asked } = await workflowWith(({ target }) => {
      const hashes = new URL(target, "https://api.test").searchParams.getAll("dataHashes");
      return page(...hashes.map((hash, i) => taskAnswer(i, { dataHash: hash })));
    });
    const dataHashes = Array.from({ length: 450 }, (_, i) => uuidOf(i));
    const tasks = await all(
      workflow.getStage("Agent 1").getTasks({ dataHashes: [...dataHashes, uuidOf(0)] }),
    );
    expect(tasks.map((task) => task.dataHash)).toEqual(dataHashes);
    expect(asked).toHaveLength(3);
    for (const each of asked) expect(each.target.length).toBeLessThan(12_000);
  });

  it("an empty filter filters nothing, and a hash that is none is refused before anything is sent", async () => {
    const { workflow, asked } = await workflowWith();
    const stage = workflow.getStage({ name: "Agent 1", type: "AGENT" });
    await all(stage.getTasks({ dataHashes: [], datasetHashes: [], assignees: [], statuses: [] }));
    expect(asked[0]?.target).not.toContain("?");
    await expect(all(stage.getTasks({ dataHashes: ["nope"] }))).rejects.toThrow(InvalidArgumentsError);
    expect(asked).toHaveLength(1);
  });

  it("a page token that comes twice is an error, not an endless listing", async () => {
    const { workflow, asked } = await workflowWith(() => ({
      results: [taskAnswer(1)],
      nextPageToken: "again",
    }));
    await expect(all(workflow.getStage("Agent 1").getTasks())).rejects.toThrow(UnexpectedAnswerError);
    expect(asked.length).toBeLessThan(4);
  });

  it("a task with a field missing is an error that names it", async () => {
    const { workflow } = await workflowWith(() =>
      page(taskAnswer(1), taskAnswer(2, { labelBranchName: undefined })),
    );
    await expect(all(workflow.getStage("Agent 1").getTasks())).rejects.toThrow(
      /results\.1\.labelBranchName must be a text/,
    );
  });

  it("a status that Encord adds later does not stop a listing", async () => {
    const { workflow } = await workflowWith(() => page(taskAnswer(1, { status: "ESCALATED" })));
    const [task] = await all(workflow.getStage({ name: "Agent 1", type: "AGENT" }).getTasks());
    expect(task?.status).toBe("ESCALATED");
  });
});

describe("actions", () => {
  it("of two stages can share a bundle: each stage gets its own request", async () => {
    const { workflow, asked, client } = await workflowWith(({ method }) =>
      method === "GET" ? page(taskAnswer(1)) : null,
    );
    const [agentTask] = await all(workflow.getStage({ name: "Agent 1", type: "AGENT" }).getTasks());
    const [annotationTask] = await all(
      workflow.getStage({ name: "Annotate 1", type: "ANNOTATION" }).getTasks(),
    );
    const bundle = client.createBundle();
    await agentTask?.proceed({ pathwayName: "done" }, { bundle });
    await annotationTask?.assign("bob@example.com", { bundle });
    await agentTask?.move({ destinationStageUuid: stageUuid(5) }, { bundle });
    asked.length = 0;
    await bundle.execute();
    expect(asked.map((each) => each.target.split("/stages/")[1])).toEqual([
      `${AGENT_STAGE}/actions`,
      `${stageUuid(3)}/actions`,
      `${AGENT_STAGE}/move-tasks`,
    ]);
  });

  it("moving cuts at 500 tasks, proceeding at 1000", async () => {
    const { workflow, asked, client } = await workflowWith(({ method }) =>
      method === "GET" ? page(...Array.from({ length: 1001 }, (_, i) => taskAnswer(i))) : null,
    );
    const tasks = await all(workflow.getStage({ name: "Agent 1", type: "AGENT" }).getTasks());
    const bundle = client.createBundle();
    for (const task of tasks) await task.move({ destinationStageUuid: stageUuid(5) }, { bundle });
    for (const task of tasks) await task.proceed({ pathwayName: "done" }, { bundle });
    asked.length = 0;
    await bundle.execute();
    const sizes = asked.map(
      ({ body }) => (Array.isArray(body) ? body : (body as { taskUuids: string[] }).taskUuids).length,
    );
    expect(sizes).toEqual([500, 500, 1, 1000, 1]);
  });

  it("a stale task in a bulk proceed does not keep the others: it alone is reported", async () => {
    const { workflow, client } = await workflowWith(({ method, body }) => {
      if (method === "GET") return page(...Array.from({ length: 8 }, (_, i) => taskAnswer(i)));
      const stale = (body as { taskUuid: string }[]).some((call) => call.taskUuid === taskAnswer(5).uuid);
      return stale ? Response.json({ message: "task is not in this stage" }, { status: 400 }) : null;
    });
    const tasks = await all(workflow.getStage({ name: "Agent 1", type: "AGENT" }).getTasks());
    const bundle = client.createBundle();
    for (const task of tasks) await task.proceed({ pathwayName: "done" }, { bundle });
    const settled = await bundle.settle();
    expect(settled.map((each) => each.error?.reason)).toEqual([
      ...new Array(5).fill(undefined),
      "task is not in this stage",
      undefined,
      undefined,
    ]);
  });
});

describe("consensus", () => {
  it("a task to annotate has a subtask for each annotator, which can be acted on", async () => {
    const { workflow, asked } = await workflowWith(({ method }) =>
      method === "GET"
        ? page({
            ...taskAnswer(1),
            status: undefined,
            subtasks: [taskAnswer(2, { labelBranchName: "ann-1" })],
          })
        : null,
    );
    const [task] = await all(
      workflow.getStage({ name: "Consensus", type: "CONSENSUS_ANNOTATION" }).getTasks(),
    );
    expect(task?.subtasks[0]?.labelBranchName).toBe("ann-1");
    await task?.subtasks[0]?.submit();
    expect(asked.at(-1)?.target).toContain(`${stageUuid(6)}/actions`);
    expect(asked.at(-1)?.body).toEqual([
      { taskUuid: taskAnswer(2).uuid, action: "SUBMIT", resolveLabelReviews: true, retainAssignee: false },
    ]);
  });

  it("a task to review has the annotators' labels to choose from", async () => {
    const options = [{ annotator: "ann@example.com", labelBranchName: "ann-1", labelHash: null }];
    const { workflow, asked } = await workflowWith(({ method }) =>
      method === "GET" ? page({ ...taskAnswer(1), options }) : null,
    );
    const [task] = await all(
      workflow.getStage({ name: "Consensus review", type: "CONSENSUS_REVIEW" }).getTasks(),
    );
    expect(task?.options).toEqual(options);
    await task?.approve({ assignee: "bob@example.com" });
    await task?.reject({ retainAssignee: true });
    expect(asked.slice(1).map((each) => each.body)).toEqual([
      [{ taskUuid: task?.uuid, action: "APPROVE", assignee: "bob@example.com", retainAssignee: false }],
      [{ taskUuid: task?.uuid, action: "REJECT", retainAssignee: true }],
    ]);
  });
});

describe("issues", () => {
  it("are not sent again when the first attempt may have arrived: that would make two", async () => {
    const { workflow, asked } = await workflowWith(({ method }) =>
      method === "GET" ? page(taskAnswer(1)) : Response.json({}, { status: 503 }),
    );
    const [task] = await all(workflow.getStage("Agent 1").getTasks());
    asked.length = 0;
    await expect(task?.issues.addFileIssue({ comment: "blurry" })).rejects.toThrow(UnknownError);
    expect(asked).toHaveLength(1);
  });

  it("of a kind that is not known are kept", async () => {
    const shared = { dataUuid: uuidOf(1), comments: [], tags: [], resolutionHistory: [] };
    const { workflow } = await workflowWith(({ target }) =>
      target.includes("issues") ? page({ type: "scene3d", ...shared }) : page(taskAnswer(1)),
    );
    const [task] = await all(workflow.getStage("Agent 1").getTasks());
    if (!task) throw new Error("The stage has no task.");
    expect(await all(task.issues.list())).toEqual([{ type: "other", serverType: "scene3d", ...shared }]);
  });
});
