import { expect, it } from "vitest";
import { createEmulator } from "../emulator/index.ts";
import { legacy, listing, send, signV2, v2 } from "./signed-client.ts";
import {
  ACTIONS,
  AGENT,
  ANNOTATE,
  DONE,
  data,
  PROJECT,
  REVIEW,
  streetProject,
  TASKS,
  TO_REVIEW,
  task,
} from "./street-project.ts";

const uuids = (answer: { json: { results: { uuid: string }[] } }) =>
  answer.json.results.map(({ uuid }) => uuid);
const stagePath = (stage: string, what: string) => `projects/${PROJECT}/workflow/stages/${stage}/${what}`;
const proceed = (n: number, pathwayName = "to review") => ({
  taskUuid: task(n),
  action: "PATHWAY_ACTION",
  pathwayName,
});

it("tasks come in pages that lose and repeat none while others leave", async () => {
  const emulator = await createEmulator({ seed: streetProject(7), pageSize: 3 });
  const first = await v2(emulator, "GET", TASKS);
  expect(uuids(first)).toEqual([task(1), task(2), task(3)]);
  await v2(emulator, "POST", ACTIONS, [proceed(1), proceed(2), proceed(5)]);
  const second = await v2(
    emulator,
    "GET",
    `${TASKS}?pageToken=${encodeURIComponent(first.json.nextPageToken)}`,
  );
  expect(uuids(second)).toEqual([task(4), task(6), task(7)]);
  expect(second.json.nextPageToken).toBeNull();
  expect((await v2(emulator, "GET", `${TASKS}?pageToken=mine`)).status).toBe(422);
});

it.each([
  ["userEmails=a%2Bb%40example.com&userEmails=x%40example.com", [2]],
  [`dataHashes=${data(1)}&dataHashes=${data(4)}`, [1, 4]],
  ["dataTitleContains=REET+3", [3]],
  ["statuses=ASSIGNED", [2]],
  ["statuses=NEW&statuses=ASSIGNED&dataTitleContains=street", [1, 2, 3, 4, 5]],
  ["datasetHashes=da7a5e70-0000-4000-8000-000000000001", [1, 2, 3, 4, 5]],
  ["datasetHashes=da7a5e70-0000-4000-8000-000000000009", []],
])("tasks are filtered by %s", async (query, expected) => {
  const emulator = await createEmulator({ seed: streetProject() });
  expect(uuids(await v2(emulator, "GET", `${TASKS}?${query}`))).toEqual(expected.map(task));
});

it("a task goes where the pathway leads, by name, by UUID or by both, and the step is written down", async () => {
  const emulator = await createEmulator({
    seed: streetProject(),
    now: () => Date.parse("2026-01-02T03:04:05Z"),
  });
  const act = async (body: unknown) =>
    send(emulator, await signV2(emulator, "POST", ACTIONS, body, Date.parse("2026-01-02T03:04:05Z")));
  expect((await act([proceed(1)])).json).toBeNull();
  const byUuid = { taskUuid: task(2), action: "PATHWAY_ACTION", pathwayUuid: TO_REVIEW.toUpperCase() };
  expect((await act([{ ...byUuid, pathwayName: null }])).status).toBe(200);
  expect(
    (
      await act([
        { taskUuid: task(3), action: "PATHWAY_ACTION", pathwayUuid: TO_REVIEW, pathwayName: "to review" },
      ])
    ).status,
  ).toBe(200);
  expect(emulator.moves()).toEqual(
    [1, 2, 3].map((n) => ({
      sequence: n,
      projectHash: PROJECT,
      taskUuid: task(n),
      dataHash: data(n),
      from: AGENT,
      to: REVIEW,
      at: "2026-01-02T03:04:05.000Z",
      how: "proceed:to review",
      by: "agent@example.com",
    })),
  );
});

it.each([
  ["a task that has left the stage", [proceed(1), proceed(9), proceed(2)], 400],
  ["the same task twice", [proceed(1), proceed(1)], 400],
  ["an unknown pathway", [proceed(1), proceed(2, "nowhere")], 400],
  ["a name and a UUID of different pathways", [{ ...proceed(1, "back"), pathwayUuid: TO_REVIEW }], 400],
  ["no pathway", [{ taskUuid: task(1), action: "PATHWAY_ACTION" }], 400],
  ["an action of another kind of stage", [{ taskUuid: task(1), action: "SUBMIT" }], 400],
  ["what is not a list", proceed(1), 422],
  ["a task without a UUID", [{ ...proceed(1), taskUuid: "first" }], 422],
])("a request with %s is refused as a whole", async (_, body, status) => {
  const emulator = await createEmulator({ seed: streetProject() });
  expect((await v2(emulator, "POST", ACTIONS, body)).status).toBe(status);
  expect(emulator.moves()).toEqual([]);
  expect(uuids(await v2(emulator, "GET", TASKS))).toHaveLength(5);
});

