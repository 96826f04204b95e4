import { defineAgents, taskAgent } from "encord-edge-agents";
import { afterEach, expect, it, vi } from "vitest";
import { createLog } from "../../src/agent/log.ts";
import { StageDirectory } from "../../src/console/stage-directory.ts";
import { readSettings } from "../../src/settings.ts";
import { EmulatedProject, settings } from "../queue/emulated-project.ts";
import { scriptedAgents } from "../queue/scripted-agents.ts";

afterEach(() => vi.restoreAllMocks());

it("a project that cannot be read any more stays as it was last known, with the reason, and is asked for sooner", async () => {
  const project = await EmulatedProject.create("Plain", []);
  const lost = taskAgent({ name: "lost", stage: "Nowhere", run: () => null });
  const directory = new StageDirectory(defineAgents({ agents: [...scriptedAgents, lost] }));
  const log = createLog({ write: () => {} });
  const at = async (now: number) => {
    const [first] = await directory.projects(readSettings(settings), log, now);
    return first;
  };
  const known = await at(0);
  expect(known).toMatchObject({
    title: "Test project",
    error: null,
    missing: [{ agent: "lost", stage: "Nowhere" }],
  });
  expect(known?.stages.find(({ title }) => title === "Plain")?.agent?.name).toBe("plain");
  expect(known?.stages.find(({ title }) => title === "Annotate")?.agent).toBeNull();
  project.intercept = () => Promise.resolve(Response.json({ message: "Not yours." }, { status: 403 }));
  expect(await at(59_999)).toBe(known);
  expect(await at(60_000)).toEqual({ ...known, error: expect.stringContaining("Not yours.") });
  project.intercept = () => null;
  expect((await at(74_999))?.error).toContain("Not yours.");
  expect(await at(75_000)).toEqual(known);
});
