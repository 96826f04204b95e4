/** The short version of `npm run test:crash`. */

import { expect, it } from "vitest";
import { crashRun } from "../crash/crash-run.ts";

it("whenever the worker is killed, no task is lost, none is moved twice, and no label is there twice", async () => {
  const report = await crashRun({ kills: 3, seed: 7 });
  expect(report.faults).toEqual([]);
  expect(Object.values(report.kills).reduce((sum, times) => sum + times, 0)).toBe(3);
});
