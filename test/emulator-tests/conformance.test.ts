/** Every request of the golden traces gets an answer of the recorded shape; a table says how many. */

import { afterAll, expect, it } from "vitest";
import { loadTrace, TRACE_IDS } from "../encord/conformance/trace.ts";
import { type Replayed, replayOnEmulator } from "./conformance/replay.ts";

const replays: Replayed[] = [];

for (const id of TRACE_IDS) {
  it(`answers as recorded: ${id}`, async () => {
    const replayed = await replayOnEmulator(await loadTrace(id));
    replays.push(replayed);
    expect(replayed.problems).toEqual([]);
  });
}

afterAll(() => {
  const cells = replays.map((each) => [
    each.id,
    each.requests,
    each.recordedSignatures,
    each.faults,
    each.equal,
    each.problems.length === 0 ? "yes" : "NO",
  ]);
  const header = ["trace", "requests", "as signed", "by fault", "equal", "conforms"];
  const sum = (pick: (each: Replayed) => number) => replays.reduce((total, each) => total + pick(each), 0);
  const conforming = replays.filter((each) => each.problems.length === 0).length;
  const totals = [
    `${conforming} of ${replays.length}`,
    sum((each) => each.requests),
    sum((each) => each.recordedSignatures),
    sum((each) => each.faults),
    sum((each) => each.equal),
    "",
  ];
  const rows = [header, ...cells, totals].map((row) => row.map(String));
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  console.log(
    `The emulator against the traces:\n${rows
      .map((row) =>
        row
          .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
          .join("  "),
      )
      .join("\n")}`,
  );
});
