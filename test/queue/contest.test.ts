/** Two deployments that serve one stage know nothing of each other; each sees tasks leave while it works on them. */

import { afterEach, describe, expect, it, vi } from "vitest";
import { afterBatch, type Contest, contestWarning } from "../../src/queue/contest.ts";
import { EmulatedProject } from "./emulated-project.ts";
import { scripts } from "./scripted-agents.ts";

afterEach(() => vi.restoreAllMocks());

const titles = (count: number) =>
  Array.from({ length: count }, (_, i) => `unit-${String(i).padStart(3, "0")}`);

const isMove = (request: Request) => request.url.endsWith("/actions");
const isReread = (request: Request) => new URL(request.url).searchParams.has("dataHashes");

describe("a stage that somebody else works on too", () => {
  const others: Readonly<Record<string, EmulatedProject["intercept"]>> = {
    "and moves tasks while ours are about to": (request, send) =>
      isMove(request) ? send().then(send) : null,
    "and has moved tasks since they were listed": (request) =>
      isReread(request) ? Promise.resolve(Response.json({ results: [], nextPageToken: null })) : null,
  };
  for (const [how, intercept] of Object.entries(others)) {
    it(`${how}: the operator is told, and the log once`, async () => {
      const project = await EmulatedProject.create("Plain", titles(200));
      scripts.plain.run = () => "Good";
      project.intercept = intercept;
      await project.run("Plain");
      expect((await project.queue("Plain").status()).warning).toMatch(/second deployment/);
      expect(project.lines.filter(({ event }) => event === "stage_contested")).toHaveLength(1);
      expect(await project.counts("Plain")).toMatchObject({ pending: 0, failed: 0 });
      project.now += 61 * 60_000;
      await project.fire("Plain");
      expect((await project.queue("Plain").status()).warning, "an hour later").toBeNull();
    });
  }

  it("one batch whose answer is lost says nothing of another hand", async () => {
    const project = await EmulatedProject.create("Plain", titles(200));
    scripts.plain.run = () => "Good";
    let moves = 0;
    project.intercept = (request, send) => (isMove(request) && moves++ === 0 ? send().then(send) : null);
    await project.run("Plain");
    expect(await project.counts("Plain")).toMatchObject({ succeeded: 200 });
    expect((await project.queue("Plain").status()).warning).toBeNull();
    expect(project.lines.filter(({ event }) => event === "stage_contested")).toEqual([]);
  });
});

describe("what is remembered of late batches", () => {
  const batches = (count: number, left: number, from: Contest | null = null) => {
    let contest = from;
    for (let i = 0; i < count; i++) contest = afterBatch(contest, 100, left, 0);
    return contest;
  };

  it("nothing, when nobody else is at work", () => {
    expect(batches(5, 0)).toBeNull();
  });

  it("a few tasks that annotators took are nothing to be told of", () => {
    expect(contestWarning(batches(50, 3), 0)).toBeNull();
    expect(contestWarning(batches(50, 30), 0)).toMatch(/left the stage/);
  });

  it("it is forgotten when it has ended", () => {
    const contested = batches(10, 50);
    expect(contestWarning(contested, 0)).not.toBeNull();
    expect(contestWarning(batches(10, 0, contested), 0)).toBeNull();
    expect(batches(60, 0, contested)).toBeNull();
  });

  it("a clock that was set back ends the warning too", () => {
    expect(contestWarning(batches(5, 50), -2 * 60 * 60_000)).toBeNull();
  });
});
