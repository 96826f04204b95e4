import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { EmulatedProject } from "./emulated-project.ts";
import { scripts } from "./scripted-agents.ts";

afterEach(() => vi.restoreAllMocks());

let names = 0;

async function gateAt(clock: { now: number }) {
  const gate = exports.EncordGate.getByName(`encord-gate-test-${++names}`);
  await runInDurableObject(gate, (object) => Object.assign(object, { now: () => clock.now }));
  return gate;
}

it("so many batches are let through at the same time", async () => {
  const gate = await gateAt({ now: 0 });
  expect(await gate.enter("a", 2)).toEqual({ open: true });
  expect(await gate.enter("b", 2)).toEqual({ open: true });
  expect(await gate.enter("c", 2)).toEqual({ open: false, waitMs: 500 });
  await gate.leave("a");
  expect(await gate.enter("c", 2)).toEqual({ open: true });
});

it("a lane that was lost takes its place again", async () => {
  const gate = await gateAt({ now: 0 });
  await gate.enter("a", 1);
  expect(await gate.enter("a", 1)).toEqual({ open: true });
  expect(await gate.enter("b", 1)).toEqual({ open: false, waitMs: 500 });
});

it("a batch that never leaves is forgotten", async () => {
  const clock = { now: 0 };
  const gate = await gateAt(clock);
  await gate.enter("lost", 1);
  clock.now = 16 * 60_000;
  expect(await gate.enter("next", 1)).toEqual({ open: true });
});

it("closed, it says for how long, and the longest wish counts", async () => {
  const clock = { now: 1000 };
  const gate = await gateAt(clock);
  await gate.close(30_000);
  await gate.close(5_000);
  expect(await gate.enter("a", 9)).toEqual({ open: false, waitMs: 30_000 });
  clock.now += 30_000;
  expect(await gate.enter("a", 9)).toEqual({ open: true });
});

it("while the gate is closed, no stage asks Encord for anything, and each wakes when it opens", async () => {
  const project = await EmulatedProject.create("Plain", ["one"]);
  scripts.plain.run = () => "Good";
  await exports.EncordGate.getByName("encord").close(300_000);
  const closed = project.now;
  await project.wake("Plain");
  await project.fire("Plain");
  expect(project.requests).toEqual([]);
  expect(await project.alarm("Plain")).toBe(closed + 300_000);
  await project.drain("Plain");
  expect(await project.counts("Plain")).toMatchObject({ succeeded: 1 });
});

it("a Retry-After that one stage was told holds the others back too", async () => {
  const gate = exports.EncordGate.getByName("encord");
  const project = await EmulatedProject.create("Plain", ["one"]);
  scripts.plain.run = () => "Good";
  let limited = true;
  project.intercept = (request) => {
    if (!limited || !new URL(request.url).pathname.endsWith("/actions")) return null;
    return Promise.resolve(new Response("{}", { status: 429, headers: { "retry-after": "300" } }));
  };
  await project.wake("Plain");
  await project.fire("Plain");

  expect(await gate.enter("another stage's batch", 9)).toEqual({ open: false, waitMs: 300_000 });
  limited = false;
  await project.drain("Plain");
  expect(await project.counts("Plain")).toMatchObject({ succeeded: 1, failed: 0 });
});
