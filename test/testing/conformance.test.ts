/**
 * The runners of the Python library, as recorded, acted out by this package: the emulator holds the recorded project, agents
 * return what the recorded ones returned, and where the tasks end up is compared, with labels, priorities, and what is told of
 * them. Where this package ends otherwise on purpose, the test says how, and why. How often a failing task is tried again is
 * the queue's business, and tested there. Part of `npm test`; `npm run conformance agents` runs it with the others of its kind.
 */

import { defineAgents, labelRow, type TaskOutcome, task, taskAgent, twinLabelRow } from "encord-edge-agents";
import { createEmulator, type WorkedTask, workOff } from "encord-edge-agents/testing";
import { describe, expect, it } from "vitest";
import { type AgentTask, EncordClient, type LabelRow } from "../../src/encord/index.ts";
import { seedFromTrace } from "../emulator-tests/conformance/seed-from-trace.ts";
import { type Json, type JsonRecord, lacks, loadTrace, type TraceId } from "../encord/conformance/trace.ts";

const PROJECT = "aaaa0001-0000-4000-8000-000000000001";

/** The recorded project in an emulator, and what was recorded of it. */
async function recording(id: TraceId) {
  const trace = await loadTrace(id);
  const { seed, pageSize, labelHashes } = seedFromTrace(trace);
  const queue: string[] = [];
  const emulator = await createEmulator({
    seed,
    pageSize,
    hashes: () => queue.shift() ?? crypto.randomUUID(),
  });
  queue.push(...labelHashes);
  const client = await EncordClient.withSshKey(emulator.connection);
  const project = await client.getProject(PROJECT);
  const stage = project.workflow.getStage({ name: "Agent 1", type: "AGENT" });
  return {
    trace,
    emulator,
    /** With this project alone. */
    encord: {
      domain: emulator.domain,
      sshKey: emulator.sshKey,
      projects: [{ projectHash: PROJECT }],
      fetch: (request: Request) => emulator.fetch(request),
    },
    client,
    project,
    stage,
    // biome-ignore lint/suspicious/noExplicitAny: recordings are JSON without a schema; the comparison checks what is read.
    result: (step: number): any => trace.steps[step]?.result ?? null,
    /** Data hashes of the tasks that stand in the stage. */
    standing: () =>
      emulator
        .tasks()
        .filter(({ stageUuid }) => stageUuid === stage.uuid)
        .map(({ dataHash }) => dataHash)
        .sort(),
    /** What became of a task, as the queue runner tells it. */
    told: (worked: WorkedTask | undefined) => ({
      task_uuid: worked?.taskUuid,
      stage_uuid: stage.uuid,
      success: worked?.outcome === "moved" || worked?.outcome === "stayed",
      pathway: stage.pathways.find(({ name }) => name === worked?.pathway)?.uuid ?? null,
      error: worked?.error ?? null,
    }),
  };
}

/** An agent that does as `run` says, with the label row at hand. */
function agent(
  run: (input: { readonly dataHash: string; readonly labelRow: LabelRow }) => TaskOutcome,
  options: { readonly stage?: string; readonly batchSize?: number } = {},
) {
  return taskAgent({
    name: "recorded",
    stage: "Agent 1",
    ...options,
    dependencies: { labelRow },
    run: ({ labelRow }) => run({ dataHash: labelRow.dataHash, labelRow }),
  });
}

/** What the recorded agent drew. */
function addRecordedBox(row: LabelRow): void {
  const car = row.ontologyStructure.getChildByTitle("Car", "bounding_box");
  const box = car.createInstance({ objectHash: "objQueue1" });
  const [at, by] = [new Date("2025-05-30T09:15:00Z"), "ann@example.com"];
  box.setForFrames(
    { topLeftX: 0.1, topLeftY: 0.2, width: 0.5, height: 0.25 },
    { frames: 0, createdAt: at, createdBy: by, lastEditedAt: at, lastEditedBy: by },
  );
  row.addObjectInstance(box);
}

