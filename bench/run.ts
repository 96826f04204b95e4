/**
 * `npm run bench <name>`: runs one benchmark in a process of its own, with the garbage collector at hand, after saying on
 * what machine. Each benchmark prints its input, what it is compared with, and the goal.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { cpus, platform, release } from "node:os";
import { fileURLToPath } from "node:url";

const [name = "", ...options] = process.argv.slice(2);
const file = fileURLToPath(new URL(`./${name}.bench.ts`, import.meta.url));
if (!existsSync(file)) {
  const names = readdirSync(new URL(".", import.meta.url)).flatMap(
    (each) => /^(.+)\.bench\.ts$/.exec(each)?.[1] ?? [],
  );
  console.error(`There is no benchmark "${name}". There is: ${names.join(", ")}.`);
  process.exit(2);
}
const [cpu] = cpus();
console.log(
  `${cpu?.model ?? "unknown processor"} × ${cpus().length}, ${platform()} ${release()}, Node ${process.version}`,
);
const { status } = spawnSync(process.execPath, ["--expose-gc", "--no-warnings", file, ...options], {
  stdio: "inherit",
});
process.exit(status ?? 1);
