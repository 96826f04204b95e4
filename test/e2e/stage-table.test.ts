import { expect, it } from "vitest";
import type { StageReport } from "../../scripts/local-stack.ts";
import { StageTable } from "../../scripts/stage-table.ts";

const stage = (succeeded: number): StageReport => ({
  projectHash: "p",
  stage: { uuid: "s", title: "Gate" },
  agent: "gate",
  counts: { pending: 0, dispatched: 0, running: 0, succeeded, failed: 0, timedOut: 0, canceled: 0 },
  lastPoll: null,
  lastError: null,
});

it("counts only tasks that end after a new start", () => {
  const table = new StageTable(() => 0);
  const done = (succeeded: number) =>
    table
      .lines([stage(succeeded)])[1]
      ?.split(/ +/)
      .at(-3);
  expect(done(27)).toBe("27");
  table.startAgain();
  expect(done(27)).toBe("0");
  expect(done(54)).toBe("27");
});

it("gives the rate of work that began and ended between two updates, also after a rest", () => {
  let now = 0;
  const table = new StageTable(() => now);
  const pace = (succeeded: number) =>
    table
      .lines([stage(succeeded)])[1]
      ?.split(/\s+/)
      .at(-1);
  expect(pace(0)).toBe("0.0");
  now = 500;
  expect(pace(10)).toBe("20.0");
  now = 60_000;
  expect(pace(10)).toBe("20.0");
  now = 60_250;
  expect(pace(15)).toBe("20.0");
  now = 60_500;
  expect(pace(25)).toBe("30.0");
});
