import { expect, it, vi } from "vitest";
import { WriteFence } from "../../src/agent/write-fence.ts";
import type { LegacyRequest, Transport, V2Request } from "../../src/encord/index.ts";

const READ: V2Request = { method: "GET", path: "projects" };
const WRITE: V2Request = { method: "PATCH", path: "projects/p" };
const LEGACY_READ: LegacyRequest = {
  resource: null,
  queryType: "labelrow",
  queryMethod: "GET",
  uid: null,
  payload: {},
  retryable: true,
  expects: "list",
};
const LEGACY_WRITE: LegacyRequest = { ...LEGACY_READ, queryMethod: "PUT", expects: "written" };

/** Encord behind a fence, and what got through to it. */
function fenced(isOurs: () => Promise<boolean>) {
  const agent = new AbortController();
  const through: unknown[] = [];
  const send = async (request: unknown) => void through.push(request);
  const inner: Transport = { domain: "https://api.test", v2: send, legacy: send };
  const fence = new WriteFence(agent.signal, isOurs);
  let transport = inner;
  fence.around({
    through(wrap: (transport: Transport) => Transport) {
      transport = wrap(inner);
    },
  });
  return { agent, fence, transport, through };
}

it("who has the task reads and writes", async () => {
  const { transport, through } = fenced(async () => true);
  for (const request of [READ, WRITE]) await transport.v2(request);
  for (const request of [LEGACY_READ, LEGACY_WRITE]) await transport.legacy(request);
  expect(through).toEqual([READ, WRITE, LEGACY_READ, LEGACY_WRITE]);
  expect(transport.domain).toBe("https://api.test");
});

it("who has lost the task reads, and writes nothing", async () => {
  const { transport, through } = fenced(async () => false);
  await expect(transport.v2(WRITE)).rejects.toThrow(/Nothing was written/);
  await expect(transport.legacy(LEGACY_WRITE)).rejects.toThrow(/Nothing was written/);
  await transport.v2(READ);
  await transport.legacy(LEGACY_READ);
  expect(through).toEqual([READ, LEGACY_READ]);
});

it("an agent whose time is up writes nothing, although the task is still its own", async () => {
  const { agent, fence, transport, through } = fenced(async () => true);
  agent.abort(new Error("The time is up."));
  await expect(transport.v2(WRITE)).rejects.toThrow("The time is up.");
  fence.open();
  await expect(transport.legacy(LEGACY_WRITE)).rejects.toThrow("The time is up.");
  expect(through).toEqual([]);
});

it("when the agent has ended well, whoever writes for it has asked already", async () => {
  const isOurs = vi.fn(async () => true);
  const { fence, transport } = fenced(isOurs);
  await transport.v2(WRITE);
  expect(isOurs).toHaveBeenCalledTimes(1);
  fence.open();
  await transport.v2(WRITE);
  expect(isOurs).toHaveBeenCalledTimes(1);
});
