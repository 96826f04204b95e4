/** `npm run test:crash`: 300 kills, or as many as `-- --kills N` says; `--seed N` repeats a run. Exit status 0 only if nothing went wrong. */

import { parseArgs } from "node:util";
import { crashRun } from "./crash-run.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1e6) },
  },
});
console.log(`seed ${values.seed} (repeat with: npm run test:crash -- --seed ${values.seed})`);
const report = await crashRun({
  kills: Number(values.kills),
  seed: Number(values.seed),
  onProgress: (line) => console.log(line),
});
console.log("\nkilled at      times");
for (const [point, times] of Object.entries(report.kills))
  console.log(`${point.padEnd(14)} ${String(times).padStart(5)}`);
for (const fault of report.faults) console.log(`WRONG: ${fault}`);
const total = Object.values(report.kills).reduce((sum, times) => sum + times, 0);
console.log(`\ncrash: ${total} kills, ${report.tasks} tasks over 2 stages, ${report.faults.length} faults`);
process.exitCode = report.faults.length === 0 ? 0 : 1;
