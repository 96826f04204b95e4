import { expect, it } from "vitest";
import type { Operation } from "../../src/encord/bundle.ts";
import { InvalidArgumentsError } from "../../src/encord/errors.ts";
import { WriteGroup } from "../../src/encord/write-group.ts";

interface Call {
  readonly name: string;
}

/** An operation that holds its requests back until they are let go, and refuses every call of a certain name. */
function slowOperation() {
  const requests: string[][] = [];
  let release = () => {};
  const operation: Operation<Call> = {
    key: "test",
    limit: 100,
    async send(calls) {
      requests.push(calls.map((call) => call.name));
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      if (calls.some((call) => call.name === "bad")) throw new InvalidArgumentsError("bad is not good");
    },
  };
  return {
    operation,
    requests,
    async letGo() {
      await new Promise((resolve) => setTimeout(resolve, 1));
      release();
      await new Promise((resolve) => setTimeout(resolve, 1));
    },
  };
}

it("two calls that are the same text both hear of it", async () => {
  const operation: Operation<string> = { key: "texts", limit: 100, send: async () => {} };
  const group = new WriteGroup();
  const both = Promise.all(["same", "same"].map((call) => group.send(operation, call)));
  const heard = both.then(() => "both");
  expect(await Promise.race([heard, new Promise((resolve) => setTimeout(resolve, 500, "one only"))])).toBe(
    "both",
  );
});

it("calls of the same moment share a request, and those that come meanwhile share the next", async () => {
  const { operation, requests, letGo } = slowOperation();
  const group = new WriteGroup();
  const first = ["a", "b"].map((name) => group.send(operation, { name }));
  await new Promise((resolve) => setTimeout(resolve, 1));
  const second = ["c", "d", "e"].map((name) => group.send(operation, { name }));
  await letGo();
  await Promise.all(first);
  await letGo();
  await Promise.all(second);
  expect(requests).toEqual([
    ["a", "b"],
    ["c", "d", "e"],
  ]);
});

it("a refused call fails for its own caller only", async () => {
  const { operation, letGo } = slowOperation();
  const group = new WriteGroup();
  const outcomes = Promise.allSettled(["a", "bad", "c"].map((name) => group.send(operation, { name })));
  for (let i = 0; i < 5; i++) await letGo();
  expect((await outcomes).map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

it("the same text for two operations: each caller hears of its own", async () => {
  const operationOf = (key: string, send: () => Promise<void>): Operation<string> => ({
    key,
    limit: 100,
    send,
  });
  const fine = operationOf("fine", async () => {});
  const bad = operationOf("bad", () => Promise.reject(new InvalidArgumentsError("bad is not good")));
  const group = new WriteGroup();
  const outcomes = await Promise.allSettled([fine, bad, fine].map((each) => group.send(each, "row")));
  expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

it("no request has more calls than the group's size, whatever the operation would take", async () => {
  const requests: string[][] = [];
  const operation: Operation<string> = {
    key: "texts",
    limit: 100,
    send: async (calls) => void requests.push([...calls]),
  };
  const group = new WriteGroup({ size: 2 });
  await Promise.all(["a", "b", "c", "d", "e"].map((call) => group.send(operation, call)));
  expect(requests).toEqual([["a", "b"], ["c", "d"], ["e"]]);
});

it("a group that has come to rest sends again", async () => {
  const requests: string[][] = [];
  const operation: Operation<string> = {
    key: "texts",
    limit: 100,
    send: async (calls) => void requests.push([...calls]),
  };
  const group = new WriteGroup();
  await group.send(operation, "a");
  await new Promise((resolve) => setTimeout(resolve, 1));
  const late = group.send(operation, "b").then(() => "sent");
  expect(await Promise.race([late, new Promise((resolve) => setTimeout(resolve, 500, "never"))])).toBe(
    "sent",
  );
  expect(requests).toEqual([["a"], ["b"]]);
});