describe("36: the queue runner", () => {
  it("finds the same stages, pathways and tasks", async () => {
    const { project, stage, result } = await recording("36-queue-runner");
    const stages = project.workflow.stages.filter(({ stageType }) => stageType === "AGENT");
    expect(stages.map(({ title }) => title)).toEqual(result(0).validStages);
    expect(lacks(JSON.parse(JSON.stringify(stages)), result(1))).toEqual([]);
    const tasks: AgentTask[] = [];
    for await (const each of stage.getTasks()) tasks.push(each);
    const specs = tasks.map((each) => ({
      uuid: each.uuid,
      created_at: each.createdAt.toISOString(),
      updated_at: each.updatedAt.toISOString(),
      status: each.status,
      data_hash: each.dataHash,
      data_title: each.dataTitle,
      label_branch_name: each.labelBranchName,
      assignee: each.assignee,
      last_actioned_by: each.lastActionedBy,
    }));
    const times = (spec: JsonRecord) => ({
      ...spec,
      created_at: new Date(String(spec.created_at)).toISOString(),
      updated_at: new Date(String(spec.updated_at)).toISOString(),
    });
    expect(specs).toEqual((result(2) as JsonRecord[]).map(times));
  });

  it("whatever an agent returns, its task goes where the recorded one went", async () => {
    const { trace, emulator, project, stage, result, told } = await recording("36-queue-runner");
    for (const [index, { op, args }] of trace.steps.entries()) {
      if (op !== "runWrapped") continue;
      const { task_uuid: taskUuid, pathway: pathwayUuid } = result(index);
      const pathway = stage.pathways.find(({ uuid }) => uuid === pathwayUuid);
      const returned = (row: LabelRow): TaskOutcome => {
        switch (args.agentReturns) {
          case "None":
            return null;
          case "pathway name":
            return pathway?.name ?? null;
          case "pathway UUID object":
          case "pathway uuid as text":
            return pathwayUuid;
          default:
            addRecordedBox(row);
            return { pathway: pathway?.name ?? null, labelRow: row, labelRowPriority: 0.25 };
        }
      };
      const [worked] = await workOff(
        agent(({ labelRow }) => returned(labelRow)),
        emulator,
        { task: taskUuid },
      );
      expect(told(worked)).toEqual(result(index));
      const stands = emulator.tasks().find(({ uuid }) => uuid === taskUuid)?.stageUuid;
      expect(stands).toBe(pathway?.destinationUuid ?? stage.uuid);
    }
    const last = "da7a0000-0000-4000-8000-000000000005";
    const [row] = await project.listLabelRows({ dataHashes: [last] });
    expect(row?.priority).toBe(0.25);
    // biome-ignore lint/suspicious/noExplicitAny: recordings are JSON without a schema.
    const bodies = trace.exchanges.map(({ requestBody }) => requestBody as any);
    const save = bodies.find((body) => body?.query_type === "labelrow" && body.query_method === "POST");
    const [{ created_at: _, last_edited_at: __, ...labels }] = save.values.payload.labels;
    expect(emulator.labels(last)).toMatchObject({ ...labels, label_hash: row?.labelHash });
  });
});