it("a task is annotated, rejected, annotated again, approved, and done", async () => {
  const emulator = await createEmulator({ seed: streetProject() });
  const act = async (stage: string, action: string, extra: object = {}) => {
    const answer = await v2(emulator, "POST", stagePath(stage, "actions"), [
      { taskUuid: task(1), action, ...extra },
    ]);
    expect([action, answer.status]).toEqual([action, 200]);
  };
  const at = async (stage: string) => (await v2(emulator, "GET", stagePath(stage, "tasks"))).json.results[0];

  await v2(emulator, "POST", ACTIONS, [proceed(1, "back")]);
  await act(ANNOTATE, "ASSIGN", { assignee: "bob@example.com" });
  expect(await at(ANNOTATE)).toMatchObject({
    uuid: task(1),
    status: "ASSIGNED",
    assignee: "bob@example.com",
  });
  await act(ANNOTATE, "RELEASE");
  expect(await at(ANNOTATE)).toMatchObject({ status: "RELEASED", assignee: null });
  await act(ANNOTATE, "SUBMIT", { resolveLabelReviews: true, retainAssignee: false });
  await act(REVIEW, "REJECT", { rejectLabelReviews: true, retainAssignee: false });
  expect(await at(ANNOTATE)).toMatchObject({ status: "REOPENED" });
  await act(ANNOTATE, "SUBMIT", {
    resolveLabelReviews: true,
    assignee: "eve@example.com",
    retainAssignee: true,
  });
  expect(await at(REVIEW)).toMatchObject({ status: "ASSIGNED", assignee: "eve@example.com" });
  await act(REVIEW, "APPROVE", { approveLabelReviews: true, retainAssignee: false });
  expect(await at(DONE)).toMatchObject({ uuid: task(1), dataTitle: "street 1.png" });
  expect(emulator.moves().map(({ how }) => how)).toEqual([
    "proceed:back",
    "submit",
    "reject",
    "submit",
    "approve",
  ]);
});

it("tasks are moved between stages, all or none", async () => {
  const emulator = await createEmulator({ seed: streetProject() });
  const move = (taskUuids: string[], destinationStageUuid: string) =>
    v2(emulator, "POST", stagePath(AGENT, "move-tasks"), { taskUuids, destinationStageUuid });
  expect((await move([task(1), task(9)], DONE)).status).toBe(400);
  expect((await move([task(1)], PROJECT)).status).toBe(400);
  expect(emulator.moves()).toEqual([]);
  expect((await move([task(1), task(2)], DONE)).status).toBe(200);
  expect(emulator.stages().map(({ title, count }) => [title, count])).toEqual([
    ["Annotate", 0],
    ["Agent 1", 3],
    ["Review", 0],
    ["Complete", 2],
  ]);
});

it("priorities are set by data hash, 0 included, and shown with the rows", async () => {
  const emulator = await createEmulator({ seed: streetProject() });
  const set = (priorities: unknown) => v2(emulator, "POST", `projects/${PROJECT}/priorities`, { priorities });
  expect(
    (
      await set([
        [data(1), 0],
        [data(2), 0.25],
      ])
    ).status,
  ).toBe(200);
  expect((await set([[data(3), 2]])).status).toBe(422);
  expect(
    (
      await set([
        [data(4), 0.1],
        [task(1), 0.1],
      ])
    ).status,
  ).toBe(400);
  const rows = await legacy(emulator, ["project", PROJECT], ["labelrowmetadata", "GET"], null, listing());
  expect(rows.json.response.map((row: { priority: number }) => row.priority)).toEqual([
    0, 0.25, 0.5, 0.5, 0.5,
  ]);
});

