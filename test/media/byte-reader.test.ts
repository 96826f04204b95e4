import { expect, it, vi } from "vitest";
import { MemoryReader } from "../../src/media/net/byte-reader.ts";

it("a file in memory gives what it holds, and refuses what lies outside of it", async () => {
  const reader = new MemoryReader(Uint8Array.of(0, 1, 2, 3));
  expect(reader.size).toBe(4);
  expect(await reader.read(1, 3)).toEqual(Uint8Array.of(1, 2));
  expect(await reader.read(0, 4)).toHaveLength(4);
  expect(await reader.read(4, 4)).toHaveLength(0);
  for (const [start, end] of [
    [-1, 2],
    [3, 2],
    [0, 5],
  ] as const)
    await expect(reader.read(start, end), `${start} to ${end}`).rejects.toMatchObject({ code: "truncated" });
});

it("a file in memory tells what it cost to bring it there, and that it is closed", () => {
  const onClose = vi.fn();
  const reader = new MemoryReader(new Uint8Array(4), {
    transfer: () => ({ requests: 2, bytes: 9 }),
    onClose,
  });
  expect(reader.transfer).toEqual({ requests: 2, bytes: 9 });
  reader.close();
  expect(onClose).toHaveBeenCalledTimes(1);
  const plain = new MemoryReader(new Uint8Array(4));
  expect(plain.transfer).toEqual({ requests: 0, bytes: 0 });
  plain.close();
});
