/** One request for many tasks fails: whose fault it is, and what becomes of the others. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EmulatedProject } from "./emulated-project.ts";
import { addQuality, scripts } from "./scripted-agents.ts";

const TITLES = ["a", "b", "c", "d", "e"];

afterEach(() => vi.restoreAllMocks());

beforeEach(() => {
  scripts.once.run = ({ labelRow }) => {
    addQuality(labelRow);
    return { pathway: "Good", labelRow, labelRowPriority: 0.5 };
  };
});

type Step = "tasks" | "rows" | "labels" | "items" | "saves" | "priorities" | "moves" | "project";

/** Which step a request is, and which data hashes, label hashes or task UUIDs it names. */
function stepOf(request: Request, body: string): Step | null {
  const { pathname } = new URL(request.url);
  if (/\/tasks$/.test(pathname)) return "tasks";
  if (/\/actions$/.test(pathname)) return "moves";
  if (/\/priorities$/.test(pathname)) return "priorities";
  if (/\/projects\/[^/]+$/.test(pathname)) return "project";
  if (pathname !== "/public") return null;
  const { query_type, query_method } = JSON.parse(body) as { query_type: string; query_method: string };
  if (query_type === "labelrowmetadata") return "rows";
  return query_type === "labelrow" ? (query_method === "POST" ? "saves" : "labels") : null;
}

/** Lets `answer` answer, or not, requests of a step; it sees all that the request names. */
function intercept(
  project: EmulatedProject,
  answer: (step: Step, named: string) => Response | null,
): { readonly steps: Step[] } {
  const steps: Step[] = [];
  project.intercept = (request, send) =>
    request.text().then((body) => {
      const step = stepOf(request, body);
      if (step) steps.push(step);
      return (step && answer(step, decodeURIComponent(request.url) + body)) ?? send();
    });
  return { steps };
}

const legacyAnswer = (status: number) =>
  Response.json({
    status,
    response: status < 500 ? ["INVALID_ARGUMENTS_ERROR"] : ["UNKNOWN_ERROR"],
    payload: "No.",
  });

function refusal(step: Step, status: number): Response {
  return step === "rows" || step === "labels" || step === "saves"
    ? legacyAnswer(status)
    : Response.json({ message: "No." }, { status });
}

for (const status of [400, 504]) {
  describe(`a request that fails (${status}) because of one task fails that one; its neighbours go on`, () => {
    for (const step of ["tasks", "rows", "labels", "saves", "priorities"] as const) {
      it(`at ${step}`, async () => {
        const project = await EmulatedProject.create("Once", TITLES);
        const culprit = project.emulator.tasks().find((task) => project.titleOf(task) === "c");
        let labelHash = "none yet";
        intercept(project, (at, named) => {
          if (step === "saves" && at === "saves") {
            labelHash = String(project.emulator.labels(culprit?.dataHash ?? "")?.label_hash ?? "none yet");
          }
          const names = [culprit?.dataHash ?? "?", labelHash].some((name) => named.includes(name));
          return at === step && names ? refusal(step, status) : null;
        });
        await project.wake("Once", "notification");
        await project.fire("Once");
        expect(project.standing("Complete")).toEqual(["a", "b", "d", "e"]);
        expect(await project.counts("Once")).toMatchObject({ succeeded: 4, failed: 1, pending: 0 });
        const failed = (await project.tasks("Once")).find(({ state }) => state === "failed");
        expect(failed).toMatchObject({ dataTitle: "c", detail: expect.any(String) });
      });
    }
  });
}

it("a task that is refused in a batch of its own ends in failed, and says why", async () => {
  const project = await EmulatedProject.create("Once", ["a"]);
  // While the stage is listed no data hash is named.
  intercept(project, (step, named) =>
    step === "tasks" && named.includes("dataHashes=") ? refusal(step, 400) : null,
  );
  await project.run("Once");
  expect((await project.tasks("Once"))[0]).toMatchObject({
    state: "failed",
    detail: expect.stringMatching(/No\./),
  });
});

for (const [what, requests] of [
  ["rows", 2], // Once ahead of time, and once more.
  ["saves", 1],
] as const) {
  it(`an outage at ${what} costs no task its only attempt`, async () => {
    const project = await EmulatedProject.create("Once", TITLES);
    let down = true;
    const { steps } = intercept(project, (step) => {
      if (step === what && down) return refusal(step, 500);
      return step === "project" && down && steps.includes(what) ? refusal(step, 504) : null;
    });
    await project.wake("Once", "notification");
    await project.fire("Once");
    expect(await project.counts("Once")).toMatchObject({ pending: 5, failed: 0 });
    expect(steps.filter((step) => step === what)).toHaveLength(requests);
    down = false;
    await project.drain("Once");
    expect(project.standing("Complete")).toEqual(TITLES);
    for (const title of TITLES) expect(project.savedClassifications(title)).toHaveLength(1);
  });
}

it("labels that somebody else makes at the same moment are there at the next attempt", async () => {
  const project = await EmulatedProject.create("Labels", ["a"]);
  scripts.labels.run = () => "Good";
  let refusals = 1;
  intercept(project, (step) =>
    step === "labels" && refusals-- > 0
      ? Response.json({ status: 400, response: ["RESOURCE_EXISTS_ERROR"], payload: "It exists." })
      : null,
  );
  await project.run("Labels");
  expect((await project.tasks("Labels"))[0]).toMatchObject({ state: "succeeded", attempt: 2 });
});

it("when Encord takes labels from nobody, tasks wait: nothing says that it is them", async () => {
  const project = await EmulatedProject.create("Once", TITLES);
  let down = true;
  intercept(project, (step) => (step === "saves" && down ? refusal(step, 500) : null));
  await project.wake("Once", "notification");
  await project.fire("Once");
  expect(await project.counts("Once")).toMatchObject({ pending: 5, failed: 0 });
  down = false;
  await project.drain("Once");
  expect(project.standing("Complete")).toEqual(TITLES);
});

it("a project that we may not see any more costs no task an attempt", async () => {
  const project = await EmulatedProject.create("Once", TITLES);
  let revoked = false;
  intercept(project, (step, named) => {
    if (step === "tasks" && named.includes("dataHashes=")) revoked = true;
    return revoked ? refusal(step, step === "project" ? 403 : 404) : null;
  });
  await project.wake("Once", "notification");
  await project.fire("Once");
  expect(await project.counts("Once")).toMatchObject({ pending: 5, failed: 0 });
});

it("an agent's own save is not failed by what its neighbours save", async () => {
  const project = await EmulatedProject.create("Once", TITLES.slice(0, 4));
  scripts.once.run = async ({ labelRow }) => {
    addQuality(labelRow);
    await labelRow.save();
    return "Good";
  };
  const poison = () => String(project.emulator.labels(culprit?.dataHash ?? "")?.label_hash);
  const culprit = project.emulator.tasks().find((task) => project.titleOf(task) === "b");
  intercept(project, (step, named) =>
    step === "saves" && named.includes(poison()) ? refusal(step, 500) : null,
  );
  await project.run("Once");
  expect(project.standing("Complete")).toEqual(["a", "c", "d"]);
  expect(await project.counts("Once")).toMatchObject({ succeeded: 3, failed: 1 });
});
