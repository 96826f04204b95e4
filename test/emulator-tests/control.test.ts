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