it("reviews open for every label when a task arrives for review, and close as the task is judged", async () => {
  const [project] = streetProject(1).projects;
  if (!project) throw new Error("a project was expected");
  const blob = { object_answers: { objHash1: {} }, classification_answers: { clsHash1: {} } };
  const labelled = project.data.map((each) => ({ ...each, labels: { blob } }));
  const emulator = await createEmulator({ seed: { projects: [{ ...project, data: labelled }] } });
  await v2(emulator, "POST", ACTIONS, [proceed(1)]);
  const path = stagePath(REVIEW, `tasks/${task(1)}/reviews`);
  const reviews = async () => (await v2(emulator, "GET", path)).json.results;
  const opened = await reviews();
  expect(opened.map((each: Record<string, string>) => [each.labelType, each.labelId, each.status])).toEqual([
    ["Object", "objHash1", "NEW"],
    ["Classification", "clsHash1", "NEW"],
  ]);
  await v2(emulator, "POST", `${path}/actions`, [
    { reviewUuid: opened[0].reviewUuid, action: "REJECT", comment: "no car" },
  ]);
  expect((await reviews())[0]).toMatchObject({ status: "REJECTED" });
  const other = [{ reviewUuid: task(1), action: "APPROVE" }];
  expect((await v2(emulator, "POST", `${path}/actions`, other)).status).toBe(404);
  const act = (stage: string, action: string) =>
    v2(emulator, "POST", stagePath(stage, "actions"), [{ taskUuid: task(1), action }]);
  await act(REVIEW, "REJECT");
  await act(ANNOTATE, "SUBMIT");
  expect((await reviews()).map(({ status }: { status: string }) => status)).toEqual(["REOPENED", "REOPENED"]);
});

it("a consensus has subtasks to work on and branches to choose from", async () => {
  const stages = [
    { uuid: ANNOTATE, title: "Annotate", stageType: "CONSENSUS_ANNOTATION" as const },
    { uuid: REVIEW, title: "Review", stageType: "CONSENSUS_REVIEW" as const },
    { uuid: DONE, title: "Complete", stageType: "DONE" as const },
  ];
  const data = [{ title: "a.png", labels: { labelHash: "l" }, task: { uuid: task(1) } }];
  const emulator = await createEmulator({
    seed: { projects: [{ projectHash: PROJECT, title: "P", stages, data }] },
  });
  const first = async (stage: string) =>
    (await v2(emulator, "GET", stagePath(stage, "tasks"))).json.results[0];
  const [subtask] = (await first(ANNOTATE)).subtasks;
  expect(subtask).toMatchObject({ uuid: task(1), labelBranchName: "main" });
  const act = (stage: string, action: string) =>
    v2(emulator, "POST", stagePath(stage, "actions"), [{ taskUuid: task(1), action }]);
  expect((await act(ANNOTATE, "SUBMIT")).status).toBe(200);
  expect((await first(REVIEW)).options).toEqual([
    { annotator: "agent@example.com", labelBranchName: "main", labelHash: "l" },
  ]);
  expect((await act(REVIEW, "APPROVE")).status).toBe(200);
});

it("issues are added to data units, frames and points, and listed by data unit", async () => {
  const emulator = await createEmulator({ seed: streetProject(2) });
  const path = `projects/${PROJECT}/issues`;
  const add = (...anchors: object[]) =>
    v2(emulator, "POST", path, {
      issues: anchors.map((anchor) => ({ anchor, comment: "look", issueTags: ["dark"] })),
    });
  const point = { type: "frameCoordinate", dataUuid: data(1), frameIndex: 3, x: 0.25, y: 0.5 };
  expect((await add({ type: "dataUnit", dataUuid: data(1) }, point)).json).toBeNull();
  expect(
    (await add({ type: "dataUnit", dataUuid: data(2) }, { type: "frame", dataUuid: task(1) })).status,
  ).toBe(400);
  expect((await add({ type: "frame", dataUuid: data(2) })).status).toBe(422);
  const { results } = (await v2(emulator, "GET", `${path}?dataUnitId=${data(1)}`)).json;
  expect(results).toMatchObject([
    {
      type: "dataUnit",
      tags: [{ name: "dark" }],
      comments: [{ content: "look", authorEmail: "agent@example.com" }],
    },
    { type: "frameCoordinate", frameIndex: 3, coordinate: { x: 0.25, y: 0.5 } },
  ]);
  expect((await v2(emulator, "GET", `${path}?dataUnitId=${data(2)}`)).json.results).toEqual([]);
});

it("the history tells the order of requests, and time passes when asked to", async () => {
  const emulator = await createEmulator({ seed: streetProject(1), now: () => 1_000_000_000_000 });
  await v2(emulator, "GET", TASKS);
  await v2(emulator, "POST", ACTIONS, [proceed(9)]);
  expect(emulator.history()).toMatchObject([
    { endpoint: "tasks.list", method: "GET", status: "200" },
    { endpoint: "tasks.actions", method: "POST", status: "400" },
  ]);
  emulator.advance(3_600_000);
  expect((await v2(emulator, "POST", ACTIONS, [proceed(1)])).status).toBe(200);
  expect(emulator.history().map(({ at }) => at)).toEqual([1e12, 1e12, 1e12 + 3_600_000]);
  expect(emulator.moves()).toMatchObject([{ at: new Date(1e12 + 3_600_000).toISOString() }]);
});
