/** A queue's database outlives the release that made it. */

import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { expect, it } from "vitest";
import { StageStore } from "../../src/queue/stage-store.ts";

/** As the first release made it. */
const FIRST = `
  CREATE TABLE schema_version (version INTEGER NOT NULL);
  INSERT INTO schema_version VALUES (1);
  CREATE TABLE task (uuid TEXT PRIMARY KEY, data_hash TEXT NOT NULL, data_title TEXT NOT NULL, updated_at TEXT NOT NULL,
    state TEXT NOT NULL, visit INTEGER NOT NULL, entered_at INTEGER NOT NULL, attempt INTEGER NOT NULL, granted INTEGER NOT NULL,
    lost INTEGER NOT NULL, due INTEGER NOT NULL, forced INTEGER NOT NULL, claimed_at INTEGER, lease_until INTEGER, token TEXT,
    checkpoint TEXT, stayed INTEGER NOT NULL, detail TEXT, finished_at INTEGER) WITHOUT ROWID;
  CREATE INDEX task_pending ON task (due) WHERE state = 'pending';
  CREATE INDEX task_forced ON task (due) WHERE state = 'pending' AND forced = 1;
  CREATE INDEX task_leased ON task (lease_until) WHERE state IN ('dispatched', 'running');
  CREATE INDEX task_failed ON task (finished_at) WHERE state IN ('failed', 'timedOut');
  CREATE TABLE state_count (state TEXT PRIMARY KEY, tasks INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE stage (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE attempt (uuid TEXT NOT NULL, ended_at INTEGER NOT NULL, visit INTEGER NOT NULL, attempt INTEGER NOT NULL,
    claimed_at INTEGER NOT NULL, outcome TEXT NOT NULL, detail TEXT, effort TEXT, PRIMARY KEY (uuid, ended_at, attempt)) WITHOUT ROWID;
  CREATE TABLE minute (minute INTEGER PRIMARY KEY, figures TEXT NOT NULL);
  INSERT INTO task VALUES ('t', 'd', 'Title', '2026-01-01', 'running', 1, 1, 2, 0, 0, 1, 0, 3, 100, 'x:t', NULL, 0, NULL, NULL);
  INSERT INTO state_count VALUES ('running', 1);
  INSERT INTO attempt VALUES ('t', 2, 1, 1, 1, 'failed', 'no luck',
    '{"runMs":40,"fetchedBytes":5,"decodedFrames":1,"requests":0.5}');
`;

async function withDatabase(make: string, use: (storage: DurableObjectStorage) => void): Promise<void> {
  const stub = exports.StageQueue.getByName(`stage-schema-test-${crypto.randomUUID()}`);
  await runInDurableObject(stub, (_queue, state) => {
    const tables = state.storage.sql.exec<{ name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
    );
    for (const { name } of tables.toArray()) state.storage.sql.exec(`DROP TABLE ${name}`);
    state.storage.sql.exec(make);
    use(state.storage);
  });
}

/** As each release made it, the oldest first. */
const RELEASES = [
  FIRST,
  `${FIRST} ALTER TABLE attempt ADD COLUMN waited_ms INTEGER; ALTER TABLE attempt ADD COLUMN log TEXT;
   UPDATE schema_version SET version = 2;`,
];

it.each(RELEASES)("what an earlier release had stored is read, and goes on (%#)", (release) =>
  withDatabase(release, (storage) => {
    const store = new StageStore(storage);
    expect(store.history.attempts("t")).toEqual([
      {
        visit: 1,
        attempt: 1,
        claimedAt: 1,
        endedAt: 2,
        outcome: "failed",
        detail: "no luck",
        waitedMs: null,
        effort: {
          fetchMs: null,
          runMs: 40,
          saveMs: null,
          moveMs: null,
          fetchedBytes: 5,
          decodedFrames: 1,
          requests: 0.5,
        },
        log: null,
      },
    ]);
    const end = { outcome: "moved", pathwayName: "Good", pathwayUuid: "p" } as const;
    const settled = store.settle([{ uuid: "t", token: "x:t", ...end }], 50, {
      maxAttempts: 3,
      random: () => 0.5,
    });
    expect(settled).toBe(1);
    expect(store.counts.read()).toMatchObject({ running: 0, succeeded: 1 });
    expect(store.history.attempts("t").at(-1)).toMatchObject({ outcome: "moved", waitedMs: 2 });
  }),
);

it("the database of a newer release is refused and left as it is", () =>
  withDatabase(FIRST, (storage) => {
    storage.sql.exec("UPDATE schema_version SET version = 99");
    const before = storage.sql.exec("SELECT name, sql FROM sqlite_schema ORDER BY name").toArray();
    expect(() => new StageStore(storage)).toThrow(/version 99.*Deploy the newer release/);
    expect(storage.sql.exec("SELECT name, sql FROM sqlite_schema ORDER BY name").toArray()).toEqual(before);
  }));
