import { expect, it } from "vitest";
import { createEmulator } from "../emulator/index.ts";
import { v2 } from "./signed-client.ts";
import { ACTIONS, data, PROJECT, streetProject, task } from "./street-project.ts";

it("the control API fills an emulator and tells what happened in it", async () => {
  const emulator = await createEmulator();
  const ask = async (method: string, path: string, body?: BodyInit) => {
    const request = new Request(`${emulator.domain}/__emulator/${path}`, { method, body: body ?? null });
    const response = await emulator.fetch(request);
    return [response.status, await response.json()] as const;
  };
  expect(await ask("PUT", "media/street-1.png", new Uint8Array([1, 2, 3]))).toEqual([
    200,
    { media: "street-1.png" },
  ]);
  expect(await ask("POST", "seed", JSON.stringify(streetProject()))).toEqual([200, { projects: [PROJECT] }]);
  expect(await ask("GET", "projects")).toEqual([
    200,
    { projects: [{ projectHash: PROJECT, title: "Streets" }] },
  ]);
  const [, snapshot] = await ask("GET", "snapshot");
  await v2(emulator, "POST", ACTIONS, [{ taskUuid: task(1), action: "PATHWAY_ACTION", pathwayName: "back" }]);
  expect(await ask("GET", "moves")).toMatchObject([
    200,
    { moves: [{ taskUuid: task(1), how: "proceed:back" }] },
  ]);
  expect(await ask("GET", "requests")).toMatchObject([200, { requests: [{ endpoint: "tasks.actions" }] }]);
  expect(await ask("GET", "tasks")).toMatchObject([
    200,
    { stages: [{ title: "Annotate", count: 1 }, { count: 4 }, {}, {}] },
  ]);
  expect((await ask("GET", `labels/${data(1)}`))[0]).toBe(404);
  await ask("PUT", "snapshot", JSON.stringify(snapshot));
  expect(await ask("GET", "tasks")).toMatchObject([200, { stages: [{ count: 0 }, { count: 5 }, {}, {}] }]);
  expect((await ask("GET", "nothing"))[0]).toBe(404);
  await ask("POST", "reset");
  expect(await ask("GET", "projects")).toEqual([200, { projects: [] }]);
});

it("a seed that contradicts itself is refused with what does not fit", async () => {
  const emulator = await createEmulator();
  const seed = { projects: [{ title: "P", data: [{ title: "a", stage: "Nowhere" }] }] };
  expect(() => emulator.seed(seed)).toThrow(
    'data unit "a" names the stage "Nowhere"; there are "Annotate", "Complete"',
  );
  expect(emulator.projects).toEqual([]);
});

it.each<[string, object, RegExp]>([
  ["a hash that is no UUID", { projectHash: "my-project" }, /projectHash is "my-project"; a UUID/],
  ["a hash in capitals", { projectHash: PROJECT.toUpperCase() }, /a UUID in lower case/],
  ["a project that is there", { projectHash: PROJECT }, /There is a project .* already/],
  [
    "a hash for two data units",
    {
      data: [
        { title: "a", dataHash: data(9) },
        { title: "b", dataHash: data(9) },
      ],
    },
    /two data units have the dataHash/,
  ],
  [
    "two stages of one title",
    {
      stages: [
        { title: "A", stageType: "AGENT" },
        { title: "A", stageType: "DONE" },
      ],
    },
    /two stages have the title "A"/,
  ],
  ["no data", { data: undefined }, /Seed project "[^"]+" has no list "data"/],
  ["a data unit without a title", { data: [{}] }, /Data unit 1 of seed project .* has no text "title"/],
  [
    "a type of data that there is not",
    { data: [{ title: "a", dataType: "video" }] },
    /dataType of data unit "a" is "video"; expected one of IMAGE, VIDEO/,
  ],
  [
    "a kind of stage that there is not",
    { stages: [{ title: "A", stageType: "ROUTER" }] },
    /stageType of stage "A" is "ROUTER"/,
  ],
  [
    "a status that no task has",
    { data: [{ title: "a", task: { status: "DONE" } }] },
    /status of the task of data unit "a" is "DONE"/,
  ],
])("a seed with %s is refused", async (_, project, message) => {
  const emulator = await createEmulator({ seed: streetProject() });
  expect(() => emulator.seed({ projects: [{ title: "P", data: [], ...project }] })).toThrow(message);
  expect(emulator.projects).toHaveLength(1);
});

it("a path that is not well encoded names nothing", async () => {
  const emulator = await createEmulator({ seed: streetProject() });
  const statusOf = async (path: string) =>
    (await emulator.fetch(new Request(`${emulator.domain}${path}`))).status;
  expect(await statusOf("/storage/%E0%A4%A?expires=1")).toBe(403);
  expect(await statusOf("/__emulator/labels/%E0%A4%A")).toBe(404);
  expect((await v2(emulator, "GET", "projects/%E0%A4%A")).status).toBe(404);
  expect((await v2(emulator, "GET", "projects?createdAfter=soon")).status).toBe(422);
});
