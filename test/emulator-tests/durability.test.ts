import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { expect, it } from "vitest";
import { makeThrowawayKey } from "../emulator/auth/throwaway-key.ts";
import { Emulator, InProcessEmulator } from "../emulator/index.ts";
import { DurableStorage } from "../emulator/state/durable-storage.ts";
import { send, signV2, v2 } from "./signed-client.ts";
import { ACTIONS, item, streetProject, TASKS, task } from "./street-project.ts";

let objects = 0;

/** Runs `use` with the storage of a Durable Object of its own. */
function withStorage(use: (storage: DurableObjectStorage) => Promise<void>): Promise<void> {
  const stub = exports.StageQueue.getByName(`emulator-test-${++objects}`);
  return runInDurableObject(stub, (_, state) => use(state.storage));
}

it("an emulator that starts again on its storage is the same Encord", () =>
  withStorage(async (storage) => {
    const key = await makeThrowawayKey();
    const { publicKey } = key;
    const start = () => new InProcessEmulator({ storage: new DurableStorage(storage) }, key);

    const first = start();
    first.seed({ ...streetProject(120), keys: [{ publicKey }] });
    const film = Uint8Array.from({ length: 2_500_000 }, (_, index) => index % 251);
    first.putMedia("street-1.png", film);
    const proceed = [{ taskUuid: task(7), action: "PATHWAY_ACTION", pathwayName: "to review" }];
    expect((await v2(first, "POST", ACTIONS, proceed)).status).toBe(200);
    const { signedUrl } = (await v2(first, "GET", `storage/items/${item(1)}?signUrl=True`)).json;
    const { token } = (await v2(first, "GET", "user/bearer-token")).json;

    const second = start();
    expect(second.moves()).toEqual(first.moves());
    expect(second.tasks()).toEqual(first.tasks());
    expect(second.stages()).toEqual(first.stages());
    expect(second.requests()).toEqual(first.requests());
    const stale = await v2(second, "POST", ACTIONS, proceed);
    expect(stale.status).toBe(400);
    const list = await signV2(second, "GET", TASKS);
    const bearer = { ...list, headers: { Authorization: `Bearer ${token}` } };
    const listed = (await send(second, bearer)).json.results.map(({ uuid }: { uuid: string }) => uuid);
    expect(listed.slice(0, 7)).toEqual([1, 2, 3, 4, 5, 6, 8].map(task));

    const part = await second.fetch(new Request(signedUrl, { headers: { range: "bytes=999990-1000009" } }));
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(film.slice(999_990, 1_000_010));
  }));

it("labels larger than a row of the database are kept whole", () =>
  withStorage(async (storage) => {
    const first = new Emulator({ storage: new DurableStorage(storage) });
    const text = "ü😀".repeat(700_000);
    const seed = streetProject(1);
    const [project] = seed.projects;
    if (!project) throw new Error("a project was expected");
    const labelled = project.data.map((data) => ({ ...data, labels: { labelHash: "l", blob: { text } } }));
    first.seed({ projects: [{ ...project, data: labelled }] });
    const second = new Emulator({ storage: new DurableStorage(storage) });
    expect(second.labels(second.tasks()[0]?.dataHash ?? "")?.text === text).toBe(true);
  }));

it("a reset forgets everything, on the storage too", () =>
  withStorage(async (storage) => {
    const first = new Emulator({ storage: new DurableStorage(storage) });
    first.seed(streetProject());
    first.reset();
    expect(new Emulator({ storage: new DurableStorage(storage) }).projects).toEqual([]);
  }));
