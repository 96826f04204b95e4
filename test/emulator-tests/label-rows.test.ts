import { expect, it } from "vitest";
import { createEmulator, type InProcessEmulator } from "../emulator/index.ts";
import { legacy, listing, v2 } from "./signed-client.ts";
import { ACTIONS, data, item, PROJECT, streetProject, task } from "./street-project.ts";

type Row = Record<string, unknown> & { label_hash: string };

const ask = async (
  emulator: InProcessEmulator,
  type: string,
  method: string,
  uid: unknown,
  payload: unknown,
) => (await legacy(emulator, ["project", PROJECT], [type, method], uid, payload)).json;
const list = async (emulator: InProcessEmulator, changed = {}): Promise<Row[]> =>
  (await ask(emulator, "labelrowmetadata", "GET", null, listing(changed))).response;
const create = async (emulator: InProcessEmulator, ...hashes: string[]): Promise<Row[]> =>
  (
    await ask(emulator, "labelrow", "PUT", hashes, {
      multi_request: true,
      get_signed_url: false,
      branch_name: "main",
    })
  ).response;
const read = async (emulator: InProcessEmulator, hashes: string[], changed = {}) =>
  ask(emulator, "labelrow", "GET", hashes, {
    get_signed_url: false,
    multi_request: true,
    include_object_feature_hashes: null,
    include_classification_feature_hashes: null,
    ...changed,
  });
const save = (emulator: InProcessEmulator, hashes: string[], labels: unknown[]) =>
  ask(emulator, "labelrow", "POST", hashes, { multi_request: true, labels, validate_before_saving: false });

const CAR = {
  name: "Car",
  color: "#D33115",
  shape: "bounding_box",
  value: "car",
  createdAt: "Fri, 30 May 2025 09:15:00 UTC",
  createdBy: null,
  confidence: 1,
  objectHash: "objHash1",
  featureHash: "objCar01",
  manualAnnotation: true,
  lastEditedAt: "Fri, 30 May 2025 09:15:00 UTC",
  boundingBox: { h: 0.25, w: 0.5, x: 0.1, y: 0.2 },
};

function withCar(blob: Row, n: number): Row {
  const copy = structuredClone(blob) as Row & {
    data_units: Record<string, { labels: { objects: unknown[] } }>;
    object_answers: Record<string, unknown>;
  };
  copy.data_units[data(n)]?.labels.objects.push({ ...CAR });
  copy.object_answers.objHash1 = { classifications: [], objectHash: "objHash1" };
  return copy;
}

function setAnnotationStatus(emulator: InProcessEmulator, n: number, status: string): void {
  const snapshot = emulator.snapshot();
  for (const [, row] of snapshot.row ?? []) {
    const known = row as { dataHash: string; annotationTaskStatus: string };
    if (known.dataHash === data(n)) known.annotationTaskStatus = status;
  }
  emulator.restore(snapshot);
}

it.each([
  ["all", {}, [1, 2, 3, 4, 5]],
  ["those of some data", { data_hashes: [data(3), data(1)] }, [3, 1]],
  ["none of no data", { data_hashes: [] }, []],
  ["a title", { data_title_eq: "street 2.png" }, [2]],
  ["a pattern of titles", { data_title_like: "%EET 4%" }, [4]],
  ["a stage", { workflow_graph_node_title_eq: "Review" }, [5]],
  ["a pattern of stages", { workflow_graph_node_title_like: "agent%" }, [1, 2, 3, 4]],
  ["a status", { label_statuses: ["LABELLED"] }, []],
  ["a status of the annotation", { label_statuses: ["RETURNED", "COMPLETED"] }, [4]],
  ["only initialised ones", { include_uninitialised_labels: false }, [1]],
  ["another branch", { branch_name: "other" }, []],
])("rows are listed by %s", async (_, filter, expected) => {
  const emulator = await createEmulator({ seed: streetProject() });
  await create(emulator, data(1));
  await v2(emulator, "POST", ACTIONS, [
    { taskUuid: task(5), action: "PATHWAY_ACTION", pathwayName: "to review" },
  ]);
  setAnnotationStatus(emulator, 4, "COMPLETED");
  expect((await list(emulator, filter)).map((row) => row.data_hash)).toEqual(expected.map(data));
});

it("a listing shows workflow node and client metadata only when asked for", async () => {
  const emulator = await createEmulator({ seed: streetProject(1) });
  const [plain] = await list(emulator, { include_workflow_graph_node: false });
  expect(plain).toMatchObject({
    workflow_graph_node: null,
    client_metadata: null,
    backing_item_uuid: item(1),
  });
  const [full] = await list(emulator, { include_client_metadata: true });
  expect(full).toMatchObject({ workflow_graph_node: { title: "Agent 1" }, client_metadata: { index: 1 } });
});

it("labels are created once, saved, read back with their author, and counted", async () => {
  const emulator = await createEmulator({ seed: streetProject() });
  const [one, two] = await create(emulator, data(1), data(2));
  if (!one || !two) throw new Error("two rows were expected");
  expect((await ask(emulator, "labelrow", "PUT", [data(1)], {})).response).toEqual(["RESOURCE_EXISTS_ERROR"]);
  const twice = await ask(emulator, "labelrow", "PUT", [data(2), data(2)], {});
  expect([twice.response, twice.payload]).toEqual([
    ["INVALID_ARGUMENTS_ERROR"],
    expect.stringContaining("named twice"),
  ]);
  expect(await save(emulator, [one.label_hash, two.label_hash], [withCar(one, 1), two])).toEqual({
    status: 200,
    response: true,
  });
  const { response } = await read(emulator, [two.label_hash, one.label_hash]);
  expect(response.map((row: Row) => row.data_hash)).toEqual([data(2), data(1)]);
  expect(response[1].data_units[data(1)].labels.objects).toEqual([
    { ...CAR, createdBy: "agent@example.com", lastEditedBy: "agent@example.com" },
  ]);
  expect(emulator.labels(data(1))).toMatchObject({ label_hash: one.label_hash });
  expect(emulator.labels(data(3))).toBeNull();
});

