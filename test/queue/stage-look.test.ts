/** What listing a stage costs: real rows and a real client; Encord's list of the stage is as long as it takes. */

import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { EncordClient } from "encord-edge-agents/encord";
import { expect, it } from "vitest";
import { createLog } from "../../src/agent/log.ts";
import { StageLook } from "../../src/queue/stage-look.ts";
import { StageStore } from "../../src/queue/stage-store.ts";
import { createEmulator } from "../emulator/index.ts";

const PER_PAGE = 100;

/** A stage of so many tasks, whose list is answered page by page from memory; all else by an emulator. */
async function stageOf(count: number, refuses: (page: number) => boolean = () => false) {
  const pathways = [{ title: "on", to: "Complete" }];
  const emulator = await createEmulator({
    seed: {
      projects: [
        {
          title: "Long",
          ontology: {},
          stages: [
            { title: "Long", stageType: "AGENT", pathways },
            { title: "Complete", stageType: "DONE" },
          ],
          data: [],
        },
      ],
    },
  });
  const tasks = Array.from({ length: count }, (_, i) => taskAt(i));
  const asked: number[] = [];
  const client = await EncordClient.withSshKey({
    sshKey: emulator.sshKey,
    domain: emulator.domain,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const { pathname, searchParams } = new URL(request.url);
      if (!pathname.endsWith("/tasks") || searchParams.has("dataHashes")) return emulator.fetch(request);
      const start = Number(searchParams.get("pageToken") ?? 0);
      asked.push(start / PER_PAGE);
      if (refuses(start / PER_PAGE))
        return Response.json({ message: "Unknown page token." }, { status: 400 });
      const end = start + PER_PAGE;
      const nextPageToken = end < tasks.length ? String(end) : null;
      return Response.json({ results: tasks.slice(start, end), nextPageToken });
    },
  });
  const identity = {
    agentName: "stays",
    projectHash: emulator.projects[0]?.projectHash ?? "",
    stageUuid: emulator.stages()[0]?.uuid ?? "",
  };
  return { client, identity, tasks, asked };
}

function taskAt(i: number) {
  const number = String(i).padStart(12, "0");
  const time = "2026-01-01T00:00:00Z";
  return {
    uuid: `7a5c0000-0000-4000-8000-${number}`,
    dataHash: `da7a0000-0000-4000-8000-${number}`,
    dataTitle: `unit-${i}`,
    createdAt: time,
    updatedAt: time,
    status: "NEW",
    labelBranchName: "main",
    assignee: null,
    lastActionedBy: null,
  };
}

let objects = 0;
/** Runs a look on the storage of an object of its own. */
async function withLook(
  client: EncordClient,
  use: (look: StageLook, store: StageStore, clock: { now: number }) => Promise<void>,
): Promise<void> {
  const stub = exports.StageQueue.getByName(`stage-look-test-${++objects}`);
  await runInDurableObject(stub, async (_queue, state) => {
    const store = new StageStore(state.storage);
    const clock = { now: Date.UTC(2100, 0, 1) };
    const look = new StageLook({
      store,
      now: () => clock.now,
      random: () => 0.5,
      log: createLog({ write: () => {} }),
      connect: async () => client,
      gate: () => exports.EncordGate.getByName("stage-look-test"),
      refreshEveryMs: () => null,
      textOf: String,
    });
    await use(look, store, clock);
  });
}

/** Every agent leaves its task where it is. */
function allStay(store: StageStore, now: number): number {
  let count = 0;
  for (let tokens = 0; ; tokens++) {
    const batch = store.claim(300, now, 60_000, () => `lease-${now}-${tokens}`);
    if (batch.length === 0) return count;
    count += batch.length;
    const stayed = batch.map(({ uuid, token }) => ({ uuid, token, outcome: "stayed" }) as const);
    store.settle(stayed, now, { maxAttempts: 1, random: () => 0.5 });
  }
}

it("a stage in which very many tasks stay is listed a few times, not once for each time that there is room", async () => {
  const { client, identity, tasks, asked } = await stageOf(15_000);
  await withLook(client, async (look, store, clock) => {
    look.wish("cron");
    let ran = 0;
    for (let looks = 0; look.isDue && looks < 30; looks++) {
      await look.run(identity, Number.MAX_SAFE_INTEGER, null);
      clock.now += 1000;
      // Cron and notifications come all the time; new tasks wait their turn behind those that were there before.
      look.wish(looks % 2 ? "cron" : "notification");
      ran += allStay(store, clock.now);
      clock.now += 1000;
      if (ran >= tasks.length) break;
    }
    expect(ran).toBe(15_000);
    expect(asked.length).toBeLessThan(450);
    const before = asked.length;
    expect(look.isDue, "a whole list follows, which finds what came meanwhile").toBe(true);
    tasks.splice(5, 0, taskAt(15_000));
    await look.run(identity, Number.MAX_SAFE_INTEGER, null);
    expect(asked[before]).toBe(0);
    expect(store.rows.one(taskAt(15_000).uuid)?.state).toBe("pending");
  });
});

it("a page from which a list was to go on, and which Encord does not know any more, costs nothing but a new list", async () => {
  const { client, identity, asked } = await stageOf(300, (page) => page === 2);
  await withLook(client, async (look, store, clock) => {
    store.write("more", clock.now);
    store.write("moreFrom", "200");
    await look.run(identity, Number.MAX_SAFE_INTEGER, null);
    expect(store.read("lastPoll")).toMatchObject({ error: expect.stringContaining("Unknown page token") });
    expect(look.isDue).toBe(false);
    clock.now += 60_000;
    expect(look.isDue).toBe(true);
    await look.run(identity, Number.MAX_SAFE_INTEGER, null);
    expect(asked.slice(0, 2)).toEqual([2, 0]);
    expect(store.counts.read().pending).toBe(200);
  });
});

it("a list that goes on is wished for as soon as nothing is due, although many tasks wait for later", async () => {
  const { client, asked } = await stageOf(0);
  await withLook(client, async (look, store, clock) => {
    const waiting = Array.from({ length: 1500 }, (_, i) => taskAt(i));
    store.intake.takeIn(waiting, clock.now + 60_000, 0);
    store.write("more", clock.now);
    store.write("moreFrom", "200");
    expect(look.isDue, "nobody wishes for it").toBe(false);
    look.wish("notification");
    expect(look.isDue).toBe(true);
    clock.now += 60_000;
    expect(look.isDue, "there is work enough").toBe(false);
    expect(asked).toEqual([]);
  });
});