describe("37: failures of the queue runner", () => {
  const LIST = "da7a0000-0000-4000-8000-00000000000";

  it("an agent that raises leaves its task, and what it said is told", async () => {
    const { emulator, result, told } = await recording("37-queue-runner-failures");
    const { error, ...rest } = result(1);
    const [worked] = await workOff(
      agent(() => {
        throw new Error("agent blew up");
      }),
      emulator,
      { task: String(rest.task_uuid) },
    );
    expect(told(worked)).toMatchObject(rest);
    expect(String(error)).toContain("agent blew up");
    expect(worked?.error).toContain("agent blew up");
  });

  it.each([
    ["a name", "not a pathway"],
    ["the UUID of another stage's pathway", "9a7b0001-0000-4000-8000-000000000003"],
  ])("a pathway that the stage does not have leaves the task: %s", async (_, pathway) => {
    const { emulator, standing } = await recording("37-queue-runner-failures");
    const before = standing();
    const [worked] = await workOff(
      agent(() => pathway),
      emulator,
      { limit: 1 },
    );
    // Python raises to the caller; here there is none to raise to, and the task fails.
    expect(worked?.outcome).toBe("failed");
    expect(worked?.error).toContain(pathway);
    expect(worked?.error).toContain('"annotate"');
    expect(standing()).toEqual(before);
  });

  it("in a batch, two proceed and one stays", async () => {
    const { emulator, result, stage } = await recording("37-queue-runner-failures");
    const { success, pathway } = result(5);
    const results: WorkedTask[] = [];
    const complete = agent(({ dataHash }) => (dataHash === `${LIST}5` ? null : "complete"));
    const worked = await workOff(complete, emulator);
    results.push(...worked.filter(({ taskUuid }) => (success as string[]).includes(taskUuid)));
    expect(results.map(({ taskUuid }) => taskUuid)).toEqual(success);
    const taken = results.flatMap(
      (each) => stage.pathways.find(({ name }) => name === each.pathway)?.uuid ?? [],
    );
    expect(taken).toEqual(pathway);
  });

  it("in a batch where one raises, the others proceed: one bad task never sinks its neighbours", async () => {
    const { emulator, result, standing } = await recording("37-queue-runner-failures");
    expect(result(6).success).toBe(false);
    const worked = await workOff(
      agent(({ dataHash }) => {
        if (dataHash === `${LIST}8`) throw new Error("second of two");
        return "complete";
      }),
      emulator,
    );
    expect(worked.map(({ outcome }) => outcome)).toEqual([...new Array(7).fill("moved"), "failed"]);
    expect(standing()).toEqual([`${LIST}8`]);
  });

  it("an unknown stage and a project hash that is none are refused", async () => {
    const { trace, emulator, client } = await recording("37-queue-runner-failures");
    expect(trace.steps.slice(10).every((step) => step.error)).toBe(true);
    const nope = agent(() => null, { stage: "Nope" });
    await expect(workOff(nope, emulator)).rejects.toThrow('has an agent stage "Nope"');
    await expect(client.getProject("not-a-uuid")).rejects.toThrow("UUID");
  });
});

it("38: a failing task is left in its stage, and the next run picks it up", async () => {
  const { emulator, result } = await recording("38-sequential-runner");
  const calls: string[] = [];
  let broken = true;
  const sometimes = agent(({ dataHash }) => {
    calls.push(dataHash);
    if (broken && dataHash.endsWith("2")) throw new Error("not yet");
    return "complete";
  });
  const left = (await workOff(sometimes, emulator)).filter(({ outcome }) => outcome === "failed");
  expect(left.map(({ taskUuid }) => taskUuid)).toEqual(result(1).leftInStage);
  // Python tries again at once, three times; here the queue does, later.
  expect(calls).toEqual([...new Set(result(1).agentCalls as string[])]);
  broken = false;
  calls.length = 0;
  await workOff(sometimes, emulator);
  expect(calls).toEqual(result(2).agentCalls);
});

