import { afterEach, expect, it, vi } from "vitest";
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