it("one bad row keeps all rows of a save as they were", async () => {
  const emulator = await createEmulator({ seed: streetProject() });
  const [one, two] = await create(emulator, data(1), data(2));
  if (!one || !two) throw new Error("two rows were expected");
  const before = emulator.labels(data(1));
  const answer = await save(emulator, [one.label_hash, two.label_hash], [withCar(one, 1), one]);
  expect(answer).toMatchObject({ status: 400, response: ["CORRUPTED_LABEL_ERROR"] });
  expect(emulator.labels(data(1))).toEqual(before);
  expect(await save(emulator, ["nothing"], [one])).toMatchObject({ response: ["RESOURCE_NOT_FOUND_ERROR"] });
});

it("reading with feature filters leaves out the other features", async () => {
  const emulator = await createEmulator({ seed: streetProject() });
  const [one] = await create(emulator, data(1));
  if (!one) throw new Error("a row was expected");
  await save(emulator, [one.label_hash], [withCar(one, 1)]);
  const filtered = async (hashes: string[]) =>
    (await read(emulator, [one.label_hash], { include_object_feature_hashes: hashes })).response[0];
  expect((await filtered([])).data_units[data(1)].labels.objects).toEqual([]);
  expect((await filtered([])).object_answers).toEqual({});
  expect((await filtered(["objCar01"])).data_units[data(1)].labels.objects).toHaveLength(1);
});

it("rows are completed and reopened", async () => {
  const emulator = await createEmulator({ seed: streetProject() });
  const [one] = await create(emulator, data(1));
  if (!one) throw new Error("a row was expected");
  const act = (action: string) =>
    ask(emulator, "labelworkflowgraphnode", "POST", [one.label_hash], { action });
  expect(await act("complete")).toEqual({ status: 200, response: true });
  expect((await list(emulator, { data_hashes: [data(1)] }))[0]?.workflow_graph_node).toMatchObject({
    title: "Complete",
  });
  await act("reopen");
  expect(emulator.stages()[0]).toMatchObject({ title: "Annotate", count: 1 });
  expect(await act("explode")).toMatchObject({ response: ["INVALID_ARGUMENTS_ERROR"] });
});

it("a row that is asked for by its bare uid is created, read and saved alone, as older callers do", async () => {
  const emulator = await createEmulator({ seed: streetProject(2) });
  const created = await ask(emulator, "labelrow", "PUT", data(2), { get_signed_url: false });
  expect(created.response).toMatchObject({ data_hash: data(2), object_answers: {} });
  const saved = await ask(
    emulator,
    "labelrow",
    "POST",
    created.response.label_hash,
    withCar(created.response, 2),
  );
  expect(saved).toEqual({ status: 200, response: true });
  const wish = { get_signed_url: false, multi_request: false };
  const answer = await ask(emulator, "labelrow", "GET", created.response.label_hash, wish);
  expect(Object.keys(answer.response.object_answers)).toEqual(["objHash1"]);
});

it("what Encord knows of the files outlives a save: links, sizes, slices of DICOM, places in a group", async () => {
  const slice = { dicom_instance_uid: "1.2.3", width: 8, height: 8 };
  const left = { space_type: "image", width: 3, height: 3, labels: {}, child_info: { layout_key: "left" } };
  const data = [
    { title: "a.png", media: "a.png", width: 4, height: 3 },
    { title: "b.dcm", dataType: "DICOM", numberOfFrames: 2 },
    { title: "c", dataType: "GROUP", spaces: { left } },
  ];
  const emulator = await createEmulator({
    seed: { projects: [{ projectHash: PROJECT, title: "Facts", data }] },
    media: { "a.png": new Uint8Array(8) },
  });
  const hashes = (await list(emulator)).map((row) => String(row.data_hash));
  const signed = { multi_request: true, get_signed_url: true, branch_name: "main" };
  const [picture, dicom, group] = (await ask(emulator, "labelrow", "PUT", hashes, signed)).response;
  const unitOf = (row: Row) =>
    Object.values(row.data_units as Record<string, Record<string, unknown>>)[0] ?? {};
  expect(unitOf(picture).data_link).toContain("signature=");

  // Encord adds the slices when a series is opened.
  const snapshot = emulator.snapshot();
  const stored = snapshot.label?.find(([hash]) => hash === dicom.label_hash)?.[1] as Row;
  unitOf(stored).labels = { 1: { objects: [], classifications: [], metadata: slice } };
  emulator.restore(snapshot);

  unitOf(picture).width = 999;
  unitOf(dicom).labels = {};
  delete group.spaces.left.child_info;
  const rows = [picture, dicom, group];
  const labelHashes = rows.map(({ label_hash }) => label_hash);
  expect((await save(emulator, labelHashes, rows)).status).toBe(200);
  const [again, series, places] = (await read(emulator, labelHashes)).response;
  expect(unitOf(again)).toMatchObject({ width: 4, data_link: expect.not.stringContaining("signature=") });
  expect(unitOf(series).labels).toEqual({ 1: { objects: [], classifications: [], metadata: slice } });
  expect(places.spaces.left).toEqual(left);
});
