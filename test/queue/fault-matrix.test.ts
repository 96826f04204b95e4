/**
 * Everything that can go wrong on the way to Encord, at every step of a task: the tasks end right, their neighbours are
 * untouched, and Encord's state is as if nothing had happened.
 */

import { afterEach, describe, expect, it, vi } from "vitest";
import type { Fault, FaultRule } from "../emulator/index.ts";
import { EmulatedProject } from "./emulated-project.ts";
import { scripts } from "./scripted-agents.ts";

afterEach(() => vi.restoreAllMocks());

/** What the work on a stage asks of Encord, in the order in which it first does. */
const STEPS = [
  "projects.get",
  "tasks.list",
  "ontologies.get",
  "labelRows.list",
  "labelRows.create",
  "items.getBulk",
  "media.get",
  "labelRows.save",
  "priorities.set",
  "tasks.actions",
] as const;

const FAULTS: Readonly<Record<string, Pick<FaultRule, "faults" | "times">>> = {
  "a server error": { faults: { type: "status", status: 500 } },
  "server errors that are not retried at once": { faults: { type: "status", status: 504 }, times: 2 },
  "too many requests": { faults: { type: "status", status: 429, retryAfter: 300 } },
  "a lost connection": { faults: { type: "drop-before" } },
  "a lost answer": { faults: { type: "drop-after" } },
  "an answer cut short": { faults: { type: "cut-body" } },
  "an answer cut short without a sign": { faults: { type: "cut-body", silent: true } },
  "a page for people": { faults: { type: "html" } },
};

const TITLES = ["a.png", "b.png", "c.png", "d.png"];

async function project(): Promise<EmulatedProject> {
  const response = await fetch("https://fixtures.test/demo/images/street-23.png");
  const picture = new Uint8Array(await response.arrayBuffer());
  const data = TITLES.map((title) => ({
    title,
    media: "picture.png",
    width: 8,
    height: 8,
    fileSize: picture.length,
  }));
  const created = await EmulatedProject.create("Frames", data, { "picture.png": picture });
  scripts.frames.run = ({ labelRow }) => {
    const quality = labelRow.ontologyStructure.getChildByTitle("Quality", "classification").createInstance();
    quality.setAnswer(labelRow.ontologyStructure.getChildByTitle("Good", "option"));
    quality.setForFrames({ frames: 0 });
    labelRow.addClassificationInstance(quality);
    return { pathway: "Good", labelRow, labelRowPriority: 0.25 };
  };
  return created;
}

/** How often each task left the stage. */
function departures(of: EmulatedProject): number[] {
  const from = of.stageUuid("Frames");
  const moves = of.emulator.moves().filter((move) => move.from === from);
  return [...Map.groupBy(moves, (move) => move.taskUuid).values()].map((each) => each.length);
}

it("the steps are those that the work takes", async () => {
  const undisturbed = await project();
  await undisturbed.run("Frames");
  expect(
    undisturbed.emulator
      .requests()
      .map(({ endpoint }) => endpoint)
      .toSorted(),
  ).toEqual([...STEPS].toSorted());
});

for (const [name, fault] of Object.entries(FAULTS)) {
  describe(`${name} changes nothing in the end`, () => {
    for (const endpoint of STEPS) {
      it(`at ${endpoint}`, async () => {
        const disturbed = await project();
        disturbed.emulator.fault({ endpoint, ...fault });
        await disturbed.run("Frames");
        expect(disturbed.standing("Complete"), JSON.stringify(await disturbed.tasks("Frames"))).toEqual(
          TITLES,
        );
        expect(departures(disturbed)).toEqual([1, 1, 1, 1]);
        for (const title of TITLES) expect(disturbed.savedClassifications(title)).toHaveLength(1);
        expect(await disturbed.counts("Frames")).toMatchObject({ succeeded: 4, failed: 0, canceled: 0 });
      });
    }
  });
}

it.each<Fault>([
  { type: "latency", ms: 5 },
  { type: "slow-bytes", bytesPerPiece: 2000, pauseMs: 1 },
  { type: "ignore-range" },
])("an Encord that is slow, or sends more than was asked for, changes nothing (%o)", async (faults) => {
  const disturbed = await project();
  disturbed.emulator.fault({ endpoint: "*", faults, times: 100 });
  await disturbed.run("Frames");
  expect(disturbed.standing("Complete")).toEqual(TITLES);
  expect(departures(disturbed)).toEqual([1, 1, 1, 1]);
  for (const title of TITLES) expect(disturbed.savedClassifications(title)).toHaveLength(1);
});

describe("a signed URL that has expired is asked for again, or the task is", () => {
  const expired: Fault = { type: "expired-url" };
  for (const endpoint of ["items.getBulk", "media.get"] as const) {
    it(`at ${endpoint}`, async () => {
      const disturbed = await project();
      disturbed.emulator.fault({ endpoint, faults: expired });
      await disturbed.run("Frames");
      expect(disturbed.standing("Complete")).toEqual(TITLES);
      for (const title of TITLES) expect(disturbed.savedClassifications(title)).toHaveLength(1);
    });
  }
});

it("a task that somebody else moves away just before ends, and its neighbours are moved", async () => {
  const disturbed = await project();
  disturbed.emulator.fault({ endpoint: "tasks.actions", faults: { type: "stale-task" } });
  await disturbed.run("Frames");
  expect(disturbed.standing("Frames")).toEqual([]);
  expect(departures(disturbed)).toEqual([1, 1, 1, 1]);
  const { succeeded, canceled, failed } = await disturbed.counts("Frames");
  expect({ ended: succeeded + canceled, failed }).toEqual({ ended: 4, failed: 0 });
});
