/**
 * `npm run demo`: runs every task of the built-in project once, prints the result, and ends.
 * The exit status is 0 only if every task succeeded.
 */

import { LocalStack } from "./local-stack.ts";
import { StageTable } from "./stage-table.ts";
import { totals, untilTasksDone } from "./task-progress.ts";

const LIMIT_MS = 120_000;

process.exitCode = await demo();

async function demo(): Promise<number> {
  console.log("Starting the emulator of Encord and the Worker ...");
  const trouble: string[] = [];
  let stack: LocalStack | undefined;
  try {
    stack = await LocalStack.start({
      onWorkerLine: (line) => {
        if (/"level":"(warn|error)"|\[wrangler:error\]/.test(line)) trouble.push(line);
      },
    });
    const table = new StageTable();
    let shown = "";
    await stack.cron();
    const stages = await untilTasksDone(stack, LIMIT_MS, (now) => {
      const { waiting, running, succeeded, failed } = totals(now);
      const line = `waiting ${waiting}, running ${running}, done ${succeeded}, failed ${failed}`;
      if (line !== shown) console.log(line);
      shown = line;
      table.lines(now);
    });
    const { waiting, running, succeeded, failed } = totals(stages);
    if (failed > 0) for (const line of trouble) console.error(line);
    console.log(`\n${table.lines(stages).join("\n")}\n`);
    console.log(`demo: ${succeeded} tasks succeeded, ${failed} failed, ${waiting + running} left`);
    return failed + waiting + running === 0 && succeeded > 0 ? 0 : 1;
  } catch (error) {
    for (const line of trouble) console.error(line);
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    await stack?.stop();
  }
}
