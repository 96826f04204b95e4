/**
 * `npm run bench <name>`: prints what machine this is, and runs one benchmark in its own process, with access to the garbage collector.
 * Each benchmark prints its input, what it is compared with, and the goal. `npm run bench` runs all of them and the table of sizes, and
 * writes their output into bench/results.md.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { cpus, platform, release } from "node:os";
import { fileURLToPath } from "node:url";

const names = readdirSync(new URL(".", import.meta.url)).flatMap(
  (each) => /^(.+)\.bench\.ts$/.exec(each)?.[1] ?? [],
);
const [cpu] = cpus();
const machine = `${cpu?.model ?? "unknown processor"} × ${cpus().length}, ${platform()} ${release()}, Node ${process.version}`;
const [name, ...options] = process.argv.slice(2);
console.log(machine);
if (name !== undefined) console.log(`npm run bench ${[name, ...options].join(" ")}`);
process.exitCode = name === undefined ? all() : one(name);

function one(wanted: string): number {
  const file = fileURLToPath(new URL(`./${wanted}.bench.ts`, import.meta.url));
  if (existsSync(file)) return run(file, options, "inherit").status;
  console.error(`There is no benchmark "${wanted}". There are: ${names.join(", ")}.`);
  return 2;
}

/** @returns the exit status of the first that failed, or 0 */
function all(): number {
  const results = [
    "# Benchmarks",
    "",
    `Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${machine}.`,
  ];
  let worst = 0;
  const files = names.map(
    (each) => [`npm run bench ${each}`, new URL(`./${each}.bench.ts`, import.meta.url)] as const,
  );
  for (const [command, url] of [
    ...files,
    ["npm run size", new URL("../scripts/size.ts", import.meta.url)] as const,
  ]) {
    console.log(`\n== ${command}`);
    const { status, output } = run(fileURLToPath(url), [], "pipe");
    console.log(output);
    worst ||= status;
    results.push("", `## \`${command}\``, "", "```text", output.trimEnd(), "```");
    if (status !== 0) results.push("", `It ended with status ${status}.`);
    // Written each time, so that these results remain if the rest is aborted.
    writeFileSync(new URL("./results.md", import.meta.url), `${results.join("\n")}\n`);
  }
  return worst;
}

function run(
  file: string,
  words: readonly string[],
  stdio: "inherit" | "pipe",
): { status: number; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--expose-gc", "--no-warnings", file, ...words],
    {
      stdio,
      encoding: "utf8",
    },
  );
  return { status: status ?? 1, output: `${stdout ?? ""}${status === 0 ? "" : (stderr ?? "")}` };
}
