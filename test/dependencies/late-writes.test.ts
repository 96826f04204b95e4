/** What is fetched for a whole batch is written to by one task, as long as that is the worker's own. */

import { dataLookup, twinLabelRow } from "encord-edge-agents";
import { expect, it } from "vitest";
import { Invocation } from "../../src/agent/invocation.ts";
import { createLog } from "../../src/agent/log.ts";
import { WriteFence } from "../../src/agent/write-fence.ts";
import { clientOf } from "../../src/testing/emulated-client.ts";
import { PROJECT, workshop } from "../agent/workshop.ts";

const TWIN = "0e57a11e-0000-4000-8000-0000000000b2";

it("an agent that lost its task writes neither to a twin's labels nor to an item that it looked up", async () => {
  const emulator = await workshop({ data: ["street-02.png"], twin: { projectHash: TWIN } });
  const dataHash = emulator.tasks()[0]?.dataHash ?? "";
  const client = await clientOf(emulator);
  const { signal } = new AbortController();
  let isOurs = true;
  const unused = () => Promise.reject(new Error("Nobody asks for this."));
  const invocation = new Invocation({
    mode: "task",
    agentName: "late",
    client,
    sources: { project: () => client.getProject(PROJECT), labelRow: unused, storageItem: unused },
    assets: { allowInsecureLoopback: false, onTransfer: () => {}, onFrame: () => {} },
    signal,
    log: createLog({ write: () => {} }),
    frameData: { projectHash: PROJECT, dataHash, frame: 0, objectHashes: null },
    batch: { client, dataHashes: [dataHash] },
    fence: new WriteFence(signal, async () => isOurs),
  });
  const { lookup, twin } = await invocation.resolve({
    lookup: dataLookup,
    twin: twinLabelRow({ projectHash: TWIN }),
  });
  const item = await lookup.getStorageItem(dataHash);
  const writes = [() => item.update({ clientMetadata: { written: true } }), () => twin?.labelRow.save()];

  for (const write of writes) await write();
  isOurs = false;
  for (const write of writes) await expect(write()).rejects.toThrow(/given to another worker/);
  expect((await lookup.getStorageItem(dataHash)).clientMetadata).toEqual({ written: true });
});
