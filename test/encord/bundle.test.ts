import { describe, expect, it } from "vitest";
import { Bundle, type Operation } from "../../src/encord/bundle.ts";
import { AuthorisationError, InvalidArgumentsError, RequestError } from "../../src/encord/errors.ts";

/** An operation that notes its chunks and objects to some of them. */
function operation(
  key: string,
  limit: number,
  objection: (calls: readonly number[]) => Error | null = () => null,
) {
  const sent: (readonly number[])[] = [];
  const made: Operation<number> = {
    key,
    limit,
    async send(calls) {
      sent.push(calls);
      const error = objection(calls);
      if (error) throw error;
    },
  };
  return { made, sent };
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const refuse = (culprits: readonly number[]) => (calls: readonly number[]) =>
  calls.some((call) => culprits.includes(call)) ? new InvalidArgumentsError("stale") : null;

describe("a bundle sends calls as the Python SDK does", () => {
  it("operations in order of first use, calls in order, cut at the operation's limit", async () => {
    const order: string[] = [];
    const a: Operation<number> = { key: "a", limit: 2, send: async (calls) => void order.push(`a:${calls}`) };
    const b: Operation<number> = { key: "b", limit: 5, send: async (calls) => void order.push(`b:${calls}`) };
    const bundle = new Bundle();
    bundle.add(a, 1);
    bundle.add(b, 2);
    bundle.add(a, 3);
    bundle.add(a, 4);
    expect(bundle.pending).toBe(4);
    await bundle.execute();
    expect(order).toEqual(["a:1,3", "a:4", "b:2"]);
    expect(bundle.pending).toBe(0);
  });

  it("the bundle's own size replaces every limit", async () => {
    const { made, sent } = operation("a", 1000);
    const bundle = new Bundle({ size: 3 });
    for (const call of range(7)) bundle.add(made, call);
    await bundle.execute();
    expect(sent).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  });

  it.each([0, -1, 1.5, Number.NaN])("a size of %d is refused", (size) => {
    expect(() => new Bundle({ size })).toThrow(InvalidArgumentsError);
  });

  it("the first failure is thrown; what was sent is not sent again", async () => {
    let broken = true;
    const { made, sent } = operation("a", 2, (calls) =>
      broken && calls.includes(2) ? new RequestError("lost") : null,
    );
    const bundle = new Bundle();
    for (const call of range(5)) bundle.add(made, call);
    await expect(bundle.execute()).rejects.toThrow("lost");
    expect(bundle.pending).toBe(3);
    broken = false;
    await bundle.execute();
    expect(sent).toEqual([[0, 1], [2, 3], [2, 3], [4]]);
  });

  it("a cancelled bundle sends nothing and can be used again", async () => {
    const { made, sent } = operation("a", 2);
    const bundle = new Bundle();
    bundle.add(made, 1);
    bundle.cancel();
    await bundle.execute();
    bundle.add(made, 2);
    await bundle.execute();
    expect(sent).toEqual([[2]]);
  });
});

describe("one refused call does not sink its neighbours", () => {
  it("a refused chunk is split until the culprits stand alone; the rest goes through", async () => {
    const { made, sent } = operation("a", 1000, refuse([5, 11]));
    const bundle = new Bundle();
    for (const call of range(16)) bundle.add(made, call);
    const settled = await bundle.settle();
    expect(settled.map((each) => each.call)).toEqual(range(16));
    expect(settled.filter((each) => each.error).map((each) => each.call)).toEqual([5, 11]);
    const accepted = sent.filter((calls) => !calls.includes(5) && !calls.includes(11)).flat();
    expect(accepted.toSorted((a, b) => a - b)).toEqual(range(16).filter((call) => call !== 5 && call !== 11));
  });

  it("costs about twice the logarithm of the chunk for one culprit", async () => {
    const { made, sent } = operation("a", 1000, refuse([700]));
    const bundle = new Bundle();
    for (const call of range(1000)) bundle.add(made, call);
    expect((await bundle.settle()).filter((each) => each.error)).toHaveLength(1);
    expect(sent.length).toBeLessThanOrEqual(21);
  });

  it("an outage is reported for each call of its chunk, without splitting, and the next chunk is tried", async () => {
    const { made, sent } = operation("a", 2, (calls) =>
      calls.includes(0) ? new RequestError("lost") : null,
    );
    const bundle = new Bundle();
    for (const call of range(4)) bundle.add(made, call);
    const settled = await bundle.settle();
    expect(settled.map((each) => each.error?.code)).toEqual([
      "request-failed",
      "request-failed",
      undefined,
      undefined,
    ]);
    expect(sent).toHaveLength(2);
  });

  it("a missing right is nobody's fault: not split", async () => {
    const { made, sent } = operation("a", 10, () => new AuthorisationError());
    const bundle = new Bundle();
    for (const call of range(4)) bundle.add(made, call);
    expect((await bundle.settle()).every((each) => each.error instanceof AuthorisationError)).toBe(true);
    expect(sent).toHaveLength(1);
  });

  it("what is no EncordError is wrapped, never thrown", async () => {
    const { made } = operation("a", 10, () => new TypeError("a bug"));
    const bundle = new Bundle();
    bundle.add(made, 1);
    const [result] = await bundle.settle();
    expect(result?.error?.message).toContain("a bug");
    expect(bundle.pending).toBe(0);
  });
});
