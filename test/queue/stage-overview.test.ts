import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { errorGroups } from "../../src/queue/stage-overview.ts";
import { StageStore } from "../../src/queue/stage-store.ts";
import { EmulatedProject } from "./emulated-project.ts";
import { scripts } from "./scripted-agents.ts";

afterEach(() => vi.restoreAllMocks());

it("errors are grouped by their words, the most frequent first, each with a task to look at", async () => {
  const project = await EmulatedProject.create("Plain", ["a", "b", "c", "d"]);
  scripts.plain.run = ({ task }) => {
    if (task.dataTitle === "d") return "Good";
    throw new Error(task.dataTitle === "c" ? "no light" : "no opinion");
  };
  await project.run("Plain");
  const errors = await project.queue("Plain").errors();
  expect(errors).toMatchObject([
    { message: "no opinion", tasks: 2 },
    { message: "no light", tasks: 1, example: { dataTitle: "c" } },
  ]);
  expect(errors[0]?.lastAt).toBeGreaterThan(0);
});

it("errors are found without reading the many tasks that stay in their stage", async () => {
  await runInDurableObject(exports.StageQueue.getByName("stage-overview-test"), (_queue, { storage }) => {
    new StageStore(storage);
    storage.sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
       INSERT INTO task SELECT i, 'd', 'title', '', iif(i = 0, 'failed', 'succeeded'), 1, 0, 1, 0, 0, 0, 0, NULL, NULL,
         NULL, NULL, iif(i = 0, 0, 2), 'no luck', i FROM n`,
    );
    let read = 0;
    const exec = (query: string) => ({
      toArray() {
        const cursor = storage.sql.exec(query);
        const rows = cursor.toArray();
        read += cursor.rowsRead;
        return rows;
      },
    });
    expect(errorGroups({ exec } as unknown as SqlStorage)).toMatchObject([{ message: "no luck", tasks: 1 }]);
    expect(read).toBeLessThan(50);
  });
});

it("a chosen set of tasks is counted by state", async () => {
  const project = await EmulatedProject.create("Plain", ["a", "b", "c"]);
  scripts.plain.run = () => "Good";
  await project.wake("Plain");
  await project.queue("Plain").pause();
  await project.drain("Plain");
  const [a, b] = await project.tasks("Plain");
  await project.queue("Plain").cancelTasks([a?.uuid ?? ""]);
  const uuids = [a?.uuid ?? "", b?.uuid ?? "", crypto.randomUUID()];
  // Also of a selection whose names together are longer than any text that SQLite takes.
  const many = [...uuids, ...Array.from({ length: 60_000 }, () => crypto.randomUUID()), ...uuids];
  expect(await project.queue("Plain").countsOf(many)).toMatchObject({
    pending: 1,
    canceled: 1,
    succeeded: 0,
  });
});
