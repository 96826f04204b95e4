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
