import { describe, expect, it, vi } from "vitest";
import { readAhead } from "../../src/queue/read-ahead.ts";

describe("reading ahead", () => {
  it("the next page is under way while one is worked on, and no more than that", async () => {
    const asked: number[] = [];
    async function* pages() {
      for (let page = 1; page <= 4; page++) {
        asked.push(page);
        yield page;
      }
    }
    const seen: [number, number[]][] = [];
    for await (const page of readAhead(pages())) seen.push([page, [...asked]]);
    expect(seen).toEqual([
      [1, [1, 2]],
      [2, [1, 2, 3]],
      [3, [1, 2, 3, 4]],
      [4, [1, 2, 3, 4]],
    ]);
  });

  it("a page is handed out only after the request for the next one has left", async () => {
    const left: number[] = [];
    async function* pages() {
      for (let page = 1; page <= 2; page++) {
        // Signing takes some turns; the request leaves when it is signed.
        for (let turn = 0; turn < 30; turn++) await Promise.resolve();
        left.push(page);
        yield page;
      }
    }
    for await (const _ of readAhead(pages())) {
      expect(left).toEqual([1, 2]);
      break;
    }
  });

  it("the first page is asked for at once; should nobody want it, its failure is nobody's", async () => {
    const asked = vi.fn();
    // biome-ignore lint/correctness/useYield: it fails before it has anything to give.
    async function* pages() {
      asked();
      throw new Error("Nobody wanted this page.");
    }
    readAhead(pages());
    expect(asked).toHaveBeenCalled();
    await new Promise((resolve) => setTimeout(resolve, 0));
  });

  it("an error comes when its page would have, not before", async () => {
    async function* pages() {
      yield 1;
      throw new Error("The second page is out of reach.");
    }
    const seen: number[] = [];
    const reading = (async () => {
      for await (const page of readAhead(pages())) seen.push(page);
    })();
    await expect(reading).rejects.toThrow("The second page is out of reach.");
    expect(seen).toEqual([1]);
  });

  it("whoever stops early hears nothing of a next page that fails", async () => {
    const asked = Promise.withResolvers<void>();
    async function* pages() {
      yield 1;
      asked.resolve();
      throw new Error("Nobody wanted this page.");
    }
    for await (const _ of readAhead(pages())) break;
    await asked.promise;
  });
});
