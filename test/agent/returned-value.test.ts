/** What agents return that means nothing is refused, and said. */

import { agent, editorAgent, taskAgent } from "encord-edge-agents";
import { callAgent, runAgent } from "encord-edge-agents/testing";
import { expect, it } from "vitest";
import { workshop } from "./workshop.ts";

const PICTURE = "street-02.png";

async function fromTask(returned: unknown) {
  const run = () => returned as never;
  const emulator = await workshop({ data: [PICTURE] });
  return (await runAgent(taskAgent({ name: "a", stage: "Agent 1", run }), { emulator })).error;
}

it.each([
  [
    undefined,
    "returned nothing; return the name of a pathway, null (the task stays), or { pathway, labelRow, labelRowPriority }.",
  ],
  [5, "returned a number;"],
  [["Good"], "returned a list;"],
  [new Map([["pathway", "Good"]]), "returned a Map;"],
  [{ patway: "Good" }, 'returned an object with the unknown field "patway";'],
  [{ pathway: "Good", label_row: {} }, 'with the unknown field "label_row"'],
  [{ pathway: "Good", labelRow: {} }, "returned a labelRow that is an object of another kind;"],
  [
    { labelRowPriority: "0.5" },
    "returned a labelRowPriority that is a string; it must be a number from 0 to 1.",
  ],
  [{ labelRowPriority: Number.NaN }, "returned a labelRowPriority that is NaN;"],
  [{ pathway: {} }, "chose a pathway that is an object of another kind;"],
  ["good", 'chose the pathway "good", which stage "Agent 1" does not have. Its pathways: "Good", "Bad".'],
])("a task agent that returned %j", async (returned, message) => {
  expect(await fromTask(returned)).toContain(message);
});

it("an object of any class will do that has what is meant", async () => {
  class Outcome {
    readonly pathway = "Good";
  }
  expect(await fromTask(new Outcome())).toBeNull();
  expect(await fromTask(Object.freeze({ pathway: "Bad" }))).toBeNull();
});

it("an editor agent, and one of several modes", async () => {
  const emulator = await workshop({ data: [PICTURE] });
  const call = (returned: unknown) =>
    callAgent(editorAgent({ name: "a", run: () => returned as never }), { data: PICTURE }, { emulator });
  await expect(call({ text: "5 boxes" })).rejects.toThrow(
    'with the unknown field "text"; return { message, decision }',
  );
  expect(await call({ message: " 5 boxes\n", decision: " accept " })).toMatchObject({
    message: "5 boxes",
    decision: "accept",
  });
  await expect(call({ message: 5 })).rejects.toThrow("returned a message that is a number, not text.");
  const any = (returned: unknown) =>
    callAgent(
      agent({ name: "b", modes: ["editor", "node"], run: () => returned as never }),
      { data: PICTURE },
      { emulator },
    );
  await expect(any({ pathway: "Good" })).rejects.toThrow(
    'with the unknown field "pathway"; return an outcome',
  );
  await expect(any({ outcome: "Good", labelRowPriority: 2 })).rejects.toThrow(
    "it must be a number from 0 to 1",
  );
  await expect(any({ outcome: "Good", labelRow: "row" })).rejects.toThrow(
    "returned a labelRow that is a string;",
  );
});
