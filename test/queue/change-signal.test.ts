import { expect, it } from "vitest";
import { ChangeSignal } from "../../src/queue/change-signal.ts";

it("who knows of every change hears of the next one at once", async () => {
  const signal = new ChangeSignal();
  const mark = await signal.after("", 60_000);
  const waiting = [signal.after(mark, 60_000), signal.after(mark, 60_000)];
  signal.tell();
  const [one, other] = await Promise.all(waiting);
  expect(one).toBe(other);
  expect(one).not.toBe(mark);
});

it("who has missed a change, or knows another life of the object, does not wait", async () => {
  const signal = new ChangeSignal();
  const mark = await signal.after("", 60_000);
  signal.tell();
  expect(await signal.after(mark, 60_000)).not.toBe(mark);
  expect(await new ChangeSignal().after(mark, 60_000)).not.toBe(mark);
});

it("without a change the wait ends with what one knew", async () => {
  const signal = new ChangeSignal();
  const mark = await signal.after("", 60_000);
  expect(await signal.after(mark, 1)).toBe(mark);
});
