import { describe, expect, it } from "vitest";
import { MemoryBudget } from "../../src/media/wasm/memory-budget.ts";

/** A clock that moves when somebody sleeps, and never by itself. */
function fakeTime() {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
      await Promise.resolve();
    },
    pass: (ms: number) => {
      now += ms;
    },
  };
}

const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe("the isolate's memory", () => {
  it("is lent up to its size, and jobs wait in the order they came", async () => {
    const budget = new MemoryBudget(100, fakeTime());
    const first = await budget.reserve({ bytes: 60, what: "first" });
    const order: string[] = [];
    const second = budget.reserve({ bytes: 70, what: "second" }).then((held) => {
      order.push("second");
      return held;
    });
    // It would fit beside the first one, but others came earlier.
    const third = budget.reserve({ bytes: 10, what: "third" }).then((held) => {
      order.push("third");
      return held;
    });
    await settle();
    expect(budget).toMatchObject({ reserved: 60, waiting: 2 });
    first.release();
    await Promise.all([second, third]);
    expect(order).toEqual(["second", "third"]);
    expect(budget).toMatchObject({ reserved: 80, waiting: 0 });
  });

  it("keeps the place of a job that goes on asking, however long it waits", async () => {
    const time = fakeTime();
    const budget = new MemoryBudget(100, time);
    const first = await budget.reserve({ bytes: 60, what: "first" });
    const order: string[] = [];
    const end = new AbortController();
    const ask = (bytes: number, what: string) =>
      budget.reserve({ bytes, what, signal: end.signal }).then(() => order.push(what));
    const waiting = Promise.allSettled([ask(70, "second"), ask(10, "third")]);
    while (time.now() < 10_000) await Promise.resolve();
    const early = order.splice(0);
    first.release();
    while (order.length < 2 && time.now() < 20_000) await Promise.resolve();
    end.abort();
    await waiting;
    expect({ early, order }).toEqual({ early: [], order: ["second", "third"] });
  });

  it("refuses at once what can never fit, with the numbers", async () => {
    const budget = new MemoryBudget(100e6, fakeTime());
    const refused = budget.reserve({ bytes: 300e6, what: "Decoding a wall" });
    await expect(refused).rejects.toMatchObject({
      code: "too-large",
      message: "Decoding a wall needs about 300 MB of memory, and 100 MB is all there is for media.",
    });
  });

  it("grows a job's share only while there is some left", async () => {
    const budget = new MemoryBudget(100, fakeTime());
    const held = await budget.reserve({ bytes: 60, what: "job" });
    expect(held.tryGrow(40)).toBe(true);
    expect(held.tryGrow(1)).toBe(false);
    held.release();
    held.release();
    expect(budget.reserved).toBe(0);
    expect(held.tryGrow(1)).toBe(false);
  });

  it("lets go of idle instances before anybody waits for them", async () => {
    const budget = new MemoryBudget(100, fakeTime());
    const dropped: string[] = [];
    budget.keepWhileFree(50, () => dropped.push("dropped"));
    const withdraw = budget.keepWhileFree(10, () => dropped.push("withdrawn"));
    withdraw();
    (await budget.reserve({ bytes: 40, what: "fits beside it" })).release();
    expect(dropped).toEqual([]);
    (await budget.reserve({ bytes: 60, what: "does not" })).release();
    expect(dropped).toEqual(["dropped"]);
    (await budget.reserve({ bytes: 60, what: "finds it gone" })).release();
    expect(dropped).toEqual(["dropped"]);
  });

  it("is taken from a job that nobody ends, when another one waits", async () => {
    const time = fakeTime();
    const budget = new MemoryBudget(100, time);
    let reclaimed = false;
    await budget.reserve({
      bytes: 80,
      what: "left alone",
      onReclaim: () => {
        reclaimed = true;
      },
    });
    time.pass(60_000);
    expect(reclaimed).toBe(false);
    const next = await budget.reserve({ bytes: 50, what: "next" });
    expect(reclaimed).toBe(true);
    expect(next.bytes).toBe(50);
  });

  it("is taken from the job that was idle longest, and from no more than are needed", async () => {
    const time = fakeTime();
    const budget = new MemoryBudget(100, time);
    const reclaimed: string[] = [];
    const idle = (what: string) => budget.reserve({ bytes: 50, what, onReclaim: () => reclaimed.push(what) });
    const first = await idle("first");
    await idle("second");
    time.pass(1000);
    first.touch();
    time.pass(60_000);
    await budget.reserve({ bytes: 50, what: "next" });
    expect(reclaimed).toEqual(["second"]);
  });

  it("is kept by a job that goes on using it", async () => {
    const time = fakeTime();
    const budget = new MemoryBudget(100, time);
    const busy = await budget.reserve({ bytes: 80, what: "busy" });
    const waiting = budget.reserve({ bytes: 50, what: "waiting", signal: AbortSignal.abort("enough") });
    await expect(waiting).rejects.toBe("enough");
    time.pass(29_000);
    busy.touch();
    time.pass(29_000);
    const controller = new AbortController();
    const later = budget.reserve({ bytes: 50, what: "later", signal: controller.signal });
    await settle();
    controller.abort("no more");
    await expect(later).rejects.toBe("no more");
    expect(budget).toMatchObject({ reserved: 80, waiting: 0 });
  });

  it("is not held up by a waiting job that was cut off", async () => {
    const time = fakeTime();
    let frozen = true;
    const cutOff = new MemoryBudget(100, {
      now: time.now,
      sleep: (ms) => (frozen ? new Promise<void>(() => {}) : time.sleep(ms)),
    });
    const first = await cutOff.reserve({ bytes: 100, what: "first" });
    void cutOff.reserve({ bytes: 100, what: "never asks again" });
    frozen = false;
    const next = cutOff.reserve({ bytes: 10, what: "next" });
    await settle();
    first.release();
    expect((await next).bytes).toBe(10);
  });

  it("is not taken from the next in line when a job that lost its place gives up", async () => {
    const time = fakeTime();
    let wake = () => {};
    let frozen = true;
    const budget = new MemoryBudget(100, {
      now: time.now,
      sleep: () =>
        new Promise<void>((resolve) => {
          if (frozen) wake = resolve;
          else setTimeout(resolve, 0);
        }),
    });
    const first = await budget.reserve({ bytes: 100, what: "first" });
    const controller = new AbortController();
    const lost = budget.reserve({ bytes: 100, what: "lost", signal: controller.signal });
    frozen = false;
    time.pass(2001);
    const next = budget.reserve({ bytes: 10, what: "next" });
    expect(budget.waiting).toBe(1);
    controller.abort("no more");
    wake();
    await expect(lost).rejects.toBe("no more");
    expect(budget.waiting).toBe(1);
    first.release();
    expect((await next).bytes).toBe(10);
  });
});