describe("39: batches of the sequential runner", () => {
  it("labels and priorities are written before the tasks of a batch move; the same tasks are left", async () => {
    const { emulator, result, standing, project } = await recording("39-sequential-runner-batches");
    const priorities: Readonly<Record<string, number>> = { 1: 0.1, 2: 0.2, 4: 0.4, 5: 0.5 };
    const worked = await workOff(
      agent(
        ({ dataHash, labelRow }) => {
          const priority = priorities[dataHash.slice(-1)];
          const pathway = /[15]$/.test(dataHash) ? "complete" : null;
          return priority === undefined ? null : { pathway, labelRow, labelRowPriority: priority };
        },
        { batchSize: 2 },
      ),
      emulator,
    );
    expect(
      worked.filter(({ outcome }) => outcome === "moved").map(({ dataHash }) => dataHash.slice(-1)),
    ).toEqual(["1", "5"]);
    expect(standing()).toEqual(result(0).leftInStage);
    const writes = emulator
      .history()
      .map(({ endpoint }) => endpoint)
      .filter((endpoint) => /labelRows.save|priorities.set|tasks.actions/.test(endpoint));
    const batch = ["labelRows.save", "priorities.set", "tasks.actions"];
    expect(writes).toEqual([...batch, ...batch]);
    const rows = await project.listLabelRows();
    for (const [number, priority] of Object.entries(priorities)) {
      expect(rows.find(({ dataHash }) => dataHash.endsWith(`000${number}`))?.priority).toBe(priority);
    }
  });

  it("agents work in the order in which they are asked, each at most as many tasks as it may", async () => {
    const { emulator, result } = await recording("39-sequential-runner-batches");
    const calls: string[][] = [];
    for (const [stage, pathway] of [
      ["Agent 2", "done"],
      ["Agent 1", null],
    ] as const) {
      const noting = agent(
        ({ dataHash }) => {
          calls.push([stage, dataHash]);
          return pathway;
        },
        { stage },
      );
      // The first task of the stage had left it in an earlier step.
      await workOff(noting, emulator, {
        ...(stage === "Agent 1" ? { task: "da7a0000-0000-4000-8000-000000000002" } : {}),
        limit: 1,
      });
    }
    expect(calls).toEqual(result(1).agentCalls);
  });

  it("a priority is set without a label row as well: it belongs to the data", async () => {
    const { emulator, project, trace, result } = await recording("39-sequential-runner-batches");
    const second = { task: "da7a0000-0000-4000-8000-000000000002" };
    const prioritising = taskAgent({
      name: "prioritising",
      stage: "Agent 1",
      dependencies: { task },
      run: () => ({ pathway: null, labelRowPriority: 1 }),
    });
    await workOff(prioritising, emulator, second);
    const [, row] = await project.listLabelRows();
    expect(row?.priority).toBe((result(4).priority as number[])[1]);
    // Python asserts that there is a label row, and gives the task up.
    expect(trace.steps[5]?.args.note).toContain("priority without a label row");
  });
});

describe("40: what is checked beforehand", () => {
  it("a stage has one agent, unless a later one is meant to take its place", () => {
    const first = taskAgent({ name: "first", stage: "Agent 1", run: () => null });
    const second = taskAgent({ name: "second", stage: "Agent 1", run: () => null });
    expect(() => defineAgents({ agents: [first, second] })).toThrow('both serve the stage "Agent 1"');
    expect(defineAgents({ agents: [first, second], overwrite: true }).taskAgents).toEqual([second]);
  });

  it.each(["Annotate 1", "agent 1", "57a9e001-0000-4000-8000-000000000004", "Nope"])(
    "%s is no agent stage",
    async (stage) => {
      const { emulator } = await recording("40-runner-validation");
      await expect(
        workOff(
          agent(() => null, { stage }),
          emulator,
        ),
      ).rejects.toThrow(`agent stage "${stage}"`);
    },
  );
});

it("41: the twin of a task's row is found, its labels and its task with it; null where there is none", async () => {
  const { encord, result } = await recording("41-twin-project");
  const found: Json[] = [];
  const comparing = taskAgent({
    name: "comparing",
    stage: "Agent 1",
    dependencies: {
      labelRow,
      twin: twinLabelRow({ projectHash: "aaaa0002-0000-4000-8000-000000000002", includeTask: true }),
    },
    run({ twin }) {
      found.push(
        twin && {
          labelHash: twin.labelRow.labelHash,
          initialised: twin.labelRow.isLabellingInitialised,
          task: twin.task?.uuid ?? null,
        },
      );
      return null;
    },
  });
  await workOff(comparing, encord);
  expect(found).toEqual(result(1));
});
