import { expect, it, vi } from "vitest";
import { withDeadline } from "../../src/agent/deadline.ts";
import { builtIn, dependency, prefetchOf } from "../../src/agent/dependency.ts";
import { Invocation, type InvocationOptions } from "../../src/agent/invocation.ts";
import { createLog } from "../../src/agent/log.ts";

function invocation(overrides: Partial<InvocationOptions> = {}): Invocation {
  const unused = async () => {
    throw new Error("not asked for in this test");
  };
  return new Invocation({
    mode: "task",
    agentName: "test",
    client: {} as InvocationOptions["client"],
    sources: { project: unused, labelRow: unused, storageItem: unused },
    assets: { allowInsecureLoopback: false, onTransfer: () => {}, onFrame: () => {} },
    signal: new AbortController().signal,
    log: createLog({ write: () => {} }),
    ...overrides,
  });
}

it("a dependency that several others need is made once per invocation", async () => {
  let made = 0;
  const base = dependency({}, () => ++made);
  const left = dependency({ base }, ({ base }) => base * 10);
  const right = dependency({ base }, async ({ base }) => base * 100);
  const values = await invocation().resolve({ left, right, base });
  expect(values).toEqual({ left: 10, right: 100, base: 1 });
  expect(await invocation().resolve({ base })).toEqual({ base: 2 });
});

it("dependencies are made in the order of declaration, depth first, and cleaned up in reverse", async () => {
  const events: string[] = [];
  const resource = (name: string, needs: Parameters<typeof dependency>[0] = {}) =>
    dependency(needs, async function* () {
      events.push(`make ${name}`);
      try {
        yield name;
      } finally {
        events.push(`close ${name}`);
      }
    });
  const inner = resource("inner");
  const run = invocation();
  await run.resolve({ outer: resource("outer", { inner }), last: resource("last") });
  await run.close(null);
  expect(events).toEqual([
    "make inner",
    "make outer",
    "make last",
    "close last",
    "close outer",
    "close inner",
  ]);
});

it("the agent's error is thrown at the yield of what must clean up, and is not hidden by it", async () => {
  const seen: unknown[] = [];
  const failure = { error: new Error("the agent failed") };
  const transaction = dependency({}, async function* () {
    try {
      yield "open";
    } catch (error) {
      seen.push(error);
      throw error;
    }
  });
  const run = invocation();
  await run.resolve({ transaction });
  await run.close(failure);
  expect(seen).toEqual([failure.error]);
});

it("every cleanup runs, also after one that fails; the failure is reported once all are done", async () => {
  const closed: string[] = [];
  const closing = (name: string, fails: boolean) =>
    dependency({}, async function* () {
      yield name;
      closed.push(name);
      if (fails) throw new Error(`${name} does not close`);
    });
  const run = invocation();
  await run.resolve({ first: closing("first", false), second: closing("second", true) });
  await expect(run.close(null)).rejects.toThrow("second does not close");
  expect(closed).toEqual(["second", "first"]);
});

it("a cleanup that never ends is waited for so long, and the others get their turn", async () => {
  const closed: string[] = [];
  const closing = (name: string, ends: boolean) =>
    dependency({}, async function* () {
      yield name;
      if (!ends) await new Promise(() => {});
      closed.push(name);
    });
  const run = invocation({ cleanupMs: 20 });
  await run.resolve({ first: closing("first", true), second: closing("second", false) });
  await expect(run.close(null)).rejects.toThrow(/cleaning up" did not end within 0.02 seconds/);
  expect(closed).toEqual(["first"]);
});

it("a generator that yields no value, or two, is a clear error", async () => {
  const none = dependency({}, async function* (): AsyncGenerator<string, void, void> {});
  await expect(invocation().resolve({ none })).rejects.toThrow(
    /must yield its value once; it yielded nothing/,
  );
  let isClosed = false;
  const two = dependency({}, async function* () {
    try {
      yield 1;
      yield 2;
    } finally {
      await new Promise((resolve) => setTimeout(resolve, 1));
      isClosed = true;
    }
  });
  const run = invocation();
  await run.resolve({ two });
  await expect(run.close(null)).rejects.toThrow(/must yield its value once; it yielded twice/);
  expect(isClosed).toBe(true);
});

it("nothing more is made once the agent's time is up", async () => {
  const controller = new AbortController();
  controller.abort(new Error("too late"));
  await expect(
    invocation({ signal: controller.signal }).resolve({ a: dependency({}, () => 1) }),
  ).rejects.toThrow("too late");
});

it("the graph tells what must be fetched, however deep it is needed", () => {
  const item = builtIn({ modes: ["task"], prefetch: { storageItem: true }, make: () => "item" });
  const frame = dependency({ item }, () => "frame");
  expect(prefetchOf({ thumbnail: dependency({ frame }, () => "thumbnail") })).toEqual({
    labelRow: null,
    storageItem: true,
  });
  expect(prefetchOf({})).toEqual({ labelRow: null, storageItem: false });
});

it("a dependency that is still being made when the agent ends is cleaned up as soon as it is there", async () => {
  const made = Promise.withResolvers<void>();
  let open = 0;
  const slow = dependency({}, async function* () {
    await made.promise;
    open++;
    try {
      yield "late";
    } finally {
      await new Promise((resolve) => setTimeout(resolve, 1));
      open--;
    }
  });
  const run = invocation();
  const resolving = run.resolve({ slow });
  const failure = { error: new Error("the time is up") };
  await run.close(failure);
  made.resolve();
  await expect(resolving).rejects.toThrow(/had ended before/);
  expect(open).toBe(0);
});

it("work whose signal was aborted before is not begun", async () => {
  const gone = AbortSignal.abort(new Error("the task was cancelled"));
  const work = vi.fn(async () => "done");
  await expect(withDeadline(1000, gone, () => new Error("slow"), work)).rejects.toThrow(/was cancelled/);
  expect(work).not.toHaveBeenCalled();
});
